"""Compares two places: what differs here, and which places below to compare next."""

from __future__ import annotations

from typing import Final

from ucaudit.diff.containment import Containment
from ucaudit.diff.lists import compare_lists
from ucaudit.diff.local import Comparison, Lazy, Local, Side, Step
from ucaudit.diff.model import Effect
from ucaudit.diff.notes import compare_notes
from ucaudit.diff.objects import compare_objects
from ucaudit.diff.scalars import compare_scalars
from ucaudit.diff.summary import summarize, words
from ucaudit.diff.unions import Matched, match_members, tag_difference
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.node import KINDS, SCALARS, Kind, Node, Shape
from ucaudit.schema.samples import NoSample, sample_shape, shape_variety, variety
from ucaudit.schema.values import spell

_PLAIN: Final[tuple[Kind, ...]] = ("boolean", "integer", "number", "string")
_NUMBERS: Final[frozenset[Kind]] = frozenset({"integer", "number"})
_INTEGER: Final[frozenset[Kind]] = frozenset({"integer"})
_NUMBER: Final[frozenset[Kind]] = frozenset({"number"})
# Types that go and types that come, where the swap has a rule of its own.
_SWAPS: Final = {
    (_INTEGER, _NUMBER): "integer-to-number",
    (_NUMBER, _INTEGER): "number-to-integer",
}
_WHOLE_RULES: Final = ("union-dissolved", "union-introduced")
_MEMBER_RULES: Final = ("union-member-removed", "union-member-added")
_HIDES: Final = (
    {"format-added": {"format": "password"}, "": None},
    {"format-removed": None, "": {"format": "password"}},
)


def compare(old: Node, new: Node, containment: Containment, *, nulls: bool = True) -> Comparison:
    """What differs between two places that do not say the same.

    Args:
        old: The place before.
        new: The place after.
        containment: Knows which values are taken anyway.
        nulls: Whether a difference in nullability belongs to this place; it does not where a list
            is compared with what it holds.
    """
    result = Comparison()
    result.locals.extend(compare_notes(old, new, anchor(old, new)))
    if old.is_any or new.is_any:
        if old.is_any != new.is_any:
            result.locals.append(_types(old, new, anchor(old, new)))
        return result
    if _list_and_single(old, new, containment, result):
        return result
    if nulls:
        _compare_null(old, new, result)
    _compare_kinds(old, new, result)
    for kind in _PLAIN:
        _compare_plain(old, new, kind, result)
    for kind in ("array", "object"):
        if old.of(kind) and new.of(kind):
            _compare_members(old, new, kind, containment, result)
    return result


def anchor(old: Node, new: Node) -> str:
    """Where a difference between two nodes stands in the old document.

    If both sides refer to the same definition, the definition changed; else the place that uses it.
    """
    if old.graph.definition(old.pointer) is not None:
        return old.pointer
    before, after = (node.graph.referenced(node.pointer) for node in (old, new))
    if before is not None and after is not None:
        names = (old.graph.definition(before), new.graph.definition(after))
        if names[0] is not None and _class_name(names[0]) == _class_name(names[1] or ""):
            return before
    return old.pointer


def same_definition(old: Node, new: Node) -> bool:
    """Whether two definitions are the same one, by their names."""
    names = (old.graph.definition(old.pointer), new.graph.definition(new.pointer))
    return names[0] is not None and _class_name(names[0]) == _class_name(names[1] or "")


def _class_name(name: str) -> str:
    """Without module and type arguments: a class that moved is still the same definition."""
    return bare_name(name).rpartition(".")[2]


def bare_name(name: str) -> str:
    """A definition's name without type arguments: ``Page`` for ``Page[File]``."""
    return name.partition("[")[0]


