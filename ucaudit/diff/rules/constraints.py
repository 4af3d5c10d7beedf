"""Rules of what else restricts values: patterns, divisors, conditions, tuples."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from ucaudit.diff.model import Effects
from ucaudit.diff.rules.model import (
    BACKWARD,
    BOTH,
    FORWARD,
    STRING,
    UNKNOWN,
    Example,
    Rule,
    Text,
    alone,
    change,
    fields,
    pair,
)
from ucaudit.jsontypes import JsonObject

_INDEX: Final = "The audit index keeps such values alike and stays as it is."
_LIST: Final[JsonObject] = {"type": "array", "items": STRING}


@dataclass(frozen=True, slots=True)
class _Keyword:
    """A keyword that is there or not, and that can say something else.

    Attributes:
        name: What the rules call it.
        what: What it asks, as in "values must …".
        thing: What it is, as in "there is a …".
        another: That it asks something else, in a few words.
        base: Schema without it.
        first: The keyword.
        second: The keyword with something else.
        changed: Effects of going from the first to the second.
        both: Effects of adding and of removing the first.
    """

    name: str
    what: str
    thing: str
    another: str
    base: JsonObject
    first: JsonObject
    second: JsonObject
    changed: Effects = BOTH
    both: tuple[Effects, Effects] = field(default=(BACKWARD, FORWARD))


_RECORD: Final = fields(user=STRING, team=STRING, role=STRING)
_KEYWORDS: Final = (
    _Keyword(
        "pattern",
        "match a pattern",
        "pattern for values",
        "the pattern is another",
        STRING,
        {"pattern": "^a"},
        {"pattern": "^b"},
    ),
    _Keyword(
        "multiple-of",
        "be multiples of a number",
        "divisor of numbers",
        "the divisor is another",
        {"type": "integer"},
        {"multipleOf": 2},
        {"multipleOf": 3},
    ),
    _Keyword(
        "contains",
        "contain certain items",
        "demand for certain items",
        "other items must be contained",
        _LIST,
        {"contains": {"const": "a"}},
        {"contains": {"const": "b"}},
    ),
    _Keyword(
        "unevaluated-items",
        "hold no items beyond those described",
        "ban on further items",
        "other further items are refused",
        {"type": "array", "prefixItems": [STRING], "contains": {"const": "a"}},
        {"unevaluatedItems": False},
        {"unevaluatedItems": {"type": "integer"}},
        Effects("unknown", "breaks"),
    ),
    _Keyword(
        "not",
        "not be of a certain form",
        "forbidden form",
        "another form is forbidden",
        STRING,
        {"not": {"const": "a"}},
        {"not": {"const": ""}},
    ),
    _Keyword(
        "condition",
        "be of one form if they are of another",
        "condition for values",
        "the condition is another",
        _RECORD,
        {"if": {"required": ["user"]}, "else": {"required": ["team"]}},
        {"if": {"required": ["user"]}, "else": {"required": ["role"]}},
    ),
    _Keyword(
        "dependent-fields",
        "have one field where they have another",
        "field that needs another field",
        "a field needs another field than before",
        _RECORD,
        {"dependentRequired": {"user": ["team"]}},
        {"dependentRequired": {"user": ["role"]}},
    ),
    _Keyword(
        "dependent-schemas",
        "be of a certain form where they have a field",
        "field that asks for a form",
        "a field asks for another form",
        _RECORD,
        {"dependentSchemas": {"user": {"minProperties": 2}}},
        {"dependentSchemas": {"user": {"maxProperties": 1}}},
    ),
)


def _keyword(keyword: _Keyword) -> Iterator[Rule]:
    name, what, base = keyword.name, keyword.what, keyword.base
    yield from pair(
        "constraints",
        (f"{name}-added", f"{name}-removed"),
        change(base, {**base, **keyword.first}),
        keyword.both,
        Text(
            f"there is a {keyword.thing} now",
            f"Senders of the old version do not know that values must {what}, and what they send "
            f"may be refused. {_INDEX}",
            "Log violations first; refuse them once there are none.",
        ),
        Text(
            f"there is no {keyword.thing} any more",
            f"Readers of the old version still insist that values {what}, and refuse others. "
            f"{_INDEX}",
            "Free every reader first; use the freedom afterwards.",
        ),
    )
    yield alone(
        "constraints",
        f"{name}-changed",
        change({**base, **keyword.first}, {**base, **keyword.second}),
        keyword.changed,
        Text(
            keyword.another,
            f"That values must {what} stays, but in another way: what only one of the two "
            f"versions allows is refused by the other. {_INDEX}",
            "Allow what either version allows for a release, then drop the old way.",
        ),
    )


CONSTRAINTS: Final[tuple[Rule, ...]] = (
    *(rule for keyword in _KEYWORDS for rule in _keyword(keyword)),
    *pair(
        "constraints",
        ("unique-items-added", "unique-items-removed"),
        change(_LIST, {**_LIST, "uniqueItems": True}),
        (BACKWARD, FORWARD),
        Text(
            "items must differ now",
            f"Senders of the old version may repeat items, which the new side refuses. {_INDEX}",
            "Remove repetitions when reading; refuse them once nobody sends any.",
        ),
        Text(
            "items may repeat now",
            f"Readers of the old version refuse lists that repeat an item. {_INDEX}",
            "Teach every reader to take repetitions before any sender makes some.",
        ),
    ),
    *pair(
        "constraints",
        ("tuple-place-added", "tuple-place-removed"),
        change(
            {"type": "array", "prefixItems": [STRING]},
            {"type": "array", "prefixItems": [STRING, {"type": "integer"}]},
        ),
        (BACKWARD, FORWARD),
        Text(
            "one more place of a tuple has a type",
            "What stood at that place so far may be of another type, and is refused. The audit "
            "index sees one field for all places, whose type may have to be another.",
            "Use an object with named fields: places cannot be added or removed safely.",
        ),
        Text(
            "one place of a tuple has no type any more",
            "Readers of the old version refuse what is not of the old type at that place. The "
            "audit index sees one field for all places, whose type may have to be another.",
            "Use an object with named fields: places cannot be added or removed safely.",
        ),
    ),
    alone(
        "constraints",
        "constraint-changed",
        Example(
            fields(
                value={"anyOf": [{**STRING, "pattern": "^a"}, {**STRING, "pattern": "^b{60}$"}]}
            ),
            fields(
                value={"anyOf": [{**STRING, "pattern": "^a"}, {**STRING, "pattern": "^c{60}$"}]}
            ),
        ),
        UNKNOWN,
        Text(
            "a constraint is another",
            "Something that no other rule tells apart restricts values otherwise than before. What "
            "is not proven either way counts as unknown, and the audit index is judged by its "
            "mapping alone.",
            "Compare both schemas by hand, or write the constraint in simpler keywords.",
        ),
    ),
)
