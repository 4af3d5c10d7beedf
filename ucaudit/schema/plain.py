"""Whether a Python value is JSON: what comes from a parser is, what a program makes may not be."""

from __future__ import annotations

import math
from typing import Any

from ucaudit.errors import InputError
from ucaudit.schema.document import escape


def check_json(root: Any, name: str) -> None:
    """Looks at every value, by a stack, as values may be deep.

    Raises:
        InputError: If there is one that JSON cannot say.
    """
    stack: list[tuple[str, Any]] = [("", root)]
    while stack:
        pointer, value = stack.pop()
        if isinstance(value, dict):
            for key in value:
                if not _is_text(key):
                    raise _not_json(name, pointer, f"the key {key!r:.60} is no text")
            stack.extend((f"{pointer}/{escape(key)}", item) for key, item in value.items())
        elif isinstance(value, list):
            stack.extend((f"{pointer}/{i}", item) for i, item in enumerate(value))
        elif not _is_scalar(value):
            raise _not_json(name, pointer, f"{value!r:.60} cannot be said in JSON")


def _is_scalar(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return value is None or isinstance(value, bool | int) or _is_text(value)


def _is_text(value: Any) -> bool:
    """Whether it is a string without lone surrogates, which UTF-8 cannot hold."""
    if not isinstance(value, str):
        return False
    return value.isascii() or not any("\ud800" <= character <= "\udfff" for character in value)


def _not_json(name: str, pointer: str, why: str) -> InputError:
    return InputError(
        "not-json",
        "The schema is not JSON.",
        where=f"{name}#{pointer}",
        why=why,
        fix="Give the schema as a JSON parser would: dicts with string keys, lists, plain values.",
    )
