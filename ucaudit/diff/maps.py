"""Objects whose keys are data, compared with objects of fixed fields."""

from __future__ import annotations

from itertools import islice

from ucaudit.diff.containment import Containment, may_send
from ucaudit.diff.local import Lazy, Local
from ucaudit.diff.model import Effect, worst_effect
from ucaudit.diff.summary import summarize
from ucaudit.jsontypes import Json
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.node import Node, Shape
from ucaudit.schema.samples import shape_variety, variety
from ucaudit.schema.values import accepts


def is_free(shape: Shape) -> bool:
    """Whether the keys of the object are data."""
    return shape.is_map and not shape.declares


def tells(before: Shape, after: Shape) -> bool:
    """Whether it matters that the keys of only one side are data."""
    fixed, mapped = (after, before) if is_free(before) else (before, after)
    return bool(fixed.properties) or fixed.additional is None or fixed.closed > mapped.closed


def stranger(reader: Shape, name: str, node: Node, containment: Containment) -> Effect:
    """What a reader that does not declare ``name`` makes of it."""
    if node.is_never:
        return "ok"
    if reader.names is not None and not accepts(reader.names, name):
        return "breaks"
    taken = all(containment.takes(rule, node) for rule in reader.rules_for(name))
    return "ok" if taken else "breaks"


def map_and_object(before: Shape, after: Shape, containment: Containment) -> Local:
    """Free keys became fixed fields, or the other way round."""
    to_object = is_free(before)
    mapped, fixed = (before, after) if to_object else (after, before)
    from_object = worst_effect(
        stranger(mapped, name, node, containment) for name, node in fixed.properties.items()
    )
    map_values = Lazy(lambda: (*shape_variety(mapped), *_declared_names(mapped, fixed)))
    object_values = Lazy(lambda: shape_variety(fixed))
    free = "map" if mapped.patterned or not _holds_anything(mapped) else "free-form"
    # What a map sends, fixed fields take only if nothing in it can clash; the walk asks that.
    return Local(
        f"{free}-to-object" if to_object else f"object-to-{free}",
        _operand(before),
        _operand(after),
        "{at} has fixed fields instead of free keys"
        if to_object
        else "{at} has free keys instead of fixed fields",
        "breaks" if to_object else from_object,
        from_object if to_object else "breaks",
        anchor=before.pointer,
        old_values=map_values if to_object else object_values,
        new_values=object_values if to_object else map_values,
    )


def _holds_anything(mapped: Shape) -> bool:
    return mapped.additional is None or mapped.additional.is_any


def _declared_names(mapped: Shape, fixed: Shape) -> tuple[Json, ...]:
    """Maps that use the names of the fixed fields."""
    values = list(islice(variety(mapped.additional or ANYTHING), 8))
    names = [name for name in fixed.properties if may_send(mapped, name)][:8]
    return tuple({name: value} for name in names for value in values)


def _operand(shape: Shape) -> Json:
    if shape.is_map:
        values = shape.additional
        return {"type": "object", "additionalProperties": summarize(values) if values else True}
    return {"type": "object", "properties": sorted(shape.properties)}
