"""JSON documents opened one level at a time; what nobody looks into stays the bytes it was.

A document under transformation is a tree of opened objects (``dict``), opened lists (``list``) and
unopened values (`msgspec.Raw`). msgspec does the splitting. What Elasticsearch accepts and msgspec
refuses (lone surrogates, very deep nesting) is split by a slower scanner that looks for brackets
only, so that such values too pass as they are. Duplicate keys, which engines refuse to store, are
not looked for on the fast way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from enum import Enum
from typing import Any, Final, NoReturn, TypeAlias, Union

import msgspec

Raw = msgspec.Raw
# A string annotation inside Union: the alias refers to itself.
Node: TypeAlias = Union[msgspec.Raw, dict[str, "Node"], list["Node"]]  # noqa: UP007

NULL: Final = Raw(b"null")


class Kind(Enum):
    """The JSON type of a value."""

    OBJECT = "object"
    ARRAY = "array"
    STRING = "string"
    BOOLEAN = "boolean"
    NULL = "null"
    NUMBER = "number"


class ValueRefused(Exception):  # noqa: N818  (becomes TransformFailed once the step is known)
    """A value that a step cannot transform, or a document that cannot be read."""

    def __init__(self, *, reason: str) -> None:
        super().__init__(reason)


_KINDS: Final = {
    ord("{"): Kind.OBJECT,
    ord("["): Kind.ARRAY,
    ord('"'): Kind.STRING,
    ord("t"): Kind.BOOLEAN,
    ord("f"): Kind.BOOLEAN,
    ord("n"): Kind.NULL,
}

_decode_object = msgspec.json.Decoder(dict[str, Raw]).decode
_decode_list = msgspec.json.Decoder(list[Raw]).decode
_decode_string = msgspec.json.Decoder(str).decode
_encode = msgspec.json.Encoder().encode


def kind(node: Node) -> Kind:
    """The JSON type of ``node``, opened or not."""
    if type(node) is dict:
        return Kind.OBJECT
    if type(node) is list:
        return Kind.ARRAY
    return _KINDS.get(memoryview(node)[0], Kind.NUMBER)  # type: ignore[arg-type]


def as_object(node: Node) -> dict[str, Node] | None:
    """``node`` opened, or ``None`` if it is no object."""
    if type(node) is dict:
        return node
    if kind(node) is not Kind.OBJECT:
        return None
    try:
        return _decode_object(node)  # type: ignore[arg-type, return-value]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _split_object(encode(node))


def as_list(node: Node) -> list[Node] | None:
    """``node`` opened, or ``None`` if it is no list."""
    if type(node) is list:
        return node
    if kind(node) is not Kind.ARRAY:
        return None
    try:
        return _decode_list(node)  # type: ignore[arg-type, return-value]
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return [Raw(part) for part in _parts(encode(node)) if part]


def encode(node: Node) -> bytes:
    """``node`` as JSON; unopened values byte for byte."""
    if type(node) is Raw:
        return bytes(node)
    try:
        return _encode(node)
    except UnicodeEncodeError:
        return _encode_with_surrogates(node)


def string_of(node: Raw) -> str:
    """The text of an unopened JSON string."""
    try:
        return _decode_string(node)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _loads(bytes(node))  # type: ignore[no-any-return]


def string(text: str) -> Raw:
    """``text`` as an unopened JSON string."""
    try:
        return Raw(_encode(text))
    except UnicodeEncodeError:
        return Raw(json.dumps(text).encode())


def excerpt(node: Node, limit: int = 60) -> str:
    """The beginning of ``node`` as people may read it in a message."""
    text = encode(node).decode(errors="replace")
    return text if len(text) <= limit else f"{text[:limit]}…"


def load(node: Node) -> Any:
    """``node`` as Python values; numbers with a fraction or exponent as `ExactFloat`."""
    return _loads(encode(node))


def dump(value: Any) -> Raw:
    """What a function returned, as an unopened value.

    Raises:
        ValueRefused: If ``value`` is not JSON.
    """
    try:
        return Raw(encode(_node(value)))
    except RecursionError:
        raise ValueRefused(reason="the result is nested too deep, or holds itself") from None
    except ValueError as error:  # an integer of more digits than Python writes
        raise ValueRefused(reason=f"the result cannot be written: {error}") from error


class ExactFloat(float):
    """A number with a fraction or exponent, and the very text it had in the document."""

    __slots__ = ("text",)

    def __new__(cls, text: str) -> ExactFloat:
        """Reads ``text``; more digits than a double holds stay in ``text``."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    text: str


