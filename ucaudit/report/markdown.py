"""Pieces of Markdown that GitHub and GitLab render alike, safe for any text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

LONGEST: Final = 60_000
"""Characters of a comment: the sites cut a little above that, in the middle of whatever it is."""

_SPECIAL: Final = re.compile(r"([\\`*_{}\[\]<>#|~!])")
_RUN: Final = re.compile(r"`+")
_MOST_CODE: Final = 2_000
_MOST_TEXT: Final = 600


def plain(text: str) -> str:
    """``text`` as it is: nothing in it is markup, a mention or a new line."""
    line = " ".join(_cut(text, _MOST_TEXT).split())
    # Sites look for mentions after everything else; an entity is none.
    return _SPECIAL.sub(r"\\\1", line).replace("@", "&#64;")


def code(text: str) -> str:
    """``text`` as a code span, also within a table."""
    line = " ".join(_cut(text, _MOST_TEXT).split())
    if not line:
        return ""
    fence = "`" * (_longest_run(line) + 1)
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}".replace("|", "\\|")


def block(text: str, language: str = "", most: int = _MOST_CODE) -> str:
    """``text`` as a block of code, without its end where it is longer than ``most``."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{_cut(text, most)}\n{fence}"


def folded(summary: str, content: str) -> str:
    """``content`` that a reader opens; the empty lines make it Markdown again."""
    return f"<details><summary>{escape(summary)}</summary>\n\n{content}\n\n</details>"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Lines of a table: two of the header, one a row; cells are Markdown already."""
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def fitting(pieces: Sequence[str], most: int, noun: str, joint: str = "\n", always: int = 0) -> str:
    """As many of ``pieces`` as fit, and how many do not.

    Args:
        pieces: What is to be shown, the most important first.
        most: Characters that there is room for.
        noun: What a piece is called, in the plural.
        joint: What stands between them.
        always: How many of them are shown in any case and are not counted.
    """
    note = f"\n\n_… and {len(pieces):,} more {noun}: a comment has no room for them._"
    room, shown = most - len(note), []
    for number, piece in enumerate(pieces):
        room -= len(piece) + len(joint)
        if room < 0 and number >= always:
            break
        shown.append(piece)
    text = joint.join(shown)
    left = len(pieces) - len(shown)
    if not left:
        return text
    return f"{text}\n\n_… and {left:,} more {noun}: a comment has no room for them._"


def _longest_run(text: str) -> int:
    return max(map(len, _RUN.findall(text)), default=0)


def _cut(text: str, most: int) -> str:
    more = len(text) - most
    return text if more <= 0 else f"{text[:most]} … and {more:,} more characters"
