"""The compiled mapping of a call, and when two states of a call are the same."""

from __future__ import annotations

from ucaudit.history.version import CallHistory, released_schemas
from ucaudit.jsontypes import Json, JsonObject, canonical
from ucaudit.mapping.acceptance import Writer
from ucaudit.mapping.api import call_fields
from ucaudit.mapping.compile import Compiled
from ucaudit.mapping.envelope import REQUEST, RESPONSE, envelope_mapping
from ucaudit.mapping.reach import accumulate
from ucaudit.mapping.verdict import judge
from ucaudit.schema.document import walk
from ucaudit.schema.node import Node
from ucaudit.schema.parsing import Parser
from ucaudit.sources.record import CallSchemas


def parse_logged(
    schemas: CallSchemas, parser: Parser | None = None
) -> tuple[Node | None, Node | None]:
    """What is stored as the request and as the response, in normal form."""
    parser = parser or Parser()

    def root(schema: JsonObject | None, part: str) -> Node | None:
        return parser.parse(schema, _where(schemas, part)) if schema is not None else None

    return root(schemas.logged, schemas.logged_part), root(schemas.logged_response, "response")


def compile_call(schemas: CallSchemas, parser: Parser | None = None) -> Compiled:
    """The call's own part of its audit mapping."""
    return call_fields(*parse_logged(schemas, parser))


def writer_of(schemas: CallSchemas, parser: Parser | None = None) -> Writer:
    """What a state of a call writes into its own part of the audit document."""
    return Writer.of(dict(zip((REQUEST, RESPONSE), parse_logged(schemas, parser), strict=True)))


def writers_of(history: CallHistory, parser: Parser | None = None) -> list[Writer]:
    """What the versions of the newest generation write, into indices that they share."""
    generation = history.newest.generation
    versions = [version for version in history.versions if version.generation == generation]
    return [writer_of(released_schemas(version), parser) for version in versions]


def with_open(history: CallHistory, opened: CallSchemas) -> JsonObject:
    """What the generation of an open version has accumulated (``{"properties": …}``)."""
    own, parser = writer_of(opened), Parser()
    wanted = {"properties": own.properties}
    return judge(history.newest.mapping, wanted, own, writers_of(history, parser)).mapping


def alike(one: CallSchemas, other: CallSchemas, parser: Parser | None = None) -> bool:
    """Whether two states of a call differ in spelling only; equal JSON needs no normal form.

    Args:
        one: A state.
        other: Another.
        parser: One for all states of a call, so that each is parsed once.
    """
    if one is other:
        return True
    parser = parser or Parser()
    options, written = zip(*(_options_and_schemas(state) for state in (one, other)), strict=True)
    if options[0] != options[1] or written[0].keys() != written[1].keys():
        return False
    return all(
        canonical(schema) == canonical(written[1][place])
        or parser.parse(schema, _where(one, place[0])).hash
        == parser.parse(written[1][place], _where(other, place[0])).hash
        for place, schema in written[0].items()
    )


def _options_and_schemas(
    call: CallSchemas,
) -> tuple[tuple[str, int, bool], dict[tuple[str, str], JsonObject]]:
    schemas = {
        (part, contract): schema
        for part, contracts in call.parts.items()
        for contract, schema in contracts.items()
    }
    return (call.name, call.retention_days, call.record_response), schemas


def _where(schemas: CallSchemas, part: str) -> str:
    return f"{schemas.origin or schemas.name}, {part}"


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
