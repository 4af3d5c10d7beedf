"""Rules of fields, their defaults, and of fields that are not declared."""

from __future__ import annotations

from typing import Final

from ucaudit.diff.model import Effects
from ucaudit.diff.rules.model import (
    BACKWARD,
    BOTH,
    FORWARD,
    INTEGER,
    SAFE,
    STRING,
    Example,
    Rule,
    Text,
    alone,
    change,
    fields,
    pair,
)
from ucaudit.jsontypes import Json, JsonObject

_OPEN: Final = fields(port=INTEGER)
_CLOSED: Final[JsonObject] = {**_OPEN, "additionalProperties": False}
_NULLABLE: Final[JsonObject] = {"type": ["string", "null"]}


def _others(keyword: str, value: Json) -> JsonObject:
    return {**_OPEN, keyword: value}


FIELDS: Final[tuple[Rule, ...]] = (
    *pair(
        "fields",
        ("required-field-added", "required-field-removed"),
        Example(fields(), fields("port", port=INTEGER)),
        (Effects("breaks", "ok", "put_mapping"), FORWARD),
        Text(
            "a required field is new",
            "Old callers do not send the field, so a new service refuses them; where the service "
            "sends it, old callers ignore it. The audit index gets one more field in place.",
            "Add it as an optional field, wait until every caller sends it, then require it. Where "
            'readers fill in its default, required_with_default = "ok" says that it breaks nobody.',
        ),
        Text(
            "a required field is gone",
            "New callers no longer send what an old service insists on, which breaks them while "
            "both versions run. The audit index keeps the field for the documents that have it.",
            "Make it optional first and release that; remove it once no old service runs.",
        ),
    ),
    *pair(
        "fields",
        ("optional-field-added", "optional-field-removed"),
        Example(fields(), fields(port=INTEGER)),
        (Effects(index="put_mapping"), SAFE),
        Text(
            "an optional field is new",
            "Old callers may leave it out, and old services ignore it unless they are closed. The "
            "audit index gets one more field in place.",
            "Safe as it is, as long as no reader of the old version refuses unknown fields.",
        ),
        Text(
            "an optional field is gone",
            "Old callers may still send it; a new service ignores it unless it is closed. The "
            "audit index keeps the field for the documents that have it.",
            "Mark it deprecated for a release, then remove it; keep the object open meanwhile.",
        ),
    ),
    alone(
        "fields",
        "field-renamed",
        Example(
            fields("port", port=INTEGER),
            fields("portNumber", portNumber={**INTEGER, "x-audit": {"renamed_from": "port"}}),
        ),
        Effects("breaks", "breaks", "put_mapping"),
        Text(
            "a field has another name",
            "Each version misses the field under the name that it knows. Stored documents can be "
            "moved to the new name by a transform step, since the new schema says what the field "
            "was called before.",
            "Add the new name beside the old, fill both for a release, then remove the old one.",
        ),
        no_mirror="The new schema names the old one; the way back is a rename declared anew.",
    ),
    *pair(
        "fields",
        ("field-became-required", "field-became-optional"),
        Example(fields(port=INTEGER), fields("port", port=INTEGER)),
        (BACKWARD, FORWARD),
        Text(
            "a field must be present now",
            "Old callers that leave it out are refused by the new service. In a response it is the "
            "old service that leaves it out. The audit index does not care whether it is there.",
            "Send it everywhere first; require it once every sender does. Where readers fill in "
            'its default, required_with_default = "ok" says that it breaks nobody.',
        ),
        Text(
            "a field may be absent now",
            "New callers may leave out what an old service insists on; in a response, old callers "
            "may miss what they count on. The audit index does not care whether it is there.",
            "Teach every reader to do without it before any sender leaves it out.",
        ),
    ),
    *pair(
        "fields",
        ("nullable-added", "nullable-removed"),
        change(STRING, _NULLABLE),
        (FORWARD, BACKWARD),
        Text(
            "null is allowed now",
            "A reader of the old version refuses null, or fails on it. The audit index takes null "
            "in every field and stays as it is.",
            "Teach every reader to take null before any sender uses it.",
        ),
        Text(
            "null is no longer allowed",
            "A sender of the old version may still send null, which the new reader refuses. The "
            "audit index stays as it is.",
            "Stop sending null first; forbid it once nobody does.",
        ),
    ),
    *pair(
        "fields",
        ("read-only-added", "read-only-removed"),
        change(STRING, {**STRING, "readOnly": True}),
        (SAFE, SAFE),
        Text(
            "only the service sets the field now",
            "What callers send in it has no effect any more, though it is still accepted. Nothing "
            "is refused, and the audit index stays as it is.",
            "Say so in the change log: a caller that sets the field is not told.",
        ),
        Text(
            "callers may set the field now",
            "What callers send in it counts from now on; what some of them sent so far without "
            "effect does too. Nothing is refused, and the audit index stays as it is.",
            "Look into the audit log for callers that send it already.",
        ),
    ),
    *pair(
        "fields",
        ("deprecation-added", "deprecation-removed"),
        change(STRING, {**STRING, "deprecated": True}),
        (SAFE, SAFE),
        Text(
            "the field is deprecated",
            "Callers are told to do without it; it works as before. The audit log shows who still "
            "sends it, and its index stays as it is.",
            "Safe as it is: the first step of removing a field.",
        ),
        Text(
            "the field is no longer deprecated",
            "Callers may count on it again; it works as before. The audit index stays as it is.",
            "Safe as it is.",
        ),
    ),
)