def _list_and_single(old: Node, new: Node, containment: Containment, result: Comparison) -> bool:
    """Whether one side is a list of what the other is."""
    for listed, single, rule in ((new, old, "single-to-list"), (old, new, "list-to-single")):
        lists = listed.of("array")
        rest = listed.kinds - {"array", "null"}
        if len(lists) != 1 or rest or lists[0].prefix or "array" in single.kinds:
            continue
        items = lists[0].items
        if items is None or items.is_any or not _alike(items, single):
            continue
        text = (
            "{at} becomes a list"
            if rule == "single-to-list"
            else "{at} was a list and is one value"
        )
        result.locals.append(
            Local(
                rule,
                summarize(old),
                summarize(new),
                text,
                "breaks",
                "breaks",
                anchor=anchor(old, new),
                old_values=Lazy(lambda: _values(old)),
                new_values=Lazy(lambda: _values(new)),
            )
        )
        to_list = rule == "single-to-list"
        inside = Step("inside", None if to_list else lists[0], lists[0] if to_list else None)
        pair = (old, items) if to_list else (items, new)
        if not containment.same(*pair):
            result.below.append((inside, *pair))
        return True
    return False


def _alike(items: Node, single: Node) -> bool:
    kinds = [_family(node.kinds - {"null"}) for node in (items, single)]
    shared = kinds[0] & kinds[1]
    if shared != {"object"}:
        return bool(shared)
    pairs = ((a, b) for a in items.of("object") for b in single.of("object"))
    return any(_same_fields(a, b) for a, b in pairs)


def _same_fields(a: Shape, b: Shape) -> bool:
    if a.is_map or b.is_map:
        return a.is_map and b.is_map
    return bool(set(a.properties) & set(b.properties))


def _family(kinds: frozenset[Kind]) -> frozenset[str]:
    return frozenset("number" if kind in _NUMBERS else kind for kind in kinds)


def _values(node: Node) -> tuple[Json, ...]:
    """Values of ``node``; of lists, one for each type that they may hold."""
    values = []
    for shape in node.shapes:
        if shape.kind == "array" and shape.items is not None:
            for inner in shape.items.shapes:
                try:
                    values.append([sample_shape(inner, 1)])
                except NoSample:
                    continue
    return (*values, *variety(node))


def _compare_null(old: Node, new: Node, result: Comparison) -> None:
    before, after = "null" in old.kinds, "null" in new.kinds
    if before == after or old.kinds == {"null"} or new.kinds == {"null"}:
        return
    rule = "nullable-added" if after else "nullable-removed"
    text = "{at} may be null now" if after else "{at} may no longer be null"
    result.locals.append(
        Local(
            rule,
            {"null": before},
            {"null": after},
            text,
            "ok" if after else "breaks",
            "breaks" if after else "ok",
            anchor=anchor(old, new),
            old_values=(None,),
            new_values=(None,),
        )
    )


def _covered(kind: Kind, kinds: frozenset[Kind]) -> bool:
    return kind in kinds or (kind == "integer" and "number" in kinds)


def _lost(old: Node, new: Node) -> list[Kind]:
    """Types of ``old`` that ``new`` does not have; null only where it is all there is."""
    if new.is_any:
        return []
    aside = {"null"} if {"null"} not in (old.kinds, new.kinds) else set[Kind]()
    return [k for k in KINDS if k in old.kinds - aside and not _covered(k, new.kinds)]


def _compare_kinds(old: Node, new: Node, result: Comparison) -> None:
    if _lost(old, new) or _lost(new, old):
        result.locals.append(_types(old, new, anchor(old, new)))


def _type_rule(old: Node, new: Node) -> str:
    """What kind of change of types it is: a well-known one, else by what comes and goes."""
    if old.is_never or new.is_never:
        return "value-forbidden" if new.is_never else "value-allowed"
    if old.is_any or new.is_any:
        return "type-freed" if new.is_any else "type-fixed"
    befores, afters = old.kinds - {"null"}, new.kinds - {"null"}
    swapped = (befores - afters, afters - befores)
    if swapped in _SWAPS:
        return _SWAPS[swapped]
    if befores and befores <= SCALARS and afters == {"object"}:
        return "scalar-to-object"
    if afters and afters <= SCALARS and befores == {"object"}:
        return "object-to-scalar"
    removed, added = bool(_lost(old, new)), bool(_lost(new, old))
    return "type-changed" if removed and added else "type-narrowed" if removed else "type-widened"


