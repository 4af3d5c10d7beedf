"""Which definitions a schema reaches: asked of many schemas that share their definitions."""

from __future__ import annotations

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.document import walk
from ucaudit.sources.record import referenced_name


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
            waiting = frozenset().union(*(self._of(definitions[name]) for name in new))
        return sorted(found)

    def cut(self, schema: JsonObject) -> JsonObject:
        """``schema`` with the definitions that it reaches only."""
        if "$defs" not in schema:
            return schema
        own = {key: value for key, value in schema.items() if key != "$defs"}
        kept = {name: schema["$defs"][name] for name in self.names(schema)}
        return {**own, "$defs": kept} if kept else own

    def _of(self, definition: Json) -> frozenset[str]:
        known = self._direct.get(id(definition))
        if known is None:
            known = self._direct[id(definition)] = definition, _references(definition)
        return known[1]


def _references(schema: Json) -> frozenset[str]:
    found: set[str] = set()
    for _, part in walk(schema):
        if not isinstance(part, dict):
            continue
        found.update(_head(part.get("$ref")))
        discriminator = part.get("discriminator")
        mapping = discriminator.get("mapping") if isinstance(discriminator, dict) else None
        for ref in mapping.values() if isinstance(mapping, dict) else ():
            found.update(_head(ref))
    return frozenset(found)


def _head(ref: Json) -> list[str]:
    """The definition that ``ref`` leads into: ``#/$defs/A/properties/b`` needs ``A``."""
    name = referenced_name("/".join(ref.split("/")[:3])) if isinstance(ref, str) else None
    return [] if name is None else [name]
