"""Whether the audit index of a call can stay as it is, be extended, or needs a new generation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.acceptance import Acceptance, Writer, acceptance
from ucaudit.mapping.fields import OPEN
from ucaudit.mapping.reach import Change, accumulate, changes, describe, is_opaque

IndexEffect = Literal["none", "put_mapping", "reindex"]
RANK: Final[dict[IndexEffect, int]] = {"none": 0, "put_mapping": 1, "reindex": 2}
_EFFECT: Final[dict[str, IndexEffect]] = {
    "add": "put_mapping",
    "update": "put_mapping",
    "refused": "reindex",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an index needs.

    Attributes:
        index: ``none``, ``put_mapping`` or ``reindex``.
        changes: The differences that say so.
        mapping: ``{"properties": …}`` that a version is served by: the accumulated mapping after
            the update, or the fresh one of a new generation.
    """

    index: IndexEffect
    changes: tuple[Change, ...]
    mapping: JsonObject


def worst(effects: Iterable[IndexEffect]) -> IndexEffect:
    """The effect that asks most."""
    return max(effects, key=RANK.__getitem__, default="none")


def effect_of(change: Change) -> IndexEffect:
    """What one difference asks."""
    return _EFFECT[change.kind]


def judge(
    accumulated: JsonObject,
    wanted: JsonObject,
    new: Writer | None = None,
    earlier: Sequence[Writer] = (),
) -> Verdict:
    """Judges a new version's mapping against what its generation has accumulated so far.

    Args:
        accumulated: ``{"properties": …}``.
        wanted: ``{"properties": …}`` compiled from the new version.
        new: What the new version writes. Without it, every field of another type is a reason for a
            new generation, and free fields are thought to hold anything.
        earlier: What the versions before it write, who go on writing until they are stopped.
    """
    have, wish = accumulated.get("properties", {}), wanted.get("properties", {})
    found = [*changes(have, wish)]
    known = [*earlier, *([new] if new is not None else [])]
    roots = {name for writer in known for name in writer.roots}
    others = {name: definition for name, definition in have.items() if name not in roots}
    clashes = {clash.path: clash for clash in _clashes(others, wish)}
    found = [*(c for c in found if c.path not in clashes), *clashes.values()]
    if known:
        merged = accumulate(accumulated, wanted)["properties"]
        if new is not None:
            served = acceptance(merged, new)
            found = [c for c in found if c.kind != "refused" or c.path not in served.wider]
            found = [_proven(change, served) for change in found]
            found = _with_refusals(found, served, merged, "new")
        for writer in earlier:
            found = _with_refusals(found, acceptance(merged, writer), merged, "old")
    index = worst(effect_of(change) for change in found)
    mapping = wanted if index == "reindex" else accumulate(accumulated, wanted)
    return Verdict(index, tuple(found), mapping)


def _proven(change: Change, served: Acceptance) -> Change:
    """A refused change with a document that shows why it would be needed."""
    if change.kind != "refused" or change.witness is not None:
        return change
    for each in served.unserved:
        if _within(each.path, change.path) or _within(change.path, each.path):
            return replace(change, witness=each.document)
    return change


def _with_refusals(
    found: Sequence[Change],
    served: Acceptance,
    merged: JsonObject,
    side: Literal["old", "new"],
) -> list[Change]:
    """``found``, and documents that are refused though the engine takes the mapping as it is."""
    known = [change.path for change in found if change.kind == "refused"]
    clashes = {
        each.path: Change(
            each.path,
            "refused",
            each.reason,
            None,
            _definition(merged, each.path),
            witness=each.document,
            written_by=side,
        )
        for each in served.unserved
        if each.refused and not any(_within(each.path, path) for path in known)
    }
    return [*(change for change in found if change.path not in clashes), *clashes.values()]


def _within(path: str, above: str) -> bool:
    return path == above or path.startswith(f"{above}.")


def _definition(properties: JsonObject, path: str) -> JsonObject:
    definition: JsonObject = {"properties": properties}
    for name in path.split("."):
        definition = definition["properties"][name]
    return {key: value for key, value in definition.items() if key != "properties"}


def _clashes(live: JsonObject, wanted: JsonObject, path: str = "") -> Iterator[Change]:
    """Fields of one side that the other side's documents may hold with any value.

    The engine puts both sides into one mapping without a word, and then refuses documents. This is
    what mappings alone tell; ``acceptance`` knows more where the schemas are known.
    """
    for name, here in live.items():
        there = wanted.get(name, {})
        at = f"{path}.{name}" if path else name
        ours, theirs = here.get("properties"), there.get("properties")
        if ours is None or theirs is None:
            continue
        for side, other in ((here, there), (there, here)):
            if not _is_open(side):
                continue
            for field, definition in other["properties"].items():
                if field not in side["properties"] and not is_opaque(definition):
                    reason = f"{describe(definition)} where free fields may hold other values"
                    yield Change(f"{at}.{field}", "refused", reason, None, definition)
        yield from _clashes(ours, theirs, at)


def _is_open(definition: JsonObject) -> bool:
    return OPEN.items() <= definition.items()
