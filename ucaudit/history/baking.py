"""Makes what a wheel says of the indices that its writers write to."""

from __future__ import annotations

from pathlib import Path

import orjson

from ucaudit.errors import InputError, RefusedError
from ucaudit.history.baked import FORMAT, Baked
from ucaudit.history.layout import Layout
from ucaudit.history.pending import Pending
from ucaudit.jsontypes import JsonObject


def bake(pending: Pending, prefix: str, *, allow_open: bool = False) -> JsonObject:
    """The document ``ucaudit.baked/1``: which generation each call is written to.

    Args:
        pending: The recorded history beside the calls that are built.
        prefix: What every audit index starts with.
        allow_open: Whether an open version may start a generation; writers then have to allow it.

    Raises:
        RefusedError: If something is not locked, or an open version starts a generation.
    """
    pending.refuse_stale()
    generations = {name: call.generation for name, call in pending.history.calls.items()}
    opened = {
        one.call: one.entry.generation
        for one in pending.locked
        if one.entry is not None and generations.get(one.call) != one.entry.generation
    }
    if opened and not allow_open:
        first = min(opened)
        more = f", and so do {len(opened) - 1} more calls" if len(opened) > 1 else ""
        raise RefusedError(
            "generation-unreleased",
            f"The open version of {first!r} starts generation {opened[first]}, which is not"
            f" released{more}.",
            where=str(pending.layout.open_file(first)),
            fix="Run ucaudit release before building; to try a build out, set allow-open = true.",
        )
    return {"format": FORMAT, "prefix": prefix, "generations": generations, "open": opened}


def read_call(call: str, folder: Path, prefix: str) -> Baked:
    """The same of one call, from a folder of recorded history; only that call's files are read.

    Raises:
        InputError: If one of them cannot be read.
    """
    layout = Layout(folder)
    versions = layout.history_folder(call)
    files = sorted(versions.glob("*.json")) if versions.is_dir() else []
    released = _generation(files[-1]) if files else None
    open_file = layout.open_file(call)
    opened = _generation(open_file) if open_file.is_file() else None
    return Baked(
        str(open_file if opened is not None else versions),
        prefix,
        {} if released is None else {call: released},
        {} if opened is None or opened == released else {call: opened},
    )


def _generation(path: Path) -> int:
    try:
        value: int = orjson.loads(path.read_bytes())["generation"]
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            "history-unreadable",
            "The recorded history cannot be read.",
            where=str(path),
            why=str(error),
            fix="Deploy the schemas folder as it was released.",
        ) from error
    return value
