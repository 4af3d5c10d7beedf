"""Whole mappings of many indices: fetched in batches, equal ones recognised by their bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import msgspec
import orjson

from ucaudit.cluster.client import Cluster, in_paths, patiently
from ucaudit.cluster.dialect import understood
from ucaudit.cluster.failures import NOT_JSON, ClusterError
from ucaudit.jsontypes import Json, JsonObject, canonical


@dataclass(frozen=True, slots=True)
class RawMapping:
    """A mapping as the bytes that the cluster sent.

    Attributes:
        digest: Equal for equal mappings, whatever ``_meta.ucaudit`` says.
        other_meta: What ``_meta`` holds besides ``ucaudit``.
        parts: Key to JSON, without ``_meta``.
    """

    digest: bytes
    other_meta: JsonObject
    parts: dict[str, msgspec.Raw]

    def parsed(self) -> JsonObject:
        """The mapping as JSON, without ``_meta.ucaudit``."""
        mapping = {key: orjson.loads(bytes(part)) for key, part in self.parts.items()}
        return {**mapping, "_meta": self.other_meta} if self.other_meta else mapping


class _Index(msgspec.Struct):
    mappings: dict[str, msgspec.Raw]


_DECODER: Any = msgspec.json.Decoder(dict[str, _Index])


def raw_mappings(cluster: Cluster, names: Iterable[str]) -> Iterator[tuple[str, RawMapping]]:
    """Name and mapping of each named index that is there; holds one batch at a time.

    Raises:
        ClusterError: If the answer is no success, or no mappings.
    """
    for path in in_paths(sorted(names)):
        target = f"/{path}/_mapping"
        yield from _batch(cluster, target)


def _batch(cluster: Cluster, target: str) -> Iterator[tuple[str, RawMapping]]:
    params = {"ignore_unavailable": True}
    raw = patiently(lambda: cluster.send("GET", target, params))
    try:
        found: dict[str, _Index] = _DECODER.decode(raw)
    except msgspec.MsgspecError as error:
        raise ClusterError(200, NOT_JSON, str(error), f"GET {target[:80]}") from error
    for name, index in found.items():
        if cluster.opensearch and (fields := index.mappings.get("properties")):
            body = understood({"properties": orjson.loads(bytes(fields))})
            index.mappings["properties"] = msgspec.Raw(orjson.dumps(body["properties"]))
        meta = index.mappings.pop("_meta", None)
        yield name, _raw(index.mappings, orjson.loads(bytes(meta)) if meta else None)


def _raw(parts: dict[str, msgspec.Raw], meta: Json) -> RawMapping:
    others = {k: v for k, v in meta.items() if k != "ucaudit"} if isinstance(meta, dict) else {}
    made = blake2b(canonical(others), digest_size=16)
    for key in sorted(parts):
        made.update(key.encode())
        made.update(bytes(parts[key]))
    return RawMapping(made.digest(), others, parts)
