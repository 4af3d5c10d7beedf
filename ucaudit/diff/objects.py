"""Differences between two objects: fields come, go, change their names; maps and fixed fields."""

from __future__ import annotations

from collections.abc import Iterator

from ucaudit.diff.local import Comparison, Local, Step
from ucaudit.diff.model import Effect, worst_effect
from ucaudit.diff.samples import NoSample, free_key, may_send, sample, sample_shape
from ucaudit.diff.scalars import compare_scalars
from ucaudit.diff.summary import summarize, words
from ucaudit.jsontypes import Json
from ucaudit.schema.document import escape
from ucaudit.schema.node import Node, Shape


def compare_objects(before: Shape, after: Shape, old: Node, new: Node) -> Comparison:
    """What differs between two object shapes."""
    result = Comparison()
    if _free(before) != _free(after) and (before.properties or after.properties):
        result.locals.append(_map_and_object(before, after))
        return result
    if _free(before) and _free(after):
        _compare_maps(before, after, old, new, result)
    renamed = {
        node.audit["renamed_from"]: name
        for name, node in after.properties.items()
        if name not in before.properties
        and node.audit.get("renamed_from") in before.properties
        and node.audit["renamed_from"] not in after.properties
    }
    for name in before.properties:
        if name in renamed:
            _renamed(before, after, name, renamed[name], result)
        elif name in after.properties:
            _kept(before, after, name, result)
        else:
            result.locals.append(_removed(before, after, name))
    for name in after.properties:
        if name not in before.properties and name not in renamed.values():
            result.locals.append(_added(before, after, name))
    if before.properties or after.properties:
        result.locals.extend(_openness(before, after))
    if before.bounds != after.bounds or before.residual != after.residual:
        result.locals.extend(compare_scalars(old, new, (before,), (after,), before.pointer))
    return result


def _free(shape: Shape) -> bool:
    """Whether the keys of the object are data."""
    return shape.is_map and not shape.declares


def values_of(shape: Shape) -> tuple[Json, ...]:
    """A small and a full value of an object shape, as far as they can be made."""
    values: list[Json] = []
    for full in (False, True):
        try:
            value = sample_shape(shape, full=full)
        except NoSample:
            continue
        if value not in values:
            values.append(value)
    return tuple(values)


def _field_anchor(shape: Shape, name: str) -> str:
    return f"{shape.pointer}/properties/{escape(name)}"


def _step(before: Shape, after: Shape, name: str, new_name: str = "") -> Step:
    return Step("field", before, after, name, new_name or name)


def _kept(before: Shape, after: Shape, name: str, result: Comparison) -> None:
    old, new = before.properties[name], after.properties[name]
    required = (name in before.required, name in after.required)
    if required[0] != required[1]:
        result.locals.append(_requiredness(before, after, name, name))
    if old.hash != new.hash:
        result.below.append((_step(before, after, name), old, new))


def _requiredness(before: Shape, after: Shape, name: str, new_name: str) -> Local:
    now = new_name in after.required
    return Local(
        "field-became-required" if now else "field-became-optional",
        {"required": not now},
        {"required": now},
        "{at} must be present now" if now else "{at} may be absent now",
        "breaks" if now else "ok",
        "ok" if now else "breaks",
        at=(_step(before, after, name, new_name),),
        anchor=_field_anchor(before, name),
        old_values=values_of(before),
        new_values=values_of(after),
    )


def _renamed(before: Shape, after: Shape, name: str, new_name: str, result: Comparison) -> None:
    old, new = before.properties[name], after.properties[new_name]
    takes_old: Effect = "breaks" if new_name in after.required else "ok"
    takes_new: Effect = "breaks" if name in before.required else "ok"
    result.locals.append(
        Local(
            "field-renamed",
            {"name": name},
            {"name": new_name},
            f"{name} is called {new_name} now",
            takes_old,
            takes_new,
            at=(_step(before, after, name, new_name),),
            anchor=_field_anchor(before, name),
            old_values=values_of(before),
            new_values=values_of(after),
        )
    )
    if summarize(old) != summarize(new):
        result.below.append((_step(before, after, name, new_name), old, new))


def _removed(before: Shape, after: Shape, name: str) -> Local:
    required = name in before.required
    node = before.properties[name]
    return Local(
        f"{'required' if required else 'optional'}-field-removed",
        {**summarize(node)},
        None,
        f"{{at}} ({words(node)}) is gone",
        _stranger(after, name, node),
        "breaks" if required else "ok",
        at=(_step(before, after, name),),
        anchor=_field_anchor(before, name),
        old_values=tuple(v for v in values_of(before) if isinstance(v, dict) and name in v),
        new_values=values_of(after),
    )


def _added(before: Shape, after: Shape, name: str) -> Local:
    required = name in after.required
    node = after.properties[name]
    return Local(
        f"{'required' if required else 'optional'}-field-added",
        None,
        {**summarize(node)},
        f"{{at}} ({words(node)}) is new" + (" and required" if required else ""),
        "breaks" if required else "ok",
        _stranger(before, name, node),
        at=(_step(before, after, name),),
        anchor=_field_anchor(before, name),
        old_values=values_of(before),
        new_values=tuple(v for v in values_of(after) if isinstance(v, dict) and name in v),
    )


