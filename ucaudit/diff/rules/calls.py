"""Rules of calls as a whole, of what is logged of them, and of the index it is logged to."""

from __future__ import annotations

from typing import Final

from ucaudit.diff.model import Effects
from ucaudit.diff.rules.model import (
    BACKWARD,
    BOTH,
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

_REQUEST: Final = fields(name=STRING)
_PUT: Final = Effects(index="put_mapping")
_REINDEX: Final = Effects(index="reindex")
_HIDDEN: Final[JsonObject] = {**STRING, "x-audit": {"redact": True}}


def _call(name: str = "jobs.create", **parts: Json) -> JsonObject:
    return {"call": name, **parts}


def _calls(old: JsonObject | None, new: JsonObject | None) -> Example:
    return Example([old] if old else [], [new] if new else [], "calls")


CALLS: Final[tuple[Rule, ...]] = (
    *pair(
        "calls",
        ("call-added", "call-removed"),
        _calls(None, _call(request=_REQUEST)),
        (SAFE, BACKWARD),
        Text(
            "the call is new",
            "No caller knows it yet. Its audit index is made when it is first migrated.",
            "Safe as it is.",
        ),
        Text(
            "the call is gone",
            "Old callers that still use it fail. Its audit indices stay and are searched as "
            "before.",
            "See in the audit log that nobody calls it any more, then remove it.",
        ),
    ),
    alone(
        "calls",
        "call-renamed",
        _calls(
            _call("jobs.start", request=_REQUEST),
            _call("jobs.create", request=_REQUEST, renamed_from="jobs.start"),
        ),
        BOTH,
        Text(
            "the call has another name",
            "Callers and services of different versions do not find each other's call. The audit "
            "index carries the call's name, so that new documents go to another index.",
            "Serve both names for a release, then remove the old one.",
        ),
        no_mirror="The new call names the old one; the way back is a rename declared anew.",
    ),
    *pair(
        "calls",
        ("request-schema-added", "request-schema-removed"),
        _calls(_call(), _call(request=_REQUEST)),
        (_PUT, SAFE),
        Text(
            "the request has a schema now",
            "What callers send is described for the first time; what they sent before is not "
            "known, so that nothing can be said about it. The audit index gets the fields.",
            "Describe what callers send already before anything is refused.",
        ),
        Text(
            "the request has no schema any more",
            "What callers send is not described any more, and no later change of it can be seen. "
            "The audit index keeps its fields for the documents that have them.",
            "Keep the schema as long as the call exists.",
        ),
    ),
    *pair(
        "calls",
        ("response-schema-added", "response-schema-removed"),
        _calls(_call(request=_REQUEST), _call(request=_REQUEST, response=_REQUEST)),
        (SAFE, SAFE),
        Text(
            "the response has a schema now",
            "What the service answers is described for the first time. The audit index is not "
            "concerned unless responses are recorded.",
            "Safe as it is.",
        ),
        Text(
            "the response has no schema any more",
            "What the service answers is not described any more, and no later change of it can be "
            "seen. The audit index is not concerned unless responses are recorded.",
            "Keep the schema as long as the call exists.",
        ),
    ),
)

AUDIT: Final[tuple[Rule, ...]] = (
    *pair(
        "audit",
        ("redaction-added", "redaction-removed"),
        change(STRING, _HIDDEN),
        (SAFE, _PUT),
        Text(
            "the value is no longer logged",
            "Callers notice nothing. New audit documents hold the value no more; old ones still "
            "do, until they are migrated with a step that redacts them.",
            "Safe as it is; think of what has been stored already.",
        ),
        Text(
            "a value that was kept out is logged now",
            "Callers notice nothing, but what they were promised to be kept out is stored and "
            "searchable. The audit index gets a field for it. An error whatever the policy guards.",
            "Keep the redaction, or have the decision accepted with its reason.",
        ),
    ),
    *pair(
        "audit",
        ("write-only-added", "write-only-removed"),
        change(_HIDDEN, {**_HIDDEN, "writeOnly": True}),
        (SAFE, SAFE),
        Text(
            "a value that is not logged is for callers to send",
            "Responses no longer show the value; requests may hold it as before. It was kept out "
            "of the audit log already and still is.",
            "Let no caller count on the value in a response.",
        ),
        Text(
            "a value that is not logged may be in responses now",
            "Responses may show the value; requests may hold it as before. It is still kept out of "
            "the audit log for another reason.",
            "Ask whether callers should see the value.",
        ),
    ),
    *pair(
        "audit",
        ("retention-shortened", "retention-lengthened"),
        _calls(
            _call(request=_REQUEST, retention_days=90), _call(request=_REQUEST, retention_days=30)
        ),
        (SAFE, SAFE),
        Text(
            "documents are kept for a shorter time",
            "Callers notice nothing. New audit documents expire earlier; those that are stored "
            "keep the expiry that they were written with.",
            "Ask whoever has to answer for the audit log.",
        ),
        Text(
            "documents are kept for a longer time",
            "Callers notice nothing. New audit documents expire later and need more space; those "
            "that are stored keep the expiry that they were written with.",
            "Ask whoever has to answer for data protection.",
        ),
    ),
    *pair(
        "audit",
        ("audit-type-added", "audit-type-removed"),
        _calls(
            _call(request=_REQUEST),
            _call(request=_REQUEST, audit=fields(name=STRING, size=INTEGER)),
        ),
        (_PUT, SAFE),
        Text(
            "something else is logged instead of the request",
            "Callers notice nothing. The audit index gets the fields of the audit type, and a new "
            "generation where they clash with those of the request.",
            "Give equal names only to fields of equal types.",
        ),
        Text(
            "the request itself is logged again",
            "Callers notice nothing. What the audit type kept out is logged now, in the fields of "
            "the request, and a new generation is needed where they clash.",
            "Mark what must not be stored as redacted in the request first.",
        ),
    ),
    *pair(
        "audit",
        ("recording-added", "recording-removed"),
        _calls(
            _call(request=_REQUEST, response=_REQUEST),
            _call(request=_REQUEST, response=_REQUEST, record_response=True),
        ),
        (_PUT, SAFE),
        Text(
            "the response is logged now",
            "Callers notice nothing. The audit index gets the fields of the response in place.",
            "Mark what must not be stored as redacted in the response first.",
        ),
        Text(
            "the response is no longer logged",
            "Callers notice nothing. The audit index keeps the fields for the documents that have "
            "them.",
            "Safe as it is.",
        ),
    ),
)


def _hinted(hint: str, base: JsonObject = STRING) -> JsonObject:
    return {**base, "x-audit": {"index": hint}}


_ENTRIES: Final[JsonObject] = {"type": "array", "items": fields(name=STRING)}


_OPEN: Final[JsonObject] = {**fields(name=STRING), "additionalProperties": True}


def _stored(old: JsonObject, new: JsonObject) -> Example:
    """The same for callers, and another form in the log."""
    request = fields(size=INTEGER)
    return _calls(_call(request=request, stored=old), _call(request=request, stored=new))


def _mapped(definition: JsonObject) -> Example:
    """The same call, with an index that an older version has made."""
    request = fields(name=STRING)
    live = {"properties": {"requestJson": {"properties": {"name": definition}}}}
    return _calls(_call(request=request, mapping=live), _call(request=request))


INDEX: Final[tuple[Rule, ...]] = (
    *pair(
        "index",
        ("indexing-stopped", "indexing-started"),
        change(STRING, _hinted("none")),
        (_REINDEX, _REINDEX),
        Text(
            "the value can no longer be searched",
            "Callers notice nothing. The audit log keeps the value without indexing it; a field "
            "that is indexed cannot become one that is not: a new generation is needed.",
            "Tell those who search for it, and plan the copy of stored documents.",
        ),
        Text(
            "the value can be searched now",
            "Callers notice nothing. A field that was only kept cannot become one that is indexed: "
            "a new generation is needed, in which stored values are found too.",
            "Safe for callers; plan the copy of stored documents.",
        ),
    ),
    *pair(
        "index",
        ("full-text-added", "full-text-removed"),
        change(STRING, _hinted("text")),
        (_REINDEX, _REINDEX),
        Text(
            "the text is searched word by word now",
            "Callers notice nothing. A keyword field cannot become a text field in place: a new "
            "generation is needed, in which the exact value has a field of its own below.",
            "Safe for callers; plan the copy of stored documents.",
        ),
        Text(
            "the text is searched as a whole now",
            "Callers notice nothing. A text field cannot become a keyword field in place: a new "
            "generation is needed, and searches for single words find nothing in it.",
            "Tell those who search for words.",
        ),
    ),
    *pair(
        "index",
        ("nesting-added", "nesting-removed"),
        change(_ENTRIES, _hinted("nested", _ENTRIES)),
        (_REINDEX, _REINDEX),
        Text(
            "each entry is searched on its own now",
            "Callers notice nothing. Objects cannot become nested ones in place: a new generation "
            "is needed, and searches have to say that they look inside an entry.",
            "Adapt saved searches and dashboards before the cut-over.",
        ),
        Text(
            "entries are searched together now",
            "Callers notice nothing. Nested objects cannot become plain ones in place: a new "
            "generation is needed, in which values of different entries are mixed.",
            "Adapt saved searches and dashboards before the cut-over.",
        ),
    ),
    *pair(
        "index",
        ("index-hint-added", "index-hint-removed"),
        change(INTEGER, _hinted("date", INTEGER)),
        (_REINDEX, _REINDEX),
        Text(
            "the field is to be indexed in a certain way",
            "Callers notice nothing. A hint that asks for another type of field needs a new "
            "generation; one that asks for the type that is there changes nothing.",
            "Safe for callers; plan the copy of stored documents.",
        ),
        Text(
            "the field is to be indexed as its type says",
            "Callers notice nothing. If the type asks for another field than the hint did, a new "
            "generation is needed; else nothing changes.",
            "Safe for callers; plan the copy of stored documents.",
        ),
    ),
    alone(
        "index",
        "index-hint-changed",
        change(_hinted("date", INTEGER), _hinted("keyword", INTEGER)),
        _REINDEX,
        Text(
            "the field is to be indexed in another way",
            "Callers notice nothing. A field cannot become one of another type in place: a new "
            "generation is needed.",
            "Safe for callers; plan the copy of stored documents.",
        ),
    ),
    alone(
        "index",
        "mapping-field-added",
        _stored(fields(), fields(size=INTEGER)),
        _PUT,
        Text(
            "the stored form has another field",
            "Callers notice nothing: only what is written to the log has changed. The audit index "
            "gets the field in place.",
            "Safe as it is.",
        ),
        no_mirror="A field that is no longer written stays in the mapping; nothing has to be done.",
    ),
    alone(
        "index",
        "mapping-type-changed",
        _stored(fields(size=INTEGER), fields(size=STRING)),
        _REINDEX,
        Text(
            "the stored form has a field of another type",
            "Callers notice nothing: only what is written to the log has changed, or the index was "
            "made for something else. A field cannot become one of another type in place.",
            "Safe for callers; plan the copy of stored documents.",
        ),
    ),
    alone(
        "index",
        "mapping-clash",
        _calls(
            _call(request=_REQUEST, stored=fields(any=_OPEN)),
            _call(
                request=fields(name=STRING), stored=fields(any=fields(name=STRING, size=INTEGER))
            ),
        ),
        _REINDEX,
        Text(
            "a field clashes with what may stand there already",
            "Callers notice nothing. Documents of the other version may hold any value in the "
            "field, which the engine would refuse: a new generation is needed.",
            "Give the new field a name that nothing else uses.",
        ),
    ),
    alone(
        "index",
        "mapping-parameter-changed",
        _mapped({"type": "keyword", "ignore_above": 8191, "index": False}),
        _REINDEX,
        Text(
            "a field of the index is set up otherwise",
            "Callers notice nothing. Some parameters of a field can be changed in place; others "
            "stay as they are, and a new generation is needed.",
            "Safe for callers; plan the copy of stored documents where it is needed.",
        ),
        no_mirror="What an index was made with is compared with what is wanted, never the reverse.",
    ),
    alone(
        "index",
        "mapping-limit-changed",
        _mapped({"type": "keyword", "ignore_above": 100}),
        _PUT,
        Text(
            "a field of the index takes longer or shorter values",
            "Callers notice nothing. The limit is changed in place; values that were too long so "
            "far stay unfindable until their documents are written again.",
            "Safe as it is.",
        ),
        no_mirror="What an index was made with is compared with what is wanted, never the reverse.",
    ),
)
