"""A random story of a call on a genuine engine, and what has to hold after each sentence of it.

Whatever writers, runners, faults and operators do, in any order: each acknowledged document is
found by readers exactly once, or is a dead letter, or waits in an index that `status` names. At
the end of the story one undisturbed run brings all of them in sight.
"""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from threading import Event, Thread
from typing import Any, ClassVar

import orjson
from elasticsearch import Elasticsearch
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.cleaning import remove_all
from tests.migrate.bench import CALL, Bench
from tests.migrate.factory import document, port_history
from tests.migrate.factory import history as history_of
from tests.migrate.faults import FaultyCluster
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.options import ConnectionOptions
from ucaudit.errors import UcauditError
from ucaudit.history.version import CallHistory
from ucaudit.migrate.letters import Selection, find_letters
from ucaudit.migrate.prune import Pruning
from ucaudit.migrate.run import Migration
from ucaudit.plan.operations import Backfill, SyncLate
from ucaudit.plan.pins import is_rollback, pins_back

DAYS = (0, 2, 3)
DEAD = None  # Any number of dead letters may be left behind.
days = st.sampled_from(DAYS)
moments = st.integers(0, 45)


class StalledCluster(Cluster):
    """All its requests wait from number ``at`` on, until it is woken: a process that is stopped."""

    def __init__(self, url: str, at: int) -> None:
        super().__init__(ConnectionOptions((url,)))
        self._left = at
        self.stalls = Event()
        self.awake = Event()

    def send(self, method: str, path: str, *args: Any, **kwargs: Any) -> bytes:
        self._left -= 1
        if self._left < 0 and not self.awake.is_set():
            self.stalls.set()
            self.awake.wait(120)
        return super().send(method, path, *args, **kwargs)


