"""Whether indices that shall be swapped in early still receive documents."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from threading import Event

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.read import read_shards
from ucaudit.errors import RefusedError
from ucaudit.plan.operations import Backfill, Operation


def require_quiet(
    cluster: Cluster, operations: Iterable[Operation], now: datetime, seconds: float, stop: Event
) -> None:
    """Watches sources whose day is not over for a moment; documents in them say who is there.

    Nothing is lost otherwise either: late documents are copied by the next run. Until then readers
    would miss them.

    Args:
        cluster: Where.
        operations: What is to be done.
        now: The time.
        seconds: How long to watch.
        stop: Set by whoever does not want to wait.

    Raises:
        RefusedError: If one of them was written to meanwhile.
        ClusterError: If the cluster does not answer.
    """
    early = [
        op.source
        for op in operations
        if isinstance(op, Backfill) and op.due and datetime.fromisoformat(op.due_at) > now
    ]
    if not early or seconds <= 0:
        return
    before = _written(cluster, early)
    stop.wait(seconds)
    after = _written(cluster, early)
    busy = {name: after[name] - before.get(name, 0) for name in after}
    busy = {name: number for name, number in busy.items() if number > 0}
    if busy:
        names = sorted(busy, key=lambda name: -busy[name])
        more = f" and {len(names) - 3:,} more" if len(names) > 3 else ""
        raise RefusedError(
            "still-written",
            "The old generation still receives documents, so it is not swapped out yet.",
            where=", ".join(names[:3]) + more,
            why=f"{sum(busy.values()):,} operations in {seconds:g} seconds",
            fix="Stop the old version, and finish then. With --even-if-written it is done anyway: "
            "readers miss what comes late until the next ucaudit migrate.",
        )


def _written(cluster: Cluster, names: list[str]) -> dict[str, int]:
    return {
        name: sum(shard.max_seq_no + 1 for shard in shards.values())
        for name, shards in read_shards(cluster, names).items()
    }
