"""One spelling of mappings and settings, whoever wrote them: us, or the cluster that shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ucaudit.jsontypes import Json, JsonObject, canonical

PROPERTIES: Final = "properties"
FIELDS: Final = "fields"

# What the engine leaves out where it is the default (``FieldMapper.Parameter`` in its source).
_DEFAULTS: Final[JsonObject] = {
    "coerce": True,
    "doc_values": True,
    "eager_global_ordinals": False,
    "enabled": True,
    "fielddata": False,
    "ignore_malformed": False,
    "include_in_parent": False,
    "include_in_root": False,
    "index": True,
    "split_queries_on_whitespace": False,
    "store": False,
    "subobjects": True,
}
_DEFAULTS_OF: Final[dict[tuple[str, str], Json]] = {
    ("date", "format"): "strict_date_optional_time||epoch_millis",
    ("flattened", "depth_limit"): 20,
    ("keyword", "ignore_above"): 2_147_483_647,
    ("keyword", "norms"): False,
    ("text", "norms"): True,
}
_CONTAINERS: Final = frozenset({"object", "nested"})


class MappingUnreadable(Exception):  # noqa: N818  (it names a state of the mapping)
    """A mapping that is none: where, and what stands there instead."""


def normal_mapping(mapping: JsonObject) -> JsonObject:
    """A whole mapping in one spelling: no mark, no defaults, truth values and numbers as such.

    A root that does not say so is dynamic; objects are as their parents.

    Raises:
        MappingUnreadable: If it is no mapping.
    """
    if not isinstance(mapping, dict):
        raise MappingUnreadable(f"the mapping is {_kind(mapping)}")
    own = {
        key: plain(value)
        for key, value in mapping.items()
        if key not in {"_meta", "dynamic", PROPERTIES}
        and not (value in ({}, []) or _DEFAULTS.get(key) == plain(value))
    }
    dynamic = plain(mapping.get("dynamic", True))
    return {**own, "dynamic": dynamic, PROPERTIES: _fields(mapping.get(PROPERTIES, {}), "")}


def normal_settings(settings: Mapping[str, object]) -> JsonObject:
    """Flat settings in one spelling: all values as the cluster shows them."""
    return {
        key if key.startswith("index.") else f"index.{key}": _shown(value)
        for key, value in settings.items()
        if value is not None
    }


def plain(value: Json) -> Json:
    """A value as JSON says it; the cluster shows some truth values and numbers as strings."""
    if isinstance(value, str):
        if value.lower() in {"true", "false"}:
            return value.lower() == "true"
        return int(value) if value.isascii() and value.isdecimal() and len(value) < 19 else value
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    # Lists are compared as a whole.
    return canonical([plain(v) for v in value]).decode() if isinstance(value, list) else value


def _fields(fields: Json, at: str) -> JsonObject:
    if not isinstance(fields, dict):
        raise MappingUnreadable(f"the fields of {at or 'the root'} are {_kind(fields)}")
    return {
        name: _field(definition, f"{at}.{name}" if at else name)
        for name, definition in fields.items()
    }


def _field(definition: Json, at: str) -> JsonObject:
    if not isinstance(definition, dict):
        raise MappingUnreadable(f"{at} is {_kind(definition)}")
    kind = definition.get("type", "object")
    if not isinstance(kind, str):
        raise MappingUnreadable(f"the type of {at} is {_kind(kind)}")
    normal: JsonObject = {"type": kind}
    for key, value in definition.items():
        if key in {"type", PROPERTIES, FIELDS}:
            continue
        said = plain(value)
        # An object that does not say so inherits it from the root, where it is ours.
        inherited = key == "dynamic" and said is False
        if not inherited and said != _DEFAULTS_OF.get((kind, key), _DEFAULTS.get(key)):
            normal[key] = said
    below = PROPERTIES if kind in _CONTAINERS else FIELDS
    normal[below] = _fields(definition.get(below, {}), at)
    return normal


def _shown(value: object) -> Json:
    if isinstance(value, list | tuple):
        return canonical([_shown(v) for v in value]).decode()
    return str(value).lower() if isinstance(value, bool) else str(value)


def _kind(value: Json) -> str:
    names = {dict: "an object", list: "a list", str: "a string", bool: "a truth value"}
    return names.get(type(value), "null" if value is None else "a number")
