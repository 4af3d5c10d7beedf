"""What is not locked and not released: recorded calls beside the declared ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ucaudit.config import Config
from ucaudit.errors import InputError, RefusedError
from ucaudit.history.layout import Layout
from ucaudit.history.lock import Locked, lock
from ucaudit.history.recorded import Recorded
from ucaudit.history.sources import load_source
from ucaudit.history.store import load_history, load_open, plan_open
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.envelope import load_envelope
from ucaudit.sources.record import CallSchemas


@dataclass(frozen=True, slots=True)
class Pending:
    """What a lock and a release would do now; nothing is written.

    Attributes:
        layout: The folder of the recorded history.
        history: The released versions.
        locked: What lock makes of each call.
        changes: What lock would write, by file.
    """

    layout: Layout
    history: History
    locked: Sequence[Locked]
    changes: Mapping[Path, str | None]

    def refuse_stale(self) -> None:
        """Refuses open versions that are not what lock would write now.

        Raises:
            RefusedError: If there are some.
        """
        if self.changes:
            count = len(self.changes)
            raise RefusedError(
                "lock-stale",
                "The open versions are not what the calls are now.",
                where=str(min(self.changes)),
                why=f"ucaudit lock would write {count} {'file' if count == 1 else 'files'}",
                fix="Run ucaudit lock, look at what it writes, then release.",
            )


def pending_in(
    layout: Layout, envelope: JsonObject, declared: Collection[CallSchemas] | None = None
) -> Pending:
    """Compares what is recorded with what is declared.

    Args:
        layout: The folder of the recorded history.
        envelope: JSON Schema of the envelope.
        declared: The calls as they are now; by default the open versions are trusted.

    Raises:
        InputError: If the history cannot be read, or calls collide.
    """
    history = load_history(layout.root)
    recorded = Recorded.read(layout, declared or ())
    opened = load_open(layout, recorded=recorded)
    calls = declared if declared is not None else [entry.schemas for entry in opened.values()]
    locked = lock(calls, opened, history, envelope=envelope)
    changes = plan_open(layout, [one.entry for one in locked if one.entry is not None], recorded)
    return Pending(layout, history, locked, changes)


def pending_of(config: Config) -> Pending:
    """The same for the project of a configuration.

    Raises:
        InputError: If it does not say where calls are declared, or they or the history cannot be
            read.
    """
    declared = load_source(declared_source(config), config.root).calls
    return pending_in(Layout(config.schemas_path), load_envelope(config), declared)


def declared_source(config: Config) -> str:
    """Where a project declares its calls.

    Raises:
        InputError: If the configuration does not say.
    """
    if config.source is not None:
        return config.source
    raise InputError(
        "source-unnamed",
        "Nobody says where the calls are declared.",
        where=str(config.root),
        fix='Set source in the configuration, such as source = "app.calls:registry", '
        "or give --source to ucaudit lock. Where nothing is declared yet: "
        "ucaudit lock --from-index.",
    )