def _node(value: Any) -> Node:
    if value is None or isinstance(value, bool):
        return Raw(b"null" if value is None else b"true" if value else b"false")
    if isinstance(value, str):
        return string(str.__str__(value))
    if isinstance(value, int):
        return Raw(int.__repr__(value).encode())
    if isinstance(value, ExactFloat):
        return Raw(value.text.encode())
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124  (NaN)
            raise ValueRefused(reason=f"the result holds {value!r}, which JSON cannot hold")
        return Raw(float.__repr__(value).encode())
    if isinstance(value, dict):
        return {_key(key): _node(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_node(item) for item in value]
    raise ValueRefused(reason=f"the result holds a {type(value).__name__}, which JSON cannot hold")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise ValueRefused(reason=f"the result has the key {key!r}, and keys are strings in JSON")
    return str.__str__(key)


def _loads(document: bytes) -> Any:
    """The standard library's reading, which takes lone surrogates; refuses what engines refuse."""
    try:
        return json.loads(
            document.decode(),
            parse_float=ExactFloat,
            parse_int=_integer,
            parse_constant=_refuse_constant,
            object_pairs_hook=_without_duplicates,
        )
    except RecursionError:
        raise ValueRefused(reason="the document is nested too deep to be read") from None
    except ValueError as error:
        raise ValueRefused(reason=f"the document is not valid JSON: {error}") from error


def _integer(text: str) -> int | float:
    # Python has no integer that is written -0.
    return ExactFloat(text) if text == "-0" else int(text)


def _refuse_constant(name: str) -> NoReturn:
    message = f"{name} is not a JSON value"
    raise ValueError(message)


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        message = f"the field {twice!r} appears twice"
        raise ValueError(message)
    return fields


_TOKEN: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},:]|[^\s"\[\]{},:]+', re.DOTALL)


def _parts(container: bytes) -> Iterator[bytes]:
    """What stands between the outermost brackets and commas (one empty part if nothing does)."""
    _check(container)
    depth = 0
    start = 0
    for token in _TOKEN.finditer(container):
        mark = token[0]
        if mark in (b"{", b"["):
            depth += 1
            start = token.end() if depth == 1 else start
        elif mark in (b"}", b"]"):
            depth -= 1
            if depth == 0:
                yield container[start : token.start()].strip()
                return
        elif mark == b"," and depth == 1:
            yield container[start : token.start()].strip()
            start = token.end()
    raise ValueRefused(reason="the document is not valid JSON: a bracket is not closed")


def _check(container: bytes) -> None:
    try:
        _loads(container)
    except ValueRefused as refused:
        # Deeper than Python reads, but the engine has read it: brackets are enough to split it.
        if "nested too deep" not in str(refused):
            raise


def _split_object(container: bytes) -> dict[str, Node]:
    fields: dict[str, Node] = {}
    for part in _parts(container):
        if not part:
            continue
        key = _TOKEN.match(part)
        if key is None or key[0][:1] != b'"':
            raise ValueRefused(reason="the document is not valid JSON: a field has no name")
        name = _loads(key[0])
        if name in fields:
            raise ValueRefused(
                reason=f"the document is not valid JSON: the field {name!r} appears twice"
            )
        fields[name] = Raw(part[key.end() :].lstrip()[1:].lstrip())
    return fields


def _encode_with_surrogates(node: Node) -> bytes:
    if isinstance(node, dict):
        fields = (b"%b:%b" % (bytes(string(name)), encode(value)) for name, value in node.items())
        return b"{%b}" % b",".join(fields)
    if isinstance(node, list):
        return b"[%b]" % b",".join(encode(item) for item in node)
    return encode(node)