def _types(old: Node, new: Node, at: str) -> Local:
    removed, added = bool(_lost(old, new)), bool(_lost(new, old))
    rule = _type_rule(old, new)
    return Local(
        rule,
        summarize(old),
        summarize(new),
        f"{{at}} changes from {words(old)} to {words(new)}",
        "breaks" if removed else "ok",
        "breaks" if added else "ok",
        anchor=at,
        old_values=Lazy(lambda: _values(old)),
        new_values=Lazy(lambda: _values(new)),
    )


def _compare_plain(old: Node, new: Node, kind: Kind, result: Comparison) -> None:
    befores, afters = old.of(kind), new.of(kind)
    if kind == "integer":
        befores, afters = befores or old.of("number"), afters or new.of("number")
        if befores[:1] == old.of("number")[:1] and afters[:1] == new.of("number")[:1]:
            return
    if befores and afters:
        found = compare_scalars(befores, afters, anchor(old, new))
        if old.redacted != new.redacted:
            # The format that only hides a value restricts none: the redaction has been said.
            found = (x for x in found if {x.rule: x.new, "": x.old} not in _HIDES)
        result.locals.extend(found)


def _compare_members(
    old: Node, new: Node, kind: Kind, containment: Containment, result: Comparison
) -> None:
    befores, afters = containment.distinct(old.of(kind)), containment.distinct(new.of(kind))
    matched = match_members(befores, afters, containment)
    tags: list[Local] = []
    for before, after in matched.pairs:
        inner = (
            compare_objects(before, after, old, new, containment)
            if kind == "object"
            else compare_lists(before, after, old, new, containment, anchor(old, new))
        )
        # What the match refuses, another member may take.
        settled: list[Side] = []
        if inner.locals or inner.below:
            settled += ["old"] if containment.takes_shape(new, before) else []
            settled += ["new"] if containment.takes_shape(old, after) else []
        inner, own = matched.without_tags(inner.settled(frozenset(settled)))
        tags += own
        result.extend(inner)
    if matched.tags is not None:
        result.locals.append(tag_difference(matched.tags, tags, anchor(old, new)))
    whole = not matched.removed or not matched.added
    for members, node, gone, alone in (
        (matched.removed, new, True, len(afters) == 1),
        (matched.added, old, False, len(befores) == 1),
    ):
        # Where one thing became several, or the reverse, that is one difference.
        groups = [members] if members and whole and alone else [(member,) for member in members]
        rules = _WHOLE_RULES if whole and alone else _MEMBER_RULES
        for group in groups:
            at = anchor(old, new)
            result.locals.append(
                _members(rules[0 if gone else 1], group, matched, node, at, containment)
            )


def _members(
    rule: str,
    members: tuple[Shape, ...],
    matched: Matched,
    other: Node,
    at: str,
    containment: Containment,
) -> Local:
    gone = rule in ("union-member-removed", "union-dissolved")
    labels = sorted((matched.label(member) for member in members), key=spell)
    text = " and ".join(map(_label_text, labels))
    operand: Json = labels[0] if rule in _MEMBER_RULES else {"members": labels}
    taken = all(containment.takes_shape(other, member) for member in members)
    effect: Effect = "ok" if taken else "breaks"
    values = Lazy(lambda: (v for member in members for v in shape_variety(member)))
    return Local(
        rule,
        operand if gone else None,
        None if gone else operand,
        f"{{at}} {'no longer allows' if gone else 'allows'} {text}{'' if gone else ' too'}",
        effect if gone else "ok",
        "ok" if gone else effect,
        anchor=at,
        old_values=values if gone else (),
        new_values=() if gone else values,
    )


def _label_text(label: JsonObject) -> str:
    if isinstance(label.get("properties"), list):
        return "{" + ", ".join(label["properties"][:4]) + "}"
    if label.get("type") == "array" and "items" in label:
        return f"list of {label['items']}"
    return ", ".join(f"{key} = {value!r}" for key, value in label.items())
