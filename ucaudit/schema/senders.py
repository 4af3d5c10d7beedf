"""Which fields of an object a sender may send by name."""

from __future__ import annotations

from ucaudit.schema.node import Node, Shape
from ucaudit.schema.values import json_of


def listed_names(shape: Shape) -> list[str] | None:
    """The only names that fields may have, if ``propertyNames`` lists them."""
    strings = shape.names.of("string") if shape.names is not None else ()
    if not strings or any(named.enum is None for named in strings):
        return None
    return [str(json_of(value)) for named in strings for value in named.enum or ()]


def sent_fields(sender: Shape) -> dict[str, list[Node]]:
    """The fields that a sender may send by name, in order, and what each satisfies."""
    listed = listed_names(sender) if sender.sends_others else None
    found: dict[str, list[Node]] = {}
    for name in sorted({*sender.properties, *sender.required, *(listed or ())}):
        declared = sender.properties.get(name)
        rules = sender.rules_for(name) if declared is None else [declared]
        if not any(node.is_never for node in rules):
            found[name] = rules
    return found
