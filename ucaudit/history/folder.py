"""A folder of recorded history as a source of calls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import orjson

from ucaudit.history.compiled import with_open
from ucaudit.history.layout import Layout
from ucaudit.history.recorded import Recorded, read_files
from ucaudit.history.store import load_history, load_open
from ucaudit.history.unchanged import ids_of, is_part_of_open, unchanged
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.record import CallSchemas


def load_recorded(
    folder: Path, skipped: frozenset[str] = frozenset(), known: Sequence[CallSchemas] = ()
) -> tuple[list[CallSchemas], dict[str, JsonObject]]:
    """The open versions, and by call the mapping that its generation has accumulated.

    Args:
        folder: The folder.
        skipped: Files of open versions that nobody asks for.
        known: Calls of the other side. What is recorded in the same words is given as that very
            object, and without what it has accumulated: it did not change.

    Raises:
        InputError: If a file is not what it should be.
    """
    layout = Layout(folder)
    recorded = Recorded.read(layout, known) if known else None
    opened = load_open(layout, skipped=skipped, recorded=recorded)
    same = {id(call) for call in known}
    changed = {name: e.schemas for name, e in opened.items() if id(e.schemas) not in same}
    accumulated = {}
    for name, history in load_history(folder, only=changed).calls.items():
        accumulated[name] = with_open(history, changed[name])
    return [entry.schemas for entry in opened.values()], accumulated


def files_of(folder: Path) -> dict[str, str]:
    """The files of a recorded folder, and the names that git would give to their content."""
    return ids_of(read_files(Layout(folder)))


def same_calls(folder: Path, others: Mapping[str, str]) -> tuple[dict[str, CallSchemas], bool]:
    """Calls of ``folder`` that the other side has too, by file, without their schemas.

    Args:
        folder: A recorded folder.
        others: The files of the other side, as names that git gives to their content.

    Returns:
        The calls, and whether neither side has others.
    """
    ids = {name: key for name, key in others.items() if is_part_of_open(name)}
    files = read_files(Layout(folder))
    same = unchanged(files, ids)
    calls = {}
    for name in sorted(same):
        document = orjson.loads(files[name])
        calls[name] = CallSchemas(document["call"], {}, origin=str(folder / name))
    return calls, len(same) == sum("/" not in name for name in files.keys() | ids.keys())
