"""How large indices are, and which of them cannot be read at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ucaudit.cluster.client import Cluster, quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.state import LiveIndex

MOST_INDICES: Final = 60_000
# An index that was just made is red until its primary shards have started.
_PATIENCE: Final = "2s"


def with_health(
    cluster: Cluster, prefix: str, indices: dict[str, LiveIndex]
) -> dict[str, LiveIndex]:
    """``indices``, with those marked whose primary shards are not all assigned."""
    red = red_indices(cluster, prefix + "*") if indices else frozenset()
    return {
        name: replace(index, red=True) if name in red else index for name, index in indices.items()
    }


def red_indices(cluster: Cluster, expression: str) -> frozenset[str]:
    """Names of indices with a primary shard that is not assigned, and does not get so soon."""
    path = f"/_cluster/health/{quoted(expression)}"
    try:
        cluster.get(
            path,
            wait_for_status="yellow",
            timeout=_PATIENCE,
            expand_wildcards="all",
            filter_path="status,timed_out",
        )
    except ClusterError as error:
        if error.status != 408:
            raise
    else:
        return frozenset()
    answer = cluster.get(
        path,
        level="indices",
        timeout="0s",
        expand_wildcards="all",
        filter_path="indices.*.status",
    )
    found = (answer or {}).get("indices", {})
    return frozenset(name for name, index in found.items() if index["status"] == "red")


def measured(cluster: Cluster, prefix: str, indices: dict[str, LiveIndex]) -> dict[str, LiveIndex]:
    """``indices`` with documents and bytes; of red ones nobody can tell."""
    if not indices:
        return indices
    documents = _documents(cluster, prefix, indices)
    stats = cluster.get(
        f"/{quoted(prefix + '*')}/_stats/store",
        filter_path="indices.*.primaries.store.size_in_bytes",
        expand_wildcards="open,hidden",
    )
    sizes = {
        name: body["primaries"]["store"]["size_in_bytes"]
        for name, body in (stats or {}).get("indices", {}).items()
    }
    return {
        name: replace(index, documents=documents.get(name, 0), bytes=sizes.get(name, 0))
        for name, index in indices.items()
    }


def _documents(cluster: Cluster, prefix: str, indices: dict[str, LiveIndex]) -> dict[str, int]:
    """The stats API counts nested documents; an aggregation over `_index` what readers see."""
    readable = [index for index in indices.values() if not index.closed]
    red = any(index.red for index in readable)
    if all(index.red for index in readable):
        return {}  # The engine answers a search with an error when no shard of it answers.
    answer = cluster.query(
        f"/{quoted(prefix + '*')}/_search",
        {
            "size": 0,
            "track_total_hits": False,
            "aggs": {"by": {"terms": {"field": "_index", "size": min(len(indices), MOST_INDICES)}}},
        },
        filter_path="aggregations.by.buckets,_shards.failed",
        expand_wildcards="open,hidden",
    )
    if answer["_shards"]["failed"] and not red:
        raise ClusterError(503, "shards_failed", "not all shards answered", f"POST /{prefix}*")
    buckets = answer.get("aggregations", {}).get("by", {}).get("buckets", [])
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}
