"""The normal form: a node is a set of shapes, each of one JSON type.

Written so, nullability has one spelling, a ``const`` is an enum of one value, the order of union
members says nothing, and ``allOf`` is gone. What JSON Schema means only as an annotation but audit
logs care for (``x-audit``, formats, defaults, openness) is kept.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.patterns import matches

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph

Kind = Literal["null", "boolean", "integer", "number", "string", "array", "object"]
KINDS: tuple[Kind, ...] = ("null", "boolean", "integer", "number", "string", "array", "object")
SCALARS: frozenset[Kind] = frozenset({"boolean", "integer", "number", "string"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """An interval; ``None`` is unbounded. For numbers, string lengths, list and object sizes."""

    low: float | None = None
    high: float | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, other: Bounds) -> bool:
        """Whether every value within ``other`` is within this."""
        below = self.low is None or (
            other.low is not None
            and (
                other.low > self.low
                or (other.low == self.low and (other.low_open or not self.low_open))
            )
        )
        above = self.high is None or (
            other.high is not None
            and (
                other.high < self.high
                or (other.high == self.high and (other.high_open or not self.high_open))
            )
        )
        return below and above

    def meet(self, other: Bounds) -> Bounds:
        """What is within both."""
        low, low_open = _tighter(self.low, self.low_open, other.low, other.low_open, sign=1)
        high, high_open = _tighter(self.high, self.high_open, other.high, other.high_open, sign=-1)
        return Bounds(low, high, low_open, high_open)

    def whole(self) -> Bounds:
        """The same interval of integers, its limits included: above 0 is from 1."""
        low = self.low if self.low is None else _next_whole(self.low, self.low_open)
        high = self.high if self.high is None else -_next_whole(-self.high, self.high_open)
        return Bounds(low, high)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is within."""
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def to_list(self) -> list[Json]:
        """A canonical spelling."""
        return [self.low, self.high, self.low_open, self.high_open]


def _next_whole(limit: float, is_open: bool) -> int:
    return math.floor(limit) + 1 if is_open else math.ceil(limit)


def _tighter(
    a: float | None, a_open: bool, b: float | None, b_open: bool, *, sign: int
) -> tuple[float | None, bool]:
    if a is None or b is None:
        return (b, b_open) if a is None else (a, a_open)
    if a == b:
        return a, a_open or b_open
    return (a, a_open) if (a - b) * sign > 0 else (b, b_open)


ANY_SIZE = Bounds(0)


@dataclass(frozen=True, slots=True)
class Condition:
    """A keyword that is kept but not interpreted.

    Attributes:
        keyword: Its name.
        says: What it says besides its schemas, as canonical JSON.
        nodes: Its schemas.
    """

    keyword: str
    says: str = ""
    nodes: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """Values of one JSON type.

    Attributes:
        kind: The JSON type; ``number`` includes the integers.
        enum: The only values allowed, as canonical JSON in order, or ``None`` for all.
        bounds: Of the number, or of the length of a string, list or object.
        format: Format of a string or number.
        patterns: Regular expressions that a string must match, sorted.
        multiple_of: Divisors of a number, sorted.
        items: What a list holds after its prefix.
        prefix: What a tuple holds at its first places.
        unique: Whether the items of a list differ.
        properties: Declared fields of an object.
        required: Fields that must be present.
        additional: What other fields may hold; ``None`` where the schema says nothing.
        patterned: Fields by regular expression.
        names: What field names must be.
        declares: Whether the schema declares ``properties`` here.
        sends_undeclared: Whether a producer sends other fields where the schema says nothing.
        residual: What is kept but not interpreted.
        pointer: Where it stands in its document; no part of what it is.
    """

    kind: Kind
    enum: tuple[str, ...] | None = None
    bounds: Bounds = Bounds()
    format: str | None = None
    patterns: tuple[str, ...] = ()
    multiple_of: tuple[float, ...] = ()
    items: Node | None = None
    prefix: tuple[Node, ...] = ()
    unique: bool = False
    properties: Mapping[str, Node] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    additional: Node | None = None
    patterned: Mapping[str, Node] = field(default_factory=dict)
    names: Node | None = None
    declares: bool = False
    sends_undeclared: bool = True
    residual: tuple[Condition, ...] = ()
    pointer: str = field(default="", compare=False)

    @property
    def plain(self) -> tuple[object, ...]:
        """All that it says itself, without what lies below."""
        return (
            self.kind,
            self.enum,
            self.bounds,
            self.format,
            self.patterns,
            self.multiple_of,
            self.unique,
            self.required,
        )

    def children(self) -> Iterator[Node]:
        """The nodes directly below."""
        if self.items is not None:
            yield self.items
        yield from self.prefix
        yield from self.properties.values()
        if self.additional is not None:
            yield self.additional
        yield from self.patterned.values()
        if self.names is not None:
            yield self.names
        for condition in self.residual:
            yield from condition.nodes

    @property
    def is_blank(self) -> bool:
        """Whether it takes every value of its type, as far as can be told without looking below."""
        free = ANYTHING_OF.get(self.kind, Shape(self.kind))
        items = self.items if self.items is None or self.items.sources else None
        own = replace(self, items=items, pointer="", declares=False, sends_undeclared=True)
        return own == free

    def place(self, index: int) -> Node | None:
        """What a list holds at ``index``; ``None`` is anything."""
        return self.prefix[index] if index < len(self.prefix) else self.items

    def rules_for(self, name: str) -> list[Node]:
        """All that the field ``name`` must satisfy."""
        if name in self.properties:
            return [self.properties[name]]
        found = [node for pattern, node in self.patterned.items() if matches(pattern, name)]
        if found or self.additional is None:
            return found
        return [self.additional]

    @property
    def others(self) -> Node | None:
        """What undeclared fields hold; where senders send some, saying nothing means anything."""
        if self.kind == "object" and self.additional is None and self.sends_undeclared:
            from ucaudit.schema.graph import ANYTHING  # noqa: PLC0415  (made of nodes)

            return ANYTHING
        return self.additional

    @property
    def is_map(self) -> bool:
        """Whether this is an object whose keys are data: no fields are declared."""
        return self.kind == "object" and not self.properties

    @property
    def closed(self) -> bool:
        """Whether fields that are not declared are forbidden."""
        return self.additional is not None and self.additional.is_never

    @property
    def sends_others(self) -> bool:
        """Whether a producer sends fields that the schema does not declare (design: open maps)."""
        if self.additional is None:
            return self.sends_undeclared
        return not self.additional.is_never


