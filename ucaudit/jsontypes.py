"""Names for JSON values in signatures, and the one canonical spelling that digests are made of."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson

Json = Any
JsonObject = dict[str, Any]


def canonical(value: Json) -> bytes:
    """``value`` as JSON with sorted keys and no spaces: equal values give equal bytes.

    Integers beyond 64 bits, which orjson does not write, are rare in schemas and take the slow way.
    """
    try:
        return orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        import json  # noqa: PLC0415  (rare)

        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(value: Json) -> str:
    """Hexadecimal SHA-256 of the canonical spelling of ``value``."""
    return hashlib.sha256(canonical(value)).hexdigest()


def pretty(value: Json) -> str:
    """``value`` as it is written to files that people read: two spaces, key order kept."""
    return pretty_bytes(value).decode()


def pretty_bytes(value: Json) -> bytes:
    """The same in UTF-8, for what is large."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
