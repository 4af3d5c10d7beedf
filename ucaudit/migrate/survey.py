"""Reads from the cluster what a plan for this history needs, and no more."""

from __future__ import annotations

from dataclasses import replace

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError, refusal
from ucaudit.cluster.read import read_live, read_mappings, read_shards
from ucaudit.cluster.state import LiveState
from ucaudit.history.version import History
from ucaudit.migrate.journal import Journal, Pair
from ucaudit.names import Naming
from ucaudit.plan.members import Member, Membership, memberships


def survey(cluster: Cluster, history: History, naming: Naming) -> LiveState:
    """The live state, with whole mappings of indices that lag, and how much arrived late.

    Raises:
        RefusedError: If the cluster cannot be reached or does not accept us.
    """
    try:
        live = read_live(cluster, naming.prefix)
        found = memberships(live, naming, history.calls)
        live = _with_mappings(cluster, live, _lagging(history, found))
        return replace(live, late=_late(cluster, found))
    except ClusterError as error:
        raise refusal(error, cluster.shown) from error


def _lagging(history: History, found: dict[str, Membership]) -> list[str]:
    lagging: list[str] = []
    for call, membership in found.items():
        newest = {v.generation: v.number for v in history.calls[call].versions}
        lagging += [
            member.index.name
            for member in membership.members
            if member.mark.version < newest.get(member.name.generation, 0)
            and not member.index.closed
        ]
    return lagging


def _with_mappings(cluster: Cluster, live: LiveState, names: list[str]) -> LiveState:
    if not names:
        return live
    mappings = read_mappings(cluster, names)
    indices = {
        name: replace(index, mapping=mappings[name]) if name in mappings else index
        for name, index in live.indices.items()
    }
    return replace(live, indices=indices)


def _late(cluster: Cluster, found: dict[str, Membership]) -> dict[str, int]:
    """Superseded index -> operations beyond every checkpoint of a copy of it."""
    pairs = [
        (source, copy)
        for membership in found.values()
        for source, _ in membership.superseded()
        if not source.index.closed
        for copy in membership.via(source)
    ]
    if not pairs:
        return {}
    shards = read_shards(cluster, {source.index.name for source, _ in pairs})
    keys = {
        (source.index.name, number, pair_of(source, copy).key(state))
        for source, copy in pairs
        for number, state in shards.get(source.index.name, {}).items()
    }
    checkpoints = Journal(cluster).load_keys(key for _, _, key in keys)
    furthest: dict[tuple[str, int], int] = {}
    for name, number, key in keys:
        reached = checkpoints.get(key, -1)
        furthest[name, number] = max(furthest.get((name, number), -1), reached)
    late: dict[str, int] = {}
    for (name, number), reached in furthest.items():
        late[name] = late.get(name, 0) + max(0, shards[name][number].global_checkpoint - reached)
    return {name: operations for name, operations in sorted(late.items()) if operations}


def pair_of(source: Member, copy: Member) -> Pair:
    """Source and copy as the journal knows them."""
    return Pair(source.index.name, source.uuid, copy.index.name, copy.uuid)
