"""Whether the audit index of a call can stay as it is, be extended, or needs a new generation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ucaudit.jsontypes import JsonObject
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


def judge(accumulated: JsonObject, wanted: JsonObject) -> Verdict:
    """Judges a new version's mapping against what its generation has accumulated so far.

    Args:
        accumulated: ``{"properties": …}``.
        wanted: ``{"properties": …}`` compiled from the new version.
    """
    have, wish = accumulated.get("properties", {}), wanted.get("properties", {})
    clashes = {clash.path: clash for clash in _clashes(have, wish)}
    found = (*(c for c in changes(have, wish) if c.path not in clashes), *clashes.values())
    index = worst(effect_of(change) for change in found)
    mapping = wanted if index == "reindex" else accumulate(accumulated, wanted)
    return Verdict(index, found, mapping)


def _clashes(live: JsonObject, wanted: JsonObject, path: str = "") -> Iterator[Change]:
    """Fields of one side that the other side's documents may hold with any value.

    The engine puts both sides into one mapping without a word, and then refuses documents.
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
