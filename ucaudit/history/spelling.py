"""How calls are written: a file for each, the types that they share in files of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, NamedTuple
from urllib.parse import quote

from ucaudit.history.layout import OPEN_FORMAT, PARTS, OpenVersion, type_name
from ucaudit.jsontypes import Json, JsonObject, pretty_bytes
from ucaudit.sources.reach import Reach
from ucaudit.sources.record import CallSchemas, referenced_name

_TYPES: Final = "types/"


@dataclass(frozen=True, slots=True)
class Spelled:
    """A call as it is written.

    Attributes:
        parts: ``request``, ``response``, ``audit`` -> contract -> schema that refers to files.
        types: Content of the shared types that it uses, by file within ``schemas/``.
    """

    parts: JsonObject
    types: dict[str, bytes] = field(default_factory=dict)


class _Type(NamedTuple):
    file: str
    content: bytes
    # An address is its own only while the definition lives.
    definition: Json


class Speller:
    """Spells calls; a call is spelled once, and so is a type that many calls share."""

    def __init__(self) -> None:
        self._reach = Reach()
        self._calls: dict[int, tuple[Spelled, CallSchemas]] = {}
        self._types: dict[tuple[int, str, str, frozenset[str]], _Type] = {}

    def spell(self, call: CallSchemas) -> Spelled:
        """The parts of ``call`` without its shared definitions, and those."""
        known = self._calls.get(id(call))
        if known is None:
            known = self._calls[id(call)] = self._spell(call), call
        return known[0]

    def _spell(self, call: CallSchemas) -> Spelled:
        spelled = Spelled({})
        for part in PARTS:
            contracts = call.parts.get(part)
            if contracts:
                spelled.parts[part] = {
                    contract: self._split(schema, contract, call.shared, spelled.types)
                    for contract, schema in contracts.items()
                }
        return spelled

    def _split(
        self, schema: JsonObject, contract: str, shared: frozenset[str], types: dict[str, bytes]
    ) -> Json:
        definitions = schema.get("$defs", {})
        for name in self._reach.names(schema):
            if name in shared:
                file, content, _ = self._type(name, definitions[name], contract, shared)
                types[file] = content
        own = {k: v for k, v in schema.items() if k != "$defs"}
        private = {n: d for n, d in definitions.items() if n not in shared}
        if private:
            own["$defs"] = private
        return _redirect(own, contract, shared, _TYPES)

    def _type(self, name: str, definition: Json, contract: str, shared: frozenset[str]) -> _Type:
        # Nearly always nothing is left, whatever else the calls share.
        unshared = self._reach.direct(definition) - shared
        key = (id(definition), name, contract, unshared)
        if key not in self._types:
            content = pretty_bytes(_redirect(definition, contract, shared, ""))
            file = f"{_TYPES}{type_name(name, contract)}"
            self._types[key] = _Type(file, content, definition)
        return self._types[key]


def to_document(entry: OpenVersion, parts: JsonObject) -> JsonObject:
    """An open version as its file, around the spelled ``parts`` of its call."""
    document: JsonObject = {
        "format": OPEN_FORMAT,
        "call": entry.schemas.name,
        "version": entry.version,
        "generation": entry.generation,
        "index": entry.index,
    }
    if entry.new_generation:
        document["new_generation"] = True
    if entry.schemas.renamed_from is not None:
        document["renamed_from"] = entry.schemas.renamed_from
    document["retention_days"] = entry.schemas.retention_days
    document["record_response"] = entry.schemas.record_response
    return {**document, **parts, "steps": entry.steps}


def _redirect(value: Json, contract: str, shared: frozenset[str], base: str) -> Json:
    """``value`` with references to shared definitions turned into references to their files."""
    if isinstance(value, dict):
        return {k: _redirect(v, contract, shared, base) for k, v in value.items()}
    if isinstance(value, list):
        return [_redirect(item, contract, shared, base) for item in value]
    if isinstance(value, str) and value.startswith("#/"):
        name = referenced_name(value)
        if name is not None and name in shared:
            return quote(f"{base}{type_name(name, contract)}")
    return value
