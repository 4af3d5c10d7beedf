"""Reads an index in the order of its sequence numbers, source bytes untouched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import msgspec
import orjson

from ucaudit.cluster.client import Cluster, quoted
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
        raw = _search(cluster, index, shard, after, upto, size)
        try:
            answer = _decode(raw)
        except msgspec.MsgspecError as error:
            raise ClusterError(
                500,
                "page_unreadable",
                f"{error} (after {after} in shard {shard})",
                f"search {index}",
            ) from error
        if answer.timed_out:
            raise ClusterError(503, "search_timed_out", "the search timed out", f"search {index}")
        found = answer.hits.hits
        if len(found) < size:
            return Page(found, upto, len(raw), full=False)
        last = found[-1].sort[0]
        whole = len(found)
        while whole and found[whole - 1].sort[0] == last:
            whole -= 1
        if whole:
            return Page(found[:whole], found[whole - 1].sort[0], len(raw), full=True)
        if size >= LARGEST_PAGE:
            raise ClusterError(
                500, "too_many_per_number", f"more than {size} documents share {last}", index
            )
        size = min(size * 4, LARGEST_PAGE)


def _search(cluster: Cluster, index: str, shard: int, after: int, upto: int, size: int) -> bytes:
    body = {
        "size": size,
        "track_total_hits": False,
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
