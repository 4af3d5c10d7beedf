"""Freezes the open versions that changed."""

from __future__ import annotations

from ucaudit.errors import RefusedError
from ucaudit.history.compiled import fingerprint
from ucaudit.history.layout import Layout, OpenVersion
from ucaudit.history.lock import released_schemas
from ucaudit.history.store import load_history, load_open, make_version, write_version
from ucaudit.history.version import CallHistory, Version
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.envelope import ENVELOPE


def release(
    layout: Layout, label: str | None = None, envelope: JsonObject = ENVELOPE
) -> list[Version]:
    """Writes a released version for each open version that changed; returns them.

    Args:
        layout: The folder of the recorded history.
        label: What the release is called.
        envelope: JSON Schema of the envelope.

    Raises:
        RefusedError: If a decision is missing; nothing is written.
        InputError: If the history cannot be read.
    """
    history = load_history(layout.root)
    versions = []
    for name, entry in sorted(load_open(layout).items()):
        known = history.calls.get(name)
        if _is_released(entry, known, envelope):
            continue
        _refuse_undecided(entry)
        versions.append(make_version(entry.schemas, entry, known, envelope=envelope, label=label))
    for version in versions:
        write_version(layout, version)
    return versions


def _is_released(entry: OpenVersion, known: CallHistory | None, envelope: JsonObject) -> bool:
    if known is None:
        return False
    newest = known.newest
    same = fingerprint(released_schemas(newest)) == fingerprint(entry.schemas)
    return same and newest.envelope == envelope


def _refuse_undecided(entry: OpenVersion) -> None:
    questions = [step for step in entry.steps if "undecided" in step]
    if not questions:
        return
    first = questions[0]
    call = entry.schemas.name
    raise RefusedError(
        "steps-undecided",
        f"{len(questions)} decision(s) are missing for {call}: what becomes of stored values.",
        where=f"{call}, {first['undecided']}",
        why=first["why"],
        fix=f"ucaudit lock --decide '{call}:{first['undecided']}={{\"{first['answers'][0]}\": …}}'"
        f"; it takes {', '.join(first['answers'])}.",
    )
