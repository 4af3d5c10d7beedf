"""Whether an index of a time before ucaudit serves a generation as it is, and what would make it.

The mapping of such an index was written by whatever documents came first. What PUT mapping can do
to it is in ``ucaudit.mapping.reach``; here is what else its root and its objects may say.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.reach import Change, describe, field_type, is_opaque, put_mapping_body
from ucaudit.mapping.verdict import Verdict, effect_of, judge, worst
from ucaudit.plan.shapes import Shape

_SUBOBJECTS: Final = "subobjects"


def suits(live: JsonObject, shape: Shape) -> Verdict:
    """Judges a live mapping against the shape of a generation.

    Date detection, dynamic templates and ``dynamic`` of the root need no change of their own: once
    the index is adopted its root is ``dynamic: false``, and none of them has a say any more.

    Args:
        live: The whole mapping, as the cluster shows it.
        shape: What its documents need.

    Returns:
        ``none``: it serves; ``put_mapping``: ``adopting_properties`` make it serve; ``reindex``:
        its documents must be copied. With the reason for each field.
    """
    verdict = judge(live, shape.mapping())
    unindexed = {change.path: change for change in _unindexed(live, verdict)}
    found = (
        *_root(live, shape),
        *(unindexed.get(change.path, change) for change in verdict.changes),
        *_moving(live.get("properties", {})),
    )
    return Verdict(worst(effect_of(change) for change in found), found, verdict.mapping)


def adopting_properties(live: JsonObject, shape: Shape) -> JsonObject:
    """``properties`` of the PUT mapping that makes a mapping serve which ``suits`` says it can."""
    body = put_mapping_body(live, shape.mapping()).body
    return _overlaid(settling_properties(live), body)


def settling_properties(live: JsonObject) -> JsonObject:
    """``properties`` of the PUT mapping after which documents add no fields to any object."""
    return _settled(live.get("properties", {}))


def why_not_copied(live: JsonObject) -> str:
    """Why the documents of an index cannot be copied whole; empty if they can."""
    source = live.get("_source", {})
    if str(source.get("enabled", True)).lower() == "false":
        return "it does not keep its documents (_source is off)"
    if source.get("includes") or source.get("excludes"):
        return "it keeps parts of its documents only (_source includes or excludes)"
    return ""


def is_readable(mapping: object) -> bool:
    """Whether a mapping is of the form that engines show: fields within fields."""
    if not isinstance(mapping, dict):
        return False
    below = [mapping.get(key, {}) for key in ("properties", "fields")]
    return all(
        isinstance(fields, dict) and all(is_readable(field) for field in fields.values())
        for fields in below
    )


def _root(live: JsonObject, shape: Shape) -> Iterator[Change]:
    if is_opaque(live):
        yield Change("", "refused", "nothing of its documents is indexed", {"enabled": False}, {})
    if str(live.get(_SUBOBJECTS, True)).lower() != "true":
        has = {_SUBOBJECTS: live[_SUBOBJECTS]}
        yield Change("", "refused", "it holds objects as fields with dots in their names", has, {})
    wanted = dict(_leaves(shape.mapping()["properties"]))
    for name, field in live.get("runtime", {}).items():
        if name in wanted:
            reason = f"a runtime field hides {describe(wanted[name])}"
            yield Change(name, "refused", reason, field, wanted[name])


def _leaves(properties: JsonObject, path: str = "") -> Iterator[tuple[str, JsonObject]]:
    for name, definition in properties.items():
        at = f"{path}.{name}" if path else name
        yield at, {k: v for k, v in definition.items() if k not in {"properties", "fields"}}
        yield from _leaves(definition.get("properties", {}), at)


def _unindexed(live: JsonObject, verdict: Verdict) -> Iterator[Change]:
    """Fields that are to be added where documents may hold them already, but were never indexed.

    Where an object was dynamic, a field that its mapping lacks is in none of its documents.
    """
    for change in verdict.changes:
        if change.kind == "add" and not _was_dynamic(live, change.path):
            reason = f"{describe(change.wanted)} is new, and documents may hold it unindexed"
            yield Change(change.path, "refused", reason, None, change.wanted)


def _was_dynamic(live: JsonObject, path: str) -> bool:
    dynamic = live.get("dynamic", True)
    here = live
    for name in path.split("."):
        here = here.get("properties", {}).get(name, {})
        dynamic = here.get("dynamic", dynamic)
    return str(dynamic).lower() == "true"


def _moving(properties: JsonObject, path: str = "") -> Iterator[Change]:
    """Objects that say of themselves that documents may add fields, or must not."""
    for name, definition in properties.items():
        at = f"{path}.{name}" if path else name
        if _moves(definition):
            own = {k: v for k, v in definition.items() if k != "properties"}
            reason = f"dynamic of the {field_type(definition)} field: {own['dynamic']} → false"
            yield Change(at, "update", reason, own, {**own, "dynamic": False})
        yield from _moving(definition.get("properties", {}), at)


def _moves(definition: JsonObject) -> bool:
    if is_opaque(definition) or field_type(definition) not in {"object", "nested"}:
        return False
    return str(definition.get("dynamic", False)).lower() != "false"


def _settled(properties: JsonObject) -> JsonObject:
    body: JsonObject = {}
    for name, definition in properties.items():
        below = _settled(definition.get("properties", {}))
        if not below and not _moves(definition):
            continue
        body[name] = {k: v for k, v in definition.items() if k != "properties"}
        if _moves(definition):
            body[name]["dynamic"] = False
        if below:
            body[name]["properties"] = below
    return body


def _overlaid(one: JsonObject, other: JsonObject) -> JsonObject:
    """Two requests for one mapping as one; they never ask different things of one parameter."""
    body = dict(one)
    for name, definition in other.items():
        there = body.get(name, {})
        merged = {**there, **definition}
        # What was said of the object by the first is not taken back by the live copy in the second.
        if there.get("dynamic") is False:
            merged["dynamic"] = False
        if "properties" in there and "properties" in definition:
            merged["properties"] = _overlaid(there["properties"], definition["properties"])
        body[name] = merged
    return body
