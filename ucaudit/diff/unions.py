"""Which member of an old union is which member of the new one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ucaudit.diff.containment import Containment
from ucaudit.diff.local import Comparison, Lazy, Local
from ucaudit.diff.model import worst_effect
from ucaudit.diff.summary import words
from ucaudit.jsontypes import JsonObject
from ucaudit.schema.graph import ANYTHING
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
        tags: That field on the old and on the new side, where only one side has it.
    """

    pairs: tuple[tuple[Shape, Shape], ...]
    removed: tuple[Shape, ...]
    added: tuple[Shape, ...]
    tag: str | None
    tags: tuple[str | None, str | None] | None = None

    def label(self, member: Shape) -> JsonObject:
        """What tells ``member`` from the others: its tag's value, else its fields."""
        value = tag_value(member, self.tag) if self.tag else None
        if self.tag and value is not None:
            return {self.tag: json_of(value)}
        if member.kind == "array":
            return {"type": "array", "items": words(member.items or ANYTHING)}
        return {"properties": sorted(member.properties)}

    def without_tags(self, inner: Comparison) -> tuple[Comparison, list[Local]]:
        """What two members differ in but for the field that tells them apart, and that."""
        names = set(self.tags or ()) - {None}
        own = [local for local in inner.locals if local.at and local.at[0].name in names]
        rest = [local for local in inner.locals if local not in own]
        return Comparison(rest, inner.below), own


def tag_difference(
    tags: tuple[str | None, str | None], inside: Sequence[Local], anchor: str
) -> Local:
    """The field that tells members apart is new, gone or another: one cause for all members.

    Args:
        tags: The field before and after.
        inside: What that is in each member.
        anchor: Where the union stands.
    """
    old, new = tags
    rule = "discriminator-changed" if old and new else "union-tagged" if new else "union-untagged"
    text = {
        "discriminator-changed": f"the members of {{at}} are told apart by {new}, before by {old}",
        "union-tagged": f"the members of {{at}} are told apart by {new} now",
        "union-untagged": f"no field tells the members of {{at}} apart any more, before {old} did",
    }[rule]
    return Local(
        rule,
        {"tag": old} if old else None,
        {"tag": new} if new else None,
        text,
        worst_effect(local.takes_old for local in inside),
        worst_effect(local.takes_new for local in inside),
        anchor=anchor,
        old_values=Lazy(lambda: (v for local in inside for v in local.old_values)),
        new_values=Lazy(lambda: (v for local in inside for v in local.new_values)),
    )


def tag_value(shape: Shape, name: str) -> str | None:
    """The only value that the field ``name`` may have, as JSON; ``None`` if there are several."""
    node = shape.properties.get(name)
    if node is None or len(node.shapes) != 1:
        return None
    enum = node.shapes[0].enum
    return enum[0] if enum is not None and len(enum) == 1 else None


def find_tag(shapes: Sequence[Shape]) -> str | None:
    """The field whose only value differs from member to member; rather one that is required."""
    if len(shapes) < 2:
        return None
    tags = [name for name in shapes[0].properties if _tells(name, shapes)]
    # By name, as the order of fields means nothing.
    return min(tags, key=lambda name: (_is_optional(name, shapes), name), default=None)


def _is_optional(name: str, shapes: Sequence[Shape]) -> bool:
    return any(name not in shape.required for shape in shapes)


def match_members(
    befores: Sequence[Shape], afters: Sequence[Shape], containment: Containment
) -> Matched:
    """Matches equal members, then by tag where both sides have the same one, else by likeness."""
    if len(befores) == len(afters) == 1:
        return Matched(((befores[0], afters[0]),), (), (), None)
    tag = next((tag for tag in (find_tag(befores), find_tag(afters)) if tag), None)
    same = [(a, b) for a in befores for b in afters if containment.same_shape(a, b)]
    olds = [shape for shape in befores if all(a is not shape for a, _ in same)]
    news = [shape for shape in afters if all(b is not shape for _, b in same)]
    if tag and _tells(tag, olds) and _tells(tag, news):
        return _by_tag(olds, news, tag)
    return _retagged(befores, afters, containment) or _by_likeness(olds, news, containment)


def _retagged(
    befores: Sequence[Shape], afters: Sequence[Shape], containment: Containment
) -> Matched | None:
    """The members of unions that another field tells apart than before, or none did before."""
    old, new = find_tag(befores), find_tag(afters)
    if (old is None and new is None) or any(old in s.properties for s in afters):
        return None
    if any(new in shape.properties for shape in befores):
        return None
    if old is not None and new is not None:
        matched = _by_values(befores, afters, old, new)
    else:
        matched = _by_likeness(befores, afters, containment)
    return None if matched.removed or matched.added else replace(matched, tags=(old, new))


def _tells(tag: str, shapes: Sequence[Shape]) -> bool:
    """Whether every member has another value of the field ``tag``."""
    values = {tag_value(shape, tag) for shape in shapes}
    return None not in values and len(values) == len(shapes)


def _by_tag(befores: Sequence[Shape], afters: Sequence[Shape], tag: str) -> Matched:
    return replace(_by_values(befores, afters, tag, tag), tag=tag)


def _by_values(
    befores: Sequence[Shape], afters: Sequence[Shape], old_tag: str, new_tag: str
) -> Matched:
    old = {tag_value(shape, old_tag): shape for shape in befores}
    new = {tag_value(shape, new_tag): shape for shape in afters}
    return Matched(
        tuple((shape, new[value]) for value, shape in old.items() if value in new),
        tuple(shape for value, shape in old.items() if value not in new),
        tuple(shape for value, shape in new.items() if value not in old),
        None,
    )


def _by_likeness(
    befores: Sequence[Shape], afters: Sequence[Shape], containment: Containment
) -> Matched:
    scores = sorted(
        (
            (_likeness(old, new, containment), -i, -j)
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


def _likeness(old: Shape, new: Shape, containment: Containment) -> float:
    """Share of fields in common, equal ones counting double; maps are like maps, lists lists."""
    if old.kind == "array":
        return 1.0
    if old.is_map and new.is_map:
        return 1.0
    names = set(old.properties) | set(new.properties)
    common = [name for name in old.properties if name in new.properties]
    equal = sum(containment.same(old.properties[n], new.properties[n]) for n in common)
    return (len(common) + equal) / (2 * len(names)) if names else 0.0
