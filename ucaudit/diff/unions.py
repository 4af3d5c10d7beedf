"""Which member of an old union is which member of the new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from ucaudit.jsontypes import JsonObject
from ucaudit.schema.node import Shape


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
            return {self.tag: msgspec.json.decode(value)}
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
    """Matches by tag where both sides have the same one, else by likeness."""
    if len(befores) == len(afters) == 1:
        return Matched(((befores[0], afters[0]),), (), (), None)
    tag = find_tag(befores) or find_tag(afters)
    if tag and all(tag_value(shape, tag) is not None for shape in (*befores, *afters)):
        return _by_tag(befores, afters, tag)
    return _by_likeness(befores, afters)


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
    pairs: list[tuple[int, int]] = []
    for score, minus_i, minus_j in scores:
        i, j = -minus_i, -minus_j
        if score > 0 and all(i != a and j != b for a, b in pairs):
            pairs.append((i, j))
    pairs.sort()
    return Matched(
        tuple((befores[i], afters[j]) for i, j in pairs),
        tuple(shape for i, shape in enumerate(befores) if all(i != a for a, _ in pairs)),
        tuple(shape for j, shape in enumerate(afters) if all(j != b for _, b in pairs)),
        None,
    )


def _likeness(old: Shape, new: Shape) -> float:
    """Share of fields in common, equal ones counting double; maps are like maps."""
    if old.is_map and new.is_map:
        return 1.0
    names = set(old.properties) | set(new.properties)
    common = [name for name in old.properties if name in new.properties]
    equal = sum(old.properties[n].hash == new.properties[n].hash for n in common)
    return (len(common) + equal) / (2 * len(names)) if names else 0.0
