"""The lock that keeps runners from doing the same work twice. Correctness does not rest on it."""

from __future__ import annotations

import os
import secrets
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Event, Thread
from types import TracebackType
from typing import Any, Final

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError
from ucaudit.errors import RefusedError
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.deadletters import ensure_index
from ucaudit.migrate.pages import Interrupted
from ucaudit.names import LOCK_INDEX

LEASE: Final = 20.0
_DOCUMENT: Final = f"/{LOCK_INDEX}/_doc/migrate"
_POLL: Final = 0.5
_SAY_AFTER: Final = 0.4
INDEX_BODY: Final[JsonObject] = {
    "settings": {"index.number_of_shards": 1, "index.auto_expand_replicas": "0-1"},
    "mappings": {"dynamic": False, "properties": {"owner": {"type": "keyword"}}},
}


@dataclass(frozen=True, slots=True)
class Holder:
    """Who holds the lock."""

    owner: str
    host: str
    pid: int
    operation: str
    since: str
    seq_no: int
    primary_term: int
    renewed: str | None = None

    def shown(self) -> str:
        """The holder in words."""
        return f"{self.operation} on {self.host} (process {self.pid}, since {self.since})"

    def to_dict(self) -> JsonObject:
        """The holder as JSON."""
        return {
            "owner": self.owner,
            "host": self.host,
            "pid": self.pid,
            "operation": self.operation,
            "since": self.since,
            "renewed": self.renewed,
        }

    def runs_here(self) -> bool | None:
        """Whether its process runs; ``None`` if it is of another machine."""
        if os.name != "posix" or self.host != socket.gethostname():
            return None
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True

    def dead(self) -> bool:
        """Whether it is a process of this machine that does not run any more."""
        return self.runs_here() is False


def read_holder(cluster: Cluster) -> Holder | None:
    """Who holds the lock now, or ``None`` if nobody does.

    Raises:
        ClusterError: If the cluster does not answer.
    """
    try:
        answer = cluster.get(_DOCUMENT)
    except ClusterError as error:
        if error.status != 404:
            raise
        return None
    source = answer["_source"]
    return Holder(
        owner=source["owner"],
        host=source["host"],
        pid=int(source["pid"]),
        operation=source["operation"],
        since=source["since"],
        seq_no=answer["_seq_no"],
        primary_term=answer["_primary_term"],
        renewed=source.get("renewed"),
    )


def force_unlock(cluster: Cluster, holder: Holder) -> None:
    """Takes the lock from ``holder``, which stops at its next checkpoint if it still lives.

    Raises:
        RefusedError: If somebody else holds it by now.
        ClusterError: If the cluster does not answer.
    """
    for _ in range(5):
        params = {"if_seq_no": holder.seq_no, "if_primary_term": holder.primary_term}
        try:
            cluster.delete(_DOCUMENT, **params)
        except ClusterError as error:
            if error.status not in (404, 409):
                raise
            there = read_holder(cluster)
            if there is None:
                return
            if there.owner == holder.owner:
                holder = there  # It has renewed its lease since.
                continue
            raise RefusedError(
                "lock-changed-hands",
                "The lock is not held by whom you were shown.",
                where=LOCK_INDEX,
                why=there.shown(),
                fix="Look again: ucaudit force-unlock",
            ) from error
        return
    raise RefusedError(
        "lock-renewed",
        "The holder renews its lease faster than the lock can be taken from it.",
        where=LOCK_INDEX,
        why=holder.shown(),
        fix="It is alive: stop it, or try again.",
    )


