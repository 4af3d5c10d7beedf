"""Reads the live state in a few requests, however many indices there are."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ucaudit.cluster.capacity import read_capacity
from ucaudit.cluster.client import Cluster, in_paths, quoted
from ucaudit.cluster.dialect import understood
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.measures import MOST_INDICES, measured, with_health
from ucaudit.cluster.state import LiveIndex, LiveState, ShardState
from ucaudit.cluster.templates import (
    component_templates,
    flat_settings,
    index_templates,
    legacy_templates,
)
from ucaudit.jsontypes import JsonObject
from ucaudit.names import DEAD_LETTER_INDEX

_INDEX_FILTER = "*.aliases,*.mappings._meta.ucaudit," + ",".join(
    f"*.settings.index.{part}"
    for part in (
        "uuid",
        "hidden",
        "blocks",
        "verified_before_close",
        "number_of_shards",
        "number_of_replicas",
        "refresh_interval",
        "frozen",
        "creation_date",
        "mapping.*.limit",
    )
)


def read_live(cluster: Cluster, prefix: str) -> LiveState:
    """The state of all indices under ``prefix`` and of all templates, without whole mappings."""
    server = cluster.server()
    indices = with_health(cluster, prefix, read_indices(cluster, prefix + "*"))
    return LiveState(
        cluster_id=_cluster_id(cluster),
        version=server.version,
        product=server.product,
        indices=measured(cluster, prefix, indices),
        templates=index_templates(cluster),
        components=component_templates(cluster),
        legacy=legacy_templates(cluster),
        dead_letters=_dead_letters(cluster),
        capacity=read_capacity(cluster),
    )


def read_indices(cluster: Cluster, *expressions: str) -> dict[str, LiveIndex]:
    """Indices by name; sizes and counts are not read. Missing ones are left out."""
    answer = cluster.get(
        "/" + quoted(*expressions),
        expand_wildcards="all",
        ignore_unavailable=True,
        allow_no_indices=True,
        filter_path=_INDEX_FILTER,
    )
    return {name: _index(name, body) for name, body in sorted((answer or {}).items())}


def read_mappings(cluster: Cluster, names: Iterable[str]) -> dict[str, JsonObject]:
    """Whole mappings of the named indices."""
    found: dict[str, JsonObject] = {}
    for path in in_paths(sorted(names)):
        answer = cluster.get(f"/{path}/_mapping", ignore_unavailable=True)
        if cluster.opensearch:
            answer = {name: understood(body) for name, body in answer.items()}
        found.update({name: body["mappings"] for name, body in answer.items()})
    return found


def read_shards(cluster: Cluster, names: Iterable[str]) -> dict[str, dict[int, ShardState]]:
    """Sequence numbers of the primary shards of the named indices."""
    found: dict[str, dict[int, ShardState]] = {}
    for path in in_paths(sorted(names)):
        answer = cluster.get(
            f"/{path}/_stats/docs",
            level="shards",
            expand_wildcards="all",
            filter_path="indices.*.shards.*.routing.primary,indices.*.shards.*.seq_no,"
            "indices.*.shards.*.commit.user_data.history_uuid",
        )
        for name, body in (answer or {}).get("indices", {}).items():
            found[name] = {
                int(number): _shard(int(number), copy)
                for number, copies in body["shards"].items()
                for copy in copies
                if copy["routing"]["primary"]
            }
    return found


def count(cluster: Cluster, index: str) -> int:
    """Exact number of documents that a search in ``index`` finds now."""
    answer = cluster.get(f"/{quoted(index)}/_count", filter_path="count,_shards.failed")
    if answer["_shards"]["failed"]:
        raise ClusterError(503, "shards_failed", "not all shards counted", f"GET /{index}/_count")
    return int(answer["count"])


def _shard(number: int, copy: Any) -> ShardState:
    return ShardState(
        shard=number,
        history_uuid=copy["commit"]["user_data"]["history_uuid"],
        max_seq_no=copy["seq_no"]["max_seq_no"],
        global_checkpoint=copy["seq_no"]["global_checkpoint"],
    )


def _index(name: str, body: Any) -> LiveIndex:
    settings = body["settings"]["index"]
    blocks = {
        block for block, value in settings.get("blocks", {}).items() if str(value).lower() == "true"
    }
    limits = flat_settings(settings.get("mapping", {}), "index.mapping")
    return LiveIndex(
        name=name,
        uuid=settings["uuid"],
        aliases=frozenset(body.get("aliases", {})),
        meta=body.get("mappings", {}).get("_meta", {}).get("ucaudit"),
        hidden=str(settings.get("hidden", "false")).lower() == "true",
        write_blocked="write" in blocks,
        blocks=tuple(sorted(blocks - {"write"})),
        closed=str(settings.get("verified_before_close", "false")).lower() == "true",
        shards=int(settings.get("number_of_shards", 1)),
        replicas=int(settings.get("number_of_replicas", 1)),
        refresh=settings.get("refresh_interval"),
        created=int(settings.get("creation_date", 0)),
        frozen=str(settings.get("frozen", "false")).lower() == "true",
        limits={name: int(str(limit)) for name, limit in limits.items()},
    )


def _cluster_id(cluster: Cluster) -> str:
    answer = cluster.get("/_cluster/state/version", filter_path="cluster_uuid")
    return str(answer["cluster_uuid"])


def _dead_letters(cluster: Cluster) -> dict[str, int]:
    try:
        answer = cluster.query(
            f"/{DEAD_LETTER_INDEX}/_search",
            {
                "size": 0,
                "query": {"bool": {"must_not": {"exists": {"field": "discarded"}}}},
                "aggs": {"by": {"terms": {"field": "h8", "size": MOST_INDICES}}},
            },
            filter_path="aggregations.by.buckets",
        )
    except ClusterError as error:
        if error.status != 404:
            raise
        return {}
    buckets = (answer or {}).get("aggregations", {}).get("by", {}).get("buckets", [])
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}
