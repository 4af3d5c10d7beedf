"""Verifies every copy that readers see, and says of the others why they were not compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Final

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError, refusal
from ucaudit.cluster.state import LiveIndex
from ucaudit.errors import InterruptedRun
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.pages import Interrupted
from ucaudit.migrate.progress import Progress, Silent
from ucaudit.migrate.survey import survey
from ucaudit.migrate.verify import FORMAT, Copy, Verification, copies_of, verify_copy
from ucaudit.names import Naming
from ucaudit.plan.members import Membership, memberships
from ucaudit.plan.scope import Scope

_AT_ONCE: Final = 2


@dataclass(frozen=True, slots=True)
class Skipped:
    """A copy that was not compared.

    Attributes:
        call: Full name of the call.
        index: Its name.
        reason: Why.
        usual: Whether nobody needs to look.
    """

    call: str
    index: str
    reason: str
    usual: bool = True

    def to_dict(self) -> JsonObject:
        """The same as JSON."""
        return {"index": self.index, "reason": self.reason, "usual": self.usual}


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification of a cluster has shown.

    Attributes:
        cluster_id: UUID of the cluster.
        calls: Calls in scope.
        copies: What was compared, by call, newest period first.
        skipped: What was not.
        late: Source -> operations in it that no migrate has looked at yet.
    """

    cluster_id: str
    calls: tuple[str, ...]
    copies: tuple[Verification, ...]
    skipped: tuple[Skipped, ...] = ()
    late: dict[str, int] = field(default_factory=dict)

    @property
    def holds(self) -> bool:
        """Whether nobody needs to look."""
        return all(c.holds for c in self.copies) and all(s.usual for s in self.skipped)

    @property
    def exit_code(self) -> int:
        """1 if it does not hold, else 0."""
        return 0 if self.holds else 1

    def to_dict(self) -> JsonObject:
        """The verification as ``ucaudit.verify/1``."""
        return {
            "format": FORMAT,
            "cluster": {"id": self.cluster_id},
            "summary": {
                "holds": self.holds,
                "copies": len(self.copies),
                "hold": sum(c.holds for c in self.copies),
                "skipped": len(self.skipped),
                "documents": sum(c.target.documents for c in self.copies),
                "dead_letters": sum(one.tally.dead for c in self.copies for one in c.sources),
                "late_operations": sum(self.late.values()),
            },
            "calls": [
                {
                    "call": call,
                    "copies": [c.to_dict() for c in self.copies if c.call == call],
                    "skipped": [s.to_dict() for s in self.skipped if s.call == call],
                }
                for call in self.calls
            ],
        }


@dataclass(slots=True)
class Verifier:
    """Compares copies with their sources; read only.

    Attributes:
        cluster: Where.
        history: The released history.
        naming: How indices are named.
        scope: Calls to look at.
        progress: Told what is done.
    """

    cluster: Cluster
    history: History
    naming: Naming
    scope: Scope = field(default_factory=Scope)
    progress: Progress = field(default_factory=Silent)
    _stop: Event = field(default_factory=Event)

    def interrupt(self) -> None:
        """Asks the run to stop at the next page; safe in a signal handler."""
        self._stop.set()

    def run(self) -> Verified:
        """Compares all copies that readers see.

        Raises:
            InterruptedRun: If asked to stop.
            RefusedError: If the cluster cannot be reached, or does not let us read.
        """
        live = survey(self.cluster, self.history, self.naming)
        found = memberships(live, self.naming, self.history.calls)
        calls = tuple(call for call in found if call in self.scope)
        todo: list[Copy] = []
        skipped: list[Skipped] = []
        for call in calls:
            copies = copies_of(call, found[call])
            reasons = {copy.member.uuid: self._unreadable(copy) for copy in copies}
            todo += [copy for copy in copies if not reasons[copy.member.uuid]]
            skipped += _skipped(call, found[call], reasons)
        self.progress.begin(sum(map(_documents, todo)), "Comparing")
        try:
            done = self._all([self._job(copy) for copy in todo])
        finally:
            self.progress.end()
        names = {one.index for v in done for one in v.sources}
        late = {name: number for name, number in live.late.items() if name in names}
        return Verified(live.cluster_id, calls, tuple(done), tuple(skipped), late)

    def _unreadable(self, copy: Copy) -> str:
        """What keeps a copy from being compared; empty if nothing does."""
        generation = copy.member.name.generation
        if generation not in {v.generation for v in self.history.calls[copy.call].versions}:
            return f"generation {generation} is not released here: use the checkout that has it"
        for member in (copy.member, *copy.sources):
            if state := _state(member.index):
                return f"{member.index.name} is {state}"
        return ""

    def _job(self, copy: Copy) -> Callable[[], Verification]:
        def job() -> Verification:
            self.progress.state(copy.member.index.name, "comparing")
            return verify_copy(
                self.cluster,
                self.history.calls[copy.call],
                copy,
                stop=self._stop,
                advanced=self.progress.advanced,
            )

        return job

    def _all(self, jobs: list[Callable[[], Verification]]) -> list[Verification]:
        with ThreadPoolExecutor(_AT_ONCE, "ucaudit-verify") as pool:
            futures = [pool.submit(job) for job in jobs]
            try:
                return [future.result() for future in futures]
            except ClusterError as error:
                raise refusal(error, self.cluster.shown) from error
            except Interrupted as error:
                raise InterruptedRun("interrupted", "Interrupted; nothing was changed.") from error
            finally:
                self._stop.set()
                for future in futures:
                    future.cancel()


def _documents(copy: Copy) -> int:
    return sum(member.index.documents for member in (copy.member, *copy.sources))


def _state(index: LiveIndex) -> str:
    if index.closed:
        return "closed"
    if index.red:
        return "red: a primary shard is not assigned"
    if index.frozen:
        return "frozen: searches pass it by"
    return "blocked (read)" if "read" in index.blocks else ""


def _skipped(call: str, membership: Membership, reasons: dict[str, str]) -> Iterator[Skipped]:
    """Copies that are not compared; ``reasons`` by UUID of those that have sources."""
    for member in membership.members:
        name = member.index.name
        if reason := reasons.get(member.uuid):
            yield Skipped(call, name, reason, usual=False)
        elif member.read and member.mark.source_uuid and member.uuid not in reasons:
            yield Skipped(call, name, "its source is deleted: nothing is left to compare it with")
        elif member.name.is_copy and not member.read and member.uuid not in membership.successors:
            yield Skipped(call, name, "unfinished; migrate verifies it before readers see it")
