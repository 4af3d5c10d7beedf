"""Whether a mapping serves a schema, not only a document: what is refused, what is found otherwise.

Where a field is defined as the schema's own compiled mapping defines it, promise 1 of the design
(section 6) holds and nothing is looked at. Elsewhere the definition is held against all that may be
written there. Each refusal comes with a small document that proves it, if one can be made.

Excepted, as from promise 1, are undeclared names that begin with the name of a declared plain field
and a dot: no mapping of the schema takes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from typing import Final

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.accepts import CONTAINERS, refusals
from ucaudit.mapping.compile import compile_fields
from ucaudit.mapping.field_names import parts_of
from ucaudit.mapping.reach import DECISIVE, describe, field_type, is_opaque
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.node import SCALARS, Bounds, Node, Shape
from ucaudit.schema.samples import NoSample, sample_list, sample_shape, shape_variety
from ucaudit.schema.validators import Validator, Validators
from ucaudit.schema.values import json_of, judge

_MOST_TRIES: Final = 24
# Every whole number up to here is a double of its own.
_EXACT: Final = 2**53

Hold = Callable[[Json], Iterator[JsonObject]]
"""Documents that hold a value at some place, the smallest first."""


@dataclass(frozen=True, slots=True)
class Writer:
    """What writes to an index.

    Attributes:
        roots: Field of the document to what is written there.
        properties: The mapping compiled from it.
    """

    roots: Mapping[str, Node]
    properties: JsonObject

    @classmethod
    def of(cls, roots: Mapping[str, Node | None]) -> Writer:
        """A writer of ``roots``; a field with none is not written."""
        written = {name: node for name, node in roots.items() if node is not None}
        return cls(written, compile_fields(written).properties)


@dataclass(frozen=True, slots=True)
class Unserved:
    """A field that does not serve what is written there.

    Attributes:
        path: The field, dotted.
        reason: Why, in words.
        refused: Whether the document is refused; else its value is found otherwise.
        document: One that proves it; ``None`` if none could be made.
    """

    path: str
    reason: str
    refused: bool
    document: JsonObject | None


@dataclass(slots=True)
class Acceptance:
    """How far a mapping serves a writer.

    Attributes:
        unserved: What it does not.
        wider: Paths of fields of another type than the writer's mapping has, which finds all that
            may be written there just so: whole numbers that a ``double`` field holds exactly.
    """

    unserved: list[Unserved] = field(default_factory=list)
    wider: set[str] = field(default_factory=set)


def acceptance(properties: JsonObject, writer: Writer) -> Acceptance:
    """How far ``properties`` (field name to definition) serve what ``writer`` writes."""
    result = Acceptance()
    for name, node in writer.roots.items():
        if name in properties:
            look = _Look(properties, name, node, result)
            own = writer.properties.get(name)
            look.at(properties[name], own, [_Spot(node, look.hold)], name)
    return result


@dataclass(frozen=True, slots=True)
class _Spot:
    """What may be written at a field; ``rest`` is what of a dotted name leads on from there."""

    node: Node
    hold: Hold
    rest: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Way:
    """One alternative of a spot: a shape, or anything of the kind where the schema says nothing."""

    kind: str
    shape: Shape | None
    spot: _Spot

    def samples(self) -> Iterator[Json]:
        """Values that are no null, unless an object stands around them."""
        if self.spot.rest:
            yield from _some(self.spot.node)
        elif self.shape is None:
            yield from ({},) if self.kind == "object" else ("a", 1)
        else:
            try:
                yield sample_shape(self.shape)
            except NoSample:
                return


@dataclass
class _Look:
    properties: JsonObject
    root: str
    node: Node
    result: Acceptance

    @cached_property
    def validator(self) -> Validator | None:
        """The independent judge of the root."""
        document = self.node.graph.document
        return Validators([document]).of(document, lenient=False)

    def hold(self, value: Json) -> Iterator[JsonObject]:
        validator = self.validator if _may_be(self.node, value) else None
        if validator is not None and validator.takes(value):
            yield {self.root: value}

    def at(
        self, live: JsonObject, own: JsonObject | None, spots: Sequence[_Spot], path: str
    ) -> None:
        """Compares one field.

        Args:
            live: Its definition.
            own: What the writer's mapping has there, if anything.
            spots: What may be written there.
            path: The field, dotted.
        """
        if live == own:
            return
        ways = list(_ways(spots))
        if is_opaque(live):
            if own is not None and not is_opaque(own):
                self._otherwise(live, own, ways, path)
            return
        kind, takes_objects = field_type(live), field_type(live) in CONTAINERS
        unfit = [way for way in ways if (way.kind == "object") != takes_objects]
        if unfit:
            self._refused(live, unfit, path)
        elif own is not None and not is_opaque(own) and kind != field_type(own):
            if _is_wider(live, own, ways):
                self.result.wider.add(path)
            else:
                self._otherwise(live, own, ways, path)
        elif kind in ("object", "nested"):
            self._below(live, own or {}, ways, path)

    def _below(self, live: JsonObject, own: JsonObject, ways: Sequence[_Way], path: str) -> None:
        properties, ours = live.get("properties", {}), own.get("properties", {})
        for name, definition in properties.items():
            if definition == ours.get(name):
                continue
            spots = [spot for way in ways for spot in _inside(way, name, definition)]
            if spots:
                self.at(definition, ours.get(name), spots, f"{path}.{name}")

    def _refused(self, live: JsonObject, ways: Sequence[_Way], path: str) -> None:
        def proves(document: JsonObject) -> bool:
            return any(True for _ in refusals(self.properties, document))

        what = "objects" if ways[0].kind == "object" else "plain values"
        reason = f"{describe(live)} takes no {what}, which may be written there"
        document = _first(ways, proves)
        self.result.unserved.append(Unserved(path, reason, refused=True, document=document))

    def _otherwise(
        self, live: JsonObject, own: JsonObject, ways: Sequence[_Way], path: str
    ) -> None:
        reason = f"{describe(live)} does not find what {describe(own)} would"
        rounded = (field_type(live), field_type(own)) == ("double", "long")
        values = (_EXACT + 1, -_EXACT - 1, 0.5) if rounded else ()
        document = _first([], _always, [(way, value) for way in ways for value in values])
        document = document or _first(ways, _always)
        self.result.unserved.append(Unserved(path, reason, refused=False, document=document))


def _always(_document: JsonObject) -> bool:
    return True


def _first(
    ways: Sequence[_Way],
    proves: Callable[[JsonObject], bool],
    given: Sequence[tuple[_Way, Json]] = (),
) -> JsonObject | None:
    """The first document that holds a value of ``ways`` in its place and proves something."""
    values = [*given, *((way, value) for way in ways for value in way.samples())]
    for way, value in values:
        for document in islice(way.spot.hold(value), _MOST_TRIES):
            if proves(document):
                return document
    return None


def _some(node: Node) -> Iterator[Json]:
    if node.is_any:
        yield "a"
    else:
        for shape in node.shapes:
            yield from islice(shape_variety(shape), 2)


def _may_be(node: Node, value: Json) -> bool:
    """Whether ``node`` takes ``value``, as far as can be known."""
    return node.is_any or any(judge(shape, value) is not False for shape in node.shapes)


def _ways(spots: Sequence[_Spot]) -> Iterator[_Way]:
    """All that may be written at ``spots`` but null; to the engine a list is its elements."""
    queue, seen = list(spots), set[tuple[int, tuple[str, ...]]]()
    while queue:
        spot = queue.pop(0)
        key = id(spot.node), spot.rest
        if key in seen:
            continue
        seen.add(key)
        if spot.rest:
            yield _Way("object", None, spot)
        elif spot.node.is_any:
            yield from (_Way(kind, None, spot) for kind in ("string", "object"))
        else:
            for shape in spot.node.shapes:
                if shape.kind == "array":
                    queue += _items(shape, spot.hold)
                elif shape.kind == "object" or shape.kind in SCALARS:
                    yield _Way(shape.kind, shape, spot)


def _items(shape: Shape, hold: Hold) -> Iterator[_Spot]:
    high = shape.bounds.high
    places = len(shape.prefix) + (shape.items is not None)
    for place in range(places if high is None else min(places, int(high))):
        node = shape.place(place)
        if node is not None:
            yield _Spot(node, _in_list(shape, place, hold))


def _in_list(shape: Shape, place: int, hold: Hold) -> Hold:
    def held(value: Json) -> Iterator[JsonObject]:
        try:
            items = sample_list(shape, max(int(shape.bounds.low or 0), place + 1))
        except NoSample:
            return
        yield from hold([*items[:place], value, *items[place + 1 :]])

    return held


def _in_object(shape: Shape | None, key: str, hold: Hold) -> Hold:
    def held(value: Json) -> Iterator[JsonObject]:
        if shape is None:
            yield from hold({key: value})
            return
        for full in (False, True):
            try:
                around = sample_shape(shape, full=full)
            except NoSample:
                continue
            yield from hold({**around, key: value})

    return held


def _inside(way: _Way, name: str, definition: JsonObject) -> Iterator[_Spot]:
    """What an object may hold in the field ``name``."""
    if way.spot.rest:
        if way.spot.rest[0] == name:
            yield _Spot(way.spot.node, way.spot.hold, way.spot.rest[1:])
        return
    shape = way.shape
    if shape is None:
        yield _Spot(ANYTHING, _in_object(None, name, way.spot.hold))
        return
    is_declared = False
    for key, node in shape.properties.items():
        parts = (key,) if key == name else tuple(parts_of(key) or ())
        if parts and parts[0] == name:
            is_declared = True
            yield _Spot(node, _in_object(shape, key, way.spot.hold), parts[1:])
    if is_declared:
        return
    yield from _free(shape, name, way.spot.hold)
    if not is_opaque(definition) and field_type(definition) not in CONTAINERS:
        # The engine reads what follows a dot as a field of an object.
        for spot in _free(shape, f"{name}.a", way.spot.hold):
            yield _Spot(spot.node, spot.hold, ("a",))


def _free(shape: Shape, key: str, hold: Hold) -> Iterator[_Spot]:
    """What an object may hold under a name that it does not declare."""
    if shape.names is not None and not _may_be(shape.names, key):
        return
    rules = shape.rules_for(key)
    if not rules and shape.sends_others:
        rules = [ANYTHING]
    if rules and not any(rule.is_never for rule in rules):
        yield _Spot(rules[0], _in_object(shape, key, hold))


def _is_wider(live: JsonObject, own: JsonObject, ways: Sequence[_Way]) -> bool:
    """Whether ``live``, a field of another type, finds by value all that ``own`` would."""
    if (field_type(live), field_type(own)) != ("double", "long"):
        return False
    if any(key in live for key in DECISIVE):
        return False
    return all(way.shape is not None and _is_exact(way.shape) for way in ways)


def _is_exact(shape: Shape) -> bool:
    if shape.enum is not None:
        return all(abs(json_of(value)) <= _EXACT for value in shape.enum)
    return Bounds(-_EXACT, _EXACT).holds(shape.bounds)