def _stranger(reader: Shape, name: str, node: Node) -> Effect:
    """What a reader that does not declare ``name`` makes of it."""
    if not may_send(reader, name):
        return "breaks"
    if reader.additional is None or reader.additional.is_any:
        return "ok"
    if reader.additional.is_never:
        return "breaks"
    return "ok" if reader.additional.hash == node.hash else _overlap(reader.additional, node)


def _overlap(reader: Node, sender: Node) -> Effect:
    return "breaks" if not sender.kinds <= reader.kinds else "unknown"


def _openness(before: Shape, after: Shape) -> Iterator[Local]:
    anchor = f"{before.pointer}/additionalProperties"
    if before.closed != after.closed:
        rule = "object-closed" if after.closed else "object-opened"
        sender = before if after.closed else after
        broken: Effect = "breaks" if sender.sends_others else "ok"
        values = _with_stranger(sender)
        yield Local(
            rule,
            {"additionalProperties": not before.closed},
            {"additionalProperties": not after.closed},
            "{at} refuses undeclared fields now"
            if after.closed
            else "{at} accepts undeclared fields now",
            broken if after.closed else "ok",
            "ok" if after.closed else broken,
            anchor=anchor,
            old_values=values if after.closed else (),
            new_values=() if after.closed else values,
        )
        return
    old, new = before.additional, after.additional
    if (old is None) == (new is None) or before.closed:
        return
    typed = new if new is not None else old
    if typed is None or typed.is_any:
        return
    restricted = new is not None
    sends = (before if restricted else after).sends_others
    yield Local(
        "other-fields-restricted" if restricted else "other-fields-freed",
        summarize(old) if old is not None else None,
        summarize(new) if new is not None else None,
        "undeclared fields of {at} are typed now"
        if restricted
        else "undeclared fields of {at} are free now",
        "breaks" if restricted and sends else "ok",
        "breaks" if not restricted and sends else "ok",
        anchor=anchor,
    )


def _with_stranger(shape: Shape) -> tuple[Json, ...]:
    try:
        key = free_key(shape)
        inner = sample(shape.additional) if shape.additional is not None else "a"
        return tuple({**value, key: inner} for value in values_of(shape))
    except NoSample:
        return ()


def _compare_maps(before: Shape, after: Shape, old: Node, new: Node, result: Comparison) -> None:
    """Two maps: their values are compared; what says nothing of its values takes any."""
    values = (before.additional or old.graph.any(), after.additional or new.graph.any())
    if values[0].hash != values[1].hash:
        result.below.append((Step("value", before, after), *values))
    names = [shape.names.hash if shape.names is not None else None for shape in (before, after)]
    if names[0] != names[1]:
        result.locals.append(
            Local(
                "constraint-changed",
                summarize(before.names) if before.names else None,
                summarize(after.names) if after.names else None,
                "the keys of {at} follow another rule",
                "unknown" if after.names is not None else "ok",
                "unknown" if before.names is not None else "ok",
                anchor=f"{before.pointer}/propertyNames",
                old_values=_with_stranger(before),
                new_values=_with_stranger(after),
            )
        )


def _map_and_object(before: Shape, after: Shape) -> Local:
    to_object = _free(before)
    mapped, fixed = (before, after) if to_object else (after, before)
    from_map: Effect = "breaks" if _map_breaks(mapped, fixed) else "ok"
    from_object = worst_effect(_stranger(mapped, n, node) for n, node in fixed.properties.items())
    map_values = (*values_of(mapped), *_with_stranger(mapped), *_declared_names(mapped, fixed))
    object_values = values_of(fixed)
    return Local(
        "map-to-object" if to_object else "object-to-map",
        _operand(before),
        _operand(after),
        "{at} has fixed fields instead of free keys"
        if to_object
        else "{at} has free keys instead of fixed fields",
        from_map if to_object else from_object,
        from_object if to_object else from_map,
        anchor=before.pointer,
        old_values=map_values if to_object else object_values,
        new_values=object_values if to_object else map_values,
    )


def _map_breaks(mapped: Shape, fixed: Shape) -> bool:
    if fixed.required or fixed.closed:
        return True
    values = mapped.additional
    return any(
        may_send(mapped, name)
        and (values is None or values.is_any or not values.kinds <= node.kinds)
        and not node.is_any
        for name, node in fixed.properties.items()
    )


def _declared_names(mapped: Shape, fixed: Shape) -> tuple[Json, ...]:
    """Maps that use the names of the fixed fields."""
    try:
        inner = sample(mapped.additional) if mapped.additional is not None else []
    except NoSample:
        return ()
    return tuple({name: inner} for name in list(fixed.properties)[:8] if may_send(mapped, name))


def _operand(shape: Shape) -> Json:
    if shape.is_map:
        values = shape.additional
        return {"type": "object", "additionalProperties": summarize(values) if values else True}
    return {"type": "object", "properties": sorted(shape.properties)}