DEFAULTS: Final[tuple[Rule, ...]] = (
    *pair(
        "defaults",
        ("default-added", "default-removed"),
        change(STRING, {**STRING, "default": "all"}),
        (SAFE, SAFE),
        Text(
            "there is a default now",
            "Leaving the field out means something definite from now on. No document is refused; "
            "audit documents are written with the default filled in, in the field that is there.",
            "Choose the default so that it does what leaving the field out did before.",
        ),
        Text(
            "there is no default any more",
            "Leaving the field out no longer means the old default. No document is refused, and "
            "the audit index stays as it is.",
            "Let callers say the old default outright before it goes.",
        ),
    ),
    alone(
        "defaults",
        "default-changed",
        change({**STRING, "default": "all"}, {**STRING, "default": "own"}),
        SAFE,
        Text(
            "the default is another",
            "Callers that leave the field out get another behaviour without a word. No document is "
            "refused, and the audit index stays as it is.",
            "Let callers say what they want outright, then change the default.",
        ),
    ),
)

OPENNESS: Final[tuple[Rule, ...]] = (
    *pair(
        "openness",
        ("object-closed", "object-opened"),
        Example({**_OPEN, "additionalProperties": True}, _CLOSED),
        (BACKWARD, FORWARD),
        Text(
            "undeclared fields are refused now",
            "Whoever sends a field that the schema does not declare is refused; a field that is "
            "added later breaks readers of this version. The audit index ignores undeclared "
            "fields either way.",
            "Leave objects open, so that fields can be added; refuse only in the service's code.",
        ),
        Text(
            "undeclared fields are accepted now",
            "Readers of the old version refuse what is sent beyond the declared fields. The audit "
            "log keeps undeclared fields without indexing them.",
            "Open every reader first; send more fields afterwards.",
        ),
    ),
    *pair(
        "openness",
        ("other-fields-restricted", "other-fields-freed"),
        Example(_OPEN, _others("additionalProperties", STRING)),
        (SAFE, SAFE),
        Text(
            "undeclared fields are typed now",
            "Undeclared fields have to be of one type from now on. Who sends only declared fields "
            "is not concerned; whoever sends others may be refused. The audit index does not "
            "index them either way.",
            "Declare the fields that are in use before the rest is restricted.",
        ),
        Text(
            "undeclared fields are free now",
            "Undeclared fields may hold anything from now on, but none is sent on purpose. The "
            "audit index does not index them either way.",
            "Safe as it is.",
        ),
    ),
    *pair(
        "openness",
        ("other-fields-announced", "other-fields-unannounced"),
        Example(_OPEN, _others("additionalProperties", True)),
        (SAFE, SAFE),
        Text(
            "undeclared fields are sent on purpose now",
            "The schema says that senders add fields of their own, which readers had to take "
            "already. The audit log keeps those fields without indexing them.",
            "Safe as it is, but a field that is declared later may clash with what was sent.",
        ),
        Text(
            "undeclared fields are no longer sent on purpose",
            "Readers still take undeclared fields, but the schema no longer says that any are "
            "sent. The audit index stays as it is.",
            "Safe as it is.",
        ),
    ),
    *pair(
        "openness",
        ("patterned-fields-added", "patterned-fields-removed"),
        Example(_OPEN, _others("patternProperties", {"^x-": STRING})),
        (SAFE, SAFE),
        Text(
            "fields with such names have a type now",
            "Fields whose names match the pattern have to be of its type; callers that sent them "
            "undeclared may be refused. The audit index does not index fields by pattern.",
            "Look into the audit log for what such fields hold before they get a type.",
        ),
        Text(
            "fields with such names have no type any more",
            "Fields whose names match the pattern are undeclared fields from now on. The audit "
            "index does not index fields by pattern.",
            "Keep the object open, so that they are not refused.",
        ),
    ),
    alone(
        "openness",
        "patterned-fields-changed",
        Example(
            _others("patternProperties", {"^x-": STRING}),
            _others("patternProperties", {"^ext-": INTEGER}),
        ),
        SAFE,
        Text(
            "other names have a type now",
            "Fields that matched the old pattern are undeclared now, and those that match the new "
            "one have to be of its type. The audit index does not index fields by pattern.",
            "Add the new pattern beside the old; remove the old one once it is not used.",
        ),
    ),
    *pair(
        "openness",
        ("key-rule-added", "key-rule-removed"),
        change(
            {"type": "object", "additionalProperties": STRING},
            {
                "type": "object",
                "additionalProperties": STRING,
                "propertyNames": {"pattern": "^[a-z]+$"},
            },
        ),
        (BACKWARD, FORWARD),
        Text(
            "keys must follow a rule now",
            "Keys that were accepted so far may be refused. The audit index keeps keys as data, "
            "whatever they are.",
            "Warn about keys that break the rule first; refuse them once nobody sends any.",
        ),
        Text(
            "keys need not follow a rule any more",
            "A reader of the old version refuses keys that break the rule. The audit index keeps "
            "keys as data, whatever they are.",
            "Teach every reader to take any key before senders use others.",
        ),
    ),
    alone(
        "openness",
        "key-rule-changed",
        change(
            {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}},
            {"type": "object", "propertyNames": {"pattern": "^[0-9]+$"}},
        ),
        BOTH,
        Text(
            "keys must follow another rule now",
            "Keys that only one of the two rules allows are refused by the other side. The audit "
            "index keeps keys as data, whatever they are.",
            "Allow both kinds of keys for a release.",
        ),
    ),
)
