"""Calls as their stored documents show them: for services that have declared nothing yet. Pure.

What is stored says what was logged, not what callers may send: the result is the audit type of each
call, with no field required. Objects whose keys are data become maps, and strings are dates only
where every one that was seen is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.values import kind_of
from ucaudit.sources.record import CallSchemas

# An object of so many keys, of which few objects have any one, is a map: its keys are data.
_MAP_KEYS: Final = 20
_MAP_SHARE: Final = 0.1
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)\Z")
_FORMATS: Final = {"date-time": _DATE_TIME}
# What mappings say of fields that no sample has.
_KINDS: Final = {
    **dict.fromkeys(("long", "integer", "short", "byte", "unsigned_long"), "integer"),
    **dict.fromkeys(("double", "float", "half_float", "scaled_float"), "number"),
    **dict.fromkeys(("text", "keyword", "ip", "wildcard", "constant_keyword", "version"), "string"),
    "match_only_text": "string",
    "boolean": "boolean",
    "date": "string",
    "date_nanos": "string",
}
_OBJECTS: Final = ("object", "nested")


@dataclass(slots=True)
class Seen:
    """Values that were seen at one place.

    Attributes:
        kinds: JSON types, and how often.
        fields: What was seen in the fields of objects.
        items: What was seen in lists.
        mapped: Types that mappings give to the place.
        formats: Formats that all its strings have.
    """

    kinds: dict[str, int] = field(default_factory=dict)
    fields: dict[str, Seen] = field(default_factory=dict)
    items: Seen | None = None
    mapped: set[str] = field(default_factory=set)
    formats: set[str] = field(default_factory=lambda: set(_FORMATS))

    def add(self, value: Json) -> None:
        """Notes a value and all that is in it."""
        kind = kind_of(value)
        if isinstance(value, float):
            kind = "number"  # 1.0 was written by software that may write 1.5.
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if isinstance(value, dict):
            for name, item in value.items():
                self.fields.setdefault(name, Seen()).add(item)
        elif isinstance(value, list):
            self.items = self.items or Seen()
            for item in value:
                self.items.add(item)
        elif isinstance(value, str):
            self.formats = {name for name in self.formats if _FORMATS[name].match(value)}

    def add_mapping(self, definition: JsonObject) -> None:
        """Notes what a mapping says; it counts where no value was seen."""
        kind = definition.get("type", "object")
        self.mapped.add(kind)
        for name, inner in definition.get("properties", {}).items():
            self.fields.setdefault(name, Seen()).add_mapping(inner)

    def merge(self, other: Seen) -> None:
        """Notes what was seen at another place."""
        strings = [seen for seen in (self, other) if "string" in seen.kinds]
        formats = [seen.formats for seen in strings]
        self.formats = set.intersection(*formats) if formats else self.formats
        for kind, times in other.kinds.items():
            self.kinds[kind] = self.kinds.get(kind, 0) + times
        for name, seen in other.fields.items():
            self.fields.setdefault(name, Seen()).merge(seen)
        if other.items is not None:
            self.items = self.items or Seen()
            self.items.merge(other.items)
        self.mapped |= other.mapped

    def schema(self) -> JsonObject:
        """A JSON Schema that everything seen is valid under."""
        kinds = self._kinds()
        if not kinds:
            return {}
        schema: JsonObject = {"type": kinds[0] if len(kinds) == 1 else kinds}
        if "object" in kinds:
            schema |= self._object()
        if "array" in kinds:
            schema["items"] = self.items.schema() if self.items else {}
        formats = sorted(self.formats) if "string" in self.kinds else []
        if formats:
            schema["format"] = formats[0]
        if "nested" in self.mapped:
            schema["x-audit"] = {"index": "nested"}
        return schema

    def _kinds(self) -> list[str]:
        found = set(self.kinds)
        if not found - {"null"}:
            found |= {_KINDS[kind] for kind in self.mapped if kind in _KINDS}
            found |= {"object" for kind in self.mapped if kind in (*_OBJECTS, "flattened")}
        if not found - {"null"}:
            return []  # Of a type that nobody here knows, or always null: anything.
        if "number" in found:
            found.discard("integer")
        return sorted(found)

    def _object(self) -> JsonObject:
        if self.is_map:
            values = Seen()
            for seen in self.fields.values():
                values.merge(seen)
            return {"additionalProperties": values.schema()}
        return {"properties": {name: seen.schema() for name, seen in sorted(self.fields.items())}}

    @property
    def is_map(self) -> bool:
        """Whether the keys are data."""
        if self.mapped == {"flattened"}:
            return True
        seen = [inner for inner in self.fields.values() if inner.kinds]
        most = max((sum(inner.kinds.values()) for inner in seen), default=0)
        few = most <= max(1.0, _MAP_SHARE * self.kinds.get("object", 0))
        return len(seen) >= _MAP_KEYS and few


def sampled_call(
    name: str,
    mappings: Iterable[JsonObject],
    documents: Iterable[JsonObject],
    *,
    request: str,
    response: str,
) -> CallSchemas:
    """A call as its indices show it.

    Args:
        name: Its full name.
        mappings: Of its indices.
        documents: Some of what is stored in them.
        request: The field that holds what is logged of the request.
        response: The field that holds the response.
    """
    seen: Mapping[str, Seen] = {request: Seen(), response: Seen()}
    for mapping in mappings:
        for place, inner in seen.items():
            if place in mapping.get("properties", {}):
                inner.add_mapping(mapping["properties"][place])
    for document in documents:
        for place, inner in seen.items():
            if document.get(place) is not None:
                inner.add(document[place])
    parts = {"audit": {"out": _titled(seen[request].schema(), name)}}
    recorded = any(kind != "null" for kind in seen[response].kinds)
    if recorded:
        parts["response"] = {"out": _titled(seen[response].schema(), name)}
    return CallSchemas(name, parts, record_response=recorded, origin=f"indices of {name}")


def _titled(schema: JsonObject, name: str) -> JsonObject:
    return {"title": name, **(schema or {"type": "object", "properties": {}})}
