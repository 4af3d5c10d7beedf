"""JSON values beside shapes: which type a value has, and whether a shape surely takes it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

import orjson

from ucaudit.jsontypes import Json, canonical
from ucaudit.schema.node import Bounds, Condition, Kind, Node, Shape
from ucaudit.schema.patterns import matches


def kind_of(value: Json) -> Kind:
    """The JSON type of ``value``; a number without fraction is an integer (JSON Schema 2020-12)."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def is_kind(value: Json, kind: Kind) -> bool:
    """Whether ``value`` is of the type; every integer is a number."""
    actual = kind_of(value)
    return actual == kind or (kind == "number" and actual == "integer")


def plain(value: Any) -> Any:
    """A number without fraction as an integer, anything else as it is: 1.0 and 1 are one value."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def spell(value: Json) -> str:
    """``value`` as canonical JSON, equal for equal values."""
    return canonical(_plain_all(value)).decode()


def _plain_all(value: Json) -> Json:
    if isinstance(value, list):
        return [_plain_all(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain_all(item) for key, item in value.items()}
    return plain(value)


def json_of(text: str) -> Any:
    """The value that ``spell`` wrote."""
    return orjson.loads(text)


def accepts(node: Node, value: Json) -> bool:
    """Whether ``node`` surely takes ``value``; no is also said where it cannot be known."""
    return node.is_any or any(holds(shape, value) for shape in node.shapes)


def holds(shape: Shape, value: Json) -> bool:
    """Whether ``shape`` surely takes ``value``."""
    return judge(shape, value) is True


def judge(shape: Shape, value: Json) -> bool | None:
    """Whether ``shape`` takes ``value``; ``None`` where it cannot be known."""
    if not is_kind(value, shape.kind):
        return False
    if shape.enum is not None and spell(value) not in shape.enum:
        return False
    verdicts = [_follows(condition, value) for condition in shape.residual]
    if isinstance(value, str):
        verdicts.append(_judge_text(shape, value))
    elif isinstance(value, list):
        verdicts.append(_judge_list(shape, value))
    elif isinstance(value, dict):
        verdicts.append(_judge_object(shape, value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        fits = all(divides(step, value) for step in shape.multiple_of)
        verdicts.append(fits and _within(shape.bounds, value))
    return _all(verdicts)


def _judge(node: Node, value: Json) -> bool | None:
    if node.is_any:
        return True
    verdicts = {judge(shape, value) for shape in node.shapes}
    return True if True in verdicts else None if None in verdicts else False


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    found = set(verdicts)
    return False if False in found else None if None in found else True


def _follows(condition: Condition, value: Json) -> bool | None:
    if condition.keyword == "not":
        verdict = _judge(condition.nodes[0], value)
        return None if verdict is None else not verdict
    if condition.keyword == "oneOf":
        verdicts = [_judge(node, value) for node in condition.nodes]
        if verdicts.count(True) > 1:
            return False
        return None if None in verdicts else True in verdicts
    if condition.keyword == "if":
        chosen = _judge(condition.nodes[0], value)
        return None if chosen is None else _judge(condition.nodes[1 if chosen else 2], value)
    if isinstance(value, list) and condition.keyword == "contains":
        return _contains(condition, value)
    return _depends(condition, value) if isinstance(value, dict) else None


def _contains(condition: Condition, value: list[Json]) -> bool | None:
    least, most = json_of(condition.says)
    verdicts = [_judge(condition.nodes[0], item) for item in value]
    surely = verdicts.count(True)
    perhaps = surely + verdicts.count(None)
    if perhaps < least or (most is not None and surely > most):
        return False
    return True if least <= surely and (most is None or perhaps <= most) else None


def _depends(condition: Condition, value: dict[str, Json]) -> bool | None:
    if condition.keyword == "dependentRequired":
        name, needed = json_of(condition.says)
        return name not in value or value.keys() >= set(needed)
    if condition.keyword == "dependentSchemas":
        return json_of(condition.says) not in value or _judge(condition.nodes[0], value)
    return None


def divides(step: float, value: float) -> bool:
    """Whether ``value`` is surely a multiple of ``step``; decimal, as 0.3 is one of 0.1."""
    return Fraction(str(value)) % Fraction(str(step)) == 0


def _within(bounds: Bounds, value: float) -> bool:
    return bounds.holds(Bounds(value, value))


def _judge_text(shape: Shape, value: str) -> bool | None:
    if not _within(shape.bounds, len(value)):
        return False
    if not all(matches(pattern, value) for pattern in shape.patterns):
        return False
    return True if shape.format is None else None


def _judge_list(shape: Shape, value: list[Json]) -> bool | None:
    if not _within(shape.bounds, len(value)):
        return False
    if shape.unique and len({spell(item) for item in value}) < len(value):
        return False
    places = ((shape.place(i), item) for i, item in enumerate(value))
    return _all(node is None or _judge(node, item) for node, item in places)


def _judge_object(shape: Shape, value: dict[str, Json]) -> bool | None:
    if not _within(shape.bounds, len(value)) or not shape.required <= value.keys():
        return False
    named = [] if shape.names is None else [_judge(shape.names, name) for name in value]
    fields = (_judge(node, item) for name, item in value.items() for node in shape.rules_for(name))
    return _all((*named, *fields))
