"""Keys that stand twice in one JSON object: parsers take the last and say nothing."""

from __future__ import annotations

import re
from typing import Final

import orjson

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json

_KEY_END: Final = b'":'
_SPACED: Final = re.compile(rb'"\s+:')
_TOKENS: Final = re.compile(r'("(?:[^"\\]|\\.)*")(\s*:)?|[{}]', re.DOTALL)


def may_repeat(raw: bytes, value: Json) -> bool:
    """Whether ``raw``, which says ``value``, may say a key twice: quick, and never wrong with no.

    What was lost on the way is missing when the value is written again.
    """
    # Where the ends of keys cannot be counted: space before the colon, an escaped quotation mark.
    if _SPACED.search(raw) or rb"\u0022" in raw:
        return True
    try:
        written = orjson.dumps(value)
    except TypeError:
        return True
    return raw.count(_KEY_END) != written.count(_KEY_END)


def refuse_repeated(text: str, where: str) -> None:
    """Looks at every key of the JSON ``text``.

    Raises:
        InputError: If one stands twice in the same object; with line and column.
    """
    objects: list[set[str]] = []
    for token in _TOKENS.finditer(text):
        if token[0] == "{":
            objects.append(set())
        elif token[0] == "}":
            objects.pop()
        elif token[2] is not None:
            key = orjson.loads(token[1])
            if key in objects[-1]:
                raise _twice(key, text, token.start(), where)
            objects[-1].add(key)


def _twice(key: str, text: str, at: int, where: str) -> InputError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return InputError(
        "key-repeated",
        f"The key {key!r:.80} stands twice in one object.",
        where=f"{where}:{line}:{column}",
        why="only the last of them would count",
        fix="Remove one of the two.",
    )
