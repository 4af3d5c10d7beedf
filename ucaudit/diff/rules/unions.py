"""Rules of unions and of the field that tells their members apart."""

from __future__ import annotations

from typing import Final

from ucaudit.diff.model import Effects
from ucaudit.diff.rules.model import (
    BACKWARD,
    FORWARD,
    STRING,
    Rule,
    Text,
    alone,
    change,
    fields,
    pair,
)
from ucaudit.jsontypes import JsonObject


def _member(tag: str, kind: str) -> JsonObject:
    return fields(tag, **{tag: {"const": kind}, kind: STRING})


def _union(*members: JsonObject) -> JsonObject:
    return {"anyOf": list(members)}


_PLAIN: Final = _union(fields("a", a=STRING), fields("b", b=STRING))
_TAGGED: Final = _union(
    fields("kind", "a", kind={"const": "a"}, a=STRING),
    fields("kind", "b", kind={"const": "b"}, b=STRING),
)

UNIONS: Final[tuple[Rule, ...]] = (
    *pair(
        "unions",
        ("union-member-added", "union-member-removed"),
        change(
            _union(_member("kind", "a"), _member("kind", "b")),
            _union(_member("kind", "a"), _member("kind", "b"), _member("kind", "c")),
        ),
        (Effects("ok", "breaks", "put_mapping"), BACKWARD),
        Text(
            "the union has another member",
            "Readers of the old version refuse the new member unless it passes for another. The "
            "audit index gets the member's fields in place, if they do not clash with others.",
            "Give readers a fallback for unknown members before the first new one is sent.",
        ),
        Text(
            "the union lost a member",
            "Senders of the old version may still send the member, which the new side refuses. The "
            "audit index keeps its fields for the documents that have them.",
            "Stop sending the member first; remove it once the audit log shows none.",
        ),
    ),
    *pair(
        "unions",
        ("union-introduced", "union-dissolved"),
        change(_member("kind", "a"), _union(_member("kind", "a"), _member("kind", "b"))),
        (Effects("ok", "breaks", "put_mapping"), BACKWARD),
        Text(
            "one form became several",
            "Readers of the old version know one form only and refuse the others. The audit index "
            "gets the fields of the new forms in place, if they do not clash with others.",
            "Teach every reader to tell the forms apart before any new one is sent.",
        ),
        Text(
            "several forms became one",
            "Senders of the old version may still send the other forms, which the new side "
            "refuses. The audit index keeps their fields for the documents that have them.",
            "Stop sending the other forms first; remove them once the audit log shows none.",
        ),
    ),
    alone(
        "unions",
        "discriminator-changed",
        change(
            _union(_member("kind", "a"), _member("kind", "b")),
            _union(_member("type", "a"), _member("type", "b")),
        ),
        Effects("breaks", "breaks", "put_mapping"),
        Text(
            "another field tells the members apart",
            "Each version looks for the field that it knows and refuses documents without it. The "
            "audit index gets the new field in place and keeps the old one.",
            "Send both fields for a release, then drop the old one.",
        ),
    ),
    *pair(
        "unions",
        ("union-tagged", "union-untagged"),
        change(_PLAIN, _TAGGED),
        (Effects("breaks", "ok", "put_mapping"), FORWARD),
        Text(
            "a field tells the members apart now",
            "Senders of the old version do not say which member they mean, which the new side "
            "requires. The audit index gets the field in place.",
            "Add the field as an optional one, let every sender fill it, then require it.",
        ),
        Text(
            "no field tells the members apart any more",
            "Readers of the old version insist on the field that says which member is meant. The "
            "audit index keeps the field for the documents that have it.",
            "Keep sending the field until no old reader is left.",
        ),
    ),
)
