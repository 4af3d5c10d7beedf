"""Released versions of a base that are not the same here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import orjson

from ucaudit.history.base import Base, newest_released, released_file
from ucaudit.history.layout import Layout
from ucaudit.history.remark import Remark
from ucaudit.jsontypes import JsonObject

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
    newest = newest_released(here)
    ahead: bool | None = None
    for name, key in sorted(base.ids.items()):
        call, number = released_file(name)
        if not number or here.get(name) == key:
            continue
        path = layout.root / name
        if name not in here:
            if ahead is None:
                ahead = base.revision is not None and base.revision.may_be_ahead()
            behind = ahead and number > newest.get(call, 0)
            yield Remark(
                "history-behind" if behind else "history-gap",
                "warning" if behind else "error",
                f"version {number}, which {base.name} has, is not here",
                call,
                path,
                f"Rebase on {base.name}, or merge it." if behind else f"{_RESTORE}.",
            )
        elif not _same_release(raw[name], base.content(name)):
            yield Remark(
                "history-edited",
                "error",
                f"version {number} is not what was released at {base.name}",
                call,
                path,
                f"{_RESTORE}; calls change by ucaudit lock and release.",
            )
        else:
            yield Remark(
                "steps-mended",
                "info",
                f"the steps of version {number} are not those at {base.name}",
                call,
                path,
                "Unfinished copies that the old steps made are made again.",
            )


def _same_release(one: bytes, other: bytes) -> bool:
    """Whether two files of a released version differ in nothing but its steps."""
    try:
        documents: list[JsonObject] = [{**orjson.loads(raw), "steps": []} for raw in (one, other)]
    except (orjson.JSONDecodeError, TypeError):
        return False
    return documents[0] == documents[1]
