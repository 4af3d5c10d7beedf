"""Reads from the cluster what a plan for this history needs, and no more."""

from __future__ import annotations

from dataclasses import replace

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError, refusal
from ucaudit.cluster.mappings import raw_mappings
from ucaudit.cluster.read import read_live, read_shards
from ucaudit.cluster.state import LiveState
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.journal import Journal, Pair
from ucaudit.names import Naming
from ucaudit.plan.members import Member, Membership, memberships
from ucaudit.plan.mending import Mender


def survey(cluster: Cluster, history: History, naming: Naming) -> LiveState:
    """The live state, with mappings of indices that lag or drifted, and how much arrived late.

    Raises:
        RefusedError: If the cluster cannot be reached or does not accept us.
    """
    try:
        live = read_live(cluster, naming.prefix)
        found = memberships(live, naming, history.calls)
        live = _with_mappings(cluster, live, history, found, naming)
        return replace(live, late=_late(cluster, found))
    except ClusterError as error:
        raise refusal(error, cluster.shown) from error


def _with_mappings(
    cluster: Cluster,
    live: LiveState,
    history: History,
    found: dict[str, Membership],
    naming: Naming,
) -> LiveState:
    """``live`` with the mappings that matter: of indices that lag, and of those that drifted."""
    newest = {
        (call, version.generation): version.number
        for call in found
        for version in history.calls[call].versions
    }
    members = {
        member.index.name: member
        for call, membership in found.items()
        for member in membership.members
        if (call, member.name.generation) in newest
        and member.uuid not in membership.successors
        and not member.index.closed
    }
    menders = {call: Mender(history.calls[call], naming) for call in found}
    # (digest, call, generation, version) -> the mapping, or nothing where it is as recorded.
    known: dict[tuple[bytes, str, int, int], JsonObject | None] = {}
    indices = dict(live.indices)
    for name, raw in raw_mappings(cluster, members):
        member, call = members[name], members[name].name.call
        key = (raw.digest, call, member.name.generation, member.mark.version)
        if key not in known:
            mapping = raw.parsed()
            lags = member.mark.version < newest[call, member.name.generation]
            known[key] = mapping if lags or menders[call].drifted(member, mapping) else None
        if (mapping_there := known[key]) is not None:
            indices[name] = replace(live.indices[name], mapping=mapping_there)
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
