"""How much room a cluster has."""

from __future__ import annotations

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.state import Capacity


def read_capacity(cluster: Cluster) -> Capacity:
    """Shards and bytes that are free."""
    health = cluster.get(
        "/_cluster/health", filter_path="active_shards,unassigned_shards,number_of_data_nodes"
    )
    # Flat settings would not do: ``filter_path`` does not look into keys with dots.
    settings = cluster.get(
        "/_cluster/settings",
        include_defaults=True,
        filter_path="*.cluster.max_shards_per_node",
    )
    limit: str | None = None
    for level in ("defaults", "persistent", "transient"):
        found = settings.get(level, {}).get("cluster", {}).get("max_shards_per_node")
        limit = found if isinstance(found, str) else limit  # ``frozen`` has a limit below it
    disks = cluster.get("/_cat/allocation", format="json", bytes="b", h="node,disk.avail")
    free = [int(disk["disk.avail"]) for disk in disks if disk.get("disk.avail")]
    used = health["active_shards"] + health["unassigned_shards"]
    return Capacity(
        shards=int(limit) * health["number_of_data_nodes"] - used if limit else None,
        bytes=sum(free) if free else None,
    )
