"""Deletes hidden sources whose copies have been in use for long enough.

A source is deleted after writes to it were blocked, what came late was copied, and every document
of it was found again in the copy or among the discarded dead letters. A run that dies in between
leaves a blocked source: the next migrate opens it again, and the next prune goes on with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Event
from typing import Final, Literal

from ucaudit.cluster.client import quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.read import read_indices
from ucaudit.cluster.state import LiveState
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate import target as requests
from ucaudit.migrate.pages import Interrupted
from ucaudit.migrate.prunable import Candidate, candidates, left_aliases
from ucaudit.migrate.run import Migration
from ucaudit.migrate.session import Session
from ucaudit.migrate.survey import survey
from ucaudit.migrate.tools import Tools
from ucaudit.migrate.verify import Verification, copies_of, verify_copy
from ucaudit.migrate.work import sync_late
from ucaudit.plan.indices import late_operation
from ucaudit.plan.members import Member, Membership, memberships
from ucaudit.plan.planner import make_plan

FORMAT: Final = "ucaudit.prune/1"
_WRITERS: Final = 2

PruneState = Literal["pruned", "unverified", "held", "gone"]


@dataclass(frozen=True, slots=True)
class Pruned:
    """What became of a candidate.

    Attributes:
        candidate: The copy and its sources.
        state: ``pruned`` its sources are deleted; ``unverified`` a document of theirs was not found
            in the copy; ``held`` a late document became a dead letter; ``gone`` somebody else was
            faster.
        late: Late documents that were copied before.
        reason: In words, where the state needs some.
    """

    candidate: Candidate
    state: PruneState
    late: int = 0
    reason: str = ""

    def to_dict(self) -> JsonObject:
        """The outcome as JSON."""
        return {
            **self.candidate.to_dict(),
            "state": self.state,
            "late": self.late,
            "reason": self.reason,
        }


@dataclass(slots=True)
class Pruning:
    """Finds what may be deleted, and deletes it.

    Attributes:
        migration: What is known of cluster, history and options.
        older_than: How long sources are kept.
        found: Every copy that has a source; filled by ``look``.
    """

    migration: Migration
    older_than: timedelta
    stop: Event = field(default_factory=Event)
    found: list[Candidate] = field(default_factory=list)
    _live: LiveState | None = None
    _members: dict[str, Membership] = field(default_factory=dict)

    def interrupt(self) -> None:
        """Asks to stop after the copy that is under way; safe in a signal handler."""
        self.stop.set()
        self.migration.interrupt()

    def look(self) -> list[Candidate]:
        """What the cluster has now; nothing is changed.

        Raises:
            RefusedError: If the cluster cannot be reached, or does not accept us.
        """
        migration = self.migration
        options, history = migration.options, migration.history
        self._live = survey(migration.cluster, history, options.naming)
        now = migration.now()
        plan = make_plan(history, self._live, now, options)
        self._members = memberships(self._live, options.naming, history.calls)
        calls = [call.call for call in plan.calls]
        copies = [copy for call in calls for copy in copies_of(call, self._members[call])]
        self.found = candidates(
            copies, plan, self._live, now, grace=options.grace, older_than=self.older_than
        )
        return self.found

    @property
    def due(self) -> list[Candidate]:
        """Those whose sources may go."""
        return [candidate for candidate in self.found if not candidate.kept]

    def run(self) -> list[Pruned]:
        """Deletes the sources that may go, oldest first, under the lock.

        Raises:
            RefusedError: If something is in the way, before anything is written.
            StoppedError: If something went wrong after that; it says how to go on.
            InterruptedRun: If asked to stop.
        """
        migration = self.migration
        session = Session(
            migration.cluster,
            "ucaudit prune",
            "Pruning",
            migration.resume,
            progress=migration.progress,
            lock_timeout=migration.lock_timeout,
            stop=self.stop,
        )
        with session.held():
            self.look()
            assert self._live is not None  # noqa: S101  (just looked)
            session.wrote = True
            migration.progress.begin(sum(_work(candidate) for candidate in self.due), "Pruning")
            try:
                with ThreadPoolExecutor(_WRITERS, "ucaudit-write") as writers:
                    tools = migration.tools(writers, self._live)
                    done = [self._prune(tools, one) for one in reversed(self.due)]
                self._drop_aliases({one.candidate.copy.call for one in done})
            finally:
                migration.progress.end()
        return done

    def _prune(self, tools: Tools, candidate: Candidate) -> Pruned:
        if self.stop.is_set():
            raise Interrupted
        cluster, copy = tools.cluster, candidate.copy
        names = [source.index.name for source in copy.sources]
        there = read_indices(cluster, *names, copy.member.index.name)
        for member in (*copy.sources, copy.member):
            index = there.get(member.index.name)
            if index is None or index.uuid != member.uuid:
                return Pruned(candidate, "gone", reason=f"{member.index.name} is gone")
        tools.progress.state(names[0], "block writes")
        try:
            return self._prune_blocked(tools, candidate)
        except Interrupted:
            self._unblock(candidate)  # Old software may still write: not until the next migrate.
            raise

    def _prune_blocked(self, tools: Tools, candidate: Candidate) -> Pruned:
        cluster, copy = tools.cluster, candidate.copy
        names = [source.index.name for source in copy.sources]
        for source in copy.sources:
            requests.block(cluster, source.index)
            requests.flush(cluster, source.index.name)
        late, dead = self._late(tools, candidate)
        if dead:
            return self._kept(candidate, "held", f"{dead:,} late documents became dead letters")
        tools.progress.state(names[0], "verify")
        verification = verify_copy(
            cluster,
            self.migration.history.calls[copy.call],
            copy,
            stop=self.stop,
            advanced=tools.progress.advanced,
        )
        if not verification.covered:
            return self._kept(candidate, "unverified", _uncovered(verification))
        tools.progress.state(names[0], "delete")
        for name in names:
            cluster.delete(f"/{quoted(name)}", ignore_unavailable=True)
        return Pruned(candidate, "pruned", late=late)

    def _late(self, tools: Tools, candidate: Candidate) -> tuple[int, int]:
        """Copies what arrived in the sources since the last migrate; copied and dead."""
        copy, copied, dead = candidate.copy, 0, 0
        history = self.migration.history.calls[copy.call]
        for source in copy.sources:
            operation = late_operation(history, self._members[copy.call], source, copy.member, 0)
            outcome = sync_late(tools, operation)
            copied += outcome.copied
            dead += outcome.dead_letters
        return copied, dead

    def _kept(self, candidate: Candidate, state: PruneState, reason: str) -> Pruned:
        self._unblock(candidate)
        return Pruned(candidate, state, reason=reason)

    def _unblock(self, candidate: Candidate) -> None:
        for source in candidate.copy.sources:
            if not _was_blocked(source, candidate.copy.member):
                requests.unblock(self.migration.cluster, source.index.name)

    def _drop_aliases(self, calls: Iterable[str]) -> None:
        """Nothing is written into a copy any more once all its sources are gone."""
        cluster, naming = self.migration.cluster, self.migration.options.naming
        live = survey(cluster, self.migration.history, naming)
        found = memberships(live, naming, self.migration.history.calls)
        actions = [
            {"remove": {"index": index, "alias": alias}}
            for call in sorted(calls)
            for index, alias in left_aliases(found[call])
        ]
        if not actions:
            return
        try:
            cluster.post("/_aliases", {"actions": actions})
        except ClusterError as error:
            if error.status != 404:
                raise  # Else an index was deleted meanwhile; the next prune does the rest.


def _work(candidate: Candidate) -> int:
    return candidate.documents + candidate.copy.member.index.documents


def _was_blocked(source: Member, copy: Member) -> bool:
    return copy.mark.source_uuid == source.uuid and copy.mark.source_blocked


def _uncovered(verification: Verification) -> str:
    kinds: Sequence[tuple[str, str]] = (
        ("missing", "not in the copy"),
        ("changed", "another there"),
        ("collides", "of one id in several shards"),
    )
    parts = [f"{n:,} {text}" for kind, text in kinds if (n := verification.counts[kind])]  # type: ignore[index]
    return f"documents of the source are {', '.join(parts)}: ucaudit verify shows them"
