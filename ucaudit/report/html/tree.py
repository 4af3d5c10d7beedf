"""Two schemas as one tree, old beside new; what several calls share is told once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from ucaudit.config import Reading
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.report.html.labels import Place, label, type_name
from ucaudit.schema.node import Node, Shape
from ucaudit.schema.parsing import Parser

# Lists of lists of maps …: deeper, a type that holds itself goes round in circles.
_DEEPEST: Final = 8


class _Field(NamedTuple):
    """A field below a place: what it may hold, and whether it must be there."""

    place: Place
    required: bool


class Trees:
    """Makes the trees. A tree is a number: that of its root among ``rows``.

    A row is a place on both sides: ``b``, what it takes on both, or ``o`` and ``n``, what it takes
    on the old and on the new side, each absent where that side does not have it; ``d`` where
    something differs there or below; ``c``, what is below: path, row, who requires it (``o``,
    ``n``, ``b`` for both, empty for nobody), and the old name of a renamed field. Types that
    contain themselves make circles.

    Attributes:
        rows: All places of all trees.
    """

    def __init__(self, reading: Reading = "ignored") -> None:
        self.rows: list[JsonObject] = []
        self._parser = Parser(reading, lazy=True)
        self._known: dict[tuple[Json, ...], int] = {}
        self._met: dict[tuple[int, ...], int] = {}
        self._open: deque[tuple[int, Place, Place]] = deque()

    def add(self, old: JsonObject | None, new: JsonObject | None, name: str) -> int:
        """The tree of two schemas, of which one may be absent.

        Args:
            old: Schema before.
            new: Schema after.
            name: What errors call them.

        Raises:
            InputError: If one is not a JSON Schema.
        """
        places = [
            (self._parser.parse(schema, f"{name} ({side})"),) if schema is not None else ()
            for schema, side in ((old, "old"), (new, "new"))
        ]
        number = self._row(places[0], places[1])
        while self._open:
            self._fill(*self._open.popleft())
        return number

    def _row(self, old: Place, new: Place) -> int:
        # The parser keeps its nodes, so that their ids stay their own.
        met = (*map(id, old), -1, *map(id, new))
        number = self._met.get(met)
        if number is None:
            key = (_key(old), _key(new))
            number = self._known.get(key)
            if number is None:
                number = self._known[key] = len(self.rows)
                self.rows.append({})
                self._open.append((number, old, new))
            self._met[met] = number
        return number

    def _fill(self, number: int, old: Place, new: Place) -> None:
        row = self.rows[number]
        texts = [label(place) if place else None for place in (old, new)]
        if texts[0] == texts[1]:
            row["b"] = texts[0]
        else:
            row.update({side: text for side, text in zip("on", texts, strict=True) if text})
        if not (old and new) or _hashes(old) != _hashes(new):
            row["d"] = 1
        before, after = dict(_below(old)), dict(_below(new))
        children = [self._child(text, before, after) for text in _names(before, after)]
        if children:
            row["c"] = children

    def _child(
        self, text: str, before: Mapping[str, _Field], after: Mapping[str, _Field]
    ) -> list[Json]:
        old, new = before.get(text), after.get(text)
        was = None
        if old is None and new is not None:
            was = _old_name(text, new, before, after)
            old = before.get(was) if was is not None else None
        sides = [("o", old), ("n", new)]
        required = "".join(side for side, field in sides if field is not None and field.required)
        child: list[Json] = [
            text,
            self._row(old.place if old else (), new.place if new else ()),
            "b" if required == "on" else required,
        ]
        return child if was is None else [*child, was]


def _key(place: Place) -> tuple[Json, ...]:
    """Names count: what is equal in another type is told by that type's name."""
    return tuple((node.hash, *map(type_name, node.shapes)) for node in place)


def _hashes(place: Place) -> frozenset[bytes]:
    return frozenset(node.hash for node in place)


def _below(place: Place) -> Iterator[tuple[str, _Field]]:
    found: dict[str, list[tuple[Node, bool]]] = {}
    for node in place:
        for text, below, required in _of_node(node, "", _DEEPEST):
            found.setdefault(text, []).append((below, required))
    for text, fields in found.items():
        nodes = {id(node): node for node, _ in fields}
        yield text, _Field((*nodes.values(),), all(required for _, required in fields))


def _of_node(node: Node, start: str, depth: int) -> Iterator[tuple[str, Node, bool]]:
    if node.is_any or not depth:
        return
    for shape in node.shapes:
        yield from _of_shape(shape, start, depth)


def _of_shape(shape: Shape, start: str, depth: int) -> Iterator[tuple[str, Node, bool]]:
    if shape.kind == "array":
        for index, node in enumerate(shape.prefix):
            yield f"{start}[{index}]", node, True
        if shape.items is not None:
            yield from _of_node(shape.items, f"{start}[*]", depth - 1)
    elif shape.kind == "object":
        for name, node in shape.properties.items():
            yield f"{start}{_step(name)}", node, name in shape.required
        for node in (*shape.patterned.values(), *([shape.additional] if shape.additional else [])):
            yield from _of_node(node, f"{start}{{*}}", depth - 1)


def _step(name: str) -> str:
    """As findings spell a field in a path."""
    return f".{name}" if name.replace("_", "a").isalnum() else f'."{name}"'


def _old_name(
    text: str, new: _Field, before: Mapping[str, _Field], after: Mapping[str, _Field]
) -> str | None:
    """The path that a field says it had before, where that is so."""
    for node in new.place:
        name = node.audit.get("renamed_from")
        if isinstance(name, str):
            start = text[: text.rindex(".")] if "." in text else ""
            was = f"{start}{_step(name)}"
            if was in before and was not in after:
                return was
    return None


def _names(before: Mapping[str, _Field], after: Mapping[str, _Field]) -> list[str]:
    """All paths in the new order; those that are gone stand where they stood."""
    renamed = {_old_name(text, field, before, after) for text, field in after.items()
               if text not in before}  # fmt: skip
    names = list(after)
    previous: str | None = None
    for text in before:
        if text not in after:
            if text in renamed:
                continue
            names.insert(names.index(previous) + 1 if previous in names else 0, text)
        previous = text
    return names
