"""Carries out what the machine decides for one index, step by step."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.read import count, read_shards
from ucaudit.cluster.state import LiveIndex, ShardState
from ucaudit.errors import StoppedError
from ucaudit.migrate import target as requests
from ucaudit.migrate.bulk import TargetGone
from ucaudit.migrate.deadletters import Origin
from ucaudit.migrate.journal import Checkpoint, Pair
from ucaudit.migrate.machine import Facts, Job, Step, View, next_step
from ucaudit.migrate.outcome import IndexOutcome, IndexState
from ucaudit.migrate.pages import Interrupted
from ucaudit.migrate.tools import Tools
from ucaudit.migrate.verifying import SwapCheck
from ucaudit.migrate.writing import Written
from ucaudit.plan.members import copy_alias
from ucaudit.plan.meta import copy_meta, mark_of
from ucaudit.plan.operations import Backfill, FinishSwap, SyncLate
from ucaudit.plan.shapes import Shape
from ucaudit.plan.templates import create_body, read_aliases
from ucaudit.transform.apply import Transform

_SMALL_LAG: Final = 1_000
_MOST_PASSES: Final = 50
_MOST_STEPS: Final = 60


class BackfillWork:
    """Takes one source through the machine until it has to wait or is done."""

    def __init__(self, tools: Tools, operation: Backfill, shape: Shape) -> None:
        self._tools = tools
        self._op = operation
        self._shape = shape
        self._call = operation.call or ""
        self._facts = Facts()
        self._written = Written()
        self._doubtful = False
        self._unverified: SwapCheck | None = None
        self._dead = 0
        naming = tools.naming
        self._job = Job(
            source=operation.source,
            source_uuid=operation.source_uuid,
            target=operation.target,
            read_alias=naming.base(self._call),
            due=operation.due,
            attempt=secrets.token_hex(4),
            h8=operation.h8,
        )
        self._origin = Origin(
            self._call,
            operation.h8,
            operation.source,
            operation.source_uuid,
            operation.source_generation,
            operation.target,
            operation.generation,
        )
        self._transform = Transform(operation.steps)
        self._writer = tools.writer(self._origin, self._transform)
        self._check: SwapCheck | None = None

    def run(self) -> IndexOutcome:
        """Works until nothing more can be done now.

        Raises:
            Interrupted: If asked to stop.
            StoppedError, ClusterError: If something is in the way.
        """
        for _ in range(_MOST_STEPS):
            if self._tools.copier.stop.is_set():
                raise Interrupted
            view = requests.look(self._tools.cluster, self._job)
            step = next_step(self._job, view, self._facts)
            self._tools.before_step(self._op.source, step)
            self._tools.progress.state(self._op.source, step.value)
            try:
                outcome = self._act(step, view)
            except ClusterError as error:
                if error.kind != "index_not_found_exception":
                    raise
                # Deleted under our feet: looked at anew, everything found out so far is void.
                self._facts = Facts()
                continue
            if outcome is not None:
                return outcome
        raise StoppedError(
            "no-progress",
            "An index does not come to rest: somebody else keeps changing it.",
            where=self._op.source,
            fix="See who else works on it, then run ucaudit migrate again.",
        )

    def _act(self, step: Step, view: View) -> IndexOutcome | None:
        source, target = view.source, view.target
        if step is Step.LOST:
            return self._outcome("lost", "the source was deleted meanwhile; run plan again")
        if step is Step.STRANGE:
            raise StoppedError(
                "target-not-ours",
                "An index has the name of a copy, but is not ours.",
                where=self._op.target,
                why="its mapping does not name this source",
                fix="Reindex it under another name.",
            )
        assert source is not None  # noqa: S101  (LOST says the rest)
        if step is Step.CREATE:
            self._create(source)
        elif step is Step.REOPEN:
            self._reopen(source, target)
        elif step is Step.WAIT:
            due_at = self._op.due_at[:16].replace("T", " ")
            but = f"; {self._not_accepted()}" if self._facts.held else ""
            return self._outcome("waiting", f"is swapped in after {due_at} UTC{but}")
        elif step is Step.HOLD:
            return self._held()
        elif step is Step.DONE:
            return self._outcome("swapped")
        elif target is not None:
            self._with_target(step, source, target)
        return None

    def _with_target(self, step: Step, source: LiveIndex, target: LiveIndex) -> None:
        cluster, job = self._tools.cluster, self._job
        if step is Step.COPY:
            self._copy(target)
        elif step is Step.RESTORE:
            requests.restore(cluster, source, target)
        elif step is Step.CLAIM:
            requests.claim(cluster, job, source)
        elif step is Step.BLOCK:
            requests.block(cluster, source)
        elif step is Step.VERIFY:
            self._verify(target)
        elif step is Step.HIDE:
            requests.hide(cluster, source.name)
        elif step is Step.SWAP:
            naming, op = self._tools.naming, self._op
            remove = read_aliases(naming, self._call, op.source_generation)
            add = read_aliases(naming, self._call, op.generation)
            if not requests.swap(cluster, job, remove, add):
                self._facts = replace(self._facts, verified=False)
        elif step is Step.UNHIDE:
            requests.unhide(cluster, target.name)
        elif step is Step.UNBLOCK:
            requests.unblock(cluster, source.name)

    def _create(self, source: LiveIndex) -> None:
        settings = {
            **self._tools.settings(self._shape),
            "index.number_of_shards": source.shards,
            "index.number_of_replicas": 0,
            "index.refresh_interval": "-1",
            "index.hidden": True,
        }
        mark = mark_of(source.meta)
        meta = copy_meta(
            self._shape.meta,
            source=source.name,
            source_uuid=source.uuid,
            source_blocked=source.write_blocked,
            sources=mark.sources if mark else (),
            steps=self._op.steps_digest,
        )
        aliases = {copy_alias(self._op.h8): {"is_hidden": True}}
        body = create_body(self._shape, settings=settings, meta=meta, aliases=aliases)
        requests.create(self._tools.cluster, self._job, body)

    def _reopen(self, source: LiveIndex, target: LiveIndex | None) -> None:
        mark = mark_of(target.meta) if target else None
        blocked_before = mark is not None and mark.source_blocked
        requests.reopen(self._tools.cluster, self._job, source, blocked_before=blocked_before)
        self._facts = replace(self._facts, verified=False)

    def _pair(self, target: LiveIndex) -> Pair:
        return Pair(self._op.source, self._op.source_uuid, target.name, target.uuid)

    def _shards(self) -> dict[int, ShardState]:
        return read_shards(self._tools.cluster, [self._op.source]).get(self._op.source, {})

    def _copy(self, target: LiveIndex) -> None:
        """Passes up to the global checkpoint until the lag is small: live writers never stop."""
        pair, check = self._pair(target), self._checking(target)
        self._tell_copied(target)
        try:
            for _ in range(_MOST_PASSES):
                shards = self._shards()
                upto = {number: state.global_checkpoint for number, state in shards.items()}
                behind, checkpoints = self._pass(pair, shards, upto)
                if behind <= _SMALL_LAG:
                    break
            self._count_dead()
            if self._op.due and not self._facts.held and self._doubts(checkpoints):
                self._tools.progress.state(self._op.source, "compare with the source")
                if not check.prepare(shards, checkpoints):
                    self._cannot(check)
                    return
                self._count_dead()
        except TargetGone:
            return  # Looked at anew: it is created again, and copying starts over.
        requests.refresh(self._tools.cluster, target.name)
        self._facts = replace(self._facts, caught_up=True)

    def _checking(self, target: LiveIndex) -> SwapCheck:
        if self._check is None or self._check.pair.target_uuid != target.uuid:
            mark = mark_of(target.meta)
            ancestors = mark.sources if mark else ()
            repair = self._tools.repair(self._origin, self._transform, ancestors)
            self._check = SwapCheck(
                self._tools.cluster, self._pair(target), repair, self._tools.journal
            )
        return self._check

    def _doubts(self, checkpoints: Mapping[int, Checkpoint]) -> bool:
        """Whether both sides are likely to be read before the swap: better before the block."""
        unknown = any(one.tally is None for one in checkpoints.values())
        return self._doubtful or unknown or self._written.existing > 0

    def _tell_copied(self, target: LiveIndex) -> None:
        """Tells how much an interrupted run had copied that no search had found yet."""
        if self._op.target_uuid == target.uuid:
            requests.refresh(self._tools.cluster, target.name)
            found = count(self._tools.cluster, target.name)
            self._tools.progress.skipped(max(0, found - self._op.copied))

    def _pass(
        self, pair: Pair, shards: Mapping[int, ShardState], upto: Mapping[int, int]
    ) -> tuple[int, dict[int, Checkpoint]]:
        """Copies what is new; returns how many operations that was, and how far it came."""
        checkpoints = self._tools.journal.load(pair, shards)
        behind = sum(max(0, upto[n] - checkpoints[n].at) for n in shards)
        if behind:
            # After the checkpoint was read: what it covers is then in sight of a search.
            requests.refresh(self._tools.cluster, pair.source)
            self._written += self._tools.copier.copy(pair, self._writer, shards, checkpoints, upto)
        return behind, checkpoints

    def _verify(self, target: LiveIndex) -> None:
        pair, check = self._pair(target), self._checking(target)
        requests.flush(self._tools.cluster, self._op.source)
        shards = self._shards()
        upto = {number: state.max_seq_no for number, state in shards.items()}
        try:
            _, checkpoints = self._pass(pair, shards, upto)
            verified = check.verify(shards, checkpoints, thorough=self._doubtful)
        except TargetGone:
            self._facts = Facts()
            return
        self._count_dead()
        if verified:
            self._facts = replace(self._facts, verified=True)
        elif self._doubtful:
            self._cannot(check)
        else:
            # Reading both sides takes long: writers may go on meanwhile.
            self._doubtful = True
            self._facts = Facts()
            source = requests.look(self._tools.cluster, self._job).source
            if source is not None:
                self._reopen(source, target)

    def _cannot(self, check: SwapCheck) -> None:
        """Readers go on seeing the source."""
        self._unverified = check
        self._facts = replace(self._facts, caught_up=True, held=True)

    def _count_dead(self) -> None:
        self._dead = self._tools.dead_letters.count(self._op.h8)
        accepted = self._tools.accepted
        held = accepted is not None and self._dead > accepted
        self._facts = replace(self._facts, held=held)

    def _held(self) -> IndexOutcome:
        if self._unverified is None:
            return self._outcome("held", self._not_accepted())
        reason = "the copy differs from the source, and could not be mended"
        outcome = self._outcome("unverified", reason)
        return replace(outcome, mended=0, differences=tuple(self._unverified.differences))

    def _not_accepted(self) -> str:
        verb = "is" if self._dead == 1 else "are"
        return f"{_number(self._dead, 'dead letter')} {verb} not accepted"

    def _outcome(self, state: IndexState, reason: str = "") -> IndexOutcome:
        return IndexOutcome(
            call=self._call,
            index=self._op.source,
            target=self._op.target,
            state=state,
            copied=self._written.created,
            existing=self._written.existing,
            mended=self._written.mended + (self._check.mended if self._check else 0),
            dead_letters=self._dead,
            reason=reason,
        )


def sync_late(tools: Tools, operation: SyncLate) -> IndexOutcome:
    """Copies documents that arrived in a superseded index into the index that readers see.

    Raises:
        Interrupted: If asked to stop.
        StoppedError, ClusterError: If something is in the way.
    """
    tools.progress.state(operation.source, "copy late documents")
    pair = Pair(operation.source, operation.source_uuid, operation.target, operation.target_uuid)
    origin = Origin(
        operation.call or "",
        operation.h8,
        operation.source,
        operation.source_uuid,
        operation.source_generation,
        operation.target,
        operation.generation,
    )
    shards = read_shards(tools.cluster, [operation.source]).get(operation.source, {})
    upto = {number: state.global_checkpoint for number, state in shards.items()}
    checkpoints = tools.journal.load(pair, shards, operation.via)
    # Beyond a checkpoint are documents that were written since. Where none is known, all are read
    # again, and readers keep what they see of those that are there.
    since = all(one.at >= 0 for one in checkpoints.values())
    writer = tools.writer(origin, Transform(operation.steps), mends=since)
    requests.refresh(tools.cluster, operation.source)
    try:
        written = tools.copier.copy(pair, writer, shards, checkpoints, upto)
    except TargetGone as error:
        raise StoppedError(
            "copy-gone",
            "The copy that late documents belong to cannot be written through its alias.",
            where=operation.target,
            why=str(error.__cause__ or error) or f"alias {copy_alias(operation.h8)} is missing",
        ) from error
    requests.refresh(tools.cluster, operation.target)
    return IndexOutcome(
        call=operation.call or "",
        index=operation.source,
        target=operation.target,
        state="synced",
        copied=written.created,
        existing=written.existing,
        mended=written.mended,
        dead_letters=written.dead,
    )


def finish_swap(tools: Tools, operation: FinishSwap) -> None:
    """Ends a cut-over that was interrupted after its swap, or that somebody half undid."""
    cluster, call = tools.cluster, operation.call or ""
    job = Job(
        source=operation.source,
        source_uuid=operation.source_uuid,
        target=operation.target,
        read_alias=tools.naming.base(call),
        due=True,
        attempt="",
        h8="",
    )
    view = requests.look(cluster, job)
    source, target = view.source, view.target
    if source is None or target is None or source.uuid != operation.source_uuid:
        return
    if not source.hidden:
        requests.hide(cluster, source.name)
    ours = read_aliases(tools.naming, call, operation.source_generation)
    if seen := source.aliases.intersection(ours):
        actions = [{"remove": {"index": source.name, "alias": alias}} for alias in sorted(seen)]
        cluster.post("/_aliases", {"actions": actions})
    if target.hidden:
        requests.unhide(cluster, target.name)
    mark = mark_of(target.meta)
    if source.write_blocked and not (mark and mark.source_blocked):
        requests.unblock(cluster, source.name)


def _number(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