ANYTHING_OF: dict[Kind, Shape] = {
    kind: Shape(kind, bounds=ANY_SIZE) for kind in ("string", "array", "object")
}


@dataclass(eq=False, slots=True, repr=False)
class Node:
    """A place in a schema: what values it takes.

    Attributes:
        graph: The document it belongs to, in normal form.
        sources: Pointers whose conjunction it is, the site that uses it first.
        notes: Annotations that matter: ``default``, ``x-audit``, ``writeOnly`` …
        only: The one JSON type that is asked about; ``None`` for all.
    """

    graph: Graph
    sources: tuple[str, ...]
    notes: JsonObject
    only: Kind | None = None
    _shapes: tuple[Shape, ...] | None = None
    _hash: bytes | None = None
    _referred: tuple[Node | None] | None = None
    _blank: bool | None = None

    def __repr__(self) -> str:
        # Without what lies below, which may be all of a document many times over.
        return f"Node({', '.join(self.sources)})"

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The alternatives, in canonical order of kind, then as written."""
        if self._shapes is None:
            self._shapes = self.graph.expand(self)
        return self._shapes

    @property
    def hash(self) -> bytes:
        """Digest of the normal form: equal for equivalent spellings, whatever their names."""
        if self._hash is None:
            self.graph.hash_from(self)
        assert self._hash is not None  # noqa: S101  (hash_from fills it)
        return self._hash

    @property
    def referred(self) -> Node | None:
        """The definition that this is a bare reference to; ``None`` if it is anything else."""
        if self._referred is None:
            self._referred = (self.graph.referred(self),)
        return self._referred[0]

    @property
    def kinds(self) -> frozenset[Kind]:
        """The JSON types allowed."""
        return frozenset(shape.kind for shape in self.shapes)

    def of(self, kind: Kind) -> tuple[Shape, ...]:
        """The alternatives of one JSON type."""
        return tuple(shape for shape in self.shapes if shape.kind == kind)

    @property
    def is_never(self) -> bool:
        """Whether no value is allowed."""
        if self._shapes is None and self.graph.surely_allows(self):
            return False
        return not self.shapes

    @property
    def is_any(self) -> bool:
        """Whether every value is allowed."""
        if self._blank is None:
            blank = self.only is None and all(map(self.graph.is_blank, self.sources))
            if not blank and self._shapes is None:
                return False
            shapes = self._shapes or ()
            self._blank = blank or (
                len(shapes) == len(KINDS) - 1 and all(shape.is_blank for shape in shapes)
            )
        return self._blank

    @property
    def audit(self) -> JsonObject:
        """The ``x-audit`` hints."""
        hints = self.notes.get("x-audit")
        return hints if isinstance(hints, dict) else {}

    @property
    def redacted(self) -> bool:
        """Whether the value must not be stored."""
        return (
            self.audit.get("redact") is True
            or self.notes.get("writeOnly") is True
            or any(shape.format == "password" for shape in self.shapes)
        )

    @property
    def pointer(self) -> str:
        """Where it is written: the site that uses it."""
        return self.sources[0] if self.sources else ""
