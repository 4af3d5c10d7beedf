"""What PUT mapping can do to a live mapping.

A field definition sent with PUT mapping replaces the live one, so that what is sent is the live
definition plus the change. Rules: ``FieldMapper.Parameter`` in Elasticsearch's source (8.17, 9.3),
each asked again of an engine by ``tests/engine``.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ucaudit.jsontypes import Json, JsonObject

_ALWAYS: Final = frozenset({"meta", "copy_to", "on_script_error"})
_UPDATEABLE: Final[dict[str, frozenset[str]]] = {
    "keyword": frozenset({"ignore_above", "eager_global_ordinals", "split_queries_on_whitespace"}),
    "text": frozenset(
        {
            "search_analyzer",
            "search_quote_analyzer",
            "fielddata",
            "fielddata_frequency_filter",
            "eager_global_ordinals",
        }
    ),
    "date": frozenset({"ignore_malformed"}),
    "date_nanos": frozenset({"ignore_malformed"}),
    "boolean": frozenset({"ignore_malformed"}),
    "ip": frozenset({"ignore_malformed"}),
    "unsigned_long": frozenset({"ignore_malformed"}),
    "flattened": frozenset(
        {"depth_limit", "ignore_above", "eager_global_ordinals", "split_queries_on_whitespace"}
    ),
    "wildcard": frozenset({"ignore_above"}),
    "completion": frozenset({"search_analyzer", "max_input_length"}),
    "geo_point": frozenset({"ignore_malformed", "ignore_z_value"}),
    "geo_shape": frozenset({"ignore_malformed", "ignore_z_value", "coerce", "orientation"}),
    "object": frozenset({"dynamic"}),
    "nested": frozenset({"dynamic"}),
    **dict.fromkeys(
        ("long", "integer", "short", "byte", "double", "float", "half_float", "scaled_float"),
        frozenset({"coerce", "ignore_malformed"}),
    ),
    **dict.fromkeys(
        ("integer_range", "long_range", "float_range", "double_range", "date_range", "ip_range"),
        frozenset({"coerce"}),
    ),
}
# What a field finds depends on these, and they stay as they are.
DECISIVE: Final = ("index", "format", "normalizer", "null_value", "script")
_CONTAINERS: Final = frozenset({"object", "nested"})

ChangeKind = Literal["add", "update", "refused"]


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between what is there and what is wanted.

    Attributes:
        path: The field, dotted.
        kind: ``add`` a field, ``update`` its parameters, or ``refused`` by the engine.
        reason: In words.
        live: The definition that is there, without what lies below; ``None`` where there is none.
        wanted: The definition that is wanted, likewise.
        witness: A document that shows it: refused, or found otherwise than it should be.
        written_by: Which side writes it.
    """

    path: str
    kind: ChangeKind
    reason: str
    live: JsonObject | None
    wanted: JsonObject
    witness: JsonObject | None = None
    written_by: Literal["old", "new"] = "new"


@dataclass(frozen=True, slots=True)
class PutMapping:
    """A PUT mapping request.

    Attributes:
        body: ``properties`` to send: live plus change; empty if nothing is to be sent.
        refused: Path and reason of each wish that the engine would refuse; not in ``body``.
    """

    body: JsonObject
    refused: tuple[tuple[str, str], ...]


def field_type(definition: JsonObject) -> str:
    """The field's type; objects do not say theirs."""
    return str(definition.get("type", "object"))


def changes(live: JsonObject, wanted: JsonObject, path: str = "") -> Iterator[Change]:
    """What must change in ``live`` for ``wanted``, field by field; what is there beyond is left.

    Args:
        live: Field name to definition, as the cluster shows it or as accumulated.
        wanted: Likewise, as compiled.
        path: Where both stand, for the results.
    """
    for name, definition in wanted.items():
        at = f"{path}.{name}" if path else name
        if name not in live:
            yield Change(at, "add", f"{describe(definition)} is new", None, _own(definition))
            continue
        yield from _field_changes(live[name], definition, at)


