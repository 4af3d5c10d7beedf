"""How OpenSearch spells the mappings that ucaudit speaks of in Elasticsearch's words.

Only what is sent and what is read passes here: everything within knows one spelling. Tried on
OpenSearch 3.3.2: it has ``flat_object`` for ``flattened``, which takes no parameter, and its
booleans cannot ignore what is malformed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.fields import flattened

# Where a request or an answer holds fields.
_PLACES: Final = (
    ("properties",),
    ("mappings", "properties"),
    ("template", "mappings", "properties"),
)
_BELOW: Final = ("properties", "fields")


def spoken(body: JsonObject) -> JsonObject:
    """A request with the mapping in it as OpenSearch takes it."""
    return _everywhere(body, _to_opensearch)


def understood(body: JsonObject) -> JsonObject:
    """An answer of OpenSearch with the mapping in it as Elasticsearch would show it."""
    return _everywhere(body, _from_opensearch)


def differs(body: JsonObject) -> bool:
    """Whether OpenSearch has another spelling for anything in a request."""
    return spoken(body) != body


def _to_opensearch(definition: JsonObject) -> JsonObject:
    if definition.get("type") == "flattened":
        return {"type": "flat_object"}
    if definition.get("type") == "boolean":
        return {key: value for key, value in definition.items() if key != "ignore_malformed"}
    return definition


def _from_opensearch(definition: JsonObject) -> JsonObject:
    if definition.get("type") == "flat_object":
        return flattened()
    if definition.get("type") == "boolean":
        return {**definition, "ignore_malformed": True}
    return definition


def _everywhere(body: JsonObject, spell: Callable[[JsonObject], JsonObject]) -> JsonObject:
    for place in _PLACES:
        body = _at(body, place, spell)
    return body


def _at(
    body: JsonObject, place: tuple[str, ...], spell: Callable[[JsonObject], JsonObject]
) -> JsonObject:
    key, *rest = place
    inner = body.get(key)
    if not isinstance(inner, dict):
        return body
    return {**body, key: _at(inner, tuple(rest), spell) if rest else _fields(inner, spell)}


def _fields(fields: JsonObject, spell: Callable[[JsonObject], JsonObject]) -> JsonObject:
    return {name: _field(definition, spell) for name, definition in fields.items()}


def _field(definition: Json, spell: Callable[[JsonObject], JsonObject]) -> Json:
    if not isinstance(definition, dict):
        return definition
    spelled = spell(definition)
    below = {
        key: _fields(spelled[key], spell) for key in _BELOW if isinstance(spelled.get(key), dict)
    }
    return {**spelled, **below}
