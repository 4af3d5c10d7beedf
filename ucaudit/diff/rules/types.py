"""Rules of types and enums."""

from __future__ import annotations

from typing import Final

from ucaudit.diff.model import Effects
from ucaudit.diff.rules.model import (
    BACKWARD,
    BOTH,
    FORWARD,
    INTEGER,
    STRING,
    Rule,
    Text,
    alone,
    change,
    fields,
    pair,
)
from ucaudit.jsontypes import JsonObject

_REINDEX_BOTH: Final = Effects("breaks", "breaks", "reindex")
_REINDEX_BACKWARD: Final = Effects("breaks", "ok", "reindex")
_REINDEX_FORWARD: Final = Effects("ok", "breaks", "reindex")
_LIST: Final[JsonObject] = {"type": "array", "items": STRING}
_MAP: Final[JsonObject] = {"type": "object", "additionalProperties": STRING}
_PORT: Final = fields("port", port=INTEGER)

_BESIDE: Final = (
    "Add a field of the new type beside the old one, fill both for a release, then drop the old."
)
_WIDEN: Final = "Teach every reader the wider type before any sender uses it."
_NARROW: Final = "Send only the narrower type first; refuse the rest once nobody sends it."

TYPES: Final[tuple[Rule, ...]] = (
    alone(
        "types",
        "type-changed",
        change(STRING, INTEGER),
        _REINDEX_BOTH,
        Text(
            "the type is another",
            "What either version sends the other refuses. The audit index has a field of the old "
            "type, which cannot become the new one in place: a new generation is needed.",
            _BESIDE,
        ),
    ),
    *pair(
        "types",
        ("type-widened", "type-narrowed"),
        change(STRING, {"type": ["string", "integer"]}),
        (FORWARD, BACKWARD),
        Text(
            "more types are allowed",
            "Readers of the old version refuse the types that are new. Whether the audit index can "
            "hold them in the field that is there depends on the types.",
            _WIDEN,
        ),
        Text(
            "fewer types are allowed",
            "Senders of the old version may still send the types that are gone. The audit index "
            "may keep its wider field, or need a narrower one to find numbers and dates as such.",
            _NARROW,
        ),
    ),
    *pair(
        "types",
        ("integer-to-number", "number-to-integer"),
        change(INTEGER, {"type": "number"}),
        (_REINDEX_FORWARD, _REINDEX_BACKWARD),
        Text(
            "fractions are allowed now",
            "Readers of the old version refuse fractions, or cut them off. The audit index holds "
            "whole numbers and would misindex fractions: a new generation is needed.",
            _WIDEN,
        ),
        Text(
            "fractions are no longer allowed",
            "Senders of the old version may still send fractions, which the new side refuses. The "
            "audit index holds numbers as doubles; a new generation holds them as longs.",
            _NARROW,
        ),
    ),
    *pair(
        "types",
        ("type-freed", "type-fixed"),
        change(STRING, {}),
        (_REINDEX_FORWARD, _REINDEX_BACKWARD),
        Text(
            "any value is allowed now",
            "Readers of the old version refuse what is not of the old type. The audit index can "
            "keep values of any type, but not find them in the field that is there.",
            _WIDEN,
        ),
        Text(
            "the value has a type now",
            "Senders of the old version may send anything, which the new side refuses. The audit "
            "index could only keep the values so far; a new generation makes them findable.",
            _NARROW,
        ),
    ),
    *pair(
        "types",
        ("value-forbidden", "value-allowed"),
        change(STRING, False),
        (BACKWARD, Effects("ok", "breaks", "put_mapping")),
        Text(
            "no value is allowed any more",
            "Senders of the old version may still send a value, which the new side refuses. The "
            "audit index keeps the field for the documents that have it.",
            "Remove the field instead of forbidding it: readers then ignore what still comes.",
        ),
        Text(
            "a value is allowed where none was",
            "Readers of the old version refuse the value. The audit index gets one more field in "
            "place.",
            "Remove the prohibition everywhere first; send the value afterwards.",
        ),
    ),
    *pair(
        "types",
        ("single-to-list", "list-to-single"),
        change(STRING, _LIST),
        (BOTH, BOTH),
        Text(
            "one value became a list",
            "What either version sends the other refuses. The audit index holds one value and many "
            "in the same field, so that it can stay; a transform step makes lists of old values.",
            _BESIDE,
        ),
        Text(
            "a list became one value",
            "What either version sends the other refuses. The audit index holds one value and many "
            "in the same field, so that it can stay; stored lists of several values have no single "
            "form.",
            _BESIDE,
        ),
    ),
    *pair(
        "types",
        ("list-to-tuple", "tuple-to-list"),
        change(_LIST, {"type": "array", "prefixItems": [STRING, INTEGER]}),
        (_REINDEX_BOTH, _REINDEX_BOTH),
        Text(
            "each place of a list has its own type now",
            "Lists that either version sends may hold what the other refuses at their first "
            "places. The audit index has one field for all places, whose type may change.",
            "Add an object with named fields beside the list instead.",
        ),
        Text(
            "the places of a list have no types of their own",
            "Lists that either version sends may hold what the other refuses at their first "
            "places. The audit index has one field for all places, whose type may change.",
            _BESIDE,
        ),
    ),
    *pair(
        "types",
        ("map-to-object", "object-to-map"),
        change(_MAP, _PORT),
        (_REINDEX_BOTH, _REINDEX_BOTH),
        Text(
            "free keys became fixed fields",
            "Maps of old senders may lack the fields that are required now, or hold other types in "
            "them. The audit index keeps maps in one flattened field, which cannot become an "
            "object in place.",
            _BESIDE,
        ),
        Text(
            "fixed fields became free keys",
            "Fields that do not fit the values of the map are refused, and maps lack what old "
            "readers require. The audit index cannot turn an object into a flattened field.",
            _BESIDE,
        ),
    ),
    *pair(
        "types",
        ("free-form-to-object", "object-to-free-form"),
        change({"type": "object"}, _PORT),
        (_REINDEX_BACKWARD, _REINDEX_FORWARD),
        Text(
            "a free-form object has fixed fields now",
            "What old senders put into the object may not fit the fields that are declared now. "
            "The audit index kept it in one flattened field, which cannot become an object.",
            "Look into the audit log for what the object holds; declare exactly that.",
        ),
        Text(
            "an object with fixed fields is free-form now",
            "Readers of the old version miss required fields, or find other types in them. The "
            "audit index cannot turn an object into a flattened field.",
            _BESIDE,
        ),
    ),
    *pair(
        "types",
        ("scalar-to-object", "object-to-scalar"),
        change(STRING, _PORT),
        (_REINDEX_BOTH, _REINDEX_BOTH),
        Text(
            "a plain value became an object",
            "What either version sends the other refuses. The audit index refuses documents with "
            "an object in a plain field: a new generation is needed, and somebody has to say into "
            "which field of the object stored values go.",
            _BESIDE,
        ),
        Text(
            "an object became a plain value",
            "What either version sends the other refuses. The audit index refuses documents with a "
            "plain value in an object: a new generation is needed, and stored objects need a "
            "decision.",
            _BESIDE,
        ),
    ),
)

