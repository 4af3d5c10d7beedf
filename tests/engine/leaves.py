"""What of a document must be found, by the mapping that indexed it."""

from __future__ import annotations

import ipaddress
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

_DATE = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)"
    r"(T(\d\d):(\d\d)(:(\d\d)([.,]\d{1,9})?)?(Z|([+-])(\d\d):?(\d\d))?)?",
    re.ASCII,
)


class _Whole(int):
    spelled: str


class _Fraction(float):
    spelled: str


def parsed(raw: bytes) -> Any:
    """A document whose numbers remember their spelling, which a map is searched by: -0, 1.50."""

    def whole(token: str) -> int:
        number = _Whole(token)
        number.spelled = token
        return number

    def fraction(token: str) -> float:
        number = _Fraction(token)
        number.spelled = token
        return number

    return json.loads(raw, parse_int=whole, parse_float=fraction)


@dataclass(frozen=True)
class Leaf:
    """A value that a field has indexed.

    Attributes:
        path: The field's full name.
        value: What to search for.
        query: Kind of query, ``term`` or ``match_phrase``.
        nested: Path of the innermost nested object around it.
    """

    path: str
    value: Any
    query: str = "term"
    nested: str | None = None

    def search(self) -> dict[str, Any]:
        """The query that must find the document."""
        value = {"value": self.value} if self.query == "term" else {"query": self.value}
        query: dict[str, Any] = {self.query: {self.path: value}}
        if self.nested is not None:
            query = {"nested": {"path": self.nested, "query": query}}
        return query


def leaves(
    properties: dict[str, Any], document: dict[str, Any], path: str = "", nested: str | None = None
) -> Iterator[Leaf]:
    """Every value in ``document`` that a field of ``properties`` can hold.

    Args:
        properties: Field name to definition.
        document: An object that stands at ``path``.
        path: Full name of the field that holds both, or nothing for whole documents.
        nested: The innermost nested object around it.
    """
    for name, value in document.items():
        head, _, rest = name.partition(".")
        definition = properties.get(head)
        if definition is None:
            continue
        below = {rest: value} if rest else value
        yield from _field(definition, below, f"{path}.{head}" if path else head, nested)


def _field(definition: dict[str, Any], value: Any, path: str, nested: str | None) -> Iterator[Leaf]:
    if isinstance(value, list):
        for item in value:
            yield from _field(definition, item, path, nested)
        return
    kind = definition.get("type", "object")
    if value is None or definition.get("enabled") is False:
        return
    if kind in ("object", "nested"):
        inner = path if kind == "nested" else nested
        yield from leaves(definition.get("properties", {}), value, path, inner)
    elif kind == "flattened":
        yield from _flattened(definition, value, path, nested)
    elif kind == "text":
        if re.search(r"[a-zA-Z0-9]", str(value)) and len(str(value)) < 200:
            yield Leaf(path, value, "match_phrase", nested)
        for name, more in definition.get("fields", {}).items():
            yield from _field(more, value, f"{path}.{name}", nested)
    elif _HOLDS[kind](definition, value):
        yield Leaf(path, _text(value) if kind == "keyword" else value, nested=nested)


def _flattened(
    definition: dict[str, Any], value: Any, path: str, nested: str | None
) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for key, below in value.items():
            yield from _flattened(definition, below, f"{path}.{key}", nested)
    elif isinstance(value, list):
        for item in value:
            yield from _flattened(definition, item, path, nested)
    elif value is not None and _fits(definition, value):
        yield Leaf(path, _text(value), nested=nested)


def _text(value: Any) -> str:
    """What a field of strings makes of a scalar: numbers stay as they are spelled."""
    return value if isinstance(value, str) else getattr(value, "spelled", json.dumps(value))


def _fits(definition: dict[str, Any], value: Any) -> bool:
    try:
        units = len(_text(value).encode("utf-16-le")) // 2
    except UnicodeEncodeError:
        return False  # half a surrogate pair becomes a question mark
    return units <= int(definition.get("ignore_above", 2**31))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_long(definition: dict[str, Any], value: Any) -> bool:
    return _is_number(value) and value == int(value) and -(2**63) <= value < 2**63


def _is_double(definition: dict[str, Any], value: Any) -> bool:
    return _is_number(value) and math.isfinite(_as_float(value))


def _as_float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _is_date(definition: dict[str, Any], value: Any) -> bool:
    if _is_number(value):
        return bool(isinstance(value, int) and 10_000 <= value <= 10**14)
    found = _DATE.fullmatch(str(value))
    if found is None:
        return False
    year, month, day, _, hour, minute, _, second, _, _, _, ahead, more = found.groups(default="0")
    try:
        date(int(year) or 4, int(month), int(day))
    except ValueError:
        return False
    offset = int(ahead) * 60 + int(more)
    in_day = int(hour) <= 23 and int(minute) <= 59 and int(second) <= 59
    return in_day and offset <= 18 * 60 and int(more) <= 59


def _is_ip(definition: dict[str, Any], value: Any) -> bool:
    try:
        ipaddress.ip_address(value if isinstance(value, str) else "")
    except ValueError:
        return False
    return True


_HOLDS = {
    "keyword": _fits,
    "long": _is_long,
    "double": _is_double,
    "boolean": lambda _, value: isinstance(value, bool),
    "date": _is_date,
    "ip": _is_ip,
}
