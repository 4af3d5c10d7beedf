"""Rules of formats: of texts, of integers, and of what a text stands for."""

from __future__ import annotations

from typing import Final

from ucaudit.diff.rules.model import (
    BACKWARD,
    BOTH,
    FORWARD,
    INTEGER,
    SAFE,
    STRING,
    Rule,
    Text,
    alone,
    change,
    pair,
)
from ucaudit.jsontypes import JsonObject

_BESIDE: Final = (
    "Add a field of the new type beside the old one, fill both for a release, then drop the old."
)
_DATE: Final[JsonObject] = {**STRING, "format": "date"}
_TIME: Final[JsonObject] = {**STRING, "format": "date-time"}
_UUID: Final[JsonObject] = {**STRING, "format": "uuid"}


def _sized(name: str) -> JsonObject:
    return {**INTEGER, "format": name}


FORMATS: Final[tuple[Rule, ...]] = (
    *pair(
        "formats",
        ("format-added", "format-removed"),
        change(STRING, _UUID),
        (BACKWARD, FORWARD),
        Text(
            "the text has a format now",
            "Senders of the old version may send any text, which readers that check formats "
            "refuse. Dates and addresses get a field type of their own in the audit index, other "
            "formats do not.",
            "Check the format when sending first; insist on it once every sender does.",
        ),
        Text(
            "the text has no format any more",
            "Readers of the old version that check formats refuse other texts. Dates and addresses "
            "lose their field type in the audit index, other formats had none.",
            "Teach every reader to take any text before any sender uses it.",
        ),
    ),
    alone(
        "formats",
        "format-changed",
        change(_UUID, {**STRING, "format": "email"}),
        BOTH,
        Text(
            "the format is another",
            "What either version sends, readers of the other that check formats refuse. Dates and "
            "addresses have a field type of their own in the audit index, other formats do not.",
            _BESIDE,
        ),
    ),
    *pair(
        "formats",
        ("date-to-date-time", "date-time-to-date"),
        change(_DATE, _TIME),
        (BOTH, BOTH),
        Text(
            "dates have a time of day now",
            "A date without a time is no date-time, nor the other way round, so that each version "
            "refuses the other. The audit index takes both in the same field.",
            _BESIDE,
        ),
        Text(
            "dates have no time of day any more",
            "A date-time is no plain date, nor the other way round, so that each version refuses "
            "the other. The audit index takes both in the same field.",
            _BESIDE,
        ),
    ),
    *pair(
        "formats",
        ("integer-format-widened", "integer-format-narrowed"),
        change(_sized("int32"), _sized("int64")),
        (FORWARD, BACKWARD),
        Text(
            "integers may be larger now",
            "Readers of the old version refuse numbers beyond the smaller size, or overflow. The "
            "audit index holds every integer as a long and stays as it is.",
            "Widen every reader before any sender uses larger numbers.",
        ),
        Text(
            "integers must be smaller now",
            "Senders of the old version may send numbers beyond the smaller size, which the new "
            "side refuses. The audit index holds every integer as a long and stays as it is.",
            "See in the audit log how large the numbers get before the size shrinks.",
        ),
    ),
    alone(
        "formats",
        "integer-format-changed",
        change(_sized("int32"), _sized("uint32")),
        BOTH,
        Text(
            "integers are of another size and sign",
            "Negative numbers are refused by one version, large ones by the other. The audit index "
            "holds every integer as a long and stays as it is.",
            "Go through a size that holds both, such as int64.",
        ),
    ),
    *pair(
        "formats",
        ("content-added", "content-removed"),
        change(STRING, {**STRING, "contentEncoding": "base64"}),
        (SAFE, SAFE),
        Text(
            "the text stands for other content now",
            "Readers decode the text from now on, by the encoding or media type given; no "
            "validator refuses any. The audit index keeps the text as it was sent.",
            _BESIDE,
        ),
        Text(
            "the text stands for itself now",
            "Readers no longer decode the text; no validator refuses any. The audit index keeps "
            "the text as it was sent.",
            _BESIDE,
        ),
    ),
    alone(
        "formats",
        "content-changed",
        change({**STRING, "contentEncoding": "base64"}, {**STRING, "contentEncoding": "base32"}),
        SAFE,
        Text(
            "the text is encoded otherwise",
            "Each version decodes the other's text wrongly, though no validator refuses any. The "
            "audit index keeps the text as it was sent.",
            _BESIDE,
        ),
    ),
)
