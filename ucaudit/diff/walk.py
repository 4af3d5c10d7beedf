"""Walks two schemas side by side; each pair of nodes is compared once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from ucaudit.diff.compare import anchor, compare
from ucaudit.diff.containment import Containment
from ucaudit.diff.local import Comparison, Lazy, Local, Side, Step
from ucaudit.diff.samples import variety
from ucaudit.diff.summary import summarize
from ucaudit.schema.node import Node

# A shared type can be reached in thousands of ways; the first of them tell a reader enough.
_MOST_VISITS: Final = 25
_BOTH: Final[frozenset[Side]] = frozenset(("old", "new"))

Pair = tuple[Node, Node, bool]
"""Old node, new node, and whether a difference in nullability belongs to them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A local difference at one place of a call.

    Attributes:
        local: The difference.
        steps: The way to it.
        old: The old node there.
        new: The new node.
        doubt: Sides of which the other may refuse values here: no place on the way, up to the root,
            takes all that the side sends.
    """

    local: Local
    steps: tuple[Step, ...]
    old: Node
    new: Node
    doubt: frozenset[Side] = _BOTH


@dataclass(slots=True)
class Walk:
    """The comparison of two documents."""

    _known: dict[Pair, Comparison] = field(default_factory=dict)
    _containment: Containment = field(default_factory=Containment)

    def hits(self, old: Node, new: Node) -> Iterator[Hit]:
        """Every difference with the ways that lead to it, nearest first."""
        if old.hash == new.hash:
            return
        root: Pair = (old, new, True)
        telling = self._telling(root)
        visits: Counter[Pair] = Counter()
        level: list[tuple[Pair, tuple[Step, ...], frozenset[Pair], frozenset[Side]]] = [
            (root, (), frozenset({root}), _BOTH)
        ]
        while level:
            following = []
            for pair, steps, path, above in level:
                visits[pair] += 1
                if visits[pair] > _MOST_VISITS:
                    continue
                doubt = above & self._doubt(pair)
                comparison = self._known[pair]
                for local in comparison.locals:
                    yield Hit(local, steps, pair[0], pair[1], doubt)
                for step, before, after in comparison.below:
                    child: Pair = (before, after, step.kind != "inside")
                    if child in telling and child not in path:
                        rest = doubt - step.settled
                        following.append((child, (*steps, step), path | {child}, rest))
            level = following

    def _doubt(self, pair: Pair) -> frozenset[Side]:
        """Sides of which the other does not surely take every value."""
        old, new, _ = pair
        sides: list[Side] = []
        if not self._containment.takes(new, old):
            sides.append("old")
        if not self._containment.takes(old, new):
            sides.append("new")
        return frozenset(sides)

    def _telling(self, root: Pair) -> set[Pair]:
        """The pairs from which a difference can be reached."""
        parents: dict[Pair, list[Pair]] = {root: []}
        queue = [root]
        for pair in queue:
            comparison = self._known.get(pair)
            if comparison is None:
                comparison = self._known[pair] = self._compare(pair)
            for step, before, after in comparison.below:
                child: Pair = (before, after, step.kind != "inside")
                if child not in parents:
                    parents[child] = []
                    queue.append(child)
                parents[child].append(pair)
        telling: set[Pair] = set()
        queue = [pair for pair in parents if self._known[pair].locals]
        while queue:
            pair = queue.pop()
            if pair not in telling:
                telling.add(pair)
                queue.extend(parents[pair])
        return telling

    def _compare(self, pair: Pair) -> Comparison:
        old, new, nulls = pair
        comparison = compare(old, new, self._containment, nulls=nulls)
        # Between a list and what it holds, the place above has said why they do not fit.
        for side in sorted(self._doubt(pair)) if nulls else ():
            if not self._explains(comparison, side):
                comparison = _suspicious(comparison, old, new, side)
        return comparison

    def _explains(self, comparison: Comparison, side: Side) -> bool:
        """Whether a difference here or below says why values of ``side`` may be refused."""
        return any(local.takes(side) != "ok" for local in comparison.locals) or any(
            side not in step.settled and side in self._doubt((old, new, True))
            for step, old, new in comparison.below
        )


def _suspicious(comparison: Comparison, old: Node, new: Node, side: Side) -> Comparison:
    """What no rule explains must not pass for harmless: whatever differs here is suspected."""
    suspects = comparison.locals or [
        Local(
            "constraint-changed",
            summarize(old),
            summarize(new),
            "{at} takes other values than before",
            "ok",
            "ok",
            anchor=anchor(old, new),
        )
    ]
    return Comparison([_suspected(local, old, new, side) for local in suspects], comparison.below)


def _suspected(local: Local, old: Node, new: Node, side: Side) -> Local:
    known, node = local.values(side), old if side == "old" else new
    values = Lazy(lambda: (*known, *variety(node)))
    if side == "old":
        return replace(local, takes_old="unknown", old_values=values)
    return replace(local, takes_new="unknown", new_values=values)
