"""Walks two schemas side by side; each pair of nodes is compared once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from ucaudit.diff.compare import anchor, compare, same_definition
from ucaudit.diff.containment import Containment
from ucaudit.diff.local import Comparison, Lazy, Local, Side, Step
from ucaudit.diff.summary import summarize
from ucaudit.schema.equality import Equality
from ucaudit.schema.node import Node
from ucaudit.schema.samples import variety

# A shared type can be reached in thousands of ways; the first of them tell a reader enough.
_MOST_VISITS: Final = 25
# Past so many places in one part of a call, only the nearest way to each is told.
_MANY: Final = 100
_BOTH: Final[frozenset[Side]] = frozenset(("old", "new"))

Pair = tuple[Node, Node, bool]
"""Old node, new node, and whether a difference in nullability belongs to them."""


class Way(NamedTuple):
    """How a pair is reached from another.

    Attributes:
        pair: The pair.
        text: The way as a path, such as ``.items[*]``.
        doubt: Sides of which the other may refuse values here: no place on the way takes all that
            the side sends.
        above: The way to the pair above; ``None`` where the way starts.
        step: The step from there.
    """

    pair: Pair
    text: str
    doubt: frozenset[Side]
    above: Way | None = None
    step: Step | None = None

    @property
    def upwards(self) -> Iterator[Way]:
        """The way itself, then those to the pairs above, up to the start."""
        way: Way | None = self
        while way is not None:
            yield way
            way = way.above

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps from the start."""
        return tuple(way.step for way in self.upwards if way.step is not None)[::-1]

    def leads_through(self, pair: Pair) -> bool:
        """Whether ``pair`` is on the way."""
        return any(way.pair == pair for way in self.upwards)


class Hit(NamedTuple):
    """A local difference at one place, with the way to it."""

    local: Local
    way: Way

    @property
    def old(self) -> Node:
        """The old node there."""
        return self.way.pair[0]

    @property
    def new(self) -> Node:
        """The new node there."""
        return self.way.pair[1]

    @property
    def anchor(self) -> str:
        """Where the difference stands in the old document."""
        step = self.way.step
        # What takes any value is written nowhere; its place is where the step above leads.
        bare = step is not None and not self.old.sources
        return step.anchor if step is not None and bare else self.local.anchor

    @property
    def text(self) -> str:
        """The way as a path, with the steps to what the difference is about."""
        return "".join((self.way.text, *(step.text for step in self.local.at)))


class Trace(NamedTuple):
    """All differences of a document.

    Documents that lead to the same pair, and nowhere else, share its hits.

    Attributes:
        way: From the root to the pair that the hits are told from.
        hits: Every difference with the ways that lead to it, nearest first.
    """

    way: Way
    hits: Sequence[Hit]

    def steps(self, hit: Hit) -> tuple[Step, ...]:
        """The way to a hit from the root."""
        return (*self.way.steps, *hit.way.steps)

    def upwards(self, hit: Hit) -> Iterator[tuple[Pair, int]]:
        """The pairs on the way from a hit up to the root, and how many steps lead to each."""
        ways = [*hit.way.upwards, *list(self.way.upwards)[1:]]
        yield from ((way.pair, len(ways) - i - 1) for i, way in enumerate(ways))


class Below(NamedTuple):
    """A step to a pair from which a difference can be reached, and the step as text."""

    step: Step
    text: str
    pair: Pair


