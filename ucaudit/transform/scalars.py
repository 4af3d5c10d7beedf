"""Casts of single JSON values, exact or not at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from ucaudit.transform.raw import Kind, Node, Raw, ValueRefused, excerpt, kind, string_of

Scalar = Literal["integer", "number", "string", "boolean"]

_INTEGER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)")
_NUMBER: Final = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# Engines refuse numbers of more digits, and 1e999999999 must not become a gigabyte of zeros.
_MOST_DIGITS: Final = 1000


def cast(node: Node, to: Scalar) -> Raw:
    """``node`` as the type ``to``; the very same object if it is of that type already.

    Raises:
        ValueRefused: If the cast would lose or invent something, or ``node`` is no scalar.
    """
    if isinstance(node, dict | list):
        raise _refusal(node, to)
    return _CASTS[to](node)


def is_integer(value: Raw) -> bool:
    """Whether an unopened JSON number has no fraction: ``3`` and ``3.0``."""
    return _whole(_bytes(value)) is not None


def _to_integer(value: Raw) -> Raw:
    token = _number_token(value, "integer")
    if _INTEGER.fullmatch(token):
        return _same_or_new(value, token)
    whole = _whole(token)
    if whole is None:
        raise _refusal(value, "integer")
    return Raw(whole)


def _to_number(value: Raw) -> Raw:
    return _same_or_new(value, _number_token(value, "number"))


def _to_string(value: Raw) -> Raw:
    found = kind(value)
    if found is Kind.STRING:
        return value
    if found in (Kind.NUMBER, Kind.BOOLEAN):
        return Raw(b'"%b"' % _bytes(value))
    raise _refusal(value, "string")


def _to_boolean(value: Raw) -> Raw:
    found = kind(value)
    if found is Kind.BOOLEAN:
        return value
    if found is Kind.STRING and (text := string_of(value)) in ("true", "false"):
        return Raw(text.encode())
    raise _refusal(value, "boolean")


_CASTS: Final[dict[Scalar, Callable[[Raw], Raw]]] = {
    "integer": _to_integer,
    "number": _to_number,
    "string": _to_string,
    "boolean": _to_boolean,
}


def _bytes(value: Raw) -> bytes:
    return bytes(value)


def _number_token(value: Raw, to: str) -> bytes:
    """The text of a number, or of a string that holds one."""
    token = _bytes(value)
    if token[:1] == b'"':
        token = token[1:-1]
        if b"\\" in token:
            token = string_of(value).encode(errors="replace")
    if not _NUMBER.fullmatch(token):
        raise _refusal(value, to)
    return token


def _whole(token: bytes) -> bytes | None:
    """``token`` without fraction and exponent, if that is exact."""
    try:
        number = Decimal(token.decode())
    except InvalidOperation:
        return None
    if number.adjusted() >= _MOST_DIGITS:
        return None
    whole = int(number)
    return str(whole).encode() if whole == number else None


def _same_or_new(value: Raw, token: bytes) -> Raw:
    return value if _bytes(value) == token else Raw(token)


def _refusal(value: Node, to: str) -> ValueRefused:
    article = "an" if to == "integer" else "a"
    return ValueRefused(reason=f"{excerpt(value)} is not exactly {article} {to}")
