"""Which definitions a schema reaches: asked of many schemas that share their definitions."""

from __future__ import annotations

import re
from typing import Final

import orjson

from ucaudit.jsontypes import Json, JsonObject, canonical
from ucaudit.sources.record import referenced_name

_REFERENCE: Final = re.compile(rb'"#/\$defs/(?:[^"\\/]|\\.)*')


class Reach:
    """Remembers for each definition what it refers to, so that it is walked once."""

    def __init__(self) -> None:
        # The definition is kept beside its names: an address is its own only while it lives.
        self._direct: dict[int, tuple[Json, frozenset[str]]] = {}

    def names(self, schema: JsonObject) -> list[str]:
        """Names in ``$defs`` that ``schema`` reaches, sorted."""
        definitions = schema.get("$defs", {})
        own = {key: value for key, value in schema.items() if key != "$defs"}
        found: set[str] = set()
        waiting = _references(own)
        while waiting:
            new = {name for name in waiting if name in definitions} - found
            found |= new
            waiting = frozenset().union(*(self.direct(definitions[name]) for name in new))
        return sorted(found)

    def cut(self, schema: JsonObject) -> JsonObject:
        """``schema`` with the definitions that it reaches only."""
        if "$defs" not in schema:
            return schema
        own = {key: value for key, value in schema.items() if key != "$defs"}
        kept = {name: schema["$defs"][name] for name in self.names(schema)}
        return {**own, "$defs": kept} if kept else own

    def direct(self, definition: Json) -> frozenset[str]:
        """Names that a definition itself refers to."""
        known = self._direct.get(id(definition))
        if known is None:
            known = self._direct[id(definition)] = definition, _references(definition)
        return known[1]


def _references(schema: Json) -> frozenset[str]:
    """The definitions that any string in ``schema`` names, data among them: too many do no harm.

    ``#/$defs/A/properties/b`` needs ``A``. JSON is searched many times faster than its values.
    """
    found = _REFERENCE.findall(canonical(schema))
    return frozenset(name for ref in found if (name := referenced_name(orjson.loads(ref + b'"'))))
