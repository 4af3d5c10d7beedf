"""Released versions of a base that are not the same here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal

import orjson

from ucaudit.history.base import Base, newest_released, released_file
from ucaudit.history.layout import Layout
from ucaudit.history.remark import Remark

_RESTORE: Final = "Restore the file from version control"


def lost_history(
    base: Base, raw: Mapping[str, bytes], here: Mapping[str, str], layout: Layout
) -> Iterator[Remark]:
    """What was released at the base and is not the same here.

    Steps may be mended after a release, and are not part of its digest: that is said quietly.

    Args:
        base: The other side.
        raw: The released versions here.
        here: The same as names that git would give to their content.
        layout: The folder here.
    """
    missing = []
    for name, key in sorted(base.ids.items()):
        call, number = released_file(name)
        if not number or here.get(name) == key:
            continue
        path = layout.root / name
        if name not in here:
            missing.append((call, number, path))
            continue
        change = _change(raw[name], base.content(name))
        if change == "edited":
            message = f"version {number} is not what was released at {base.name}"
            fix = f"{_RESTORE}; calls change by ucaudit lock and release."
            yield Remark("history-edited", "error", message, call, path, fix)
        elif change == "mended":
            message = f"the steps of version {number} are not those at {base.name}"
            fix = "Unfinished copies that the old steps made are made again."
            yield Remark("steps-mended", "info", message, call, path, fix)
    if missing:
        yield from _gone(missing, base, newest_released(here))


def _gone(
    missing: Iterable[tuple[str, int, Path]], base: Base, newest: Mapping[str, int]
) -> Iterator[Remark]:
    """Versions that are not here: deleted, or released meanwhile by others."""
    ahead = base.revision is not None and base.revision.may_be_ahead()
    for call, number, path in missing:
        message = f"version {number}, which {base.name} has, is not here"
        if ahead and number > newest.get(call, 0):
            fix = f"Rebase on {base.name}, or merge it."
            yield Remark("history-behind", "warning", message, call, path, fix)
        else:
            yield Remark("history-gap", "error", message, call, path, f"{_RESTORE}.")


def _change(one: bytes, other: bytes) -> Literal["none", "mended", "edited"]:
    """What differs between two files of a released version: nothing but spelling, or steps."""
    try:
        first, second = orjson.loads(one), orjson.loads(other)
        if first == second:
            return "none"
        return "mended" if {**first, "steps": second["steps"]} == second else "edited"
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return "edited"
