"""Gives readers the source of a copy again: the cut-over in mirrored order.

The copy is hidden, then one request takes it out of its read aliases and puts the source into its
own, then the source is shown. Hidden indices in a visible alias are still found through it, so that
readers by alias and by wildcard see every document once at each moment. Writers are never blocked:
whatever they wrote to the source since the cut-over is there.
"""

from __future__ import annotations

from typing import Final

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.state import LiveIndex
from ucaudit.errors import StoppedError
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate import target as requests
from ucaudit.migrate.machine import View
from ucaudit.migrate.outcome import IndexOutcome
from ucaudit.names import CLAIM_ALIAS, Naming
from ucaudit.plan.operations import SwapBack
from ucaudit.plan.templates import read_aliases

_MOST_STEPS: Final = 40


def swap_back(cluster: Cluster, naming: Naming, operation: SwapBack) -> IndexOutcome:
    """Works until readers see the source, and writers can write to it; safe to do again.

    Raises:
        StoppedError: If somebody else keeps changing the indices.
        ClusterError: If the cluster does not answer.
    """
    call = operation.call or ""
    for _ in range(_MOST_STEPS):
        view = requests.look_at(cluster, operation.source, operation.target)
        if not _is_meant(view.source, operation.source_uuid):
            return _outcome(operation, lost=True)
        assert view.source is not None  # noqa: S101  (it is meant)
        if not _step(cluster, naming, operation, view.source, view):
            return _outcome(operation)
    raise StoppedError(
        "no-progress",
        "An index does not come to rest: somebody else keeps changing it.",
        where=operation.source,
        fix=f"See who else works on it, then run ucaudit rollback {call} again.",
    )


def _step(
    cluster: Cluster, naming: Naming, operation: SwapBack, source: LiveIndex, view: View
) -> bool:
    """Does the next thing there is to do; whether there was one."""
    copy, call = view.target, operation.call or ""
    # First of all: a stalled runner that still means to swap the copy in then fails.
    if claims := sorted(a for a in source.aliases if a.startswith(CLAIM_ALIAS)):
        _post(cluster, [{"remove": {"index": source.name, "alias": alias}} for alias in claims])
        return True
    if copy is not None and naming.base(call) in copy.aliases:
        if not copy.hidden:
            requests.hide(cluster, copy.name)
            return True
        ours = read_aliases(naming, call, operation.generation)
        actions: list[JsonObject] = [
            {"remove": {"index": copy.name, "alias": alias, "must_exist": True}}
            for alias in ours
            if alias in copy.aliases
        ]
        wanted = read_aliases(naming, call, operation.source_generation)
        actions += [{"add": {"index": source.name, "alias": alias}} for alias in wanted]
        _post(cluster, actions)
        return True
    settings: JsonObject = {}
    if source.hidden:
        settings["index.hidden"] = None
    if source.write_blocked and not operation.source_blocked:
        settings["index.blocks.write"] = None
    if settings:
        requests.put_settings(cluster, source.name, settings)
    return bool(settings)


def _post(cluster: Cluster, actions: list[JsonObject]) -> None:
    try:
        cluster.post("/_aliases", {"actions": actions})
    except ClusterError as error:
        if error.status != 404:
            raise  # Else somebody else was faster: looked at anew.


def _is_meant(index: LiveIndex | None, uuid: str) -> bool:
    return index is not None and index.uuid == uuid


def _outcome(operation: SwapBack, *, lost: bool = False) -> IndexOutcome:
    return IndexOutcome(
        call=operation.call or "",
        index=operation.source,
        target=operation.target,
        state="lost" if lost else "back",
        reason="the source was deleted meanwhile; run plan again" if lost else "",
    )
