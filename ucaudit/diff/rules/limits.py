"""Rules of limits: of numbers, lengths, how many items or fields; one for each way to move one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ucaudit.diff.rules.model import (
    BACKWARD,
    BOTH,
    FORWARD,
    Rule,
    Text,
    alone,
    change,
    pair,
)
from ucaudit.jsontypes import JsonObject

_ADMIT: Final = "Teach every reader to take them before any sender uses them."
_REFUSE: Final = "See in the audit log that nobody sends them any more, then forbid them."
_BOTH_WAYS: Final = "Widen the limits to both first; narrow them once nobody needs the old ones."
_INDEX: Final = "The audit index keeps such values alike and stays as it is."


@dataclass(frozen=True, slots=True)
class _Limited:
    """What has limits.

    Attributes:
        noun: What is limited, such as `` length``; nothing for the number itself.
        what: What is refused beyond the limit, such as ``longer strings``; above, then below.
        base: Schema without limits.
        keywords: Keywords of the lower and of the upper limit.
        names: What the rules call them.
    """

    noun: str
    what: tuple[str, str]
    base: JsonObject
    keywords: tuple[str, str]
    names: tuple[str, str]


_NUMBERS: Final = _Limited(
    "",
    ("greater numbers", "smaller numbers"),
    {"type": "number"},
    ("minimum", "maximum"),
    ("minimum", "maximum"),
)
_SIZES: Final = (
    _Limited(
        " length",
        ("longer strings", "shorter strings"),
        {"type": "string"},
        ("minLength", "maxLength"),
        ("min-length", "max-length"),
    ),
    _Limited(
        " number of items",
        ("longer lists", "shorter lists"),
        {"type": "array", "items": {"type": "string"}},
        ("minItems", "maxItems"),
        ("min-items", "max-items"),
    ),
    _Limited(
        " number of fields",
        ("objects with more fields", "objects with fewer fields"),
        {"type": "object", "additionalProperties": {"type": "string"}},
        ("minProperties", "maxProperties"),
        ("min-fields", "max-fields"),
    ),
)


def _tighter(summary: str, what: str) -> Text:
    return Text(
        summary,
        f"Senders of the old version may still send {what}, which the new side refuses. {_INDEX}",
        _REFUSE,
    )


def _looser(summary: str, what: str) -> Text:
    return Text(
        summary,
        f"Readers of the old version refuse {what}, which the new side may send. {_INDEX}",
        _ADMIT,
    )


def _moves(limited: _Limited) -> Iterator[Rule]:
    """Each limit added or removed, raised or lowered; sizes are never less than none."""
    above, below = limited.what
    for upper, name in enumerate(limited.names):
        base, keyword = limited.base, limited.keywords[upper]
        what = above if upper else below
        limit = f"{'maximum' if upper else 'minimum'}{limited.noun}"
        tighter, looser = ("lowered", "raised") if upper else ("raised", "lowered")
        low, high = {**base, keyword: 2}, {**base, keyword: 4}
        if upper or limited is _NUMBERS:
            yield from pair(
                "constraints",
                (f"{name}-added", f"{name}-removed"),
                change(base, high),
                (BACKWARD, FORWARD),
                _tighter(f"there is a {limit} now", what),
                _looser(f"there is no {limit} any more", what),
            )
        yield from pair(
            "constraints",
            (f"{name}-{tighter}", f"{name}-{looser}"),
            change(high, low) if upper else change(low, high),
            (BACKWARD, FORWARD),
            _tighter(f"the {limit} is {'lower' if upper else 'higher'}", what),
            _looser(f"the {limit} is {'higher' if upper else 'lower'}", what),
        )


def _edges() -> Iterator[Rule]:
    """The limit itself excluded or included."""
    for name, end in (("minimum", "Minimum"), ("maximum", "Maximum")):
        base = _NUMBERS.base
        yield from pair(
            "constraints",
            (f"{name}-excluded", f"{name}-included"),
            change({**base, name: 4}, {**base, f"exclusive{end}": 4}),
            (BACKWARD, FORWARD),
            _tighter(f"the {name} itself is refused now", f"values equal to the {name}"),
            _looser(f"the {name} itself is allowed now", f"values equal to the {name}"),
        )


def _whole(noun: str, what: str, limited: _Limited) -> Iterator[Rule]:
    """Both limits moved by one edit."""
    low, high = limited.keywords

    def limits(least: int, most: int) -> JsonObject:
        return {**limited.base, low: least, high: most}

    yield from pair(
        "constraints",
        (f"{noun}-narrowed", f"{noun}-widened"),
        change(limits(1, 9), limits(2, 5)),
        (BACKWARD, FORWARD),
        Text(
            f"fewer {what} are allowed",
            f"Senders of the old version may still send {what} beyond the new limits, which the "
            f"new side refuses. {_INDEX}",
            _REFUSE,
        ),
        Text(
            f"more {what} are allowed",
            f"Readers of the old version refuse {what} beyond the old limits, which the new side "
            f"may send. {_INDEX}",
            _ADMIT,
        ),
    )
    yield alone(
        "constraints",
        f"{noun}-changed",
        change(limits(1, 4), limits(3, 6)),
        BOTH,
        Text(
            f"other {what} are allowed",
            f"Each side may send {what} that only its own limits allow. {_INDEX}",
            _BOTH_WAYS,
        ),
    )


LIMITS: Final[tuple[Rule, ...]] = (
    *_moves(_NUMBERS),
    *_edges(),
    *_whole("range", "numbers", _NUMBERS),
    *(rule for limited in _SIZES for rule in _moves(limited)),
    *_whole("size", "sizes", _SIZES[0]),
)