_ONE: Final[JsonObject] = {"enum": ["cpu"]}
_TWO: Final[JsonObject] = {"enum": ["cpu", "gpu"]}

ENUMS: Final[tuple[Rule, ...]] = (
    *pair(
        "enums",
        ("enum-value-added", "enum-value-removed"),
        change(_ONE, _TWO),
        (FORWARD, BACKWARD),
        Text(
            "the list has more values",
            "Readers of the old version refuse the new value, or do not know what to do with it. "
            "The audit index holds values as they are and stays.",
            "Give readers a fallback for unknown values before the first new one is sent.",
        ),
        Text(
            "the list has fewer values",
            "Senders of the old version may still send the value, which the new side refuses. The "
            "audit index holds values as they are and stays.",
            "Stop sending the value first; remove it once the audit log shows none.",
        ),
    ),
    *pair(
        "enums",
        ("enum-opened", "enum-closed"),
        change(_ONE, STRING),
        (FORWARD, BACKWARD),
        Text(
            "any value is allowed now",
            "Readers of the old version refuse values that are not on their list. The audit index "
            "holds values as they are and stays.",
            "Give readers a fallback for unknown values before any is sent.",
        ),
        Text(
            "only listed values are allowed now",
            "Senders of the old version may send other values, which the new side refuses. The "
            "audit index holds values as they are and stays.",
            "See in the audit log which values are in use; list them all.",
        ),
    ),
    alone(
        "enums",
        "const-changed",
        change({"const": "v1"}, {"const": "v2"}),
        BOTH,
        Text(
            "the one value is another",
            "What either version sends the other refuses: it is the only value that each knows. "
            "The audit index holds values as they are and stays.",
            "Allow both values for a release, then remove the old one.",
        ),
    ),
)
