"""Looks documents of an index up by id and routing, source bytes untouched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec
import orjson

from ucaudit.cluster.client import Cluster, patiently, quoted
from ucaudit.cluster.failures import ClusterError, error_of
from ucaudit.migrate.digest import Key

_MOST_OF_ONE_ID: Final = 100
# JSON that the engine takes and Python's parsers do not: lone surrogates, great depth.
UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Found:
    """A document that is there.

    Attributes:
        key: Its id and the routing that it has, which need not be what was asked for: where both
            lead to the same shard, the engine finds it.
        source: Its bytes.
        seq_no: Its sequence number now.
        term: The primary term of its last write.
    """

    key: Key
    source: bytes
    seq_no: int
    term: int


class _Hit(msgspec.Struct, gc=False):
    id: msgspec.Raw = msgspec.field(name="_id", default=msgspec.Raw())
    found: bool = False
    source: msgspec.Raw = msgspec.field(name="_source", default=msgspec.Raw())
    routing: msgspec.Raw = msgspec.field(name="_routing", default=msgspec.Raw())
    seq_no: int = msgspec.field(name="_seq_no", default=-1)
    term: int = msgspec.field(name="_primary_term", default=0)
    error: msgspec.Raw = msgspec.Raw()


class _Answer(msgspec.Struct):
    docs: list[_Hit]


class _Page(msgspec.Struct):
    hits: list[_Hit]


class _Search(msgspec.Struct):
    hits: _Page


_decode_search = msgspec.json.Decoder(_Search).decode
_decode = msgspec.json.Decoder(_Answer).decode


def look_up(cluster: Cluster, index: str, keys: Sequence[Key]) -> list[Found | None]:
    """The documents as they are now, refreshed or not; ``None`` for those that are not there.

    Raises:
        ClusterError: If one cannot be looked up.
    """
    found: list[Found | None] = []
    for hit in _hits(cluster, index, keys) if keys else ():
        if hit.error:
            raise _failed(bytes(hit.error), f"POST /{index}/_mget")
        if hit.found:
            key = (bytes(hit.id), bytes(hit.routing))
            found.append(Found(key, bytes(hit.source), hit.seq_no, hit.term))
        else:
            found.append(None)
    return found


def look_up_exactly(cluster: Cluster, index: str, keys: Sequence[Key]) -> list[Found | None]:
    """The documents with these ids and these very routings.

    In a shrunk index one shard may hold several documents of one id, of which the engine finds any;
    those are searched for, so that the index has to be refreshed.

    Raises:
        ClusterError: If one cannot be looked up.
    """
    found = look_up(cluster, index, keys)
    return [
        _search(cluster, index, key) if there is not None and there.key != key else there
        for key, there in zip(keys, found, strict=True)
    ]


def _failed(error: bytes, request: str) -> ClusterError:
    described = error_of(503, b'{"error":' + error + b"}", request)
    if described.kind == "index_not_found_exception":
        described.status = 404
    return described


def _search(cluster: Cluster, index: str, key: Key) -> Found | None:
    body = {
        "size": _MOST_OF_ONE_ID,
        "seq_no_primary_term": True,
        "query": {"ids": {"values": [orjson.loads(key[0])]}},
    }
    try:
        raw = cluster.read_bytes(f"/{quoted(index)}/_search", orjson.dumps(body))
        hits = _decode_search(raw).hits.hits
    except UNREADABLE as error:
        where = f"document {key[0].decode(errors='replace')} of {index}"
        raise ClusterError(500, "document_unreadable", str(error), where) from error
    for hit in hits:
        if (bytes(hit.id), bytes(hit.routing)) == key:
            return Found(key, bytes(hit.source), hit.seq_no, hit.term)
    return None


def mget_body(keys: Sequence[Key]) -> bytes:
    """The body of a request for these documents."""
    parts = (
        b'{"_id":' + id_ + (b',"routing":' + routing if routing else b"") + b"}"
        for id_, routing in keys
    )
    return b'{"docs":[' + b",".join(parts) + b"]}"


def _hits(cluster: Cluster, index: str, keys: Sequence[Key]) -> list[_Hit]:
    path, body = f"/{quoted(index)}/_mget", mget_body(keys)
    try:
        return _decode(cluster.read_bytes(path, body)).docs
    except UNREADABLE:
        if len(keys) > 1:
            middle = len(keys) // 2
            return _hits(cluster, index, keys[:middle]) + _hits(cluster, index, keys[middle:])
        # Not `_source=false`: OpenSearch then leaves the routing out, too.
        (hit,) = _decode(cluster.read_bytes(path, body, _source_excludes="*")).docs
        if hit.found:
            hit.source = msgspec.Raw(source_of(cluster, index, keys[0]))
        return [hit]


def source_of(cluster: Cluster, index: str, key: Key) -> bytes:
    """The bytes of one document that no parser of ours reads inside an answer."""
    id_, routing = key
    path = f"/{quoted(index)}/_source/{quote(orjson.loads(id_), safe='')}"
    params = {"routing": orjson.loads(routing)} if routing else {}
    return patiently(lambda: cluster.send("GET", path, params))
