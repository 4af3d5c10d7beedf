"""The compiled mapping of a call, and when two states of a call are the same."""

from __future__ import annotations

from ucaudit.history.version import CallHistory
from ucaudit.jsontypes import Json, JsonObject, canonical, sha256
from ucaudit.mapping.api import call_fields
from ucaudit.mapping.compile import Compiled
from ucaudit.mapping.envelope import envelope_mapping
from ucaudit.mapping.reach import accumulate
from ucaudit.schema.document import walk
from ucaudit.schema.graph import parse
from ucaudit.schema.node import Node
from ucaudit.sources.record import CallSchemas


def parse_logged(schemas: CallSchemas) -> tuple[Node | None, Node | None]:
    """What is stored as the request and as the response, in normal form."""

    def root(schema: JsonObject | None, part: str) -> Node | None:
        where = f"{schemas.origin or schemas.name}, {part}"
        return parse(schema, where) if schema is not None else None

    return root(schemas.logged, schemas.logged_part), root(schemas.logged_response, "response")


def compile_call(schemas: CallSchemas) -> Compiled:
    """The call's own part of its audit mapping."""
    return call_fields(*parse_logged(schemas))


def fingerprint(schemas: CallSchemas) -> str:
    """Equal for two states of a call that differ in spelling only."""
    parts = {
        part: {
            contract: parse(schema, f"{schemas.origin or schemas.name}, {part}").hash.hex()
            for contract, schema in contracts.items()
        }
        for part, contracts in schemas.parts.items()
    }
    options = [schemas.retention_days, schemas.record_response]
    return sha256([schemas.name, parts, options])


def alike(one: CallSchemas, other: CallSchemas) -> bool:
    """Whether two states of a call differ in spelling only; equal JSON needs no normal form."""
    options = [(s.name, s.retention_days, s.record_response) for s in (one, other)]
    if options[0] != options[1]:
        return False
    return canonical(one.parts) == canonical(other.parts) or fingerprint(one) == fingerprint(other)


def declared_renames(schemas: CallSchemas) -> list[Json]:
    """What a call and its fields were called before: it changes no value, but stored documents."""
    places = (
        [part, contract, place.rpartition("/")[2], node["x-audit"]["renamed_from"]]
        for part, contracts in schemas.parts.items()
        for contract, schema in contracts.items()
        for place, node in walk(schema)
        if isinstance(node, dict)
        and isinstance(node.get("x-audit"), dict)
        and "renamed_from" in node["x-audit"]
    )
    return [schemas.renamed_from, *sorted(places)]


class Envelopes:
    """Mappings of envelopes; nearly all versions share one, which is compiled once."""

    def __init__(self) -> None:
        self._known: list[tuple[JsonObject, JsonObject]] = []

    def around(self, envelope: JsonObject, own: JsonObject) -> JsonObject:
        """The mapping of whole documents: ``own`` (``{"properties": …}``) within ``envelope``."""
        return {"properties": {**self._fields(envelope), **own.get("properties", {})}}

    def accumulated(self, history: CallHistory | None) -> JsonObject:
        """What the indices of the current generation hold: all its envelopes, all its fields."""
        if history is None:
            return {}
        newest = history.newest
        whole: JsonObject = {}
        for version in history.versions:
            if version.generation == newest.generation:
                whole = accumulate(whole, self.around(version.envelope, {}))
        return accumulate(whole, newest.mapping)

    def _fields(self, envelope: JsonObject) -> JsonObject:
        for known, compiled in self._known:
            if known is envelope or known == envelope:
                return compiled
        fields: JsonObject = envelope_mapping(envelope)["properties"]
        self._known.append((envelope, fields))
        return fields
