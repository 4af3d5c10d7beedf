"""Paths inside an audit document, such as ``requestJson.items[*].port``.

``.`` separates field names, ``[*]`` stands for each element of a list, ``{*}`` for each value of a
map. A name that holds dots, brackets, braces or quotes is written as a JSON string:
``requestJson."a.b".c``.
"""

from __future__ import annotations

import json
import re
from enum import Enum
from typing import Final

from ucaudit.errors import InputError


class Each(Enum):
    """A segment that stands for many places."""

    ITEM = "[*]"
    VALUE = "{*}"


Segment = str | Each
Path = tuple[Segment, ...]

_NAME: Final = re.compile(r'[^.\[\]{}"]+')
_QUOTED: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"')


def parse_path(text: str) -> Path:
    """The segments of ``text``.

    Raises:
        InputError: If ``text`` is not a path.
    """
    segments: list[Segment] = []
    at = 0
    while at < len(text) or not segments:
        segment, at = _segment(text, at, first=not segments)
        segments.append(segment)
    return tuple(segments)


def format_path(path: Path) -> str:
    """The text that `parse_path` reads as ``path``; names are quoted where they must be."""
    text = ""
    for segment in path:
        if isinstance(segment, Each):
            text += segment.value
        else:
            name = segment if _NAME.fullmatch(segment) else json.dumps(segment, ensure_ascii=False)
            text += f".{name}" if text else name
    return text


def _segment(text: str, at: int, *, first: bool) -> tuple[Segment, int]:
    for each in Each:
        if text.startswith(each.value, at):
            return each, at + len(each.value)
    if not first:
        if not text.startswith(".", at):
            raise _unreadable(text, at, "a dot, [*] or {*} was expected")
        at += 1
    if quoted := _QUOTED.match(text, at):
        try:
            return json.loads(quoted[0]), quoted.end()
        except ValueError as error:
            raise _unreadable(text, at, f"the quoted name is no JSON string: {error}") from error
    if name := _NAME.match(text, at):
        return name[0], name.end()
    raise _unreadable(text, at, "a field name was expected")


def _unreadable(text: str, at: int, why: str) -> InputError:
    return InputError(
        "path-invalid",
        "A path of a transform step cannot be read.",
        where=f"{text!r}, character {at + 1}",
        why=why,
        fix="Write names separated by dots, [*] for list elements, {*} for map values, and quote "
        'names that hold dots or brackets: requestJson.items[*]."a.b".',
    )