@dataclass(slots=True)
class Walk:
    """The comparison of documents that may share nodes: what is known of a pair is known of all."""

    equality: Equality = field(default_factory=Equality)
    _known: dict[Pair, Comparison] = field(default_factory=dict)
    _containment: Containment = field(init=False)
    _cleared: set[Pair] = field(default_factory=set)
    _telling: set[Pair] = field(default_factory=set)
    _below: dict[Pair, list[Below]] = field(default_factory=dict)
    _doubts: dict[Pair, frozenset[Side]] = field(default_factory=dict)
    _hits: dict[Pair, Sequence[Hit]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._containment = Containment(self.equality)

    def trace(self, old: Node, new: Node) -> Trace:
        """The differences between two documents."""
        root = _pair(old, new, nulls=True)
        if self.equality.same(old, new):
            return Trace(Way(root, "", frozenset()), ())
        self._explore(root)
        way = Way(root, "", self._doubt(root))
        while not self._known[way.pair].locals and len(self._leading(way.pair)) == 1:
            following = self._follow(way, self._leading(way.pair)[0])
            # What takes any value is written nowhere: only the step there says where it is.
            if way.leads_through(following.pair) or not following.pair[0].sources:
                break
            way = following
        hits = self._hits.get(way.pair)
        if hits is None:
            hits = self._hits[way.pair] = self._reach(way.pair)
        return Trace(way, hits)

    def learn(self, pair: Pair, side: Side) -> None:
        """Takes for certain that the other side takes all values of ``side``.

        What was concluded from a doubt about it is forgotten.
        """
        old, new, _ = pair
        self._cleared.add(pair)
        self._containment.learn(*((new, old) if side == "old" else (old, new)))
        for known in (self._known, self._telling, self._below, self._doubts, self._hits):
            known.clear()

    def _reach(self, start: Pair) -> Sequence[Hit]:
        """Every difference with the ways that lead to it from ``start``."""
        visits: Counter[Pair] = Counter([start])
        found: list[Hit] = []
        level = [Way(start, "", self._doubt(start))]
        reached = 1
        while level:
            following = []
            for way in level:
                found.extend([Hit(local, way) for local in self._known[way.pair].locals])
                for below in self._leading(way.pair):
                    before = visits[below.pair]
                    if before and (
                        reached >= _MANY or before >= _MOST_VISITS or way.leads_through(below.pair)
                    ):
                        continue
                    visits[below.pair] = before + 1
                    reached += 1
                    following.append(self._follow(way, below))
            level = following
        return found

    def _follow(self, way: Way, below: Below) -> Way:
        step, text, pair = below
        doubt = (way.doubt - step.settled) & self._doubt(pair)
        return Way(pair, way.text + text, doubt, way, step)

    def _doubt(self, pair: Pair) -> frozenset[Side]:
        """Sides of which the other does not surely take every value."""
        known = self._doubts.get(pair)
        if known is None:
            old, new, _ = pair
            sides: list[Side] = []
            if not self._containment.takes(new, old):
                sides.append("old")
            if not self._containment.takes(old, new):
                sides.append("new")
            known = self._doubts[pair] = frozenset(sides)
        return known

    def _leading(self, pair: Pair) -> list[Below]:
        """The steps from ``pair`` that lead to a difference."""
        known = self._below.get(pair)
        if known is None:
            steps = ((step, _below(step, old, new)) for step, old, new in self._known[pair].below)
            known = self._below[pair] = [
                Below(step, step.text, child) for step, child in steps if child in self._telling
            ]
        return known

    def _explore(self, root: Pair) -> None:
        """Compares what is reached for the first time, and finds from where differences are."""
        if root in self._known:
            return
        parents: dict[Pair, list[tuple[Pair, Step]]] = {root: []}
        explored = [root]
        for pair in explored:
            comparison = self._known[pair] = self._compare(pair)
            for step, old, new in comparison.below:
                child = _below(step, old, new)
                if child not in parents:
                    parents[child] = []
                    if child not in self._known:
                        explored.append(child)
                parents[child].append((pair, step))
        for side in ("old", "new"):
            self._suspect(explored, parents, side)
        queue = [p for p in parents if p in self._telling or self._known[p].locals]
        while queue:
            pair = queue.pop()
            self._telling.add(pair)
            queue.extend(p for p, _ in parents.get(pair, ()) if p not in self._telling)

    def _compare(self, pair: Pair) -> Comparison:
        old, new, nulls = pair
        comparison = compare(old, new, self._containment, nulls=nulls)
        if pair in self._cleared and not (comparison.locals or comparison.below):
            comparison.locals.append(_unexplained(old, new))
        return comparison

    def _suspect(
        self, explored: Sequence[Pair], parents: dict[Pair, list[tuple[Pair, Step]]], side: Side
    ) -> None:
        """Suspects what differs where nothing here or below says why ``side`` may be refused.

        In a cycle, pairs must not explain each other: an explanation starts from a difference.
        """
        # Between a list and what it holds, the place above has said why they do not fit.
        waiting = {pair for pair in explored if pair[2] and side in self._doubt(pair)}
        if not waiting:
            return
        here = set(explored)
        # What was reached from another document before has been explained there.
        starts = [
            pair
            for pair in parents
            if side in self._doubt(pair) and (pair not in here or self._says_why(pair, side))
        ]
        while True:
            waiting -= self._above(starts, parents, side)
            if not waiting:
                return
            latest = [p for p in reversed(explored) if p in waiting]
            # Those below first; in a cycle, all wait for each other.
            pair = next((p for p in latest if not self._waits(p, waiting, side)), latest[0])
            old, new, _ = pair
            self._known[pair] = _suspicious(self._known[pair], old, new, side)
            starts = [pair]

    def _above(
        self,
        starts: Sequence[Pair],
        parents: dict[Pair, list[tuple[Pair, Step]]],
        side: Side,
    ) -> set[Pair]:
        """``starts`` and all pairs above whose values of ``side`` arrive there.

        A pair on the way that surely takes them has nothing to explain, and explains nothing above.
        """
        found, queue = set(starts), list(starts)
        while queue:
            for pair, step in parents.get(queue.pop(), ()):
                if pair in found or side in step.settled or side not in self._doubt(pair):
                    continue
                found.add(pair)
                queue.append(pair)
        return found

    def _says_why(self, pair: Pair, side: Side) -> bool:
        return any(local.takes(side) != "ok" for local in self._known[pair].locals)

    def _waits(self, pair: Pair, waiting: set[Pair], side: Side) -> bool:
        """Whether a pair below may still be explained itself."""
        return any(
            side not in step.settled and _below(step, old, new) in waiting
            for step, old, new in self._known[pair].below
            if _below(step, old, new) != pair
        )


def _pair(old: Node, new: Node, *, nulls: bool) -> Pair:
    """The pair to compare: what both refer to, where that is one definition."""
    while True:
        ends = old.referred, new.referred
        if ends[0] is None or ends[1] is None or not same_definition(ends[0], ends[1]):
            return old, new, nulls
        old, new = ends[0], ends[1]


def _below(step: Step, old: Node, new: Node) -> Pair:
    return _pair(old, new, nulls=step.kind != "inside")


def _suspicious(comparison: Comparison, old: Node, new: Node, side: Side) -> Comparison:
    """What no rule explains must not pass for harmless: whatever differs here is suspected."""
    suspects = comparison.locals or [_unexplained(old, new)]
    return Comparison([_suspected(local, old, new, side) for local in suspects], comparison.below)


def _unexplained(old: Node, new: Node) -> Local:
    return Local(
        "constraint-changed",
        summarize(old),
        summarize(new),
        "{at} takes other values than before",
        "ok",
        "ok",
        anchor=anchor(old, new),
    )


def _suspected(local: Local, old: Node, new: Node, side: Side) -> Local:
    known, node = local.values(side), old if side == "old" else new
    values = Lazy(lambda: (*known, *variety(node)))
    if side == "old":
        return replace(local, takes_old="unknown", old_values=values)
    return replace(local, takes_new="unknown", new_values=values)
