"""Whether a sender sends a value: no field but those that its own alternative of a union has.

A validator cannot say that: to it, an open member of a union excuses what another one refuses.
What no structure tells, such as a format, is left to the validator.
"""

from __future__ import annotations

from ucaudit.jsontypes import Json
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.node import Node, Shape
from ucaudit.schema.values import judge


def sends(node: Node, value: Json) -> bool:
    """Whether nothing that the structure tells keeps ``node`` from sending ``value``."""
    return node.is_any or any(_sends(shape, value) for shape in node.shapes)


def _sends(shape: Shape, value: Json) -> bool:
    if judge(shape, value) is False:
        return False
    if isinstance(value, list):
        return all(sends(shape.place(i) or ANYTHING, item) for i, item in enumerate(value))
    if isinstance(value, dict):
        return all(_sends_field(shape, name, item) for name, item in value.items())
    return True


def _sends_field(shape: Shape, name: str, value: Json) -> bool:
    rules = shape.rules_for(name)
    if not (rules or shape.sends_others or name in shape.required):
        return False
    if shape.names is not None and not shape.names.is_any and not sends(shape.names, name):
        return False
    return all(sends(rule, value) for rule in rules)
