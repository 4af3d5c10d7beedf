"""The index shape of a generation: envelopes, the call's own fields, settings, mark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import orjson

from ucaudit.history.version import CallHistory, Version
from ucaudit.jsontypes import JsonObject, canonical, sha256
from ucaudit.mapping.envelope import envelope_mapping
from ucaudit.plan.meta import version_meta


@dataclass(frozen=True, slots=True)
class Envelope:
    """A component template: the mapping of an envelope, named by its digest, never changed."""

    name: str
    mapping: JsonObject = field(compare=False)


@dataclass(frozen=True, slots=True)
class Shape:
    """What every index of one generation of a call looks like.

    Attributes:
        call: Full name of the call.
        generation: The generation.
        version: Its newest version.
        envelopes: Component templates of its versions; later ones win.
        properties: Fields of the call's own data.
        settings: Flat index settings that the mapping needs.
        meta: The mark.
    """

    call: str
    generation: int
    version: Version
    envelopes: tuple[Envelope, ...]
    properties: JsonObject
    settings: Mapping[str, object]
    meta: JsonObject

    def mapping(self) -> JsonObject:
        """``{"properties": …}`` of whole documents."""
        properties: JsonObject = {}
        for envelope in self.envelopes:
            properties = overlaid(properties, envelope.mapping.get("properties", {}))
        return {"properties": overlaid(properties, self.properties)}


def overlaid(earlier: JsonObject, later: JsonObject) -> JsonObject:
    """Fields of two templates as the engine puts them together (*tried*).

    An object has the fields of both and the later one's parameters; any other field is the later
    one's.
    """
    fields = dict(earlier)
    for name, definition in later.items():
        below = fields.get(name, {}).get("properties"), definition.get("properties")
        inner = {"properties": overlaid(*below)} if None not in below else {}
        fields[name] = {**definition, **inner}
    return fields


def shape_of(history: CallHistory, generation: int, upto: int | None = None) -> Shape | None:
    """The shape of a generation, or ``None`` if the history does not have it.

    Args:
        history: Of the call.
        generation: Which one.
        upto: The shape as it was at this version.
    """
    members = [
        v
        for v in history.versions
        if v.generation == generation and (upto is None or v.number <= upto)
    ]
    if not members:
        return None
    newest = members[-1]
    return Shape(
        call=history.call,
        generation=generation,
        version=newest,
        envelopes=tuple(dict.fromkeys(envelope_of(v.envelope) for v in members)),
        properties=dict(newest.mapping.get("properties", {})),
        settings=dict(newest.settings),
        meta=version_meta(history, newest),
    )


def envelope_of(schema: JsonObject) -> Envelope:
    """The component template of an envelope; compiled once for all calls that share it."""
    return _compiled(canonical(schema))


@lru_cache(maxsize=256)
def _compiled(schema: bytes) -> Envelope:
    mapping = envelope_mapping(orjson.loads(schema))
    # The name is the digest of what is in it, so that no compiler can change it under an index.
    return Envelope(f"ucaudit-envelope-{sha256(mapping)[:16]}", mapping)
