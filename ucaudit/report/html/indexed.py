"""What an audit index holds, before and after, field by field."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.reach import Change, field_type, is_opaque
from ucaudit.mapping.verdict import judge

_LOUDEST: Final = ("refused", "update", "add")


def mapping_rows(live: JsonObject, wanted: JsonObject) -> list[list[Json]]:
    """One row a field: path and definition where nothing changes, else also the new definition.

    Args:
        live: ``{"properties": …}`` of the index now.
        wanted: ``{"properties": …}`` that the new version asks for.

    Returns:
        ``[path, definition]``, or ``[path, old, new, kind, reason]`` with ``kind`` ``add``,
        ``update``, ``refused`` or ``gone``; in order of path.
    """
    verdict = judge(live, wanted)
    reasons = _by_path(verdict.changes)
    before = dict(_fields(live.get("properties", {})))
    after = dict(_fields(verdict.mapping.get("properties", {})))
    rows: list[list[Json]] = []
    for path in sorted(before.keys() | after.keys()):
        old, new = before.get(path), after.get(path)
        change = reasons.get(path)
        if change is not None:
            rows.append([path, old, new, change.kind, change.reason])
        elif old == new:
            rows.append([path, old])
        else:
            kind = "gone" if new is None else "add" if old is None else "update"
            rows.append([path, old, new, kind, ""])
    return rows


def change_lines(live: JsonObject, wanted: JsonObject) -> list[list[Json]]:
    """What changes in an index, as ``[path, kind, reason]``."""
    return [[c.path, c.kind, c.reason] for c in _by_path(judge(live, wanted).changes).values()]


def _by_path(changes: tuple[Change, ...]) -> dict[str, Change]:
    """The loudest change of each field."""
    found: dict[str, Change] = {}
    for change in changes:
        known = found.get(change.path)
        if known is None or _LOUDEST.index(change.kind) < _LOUDEST.index(known.kind):
            found[change.path] = change
    return found


def _fields(properties: JsonObject, start: str = "") -> Iterator[tuple[str, str]]:
    for name, definition in properties.items():
        path = f"{start}{name}"
        yield path, _definition(definition)
        yield from _fields(definition.get("properties", {}), f"{path}.")
        yield from _fields(definition.get("fields", {}), f"{path}.")


def _definition(definition: JsonObject) -> str:
    """A definition on one line, such as ``keyword, ignore_above 8191``."""
    if is_opaque(definition):
        return "kept, not indexed"
    own = (
        name if value is True else f"{name} {value}"
        for name, value in definition.items()
        if name not in {"type", "properties", "fields"}
    )
    return ", ".join((field_type(definition), *own))
