"""Requests on a source and its copy, one for each step of the machine."""

from __future__ import annotations

from ucaudit.cluster.client import Cluster, patiently, quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.read import read_indices
from ucaudit.cluster.state import LiveIndex
from ucaudit.errors import StoppedError
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.machine import Job, View


def look(cluster: Cluster, job: Job) -> View:
    """What the cluster shows of a source and its copy now."""
    return look_at(cluster, job.source, job.target)


def look_at(cluster: Cluster, source: str, target: str) -> View:
    """The same, of these names."""
    found = read_indices(cluster, source, target)
    return View(found.get(source), found.get(target))


def create(cluster: Cluster, job: Job, body: JsonObject) -> None:
    """Creates the hidden copy; one that another runner made in the meantime is as good."""
    try:
        cluster.put(f"/{quoted(job.target)}", body)
    except ClusterError as error:
        if error.kind != "resource_already_exists_exception":
            raise


def reopen(cluster: Cluster, job: Job, source: LiveIndex, *, blocked_before: bool) -> None:
    """Takes back an unfinished cut-over: readers and writers find the source as before.

    The claim goes first: a stalled runner that still means to swap then fails.
    """
    stale = sorted(alias for alias in source.aliases if alias.startswith(job.claims))
    actions = [{"remove": {"index": source.name, "alias": alias}} for alias in stale]
    if actions:
        cluster.post("/_aliases", {"actions": actions})
    settings: JsonObject = {"index.hidden": None}
    if source.write_blocked and not blocked_before:
        settings["index.blocks.write"] = None
    put_settings(cluster, source.name, settings)


def restore(cluster: Cluster, source: LiveIndex, target: LiveIndex) -> None:
    """Gives the copy the source's replicas and refresh, and waits until it is as healthy.

    Raises:
        StoppedError: If it does not become so.
    """
    put_settings(
        cluster,
        target.name,
        {"index.number_of_replicas": source.replicas, "index.refresh_interval": source.refresh},
    )
    health = cluster.get(f"/_cluster/health/{quoted(source.name)}", filter_path="status")
    wanted = "green" if health["status"] == "green" else "yellow"
    try:
        cluster.get(
            f"/_cluster/health/{quoted(target.name)}", wait_for_status=wanted, timeout="50s"
        )
    except ClusterError as error:
        if error.status != 408:
            raise
        raise StoppedError(
            "copy-unhealthy",
            "A copy did not become as healthy as its source.",
            where=target.name,
            why=f"it is not {wanted} after 50 seconds",
            fix="Look for unassigned shards (_cluster/allocation/explain).",
        ) from error


def claim(cluster: Cluster, job: Job, source: LiveIndex) -> None:
    """Marks the source as being swapped by this attempt, and by no earlier one."""
    stale = sorted(a for a in source.aliases if a.startswith(job.claims) and a != job.claim)
    actions: list[JsonObject] = [
        {"remove": {"index": source.name, "alias": alias}} for alias in stale
    ]
    actions.append({"add": {"index": source.name, "alias": job.claim, "is_hidden": True}})
    cluster.post("/_aliases", {"actions": actions})


def block(cluster: Cluster, source: LiveIndex) -> None:
    """Blocks writes; returns when none is under way any more.

    Raises:
        StoppedError: If not every shard confirmed.
    """
    answer = cluster.put(f"/{quoted(source.name)}/_block/write")
    if not (answer["acknowledged"] and answer["shards_acknowledged"]):
        raise StoppedError(
            "block-unconfirmed",
            "Not every shard confirmed that writes are blocked.",
            where=source.name,
            fix="See that all its shards are assigned.",
        )


def hide(cluster: Cluster, name: str) -> None:
    """Makes wildcards pass the index by."""
    put_settings(cluster, name, {"index.hidden": True})


def unhide(cluster: Cluster, name: str) -> None:
    """Makes wildcards find the index again."""
    put_settings(cluster, name, {"index.hidden": None})


def unblock(cluster: Cluster, name: str) -> None:
    """Lets the index be written again."""
    put_settings(cluster, name, {"index.blocks.write": None})


def swap(cluster: Cluster, job: Job, remove: tuple[str, ...], add: tuple[str, ...]) -> bool:
    """Takes the source out of its aliases and puts the copy into its own, all at once.

    Returns:
        Whether it was done; not if somebody else has swapped, or claimed the source since.
    """
    actions: list[JsonObject] = [
        {"remove": {"index": job.source, "alias": alias, "must_exist": True}}
        for alias in (*remove, job.claim)
    ]
    actions += [{"add": {"index": job.target, "alias": alias}} for alias in add]
    try:
        cluster.post("/_aliases", {"actions": actions})
    except ClusterError as error:
        if error.status != 404:
            raise
        return False
    return True


def put_settings(cluster: Cluster, name: str, settings: JsonObject) -> None:
    """Changes settings of an index."""
    cluster.put(f"/{quoted(name)}/_settings", settings)


def refresh(cluster: Cluster, name: str) -> None:
    """Makes everything written to the index searchable."""
    patiently(lambda: cluster.send("POST", f"/{quoted(name)}/_refresh"))


def flush(cluster: Cluster, name: str) -> None:
    """Writes the index to disk; with asynchronous durability this also moves its checkpoint."""
    params = {"wait_if_ongoing": True, "force": True}
    patiently(lambda: cluster.send("POST", f"/{quoted(name)}/_flush", params))
