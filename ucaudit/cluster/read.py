"""Reads the live state in a few requests, however many indices there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ucaudit.cluster.capacity import read_capacity
from ucaudit.cluster.client import Cluster, in_paths, quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.state import LiveIndex, LiveState, LiveTemplate, ShardState
from ucaudit.jsontypes import JsonObject
from ucaudit.names import DEAD_LETTER_INDEX

_MOST_INDICES = 60_000
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
        "mapping.total_fields.limit",
    )
)
_TEMPLATE_FILTER = ",".join(
    f"index_templates.{part}"
    for part in (
        "name",
        "index_template.index_patterns",
        "index_template.priority",
        "index_template._meta.ucaudit",
        "index_template.template.settings",
    )
)


def read_live(cluster: Cluster, prefix: str) -> LiveState:
    """The state of all indices under ``prefix`` and of all templates, without whole mappings."""
    version = cluster.server_version()
    indices = read_indices(cluster, prefix + "*")
    return LiveState(
        cluster_id=_cluster_id(cluster),
        version=version,
        indices=_measured(cluster, prefix, indices),
        templates=_index_templates(cluster),
        components=_components(cluster),
        legacy=_legacy_templates(cluster),
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


def flat_settings(settings: Mapping[str, Any], path: str = "") -> dict[str, object]:
    """``{"index": {"number_of_shards": "1"}}`` as ``{"index.number_of_shards": "1"}``."""
    flat: dict[str, object] = {}
    for key, value in settings.items():
        name = f"{path}.{key}" if path else key
        flat.update(flat_settings(value, name) if isinstance(value, dict) else {name: value})
    return flat


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
    limit = settings.get("mapping", {}).get("total_fields", {}).get("limit", 1000)
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
        total_fields_limit=int(limit),
    )


def _measured(cluster: Cluster, prefix: str, indices: dict[str, LiveIndex]) -> dict[str, LiveIndex]:
    if not indices:
        return indices
    path = "/" + quoted(prefix + "*")
    scope: dict[str, str | int | bool] = {"expand_wildcards": "open,hidden"}
    # The stats API counts nested documents; an aggregation over `_index` counts what readers see.
    answer = cluster.query(
        f"{path}/_search",
        {
            "size": 0,
            "track_total_hits": False,
            "aggs": {
                "by": {"terms": {"field": "_index", "size": min(len(indices), _MOST_INDICES)}}
            },
        },
        filter_path="aggregations.by.buckets",
        **scope,
    )
    buckets = (answer or {}).get("aggregations", {}).get("by", {}).get("buckets", [])
    documents = {bucket["key"]: bucket["doc_count"] for bucket in buckets}
    stats = cluster.get(
        f"{path}/_stats/store", filter_path="indices.*.primaries.store.size_in_bytes", **scope
    )
    sizes = {
        name: body["primaries"]["store"]["size_in_bytes"]
        for name, body in (stats or {}).get("indices", {}).items()
    }
    return {
        name: replace(index, documents=documents.get(name, 0), bytes=sizes.get(name, 0))
        for name, index in indices.items()
    }


def _cluster_id(cluster: Cluster) -> str:
    answer = cluster.get("/_cluster/state/version", filter_path="cluster_uuid")
    return str(answer["cluster_uuid"])


def _index_templates(cluster: Cluster) -> dict[str, LiveTemplate]:
    answer = cluster.get("/_index_template", filter_path=_TEMPLATE_FILTER) or {}
    return {
        item["name"]: LiveTemplate(
            name=item["name"],
            patterns=_patterns(item["index_template"].get("index_patterns", [])),
            priority=int(item["index_template"].get("priority", 0)),
            meta=item["index_template"].get("_meta", {}).get("ucaudit"),
            settings=flat_settings(item["index_template"].get("template", {}).get("settings", {})),
        )
        for item in answer.get("index_templates", [])
    }


def _components(cluster: Cluster) -> dict[str, LiveTemplate]:
    answer = _or_nothing(
        cluster,
        "/_component_template/ucaudit-*",
        "component_templates.name,component_templates.component_template._meta.ucaudit",
    )
    return {
        item["name"]: LiveTemplate(
            name=item["name"],
            meta=item.get("component_template", {}).get("_meta", {}).get("ucaudit"),
        )
        for item in answer.get("component_templates", [])
    }


def _legacy_templates(cluster: Cluster) -> dict[str, LiveTemplate]:
    answer = _or_nothing(cluster, "/_template", "*.index_patterns,*.order,*.settings")
    return {
        name: LiveTemplate(
            name=name,
            patterns=_patterns(body.get("index_patterns", [])),
            priority=int(body.get("order", 0)),
            settings=flat_settings(body.get("settings", {})),
        )
        for name, body in answer.items()
    }


def _patterns(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def _dead_letters(cluster: Cluster) -> dict[str, int]:
    try:
        answer = cluster.query(
            f"/{DEAD_LETTER_INDEX}/_search",
            {"size": 0, "aggs": {"by": {"terms": {"field": "h8", "size": _MOST_INDICES}}}},
            filter_path="aggregations.by.buckets",
        )
    except ClusterError as error:
        if error.status != 404:
            raise
        return {}
    buckets = (answer or {}).get("aggregations", {}).get("by", {}).get("buckets", [])
    return {bucket["key"]: bucket["doc_count"] for bucket in buckets}


def _or_nothing(cluster: Cluster, path: str, filter_path: str) -> Any:
    """A listing that some servers answer with 404 when it is empty."""
    try:
        return cluster.get(path, filter_path=filter_path) or {}
    except ClusterError as error:
        if error.status != 404:
            raise
        return {}
