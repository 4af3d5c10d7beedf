"""Which member of an old union is which member of the new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ucaudit.diff.summary import words
from ucaudit.jsontypes import JsonObject
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.hashing import shape_digest
from ucaudit.schema.node import Shape
from ucaudit.schema.values import json_of


@dataclass(frozen=True, slots=True)
class Matched:
    """Members matched.

    Attributes:
        pairs: Old and new members that are the same thing.
        removed: Old members that are nowhere in the new union.
        added: New members.
        tag: The field that tells members apart, if there is one.
    """

    pairs: tuple[tuple[Shape, Shape], ...]
    removed: tuple[Shape, ...]
    added: tuple[Shape, ...]
    tag: str | None

    def label(self, member: Shape) -> JsonObject:
        """What tells ``member`` from the others: its tag's value, else its fields."""
        value = tag_value(member, self.tag) if self.tag else None
        if self.tag and value is not None:
            return {self.tag: json_of(value)}
        if member.kind == "array":
            return {"type": "array", "items": words(member.items or ANYTHING)}
        return {"properties": sorted(member.properties)}


def tag_value(shape: Shape, name: str) -> str | None:
    """The only value that the field ``name`` may have, as JSON; ``None`` if there are several."""
    node = shape.properties.get(name)
    if node is None or len(node.shapes) != 1:
        return None
    enum = node.shapes[0].enum
    return enum[0] if enum is not None and len(enum) == 1 else None


def find_tag(shapes: Sequence[Shape]) -> str | None:
    """The field whose only value differs from member to member."""
    if len(shapes) < 2:
        return None
    for name in shapes[0].properties:
        values = [tag_value(shape, name) for shape in shapes]
        if None not in values and len(set(values)) == len(values):
            return name
    return None


def match_members(befores: Sequence[Shape], afters: Sequence[Shape]) -> Matched:
    """Matches equal members, then by tag where both sides have the same one, else by likeness."""
    if len(befores) == len(afters) == 1:
        return Matched(((befores[0], afters[0]),), (), (), None)
    tag = next((tag for tag in (find_tag(befores), find_tag(afters)) if tag), None)
    digests = [{shape_digest(shape) for shape in shapes} for shapes in (befores, afters)]
    same = digests[0] & digests[1]
    olds = [shape for shape in befores if shape_digest(shape) not in same]
    news = [shape for shape in afters if shape_digest(shape) not in same]
    if tag and _tells(tag, olds) and _tells(tag, news):
        return _by_tag(olds, news, tag)
    return _by_likeness(olds, news)


def _tells(tag: str, shapes: Sequence[Shape]) -> bool:
    """Whether every member has another value of the field ``tag``."""
    values = {tag_value(shape, tag) for shape in shapes}
    return None not in values and len(values) == len(shapes)


def _by_tag(befores: Sequence[Shape], afters: Sequence[Shape], tag: str) -> Matched:
    new = {tag_value(shape, tag): shape for shape in afters}
    old = {tag_value(shape, tag): shape for shape in befores}
    return Matched(
        tuple((shape, new[value]) for value, shape in old.items() if value in new),
        tuple(shape for value, shape in old.items() if value not in new),
        tuple(shape for value, shape in new.items() if value not in old),
        tag,
    )


def _by_likeness(befores: Sequence[Shape], afters: Sequence[Shape]) -> Matched:
    scores = sorted(
        (
            (_likeness(old, new), -i, -j)
            for i, old in enumerate(befores)
            for j, new in enumerate(afters)
        ),
        reverse=True,
    )
    pairs: dict[int, int] = {}
    taken: set[int] = set()
    for score, minus_i, minus_j in scores:
        i, j = -minus_i, -minus_j
        if score > 0 and i not in pairs and j not in taken:
            pairs[i] = j
            taken.add(j)
    return Matched(
        tuple((befores[i], afters[j]) for i, j in sorted(pairs.items())),
        tuple(shape for i, shape in enumerate(befores) if i not in pairs),
        tuple(shape for j, shape in enumerate(afters) if j not in taken),
        None,
    )


def _likeness(old: Shape, new: Shape) -> float:
    """Share of fields in common, equal ones counting double; maps are like maps, lists lists."""
    if old.kind == "array":
        return 1.0
    if old.is_map and new.is_map:
        return 1.0
    names = set(old.properties) | set(new.properties)
    common = [name for name in old.properties if name in new.properties]
    equal = sum(old.properties[n].hash == new.properties[n].hash for n in common)
    return (len(common) + equal) / (2 * len(names)) if names else 0.0
