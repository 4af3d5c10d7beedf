"""Reads an index in the order of its sequence numbers, source bytes untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import msgspec
import orjson

from ucaudit.cluster.client import Cluster, patiently, quoted
from ucaudit.cluster.failures import ClusterError

LARGEST_PAGE: Final = 10_000  # index.max_result_window


class Document(msgspec.Struct, gc=False):
    """A document of a page: everything is kept as the bytes that the engine sent."""

    id: msgspec.Raw = msgspec.field(name="_id")
    sort: tuple[int]
    source: msgspec.Raw = msgspec.field(name="_source", default=msgspec.Raw())
    routing: msgspec.Raw = msgspec.field(name="_routing", default=msgspec.Raw())


class _Hits(msgspec.Struct):
    hits: list[Document]


class _Answer(msgspec.Struct):
    hits: _Hits
    timed_out: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """Documents between two sequence numbers.

    Attributes:
        documents: In order of their sequence number.
        end: Up to here, inclusive, nothing is missing.
        bytes: Size of the answer.
        full: Whether there may be more after ``end``.
    """

    documents: list[Document]
    end: int
    bytes: int
    full: bool


class _Got(msgspec.Struct, gc=False):
    source: msgspec.Raw = msgspec.field(name="_source", default=msgspec.Raw())


class _Several(msgspec.Struct):
    docs: list[_Got]


_decode = msgspec.json.Decoder(_Answer).decode
_decode_several = msgspec.json.Decoder(_Several).decode
# JSON that the engine takes and Python's parsers do not: lone surrogates, great depth.
_UNREADABLE: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


def read_page(
    cluster: Cluster, index: str, shard: int, *, after: int, upto: int, size: int
) -> Page:
    """The next documents of a shard with ``after`` < sequence number <= ``upto``.

    A page never ends inside a sequence number: shrunk indices hold several documents for one, and
    the last of them may not have fitted on the page.

    Raises:
        ClusterError: If the shard cannot be read.
    """
    while True:
        found, length = _hits(cluster, index, shard, after, upto, size)
        if len(found) < size:
            return Page(found, upto, length, full=False)
        last = found[-1].sort[0]
        whole = len(found)
        while whole and found[whole - 1].sort[0] == last:
            whole -= 1
        if whole:
            return Page(found[:whole], found[whole - 1].sort[0], length, full=True)
        if size >= LARGEST_PAGE:
            raise ClusterError(
                500, "too_many_per_number", f"more than {size} documents share {last}", index
            )
        size = min(size * 4, LARGEST_PAGE)


def _hits(
    cluster: Cluster, index: str, shard: int, after: int, upto: int, size: int
) -> tuple[list[Document], int]:
    raw = _search(cluster, index, shard, after, upto, size)
    try:
        answer = _decode(raw)
    except _UNREADABLE:
        answer = _decode(_search(cluster, index, shard, after, upto, size, source=False))
        sources = _sources(cluster, index, answer.hits.hits)
        for document, source in zip(answer.hits.hits, sources, strict=True):
            document.source = source
    if answer.timed_out:
        raise ClusterError(503, "search_timed_out", "the search timed out", f"search {index}")
    return answer.hits.hits, len(raw)


def _sources(cluster: Cluster, index: str, documents: list[Document]) -> list[msgspec.Raw]:
    """Sources of a page that does not parse, halved until what does not parse is one document."""
    if len(documents) == 1:
        return [msgspec.Raw(_source(cluster, index, documents[0]))]
    parts = (
        b'{"_id":' + bytes(d.id) + (b',"routing":' + bytes(d.routing) if d.routing else b"") + b"}"
        for d in documents
    )
    raw = cluster.read_bytes(f"/{quoted(index)}/_mget", b'{"docs":[' + b",".join(parts) + b"]}")
    try:
        return [got.source for got in _decode_several(raw).docs]
    except _UNREADABLE:
        middle = len(documents) // 2
        first = _sources(cluster, index, documents[:middle])
        return first + _sources(cluster, index, documents[middle:])


def _source(cluster: Cluster, index: str, document: Document) -> bytes:
    id_ = quote(orjson.loads(bytes(document.id)), safe="")
    params = {"routing": orjson.loads(bytes(document.routing))} if document.routing else {}
    return patiently(lambda: cluster.send("GET", f"/{quoted(index)}/_source/{id_}", params))


def _search(
    cluster: Cluster,
    index: str,
    shard: int,
    after: int,
    upto: int,
    size: int,
    *,
    source: bool = True,
) -> bytes:
    body = {
        "size": size,
        "track_total_hits": False,
        "_source": source,
        "query": {"bool": {"filter": {"range": {"_seq_no": {"gt": after, "lte": upto}}}}},
        "sort": [{"_seq_no": "asc"}],
    }
    return cluster.read_bytes(
        f"/{quoted(index)}/_search",
        orjson.dumps(body),
        preference=f"_shards:{shard}",
        request_cache=False,
        allow_partial_search_results=False,
    )
