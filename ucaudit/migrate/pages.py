"""Reads an index in the order of its sequence numbers, source bytes untouched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Event
from typing import Final

import msgspec
import orjson

from ucaudit.cluster.client import Cluster, quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.migrate.digest import Key
from ucaudit.migrate.lookup import UNREADABLE, look_up

LARGEST_PAGE: Final = 10_000  # index.max_result_window
LARGEST_COMFORTABLE: Final = 2_000
PAGE_BYTES: Final = 2_000_000


class Interrupted(Exception):  # noqa: N818  (asked for, not an error)
    """Reading was asked to stop; what was done is in the journal."""


class Document(msgspec.Struct, gc=False):
    """A document of a page: everything is kept as the bytes that the engine sent."""

    id: msgspec.Raw = msgspec.field(name="_id")
    sort: tuple[int, ...] = ()
    source: msgspec.Raw = msgspec.field(name="_source", default=msgspec.Raw())
    routing: msgspec.Raw = msgspec.field(name="_routing", default=msgspec.Raw())
    gone: bool = False  # deleted while the page was read

    @property
    def key(self) -> Key:
        """What tells it from all others of its index."""
        return bytes(self.id), bytes(self.routing)


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


_decode = msgspec.json.Decoder(_Answer).decode


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
            return Page(_there(found), upto, length, full=False)
        last = found[-1].sort[0]
        whole = len(found)
        while whole and found[whole - 1].sort[0] == last:
            whole -= 1
        if whole:
            return Page(_there(found[:whole]), found[whole - 1].sort[0], length, full=True)
        if size >= LARGEST_PAGE:
            raise ClusterError(
                500, "too_many_per_number", f"more than {size} documents share {last}", index
            )
        size = min(size * 4, LARGEST_PAGE)


def _there(documents: list[Document]) -> list[Document]:
    return [document for document in documents if not document.gone]


def _hits(
    cluster: Cluster, index: str, shard: int, after: int, upto: int, size: int
) -> tuple[list[Document], int]:
    raw = _search(cluster, index, shard, after, upto, size)
    try:
        answer = _decode(raw)
    except UNREADABLE:
        answer = _decode(_search(cluster, index, shard, after, upto, size, source=False))
        _add_sources(cluster, index, answer.hits.hits)
    if answer.timed_out:
        raise ClusterError(503, "search_timed_out", "the search timed out", f"search {index}")
    return answer.hits.hits, len(raw)


def _add_sources(cluster: Cluster, index: str, documents: list[Document]) -> None:
    """Reads the sources of a page that does not parse."""
    found = look_up(cluster, index, [document.key for document in documents])
    for document, there in zip(documents, found, strict=True):
        document.gone = there is None
        document.source = msgspec.Raw(there.source if there else b"")


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


def pages(
    cluster: Cluster, index: str, shard: int, *, after: int, upto: int, stop: Event
) -> Iterator[Page]:
    """All pages of a shard between two sequence numbers.

    Raises:
        Interrupted: If asked to stop.
        ClusterError: If the shard cannot be read.
    """
    size = LARGEST_COMFORTABLE // 4
    while after < upto:
        if stop.is_set():
            raise Interrupted
        page = read_page(cluster, index, shard, after=after, upto=upto, size=size)
        yield page
        after, size = page.end, fitting(page) or size


def some_keys(cluster: Cluster, index: str, shard: int, *, upto: int, size: int) -> list[Key]:
    """Documents of a shard up to a sequence number, chosen at random."""
    query = {"range": {"_seq_no": {"lte": upto}}}
    body = {
        "size": size,
        "track_total_hits": False,
        "_source": False,
        "query": {"function_score": {"query": query, "random_score": {}}},
    }
    raw = cluster.read_bytes(
        f"/{quoted(index)}/_search", orjson.dumps(body), preference=f"_shards:{shard}"
    )
    return [document.key for document in _decode(raw).hits.hits]


def fitting(page: Page) -> int:
    """How many documents the next page may hold; 0 if this one does not tell.

    Pages are cut by bytes: few large documents, or many small ones.
    """
    if not page.documents:
        return 0
    wanted = PAGE_BYTES * len(page.documents) // max(page.bytes, 1)
    return max(10, min(wanted, LARGEST_COMFORTABLE, LARGEST_PAGE))