class Story(RuleBasedStateMachine):
    """Writers, runners and operators of one call; counts what happened over all stories."""

    url: ClassVar[str]
    es: ClassVar[Elasticsearch]
    told: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.token = f"t{secrets.token_hex(4)}_"
        self.cluster = Cluster(ConnectionOptions((self.url,)))
        self.bench = Bench(self.cluster, self.es, f"{self.token}http_logs_")
        self.released = 1
        self.mended = False
        self.number = 0
        self.where: dict[str, str] = {}
        self.stalled: tuple[StalledCluster, Thread] | None = None

    def history(self) -> CallHistory:
        return port_history(CALL, upto=self.released, mended=self.mended)

    # What happens.

    @initialize()
    def begin(self) -> None:
        self.bench.migrate(self.history(), expand_only=True)
        self._write(self.bench.daily(1, 2), 3, "8080")

    @rule(day=days, many=st.integers(1, 5), bad=st.booleans())
    def old_software_writes(self, day: int, many: int, bad: bool) -> None:
        port = "bad" if bad else "8080"
        self._write(self.bench.daily(1, day), many, port)

    @precondition(lambda self: self.released > 1)
    @rule(day=days, many=st.integers(1, 5))
    def new_software_writes(self, day: int, many: int) -> None:
        """Also before its migration has run: the guard catches it."""
        generation = {3: 2, 4: 3}[self.released]
        self._write(self.bench.daily(generation, day), many, 8080)

    @precondition(lambda self: self.where)
    @rule(data=st.data())
    def a_write_is_tried_again(self, data: st.DataObject) -> None:
        there = self.es.indices.get_alias(index=f"{self.token}*", expand_wildcards="all")
        # Nobody tries again for so long that the index has been pruned.
        keys = sorted(key for key, index in self.where.items() if index in there)
        if not keys:
            return
        key = data.draw(st.sampled_from(keys))
        statuses = self._bulk(self.where[key], {key: document(1)})
        assert statuses[key] in (409, 403), statuses
        self.told["tried again"] += 1

    @precondition(lambda self: self.released < 4)
    @rule()
    def a_version_is_released(self) -> None:
        self.released = {1: 3, 3: 4}[self.released]

    @precondition(lambda self: self.released > 1)
    @rule()
    def a_step_is_mended(self) -> None:
        self.mended = True

    @rule(finish=st.booleans())
    def a_run(self, finish: bool) -> None:
        self._run(self.cluster, finish=finish)

    @rule(
        at=moments,
        mode=st.sampled_from(
            ("dies before", "dies after", "times out once", "503 once", "500 once")
        ),
        finish=st.booleans(),
    )
    def a_run_with_a_fault(self, at: int, mode: Any, finish: bool) -> None:
        faulty = FaultyCluster(self.url, at, mode)
        self._run(faulty, finish=finish)
        self.told["faults"] += faulty.failed is not None
        faulty.close()

    @rule(finish=st.booleans())
    def two_runs_at_once(self, finish: bool) -> None:
        clusters = [Cluster(ConnectionOptions((self.url,))) for _ in range(2)]
        self._together([lambda c=c: self._run(c, finish=finish) for c in clusters])
        for cluster in clusters:
            cluster.close()
        self.told["two at once"] += 1

    @precondition(lambda self: self.stalled is None)
    @rule(at=moments, finish=st.booleans())
    def a_run_stalls(self, at: int, finish: bool) -> None:
        cluster = StalledCluster(self.url, at)
        thread = Thread(target=lambda: self._run(cluster, finish=finish))
        thread.start()
        while thread.is_alive() and not cluster.stalls.wait(0.02):
            pass
        self.stalled = cluster, thread
        self.told["stalls"] += cluster.stalls.is_set()

    @precondition(lambda self: self.stalled is not None)
    @rule()
    def the_stalled_run_goes_on(self) -> None:
        assert self.stalled is not None
        cluster, thread = self.stalled
        self.stalled = None
        cluster.awake.set()
        thread.join()
        cluster.close()

    @precondition(lambda self: self.released > 1)
    @rule(at=st.none() | moments)
    def a_rollback(self, at: int | None) -> None:
        """Undisturbed, or by a process that dies."""
        cluster = self.cluster if at is None else FaultyCluster(self.url, at, "dies after")
        history = self.history()
        migration = self.bench.migration(history, wanted=is_rollback)
        with suppress(UcauditError):
            pins = pins_back(history_of(history), migration.plan(), None)
            migration = self.bench.migration(history, wanted=is_rollback, pins=pins)
            migration.cluster = cluster
            migration.run()
            self.told["rollbacks"] += 1
        if cluster is not self.cluster:
            cluster.close()

    @rule(finish=st.booleans())
    def a_run_goes_forward(self, finish: bool) -> None:
        self._run(self.cluster, finish=finish, forward=True)

    @rule(at=st.none() | moments)
    def pruned(self, at: int | None) -> None:
        cluster = self.cluster if at is None else FaultyCluster(self.url, at, "dies after")
        migration = self.bench.migration(self.history(), accepted=DEAD)
        migration.cluster = cluster
        with suppress(UcauditError):
            done = Pruning(migration, timedelta()).run()
            self.told["pruned"] += sum(one.state == "pruned" for one in done)
        if cluster is not self.cluster:
            cluster.close()

    @rule()
    def the_journal_is_lost(self) -> None:
        self.es.options(ignore_status=404).indices.delete(index="ucaudit-journal")

    # What has to hold.

    @invariant()
    def nothing_is_lost_and_nothing_is_twice(self) -> None:
        readable = Counter(self.bench.ids(self.bench.naming.base(CALL)))
        by_glob = Counter(self.bench.ids(f"{self.bench.naming.prefix}*"))
        for found in (readable, by_glob):
            assert max(found.values(), default=1) == 1, found.most_common(3)
            assert found.keys() <= self.where.keys()
        # A generation that was deployed without its migration is not in the alias yet.
        assert readable.keys() <= by_glob.keys()
        missing = self.where.keys() - readable.keys()
        if missing:
            missing -= self._dead()
        if missing:
            missing -= self._waiting()
        assert not missing
        self.told["checks"] += 1

    def teardown(self) -> None:
        try:
            if self.stalled is not None:
                self.the_stalled_run_goes_on()
            if self.number:
                self._end()
        finally:
            remove_all(self.es, self.token)
            self.cluster.close()

    def _end(self) -> None:
        for _ in range(2):
            self.bench.migrate(self.history(), finish=True, accepted=DEAD, forward=True)
        readable = self.bench.readable()
        assert sorted([*readable, *(self._dead() - set(readable))]) == sorted(self.where)
        assert self.bench.migration(self.history(), finish=True).plan().empty
        self.told["stories"] += 1
        self.told["documents"] += len(self.where)

    # How.

    def _write(self, index: str, many: int, port: Any) -> None:
        batch = {}
        for _ in range(many):
            self.number += 1
            batch[f"d{self.number}"] = document(self.number, port=port)
        for key, status in self._bulk(index, batch).items():
            # A source is closed to writers for the moment of its cut-over: not acknowledged.
            assert status in (201, 403), status
            if status == 201:
                self.where[key] = index

    def _bulk(self, index: str, documents: dict[str, bytes]) -> dict[str, int]:
        lines: list[bytes] = []
        for key, raw in documents.items():
            lines += (orjson.dumps({"create": {"_id": key}}), raw)
        answer = orjson.loads(self.cluster.bulk(index, b"\n".join(lines) + b"\n"))
        return {item["create"]["_id"]: item["create"]["status"] for item in answer["items"]}

    def _run(self, cluster: Cluster, *, finish: bool, forward: bool = False) -> None:
        migration: Migration = self.bench.migration(
            self.history(), finish=finish, forward=forward, accepted=DEAD
        )
        migration.cluster = cluster
        # Refused or stopped: what it left behind is what counts.
        with suppress(UcauditError):
            migration.run()
            self.told["runs"] += 1

    def _together(self, acts: list[Callable[[], None]]) -> None:
        threads = [Thread(target=act) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _dead(self) -> set[str]:
        with suppress(Exception):
            self.es.indices.refresh(index="ucaudit-dead-letters")
        found = find_letters(self.cluster, self.bench.naming, Selection())
        return {letter.id for letter in found}

    def _waiting(self) -> set[str]:
        """Ids in indices that a plan, and so `status`, names as not yet copied."""
        plan = self.bench.migration(self.history()).plan()
        named = {op.source for op in plan.operations() if isinstance(op, SyncLate | Backfill)}
        named |= {notice.where for notice in plan.warnings if notice.where}
        found: set[str] = set()
        for key, index in self.where.items():
            if index in named:
                found.add(key)
        return found