def _field_changes(live: JsonObject, wanted: JsonObject, at: str) -> Iterator[Change]:
    there, wish = field_type(live), field_type(wanted)
    if there != wish or (there == "object" and is_opaque(live) != is_opaque(wanted)):
        reason = f"{describe(live)} cannot become {describe(wanted)} in place"
        yield Change(at, "refused", reason, _own(live), _own(wanted))
        return
    for key, value in _own(wanted).items():
        if key in {"type", "enabled"} or _same(live.get(key), value):
            continue
        if key == "dynamic" and key not in live:
            continue  # inherited from the root, where it is ours
        reason = f"{key} of the {there} field: {live.get(key, 'default')} → {value}"
        kind: ChangeKind = "update" if updateable(there, key, value) else "refused"
        yield Change(at, kind, reason, _own(live), _own(wanted))
    for key in DECISIVE:
        if key in live and key not in wanted:
            reason = f"{key} of the {there} field: {live[key]} → default"
            yield Change(at, "refused", reason, _own(live), _own(wanted))
    if there in _CONTAINERS:
        yield from changes(live.get("properties", {}), wanted.get("properties", {}), at)
    if "fields" in wanted:
        yield from changes(live.get("fields", {}), wanted["fields"], at)


def updateable(kind: str, key: str, value: Json) -> bool:
    """Whether PUT mapping can give a parameter of a field of this kind that value."""
    if key == "norms":
        return _same(value, wanted=False)
    return key in _ALWAYS or key in _UPDATEABLE.get(kind, ())


def put_mapping_body(live: JsonObject, wanted: JsonObject) -> PutMapping:
    """The request that turns ``live`` into something that holds ``wanted``.

    Args:
        live: ``{"properties": …}`` as the cluster shows it.
        wanted: ``{"properties": …}`` as compiled.
    """
    have, wish = live.get("properties", {}), wanted.get("properties", {})
    found = list(changes(have, wish))
    refused = {change.path: change.reason for change in found if change.kind == "refused"}
    if len(refused) == len(found):
        return PutMapping({}, tuple(refused.items()))
    return PutMapping(_merge(have, wish, "", refused), tuple(refused.items()))


def accumulate(live: JsonObject, wanted: JsonObject) -> JsonObject:
    """``live`` with all of ``wanted`` that can be put into it (``{"properties": …}`` both)."""
    have, wish = live.get("properties", {}), wanted.get("properties", {})
    refused = {change.path for change in changes(have, wish) if change.kind == "refused"}
    return {**live, "properties": _overlay(have, wish, "", refused)}


def _merge(live: JsonObject, wanted: JsonObject, path: str, refused: Container[str]) -> JsonObject:
    body: JsonObject = {}
    for name, definition in wanted.items():
        at = f"{path}.{name}" if path else name
        there = live.get(name)
        if at in refused:
            continue
        if there is None:
            body[name] = definition
            continue
        if not any(True for _ in _field_changes(there, definition, at)):
            continue
        merged = {**_own(there), **_own(definition)}
        for key in ("properties", "fields"):
            if key in definition:
                merged[key] = _merge(there.get(key, {}), definition[key], at, refused)
        if "fields" in there:
            merged["fields"] = {**there["fields"], **merged.get("fields", {})}
        body[name] = merged
    return body


def _overlay(
    live: JsonObject, wanted: JsonObject, path: str, refused: Container[str]
) -> JsonObject:
    result = dict(live)
    for name, definition in wanted.items():
        at = f"{path}.{name}" if path else name
        if at in refused:
            continue
        there = live.get(name)
        if there is None:
            result[name] = definition
            continue
        merged = {**there, **definition}
        for key in ("properties", "fields"):
            if key in there or key in definition:
                merged[key] = _overlay(there.get(key, {}), definition.get(key, {}), at, refused)
        result[name] = merged
    return result


def _own(definition: JsonObject) -> JsonObject:
    return {k: v for k, v in definition.items() if k not in {"properties", "fields"}}


def is_opaque(definition: JsonObject) -> bool:
    """Whether the field takes every value and indexes none."""
    return str(definition.get("enabled", True)).lower() == "false"


def _same(live: Json, wanted: Json) -> bool:
    # The cluster shows some booleans and numbers as strings.
    return live == wanted or (live is not None and str(live).lower() == str(wanted).lower())


def describe(definition: JsonObject) -> str:
    """A field definition in two or three words."""
    if is_opaque(definition):
        return "a field that is not indexed"
    kind = field_type(definition)
    return f"{'an' if kind[0] in 'aeio' else 'a'} {kind} field"
