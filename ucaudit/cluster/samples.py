"""Samples of what is stored in indices that nobody has recorded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from urllib.parse import unquote

from ucaudit.cluster.client import Cluster, quoted
from ucaudit.cluster.read import read_indices, read_mappings
from ucaudit.jsontypes import JsonObject
from ucaudit.names import index_part

# The newest tell most; a few, as days disagree with each other.
_INDICES: Final = 5
_DATED = re.compile(r"(?P<part>.+?)-(?P<period>2\d{3}\.\d\d(?:\.\d\d)?)(?:_[a-z0-9_]+)?\Z")


class Sampled(NamedTuple):
    """What was read of a call's indices.

    Attributes:
        call: Its name: as its documents say, else as its indices are named.
        indices: The indices, newest first.
        mappings: Theirs.
        documents: Some of what is stored.
    """

    call: str
    indices: list[str]
    mappings: list[JsonObject]
    documents: list[JsonObject]


def sample_calls(
    cluster: Cluster, prefix: str, fields: Sequence[str], *, size: int
) -> Iterator[Sampled]:
    """Samples of each call that has dated indices under ``prefix``.

    Args:
        cluster: Where.
        prefix: What audit indices start with.
        fields: What is read of each document.
        size: Most documents of a call.

    Raises:
        ClusterError: If the cluster does not answer.
    """
    found: dict[str, list[tuple[str, str]]] = {}
    for name, index in read_indices(cluster, prefix + "*").items():
        match = _DATED.match(name.removeprefix(prefix))
        if match and index.meta is None and not index.closed:
            found.setdefault(match["part"], []).append((match["period"], name))
    for part, dated in sorted(found.items()):
        newest = [name for _, name in sorted(dated, reverse=True)[:_INDICES]]
        mappings = read_mappings(cluster, newest)
        documents = _sample(cluster, newest, ["requestName", *fields], size)
        named = _called(documents, part)
        yield Sampled(named, newest, [mappings[name] for name in newest], documents)


def _sample(
    cluster: Cluster, names: Iterable[str], fields: Sequence[str], size: int
) -> list[JsonObject]:
    answer = cluster.query(
        f"/{quoted(*names)}/_search",
        {
            "size": size,
            "_source": list(fields),
            "query": {"function_score": {"random_score": {"seed": 7, "field": "_seq_no"}}},
        },
        filter_path="hits.hits._source",
    )
    hits = (answer or {}).get("hits", {}).get("hits", [])
    return [hit["_source"] for hit in hits]


def _called(documents: Iterable[JsonObject], part: str) -> str:
    for document in documents:
        name = document.get("requestName")
        if isinstance(name, str) and index_part(name) == part:
            return name
    return unquote(part)
