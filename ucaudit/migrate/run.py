"""A whole run: survey, plan, lock, expand, copy, cut over."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from threading import Event
from typing import Final

from ucaudit.cluster.client import Cluster, quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.read import read_indices
from ucaudit.cluster.state import LiveState
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.back import swap_back
from ucaudit.migrate.copying import Copier
from ucaudit.migrate.deadletters import DeadLetters
from ucaudit.migrate.expand import expand
from ucaudit.migrate.journal import Journal
from ucaudit.migrate.machine import Step
from ucaudit.migrate.outcome import IndexOutcome, RunOutcome, undecided
from ucaudit.migrate.pages import Interrupted
from ucaudit.migrate.preflight import with_refused_settings
from ucaudit.migrate.progress import Progress, Silent
from ucaudit.migrate.quiet import require_quiet
from ucaudit.migrate.session import Session
from ucaudit.migrate.survey import survey
from ucaudit.migrate.throttle import Throttle, pressure
from ucaudit.migrate.tools import Tools
from ucaudit.migrate.work import BackfillWork, finish_swap, sync_late
from ucaudit.plan.operations import (
    Backfill,
    DeleteCopy,
    FinishSwap,
    Operation,
    SwapBack,
    SyncLate,
)
from ucaudit.plan.plan import Plan
from ucaudit.plan.planner import Options, make_plan
from ucaudit.plan.shapes import Shape, shape_of
from ucaudit.plan.templates import index_settings

_WRITERS: Final = 4
# Small indices are mostly waiting for the cluster's state, which it updates in batches.
_INDICES_AT_ONCE: Final = 8


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Migration:
    """Brings a cluster to a released history.

    Attributes:
        cluster: The cluster.
        history: The released history.
        options: What is planned for.
        progress: Told what is done.
        operation: The command, for those who wait for its lock.
        resume: Command that goes on after an interruption, for messages.
        accepted: Dead letters that an index may have and still be swapped; ``None`` for any number.
        lock_timeout: Seconds to wait for another run.
        quiet: Seconds in which indices that are swapped in early must not receive documents.
        wanted: Which operations are carried out; others are left for later.
        rate: Documents per second that may be written; ``None`` for any number.
        check: Called with the plan once the lock is held; raises if it must not be carried out.
        before_step: Called before each step of an index; tests interrupt here.
        now: The clock.
    """

    cluster: Cluster
    history: History
    options: Options
    progress: Progress = field(default_factory=Silent)
    operation: str = "ucaudit migrate"
    resume: str = "ucaudit migrate"
    accepted: int | None = 0
    lock_timeout: float = 60.0
    quiet: float = 0.0
    wanted: Callable[[Operation], bool] = lambda _operation: True
    rate: float | None = None
    check: Callable[[Plan], None] = lambda _plan: None
    before_step: Callable[[str, Step], None] = lambda _index, _step: None
    now: Callable[[], datetime] = _now
    _stop: Event = field(default_factory=Event)

    def plan(self) -> Plan:
        """What there is to do now."""
        return self._surveyed()[1]

    def interrupt(self) -> None:
        """Asks a run to stop after the pages that are under way; safe in a signal handler."""
        self._stop.set()

    def run(self, *, expand_only: bool = False) -> RunOutcome:
        """Carries out what there is to do.

        Raises:
            RefusedError: If something is in the way, before anything is written.
            StoppedError: If something went wrong after that; it says how to go on.
            InterruptedRun: If asked to stop.
        """
        started = self.now()
        session = Session(
            self.cluster,
            self.operation,
            "The migration",
            self.resume,
            progress=self.progress,
            lock_timeout=self.lock_timeout,
            stop=self._stop,
        )
        with session.held():
            live, plan = self._surveyed()
            plan.check()
            self.check(plan)
            if not expand_only:
                operations = plan.operations()
                require_quiet(self.cluster, operations, self.now(), self.quiet, self._stop)
            session.wrote = True
            expanded, live, plan = self._expand(live, plan)
            indices = [] if expand_only else self._work(live, plan)
            blamed = [index.target for index in undecided(indices, self.accepted)]
            reasons = DeadLetters(self.cluster).reasons(blamed)
        return RunOutcome(
            started=started,
            finished=self.now(),
            cluster_id=plan.cluster_id,
            expanded=expanded,
            indices=tuple(indices),
            calls=tuple(call.call for call in plan.calls),
            accepted=self.accepted,
            reasons=reasons,
        )

    def _surveyed(self) -> tuple[LiveState, Plan]:
        live = survey(self.cluster, self.history, self.options.naming)
        plan = make_plan(self.history, live, self.now(), self.options)
        return live, with_refused_settings(self.cluster, plan.limited(self.wanted))

    def _expand(self, live: LiveState, plan: Plan) -> tuple[dict[str, int], LiveState, Plan]:
        """Expands, then looks again: an index may have been made while templates were put."""
        expanded: dict[str, int] = {}
        for _ in range(3):
            todo = [operation for operation in plan.operations() if operation.expand]
            if not todo:
                break
            self.progress.say(_expanding(todo))
            expand(self.cluster, todo)
            for operation in todo:
                name = operation.call or ""
                expanded[name] = expanded.get(name, 0) + 1
            live, plan = self._surveyed()
            plan.check()
        return expanded, live, plan

    def _work(self, live: LiveState, plan: Plan) -> list[IndexOutcome]:
        operations = [operation for operation in plan.operations() if not operation.expand]
        fills = [operation for operation in operations if isinstance(operation, Backfill)]
        late = [operation for operation in operations if isinstance(operation, SyncLate)]
        if not operations:
            return []
        expected = sum(op.left for op in fills)
        if self.rate is not None:
            self.progress.say(f"At most {self.rate:,g} documents per second.")
        self.progress.begin(expected + sum(op.operations for op in late))
        try:
            with ThreadPoolExecutor(_WRITERS, "ucaudit-write") as writers:
                tools = self.tools(writers, live)
                outcomes = [
                    outcome
                    for operation in operations
                    if (outcome := self._small(tools, operation)) is not None
                ]
                shapes = {(op.call, op.generation): self._shape(op) for op in fills}
                back = [operation for operation in operations if isinstance(operation, SwapBack)]
                jobs: list[Callable[[], IndexOutcome]] = [
                    *(partial(swap_back, self.cluster, tools.naming, op) for op in back),
                    *(_late_job(tools, op) for op in late),
                    *(BackfillWork(tools, op, shapes[op.call, op.generation]).run for op in fills),
                ]
                return [*outcomes, *self._all(jobs)]
        finally:
            self.progress.end()

    def tools(self, writers: ThreadPoolExecutor, live: LiveState) -> Tools:
        """What works on single indices."""
        journal = Journal(self.cluster)
        naming, defaults = self.options.naming, self.options.defaults

        def settings(shape: Shape) -> JsonObject:
            return index_settings(shape, naming, defaults, live)

        self.cluster.told = self._told
        throttle = Throttle(self.rate, stop=self._stop, told=self.progress.paused)
        copier = Copier(
            self.cluster,
            journal,
            writers,
            self._stop,
            advanced=self.progress.advanced,
            throttle=throttle,
        )
        return Tools(
            cluster=self.cluster,
            copier=copier,
            journal=journal,
            dead_letters=DeadLetters(self.cluster),
            naming=naming,
            progress=self.progress,
            settings=settings,
            throttle=throttle,
            accepted=self.accepted,
            before_step=self.before_step,
        )

    def _told(self, seconds: float, error: ClusterError) -> None:
        self.progress.paused(seconds, pressure(error, "requests"))

    def _shape(self, operation: Backfill) -> Shape:
        shape = shape_of(self.history.calls[operation.call or ""], operation.generation)
        assert shape is not None  # noqa: S101  (the plan was made from this history)
        return shape

    def _small(self, tools: Tools, operation: Operation) -> IndexOutcome | None:
        """What takes a few requests is done at once, in order."""
        if isinstance(operation, FinishSwap):
            finish_swap(tools, operation)
        elif isinstance(operation, DeleteCopy):
            return self._delete(tools, operation)
        return None

    def _delete(self, tools: Tools, operation: DeleteCopy) -> IndexOutcome | None:
        there = read_indices(self.cluster, operation.index).get(operation.index)
        seen = tools.naming.base(operation.call or "")
        if there is None or there.uuid != operation.uuid or seen in there.aliases:
            return None
        self.cluster.delete(f"/{quoted(operation.index)}", ignore_unavailable=True)
        tools.dead_letters.forget(operation.h8)
        return IndexOutcome(
            operation.call or "", operation.index, "", "deleted", reason=operation.reason
        )

    def _all(self, jobs: list[Callable[[], IndexOutcome]]) -> list[IndexOutcome]:
        """Runs jobs, several at once; the first failure lets the others checkpoint and stop."""
        with ThreadPoolExecutor(_INDICES_AT_ONCE, "ucaudit-index") as pool:
            futures = [pool.submit(job) for job in jobs]
            try:
                self._await(futures)
            finally:
                for future in futures:
                    future.cancel()
        failures = [
            error for f in futures if not f.cancelled() and (error := f.exception()) is not None
        ]
        # What stopped the others matters, not that they were stopped.
        failures.sort(key=lambda error: isinstance(error, Interrupted))
        if failures:
            raise failures[0]
        if self._stop.is_set():
            raise Interrupted
        return [future.result() for future in futures]

    def _await(self, futures: list[Future[IndexOutcome]]) -> None:
        waiting = set(futures)
        while waiting:
            # Short waits: a signal handler runs between them.
            done, waiting = wait(waiting, timeout=0.2, return_when=FIRST_EXCEPTION)
            if any(future.exception() for future in done if not future.cancelled()):
                self._stop.set()
            if self._stop.is_set():
                for future in waiting:
                    future.cancel()


def _late_job(tools: Tools, operation: SyncLate) -> Callable[[], IndexOutcome]:
    return lambda: sync_late(tools, operation)


def _expanding(operations: list[Operation]) -> str:
    counts: dict[str, int] = {}
    for operation in operations:
        counts[operation.noun] = counts.get(operation.noun, 0) + 1
    parts = (
        f"{number:,} {noun}{'s' if number > 1 and noun != 'aliases' else ''}"
        for noun, number in counts.items()
    )
    return "Expanding: " + ", ".join(parts)