class RunLock:
    """A lease that is renewed while it is held; use it with ``with``.

    A holder that is silent for longer than its lease, by the clock of who waits, is taken for
    dead: clocks of different machines are never compared.

    Args:
        cluster: Where.
        operation: What it is held for, for those who wait.
        timeout: Seconds to wait for it.
        waiting: Told, once, that somebody else holds it.
        lost: Called when another runner took it over.
        stop: Set by whoever does not want to wait any longer.
    """

    def __init__(
        self,
        cluster: Cluster,
        operation: str,
        *,
        timeout: float = 60.0,
        waiting: Callable[[str], None] = lambda _text: None,
        lost: Callable[[], None] = lambda: None,
        stop: Event | None = None,
    ) -> None:
        self._cluster = cluster
        self._operation = operation
        self._timeout = timeout
        self._waiting = waiting
        self._lost = lost
        self._stop = stop or Event()
        self._owner = secrets.token_hex(8)
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        self._held: tuple[int, int] | None = None
        self._end = Event()
        self._renewal = Thread(target=self._renew, name="ucaudit-lock", daemon=True)

    def __enter__(self) -> RunLock:
        """Waits for the lock.

        Raises:
            RefusedError: If another runner keeps it for longer than the timeout.
            Interrupted: If asked to stop.
        """
        ensure_index(self._cluster, LOCK_INDEX, INDEX_BODY)
        self._acquire()
        self._renewal.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Gives the lock back, if it is still ours."""
        self._end.set()
        self._renewal.join(timeout=10)
        held, self._held = self._held, None
        if held is None:
            return
        try:
            self._cluster.delete(_DOCUMENT, if_seq_no=held[0], if_primary_term=held[1])
        except ClusterError as failure:
            if failure.status not in (0, 404, 409):
                raise

    def _acquire(self) -> None:
        started = time.monotonic()
        seen: Holder | None = None
        seen_at = started
        said = False
        while True:
            if self._stop.is_set():
                raise Interrupted
            holder = self._try(seen if self._stale(seen, seen_at) else None)
            now = time.monotonic()
            if holder is None:
                return
            if seen is None or holder.seq_no != seen.seq_no or holder.owner != seen.owner:
                seen, seen_at = holder, now
            if now - started > self._timeout:
                raise RefusedError(
                    "locked",
                    "Another run holds the lock.",
                    where=LOCK_INDEX,
                    why=holder.shown(),
                    fix="Wait for it, or wait longer with --lock-timeout SECONDS. If it is "
                    "gone for good: ucaudit force-unlock",
                )
            if not said and now - started > _SAY_AFTER:
                self._waiting(f"Waiting for the lock, held by {holder.shown()} …")
                said = True
            if not self._stale(seen, seen_at):
                self._stop.wait(_POLL if said else _SAY_AFTER / 2)

    def _stale(self, holder: Holder | None, seen_at: float) -> bool:
        return holder is not None and (holder.dead() or time.monotonic() - seen_at > LEASE)

    def _try(self, stale: Holder | None) -> Holder | None:
        """Takes the lock if it is free, or if ``stale`` still has it; else says who has it."""
        params: dict[str, Any] = {"op_type": "create"}
        if stale is not None:
            params = {"if_seq_no": stale.seq_no, "if_primary_term": stale.primary_term}
        try:
            answer = self._cluster.put(_DOCUMENT, self._body(), **params)
        except ClusterError as error:
            if error.status != 409:
                raise
            return self._holder()
        self._held = (answer["_seq_no"], answer["_primary_term"])
        return None

    def _holder(self) -> Holder | None:
        holder = read_holder(self._cluster)
        if holder is None:
            return self._try(None)
        return None if self._ours(holder) else holder

    def _ours(self, holder: Holder | None) -> bool:
        """Whether it is our own write whose answer was lost."""
        if holder is None or holder.owner != self._owner:
            return False
        self._held = (holder.seq_no, holder.primary_term)
        return True

    def _body(self) -> JsonObject:
        return {
            "owner": self._owner,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "operation": self._operation,
            "since": self._since,
            "lease_seconds": LEASE,
            "renewed": datetime.now(UTC).isoformat(timespec="seconds"),
        }

    def _renew(self) -> None:
        while not self._end.wait(LEASE / 4):
            if self._held is None:
                return
            params = {"if_seq_no": self._held[0], "if_primary_term": self._held[1]}
            try:
                answer = self._cluster.put(_DOCUMENT, self._body(), **params)
            except ClusterError as error:
                if error.transient or self._still_ours(error):
                    continue
                self._held = None
                self._lost()
                return
            self._held = (answer["_seq_no"], answer["_primary_term"])

    def _still_ours(self, error: ClusterError) -> bool:
        """Whether a renewal failed only because its own answer was lost.

        Whoever deleted the lock released it by force: it is not taken again.
        """
        if error.status != 409:
            return False
        try:
            return self._ours(read_holder(self._cluster))
        except ClusterError as failure:
            return failure.transient
