"""Differences between two objects: fields come, go, and change their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Final

from ucaudit.diff.containment import Containment, may_send
from ucaudit.diff.local import Comparison, Lazy, Local, Step
from ucaudit.diff.maps import is_free, map_and_object, stranger, tells
from ucaudit.diff.model import Effect, Proposal
from ucaudit.diff.notes import compare_defaults
from ucaudit.diff.renames import propose_renames
from ucaudit.diff.scalars import compare_scalars
from ucaudit.diff.summary import summarize, words
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.document import escape
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.node import Node, Shape
from ucaudit.schema.samples import (
    NoSample,
    free_key,
    sample,
    sample_shape,
    shape_variety,
    variety,
)

_DEFAULT: Final = ", with a default"


def compare_objects(
    before: Shape, after: Shape, old: Node, new: Node, containment: Containment
) -> Comparison:
    """What differs between two object shapes."""
    result = Comparison()
    if is_free(before) != is_free(after) and tells(before, after):
        result.locals.append(map_and_object(before, after, containment))
        return result
    befores, afters = dict.fromkeys(_names_of(before)), dict.fromkeys(_names_of(after))
    renamed = {
        node.audit["renamed_from"]: name
        for name, node in after.properties.items()
        if name not in before.properties
        and node.audit.get("renamed_from") in before.properties
        and node.audit["renamed_from"] not in after.properties
    }
    lost = [name for name in befores if name not in afters and name not in renamed]
    declared = set(renamed.values())
    gained = [name for name in afters if name not in befores and name not in declared]
    was, becomes = _perhaps(before, after, lost, gained, containment)
    for name in befores:
        if name in renamed:
            _renamed(before, after, name, renamed[name], containment, result)
        elif name in afters:
            _kept(before, after, name, containment, result)
        else:
            local = _removed(before, after, name, containment)
            result.locals.append(replace(local, perhaps=becomes.get(name)))
    for name in gained:
        local = _added(before, after, name, containment)
        result.locals.append(replace(local, perhaps=was.get(name)))
    _compare_others(before, after, old, new, containment, result)
    if before.bounds != after.bounds or before.residual != after.residual:
        result.locals.extend(compare_scalars((before,), (after,), before.pointer))
    return result


def _perhaps(
    before: Shape,
    after: Shape,
    lost: Sequence[str],
    gained: Sequence[str],
    containment: Containment,
) -> tuple[dict[str, Proposal], dict[str, Proposal]]:
    """New names with what they may have been, and names that are gone with what they may be."""
    # A field that is required but not declared says nothing of itself.
    olds = [name for name in lost if name in before.properties]
    news = [name for name in gained if name in after.properties]
    found = propose_renames(before, after, olds, news, containment) if olds and news else []
    return (
        {c.new: Proposal(c.old, c.score, c.reason) for c in found},
        {c.old: Proposal(c.new, c.score, c.reason) for c in found},
    )


def _names_of(shape: Shape) -> list[str]:
    """The fields: declared ones, and those that are required without being declared."""
    return [*shape.properties, *sorted(shape.required - shape.properties.keys())]


def _field(shape: Shape, name: str) -> Node:
    """What the field ``name`` holds."""
    return shape.properties.get(name) or next(iter(shape.rules_for(name)), ANYTHING)


def values_of(shape: Shape) -> Iterator[JsonObject]:
    """A small and a full value of an object shape, as far as they can be made."""
    for full in (False, True):
        try:
            yield dict(sample_shape(shape, full=full))
        except NoSample:
            continue


def _field_anchor(shape: Shape, name: str) -> str:
    return f"{shape.pointer}/properties/{escape(name)}"


def _step(before: Shape, after: Shape, name: str, new_name: str = "") -> Step:
    return Step("field", before, after, name, new_name or name)


def _kept(
    before: Shape, after: Shape, name: str, containment: Containment, result: Comparison
) -> None:
    old, new = _field(before, name), _field(after, name)
    required = (name in before.required, name in after.required)
    if required[0] != required[1]:
        result.locals.append(_requiredness(before, after, name, name))
    else:
        # What is required or freed gains or loses its default with it.
        at = _step(before, after, name)
        defaults = compare_defaults(old, new, _field_anchor(before, name))
        result.locals.extend(replace(local, at=(at,)) for local in defaults)
    if not containment.same(old, new):
        result.below.append((_step(before, after, name), old, new))


def _requiredness(before: Shape, after: Shape, name: str, new_name: str) -> Local:
    now = new_name in after.required
    filled = now and "default" in _field(after, new_name).notes
    return Local(
        "field-became-required" if now else "field-became-optional",
        {"required": not now},
        {"required": now},
        f"{{at}} must be present now{_DEFAULT * filled}" if now else "{at} may be absent now",
        "breaks" if now else "ok",
        "ok" if now else "breaks",
        at=(_step(before, after, name, new_name),),
        anchor=_field_anchor(before, name),
        old_values=Lazy(lambda: values_of(before)),
        new_values=Lazy(lambda: values_of(after)),
        filled=filled,
    )


def _renamed(
    before: Shape,
    after: Shape,
    name: str,
    new_name: str,
    containment: Containment,
    result: Comparison,
) -> None:
    old, new = before.properties[name], after.properties[new_name]
    required = new_name in after.required, name in before.required
    result.locals.append(
        Local(
            "field-renamed",
            {"name": name},
            {"name": new_name},
            f"{name} is called {new_name} now",
            "breaks" if required[0] else stranger(after, name, old, containment),
            "breaks" if required[1] else stranger(before, new_name, new, containment),
            at=(_step(before, after, name, new_name),),
            anchor=_field_anchor(before, name),
            old_values=Lazy(lambda: values_of(before)),
            new_values=Lazy(lambda: values_of(after)),
        )
    )
    if not containment.same(old, new):
        # Under its new name the old side's values arrive nowhere, and the other way round.
        step = replace(_step(before, after, name, new_name), settled=frozenset(("old", "new")))
        result.below.append((step, old, new))


def _removed(before: Shape, after: Shape, name: str, containment: Containment) -> Local:
    required = name in before.required
    node = _field(before, name)
    return Local(
        f"{'required' if required else 'optional'}-field-removed",
        {**summarize(node)},
        None,
        f"{{at}} ({words(node)}) is gone",
        stranger(after, name, node, containment),
        "breaks" if required else _undeclared(after, name, node, containment),
        at=(_step(before, after, name),),
        anchor=_field_anchor(before, name),
        old_values=Lazy(lambda: _with_field(before, name, node)),
        new_values=Lazy(lambda: (*values_of(after), *_with_undeclared(after, name))),
    )


def _added(before: Shape, after: Shape, name: str, containment: Containment) -> Local:
    required = name in after.required
    node = _field(after, name)
    filled = required and "default" in node.notes
    return Local(
        f"{'required' if required else 'optional'}-field-added",
        None,
        {**summarize(node)},
        f"{{at}} ({words(node)}) is new" + " and required" * required + _DEFAULT * filled,
        "breaks" if required else _undeclared(before, name, node, containment),
        stranger(before, name, node, containment),
        at=(_step(before, after, name),),
        anchor=_field_anchor(before, name),
        old_values=Lazy(lambda: (*values_of(before), *_with_undeclared(before, name))),
        new_values=Lazy(lambda: _with_field(after, name, node)),
        filled=filled,
    )


def _undeclared(sender: Shape, name: str, node: Node, containment: Containment) -> Effect:
    """What a reader that declares ``name`` makes of a sender that may send it undeclared."""
    rules = sender.rules_for(name)
    if not may_send(sender, name) or not (sender.sends_others or rules):
        return "ok"
    taken = any(containment.takes(node, rule) for rule in rules or [ANYTHING])
    return "ok" if taken else "breaks"


def _with_field(shape: Shape, name: str, node: Node) -> tuple[Json, ...]:
    """Objects that hold the field ``name``, with each kind of value that it may have."""
    return tuple(
        {**base, name: value}
        for base in islice(values_of(shape), 1)
        for value in islice(variety(node), 8)
    )


def _with_undeclared(shape: Shape, name: str) -> tuple[Json, ...]:
    """Objects that hold the field ``name`` although ``shape`` does not declare it."""
    if not may_send(shape, name) or not (shape.sends_others or shape.rules_for(name)):
        return ()
    return _with_field(shape, name, next(iter(shape.rules_for(name)), ANYTHING))


def _compare_others(
    before: Shape,
    after: Shape,
    old: Node,
    new: Node,
    containment: Containment,
    result: Comparison,
) -> None:
    """Undeclared fields: which names they may have, and what they may hold."""
    for pattern, node in before.patterned.items():
        other = after.patterned.get(pattern)
        if other is not None and not containment.same(node, other):
            result.below.append((Step("value", before, after, pattern, pattern), node, other))
    if set(before.patterned) != set(after.patterned):
        result.locals.append(_patterns(before, after))
    if _names_differ(before, after, containment):
        result.locals.append(_names(before, after))
    if before.closed != after.closed:
        result.locals.append(_closedness(before, after))
        return
    nodes = (before.additional, after.additional)
    free = (is_free(before), is_free(after))
    if None not in nodes or free == (True, True):
        values = (nodes[0] or old.graph.any(), nodes[1] or new.graph.any())
        if not containment.same(*values):
            result.below.append((Step("value", before, after), *values))
    elif nodes != (None, None):
        typed = next(node for node in nodes if node is not None)
        if not typed.is_any:
            result.locals.append(_restriction(before, after))
        elif before.declares and after.declares and before.residual == after.residual:
            result.locals.append(_announcement(before, after))


def _names_differ(before: Shape, after: Shape, containment: Containment) -> bool:
    if before.names is None or after.names is None:
        return before.names is not after.names
    return not containment.same(before.names, after.names)


def _patterns(before: Shape, after: Shape) -> Local:
    olds, news = set(before.patterned), set(after.patterned)
    change = "added" if olds < news else "removed" if olds > news else "changed"
    return Local(
        f"patterned-fields-{change}",
        {"patternProperties": sorted(before.patterned)} if before.patterned else None,
        {"patternProperties": sorted(after.patterned)} if after.patterned else None,
        "the patterns for fields of {at} are others",
        "unknown",
        "unknown",
        anchor=f"{before.pointer}/patternProperties",
        old_values=Lazy(lambda: shape_variety(before)),
        new_values=Lazy(lambda: shape_variety(after)),
    )


def _names(before: Shape, after: Shape) -> Local:
    change = "changed" if before.names and after.names else "added" if after.names else "removed"
    return Local(
        f"key-rule-{change}",
        summarize(before.names) if before.names else None,
        summarize(after.names) if after.names else None,
        "the keys of {at} follow another rule",
        "unknown" if after.names is not None else "ok",
        "unknown" if before.names is not None else "ok",
        anchor=f"{before.pointer}/propertyNames",
        old_values=Lazy(lambda: (*_with_stranger(before), *shape_variety(before))),
        new_values=Lazy(lambda: (*_with_stranger(after), *shape_variety(after))),
    )


def _closedness(before: Shape, after: Shape) -> Local:
    closes = after.closed
    sender = before if closes else after
    broken: Effect = "breaks" if sender.sends_others or sender.patterned else "ok"
    values = Lazy(lambda: (*_with_stranger(sender), *shape_variety(sender)))
    return Local(
        "object-closed" if closes else "object-opened",
        {"additionalProperties": not before.closed},
        {"additionalProperties": not after.closed},
        f"{{at}} {'refuses' if closes else 'accepts'} undeclared fields now",
        broken if closes else "ok",
        "ok" if closes else broken,
        anchor=f"{before.pointer}/additionalProperties",
        old_values=Lazy(lambda: values if closes else ()),
        new_values=() if closes else values,
    )


def _announcement(before: Shape, after: Shape) -> Local:
    """Said or not, undeclared fields are taken; only who says so sends any."""
    said = after.additional is not None
    return Local(
        "other-fields-announced" if said else "other-fields-unannounced",
        {"additionalProperties": None if said else True},
        {"additionalProperties": True if said else None},
        f"undeclared fields of {{at}} are {'sent on purpose now' if said else 'no longer sent'}",
        "ok",
        "ok",
        anchor=f"{before.pointer}/additionalProperties",
    )


def _restriction(before: Shape, after: Shape) -> Local:
    old, new = before.additional, after.additional
    restricted = new is not None
    sender = before if restricted else after
    broken: Effect = "breaks" if sender.sends_others or sender.patterned else "ok"
    return Local(
        "other-fields-restricted" if restricted else "other-fields-freed",
        summarize(old) if old is not None else None,
        summarize(new) if new is not None else None,
        f"undeclared fields of {{at}} are {'typed' if restricted else 'free'} now",
        broken if restricted else "ok",
        "ok" if restricted else broken,
        anchor=f"{before.pointer}/additionalProperties",
        old_values=Lazy(lambda: shape_variety(before)),
        new_values=Lazy(lambda: shape_variety(after)),
    )


def _with_stranger(shape: Shape) -> tuple[Json, ...]:
    try:
        key = free_key(shape)
        inner = sample(shape.additional) if shape.additional is not None else "a"
        return tuple({**value, key: inner} for value in values_of(shape))
    except NoSample:
        return ()
