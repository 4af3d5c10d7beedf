"""Walks two schemas side by side; each pair of nodes is compared once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ucaudit.diff.compare import compare
from ucaudit.diff.local import Comparison, Local, Step
from ucaudit.schema.node import Node

# A shared type can be reached in thousands of ways; the first of them tell a reader enough.
_MOST_VISITS: Final = 25

Pair = tuple[Node, Node, bool]
"""Old node, new node, and whether a difference in nullability belongs to them."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A local difference at one place of a call."""

    local: Local
    steps: tuple[Step, ...]
    old: Node
    new: Node


@dataclass(slots=True)
class Walk:
    """The comparison of two documents."""

    _known: dict[Pair, Comparison] = field(default_factory=dict)

    def hits(self, old: Node, new: Node) -> Iterator[Hit]:
        """Every difference with the ways that lead to it, nearest first."""
        if old.hash == new.hash:
            return
        root: Pair = (old, new, True)
        telling = self._telling(root)
        visits: Counter[Pair] = Counter()
        level: list[tuple[Pair, tuple[Step, ...], frozenset[Pair]]] = [
            (root, (), frozenset({root}))
        ]
        while level:
            following = []
            for pair, steps, path in level:
                visits[pair] += 1
                if visits[pair] > _MOST_VISITS:
                    continue
                comparison = self._known[pair]
                for local in comparison.locals:
                    yield Hit(local, steps, pair[0], pair[1])
                for step, before, after in comparison.below:
                    child: Pair = (before, after, step.kind != "inside")
                    if child in telling and child not in path:
                        following.append((child, (*steps, step), path | {child}))
            level = following

    def _telling(self, root: Pair) -> set[Pair]:
        """The pairs from which a difference can be reached."""
        parents: dict[Pair, list[Pair]] = {root: []}
        queue = [root]
        for pair in queue:
            comparison = self._known.get(pair)
            if comparison is None:
                comparison = self._known[pair] = compare(pair[0], pair[1], nulls=pair[2])
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
