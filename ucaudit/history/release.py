"""Freezes the open versions that changed."""

from __future__ import annotations

from collections.abc import Collection

from ucaudit.errors import RefusedError
from ucaudit.history.layout import Layout
from ucaudit.history.lock import Locked
from ucaudit.history.pending import pending_in
from ucaudit.history.store import make_version, write_version
from ucaudit.history.version import Version
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.envelope import ENVELOPE
from ucaudit.sources.record import CallSchemas


def release(
    layout: Layout,
    label: str | None = None,
    envelope: JsonObject = ENVELOPE,
    declared: Collection[CallSchemas] | None = None,
) -> list[Version]:
    """Writes a released version for each open version that changed; returns them.

    Args:
        layout: The folder of the recorded history.
        label: What the release is called.
        envelope: JSON Schema of the envelope.
        declared: The calls as they are declared now; by default the open versions are trusted.

    Raises:
        RefusedError: If a decision is missing, or the open versions are not what lock would write
            now; nothing is written.
        InputError: If the history cannot be read.
    """
    pending = pending_in(layout, envelope, declared)
    pending.refuse_stale()
    for locked in pending.locked:
        _refuse_undecided(locked)
    versions = [
        make_version(
            locked.entry.schemas,
            locked.entry,
            pending.history.calls.get(locked.call),
            envelope=envelope,
            label=label,
        )
        for locked in pending.locked
        if locked.entry is not None and locked.outcome not in ("unchanged", "removed")
    ]
    for version in versions:
        write_version(layout, version)
    return versions


def _refuse_undecided(locked: Locked) -> None:
    if not locked.questions:
        return
    first, count = locked.questions[0], len(locked.questions)
    call = locked.call
    raise RefusedError(
        "steps-undecided",
        f"{count} {'decision is' if count == 1 else 'decisions are'} missing for {call}:"
        " what becomes of stored values.",
        where=f"{call}, {first['undecided']}",
        why=first["why"],
        fix="Answer with ucaudit lock --decide; ucaudit lock shows how.",
    )
