"""What to do next for one index, decided from what the cluster shows. Pure.

Every step is idempotent and is decided anew from the state that the last one left, so that a run
which was killed between any two requests is finished by the next one. The order of the steps from
`RESTORE` to `UNBLOCK` keeps every document in sight of readers exactly once.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from ucaudit.cluster.state import LiveIndex
from ucaudit.names import CLAIM_ALIAS
from ucaudit.plan.meta import mark_of


class Step(Enum):
    """Something that is done to a source and its copy."""

    CREATE = "create the copy"
    COPY = "copy documents"
    REOPEN = "undo an interrupted cut-over"
    WAIT = "wait until the day is over"
    HOLD = "wait for a decision on dead letters"
    RESTORE = "restore replicas and refresh"
    CLAIM = "claim the source"
    BLOCK = "block writes to the source"
    VERIFY = "copy the rest and verify"
    HIDE = "hide the source"
    SWAP = "swap the aliases"
    UNHIDE = "show the copy"
    UNBLOCK = "let the source be written again"
    DONE = "done"
    LOST = "the source is gone"
    STRANGE = "the copy is not ours"


@dataclass(frozen=True, slots=True)
class Job:
    """A source and the copy that shall take its place.

    Attributes:
        source: Name of the source.
        source_uuid: Its UUID.
        target: Name of the copy.
        read_alias: The alias that decides which of them readers see.
        due: Whether the source is over, so that it may be swapped out.
        attempt: Tells this attempt to swap from earlier ones, which may still be alive.
        h8: Identity of the copy.
    """

    source: str
    source_uuid: str
    target: str
    read_alias: str
    due: bool
    attempt: str
    h8: str

    @property
    def claim(self) -> str:
        """Alias that this attempt puts on the source before it blocks it."""
        return f"{self.claims}{self.attempt}"

    @property
    def claims(self) -> str:
        """What the claim of any attempt starts with."""
        return f"{CLAIM_ALIAS}{self.h8}-"


@dataclass(frozen=True, slots=True)
class View:
    """What the cluster shows of both."""

    source: LiveIndex | None
    target: LiveIndex | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What this attempt has found out; a new attempt starts with nothing.

    Attributes:
        caught_up: The copy has nearly all that the source has.
        verified: Since the block, the copy was found to have everything.
        held: There are dead letters that nobody accepted.
    """

    caught_up: bool = False
    verified: bool = False
    held: bool = False


def next_step(job: Job, view: View, facts: Facts) -> Step:
    """The next step for ``job``."""
    source, target = view.source, view.target
    if source is None or source.uuid != job.source_uuid:
        return Step.LOST
    mark = mark_of(target.meta) if target else None
    if target is not None and (mark is None or mark.source_uuid != job.source_uuid):
        return Step.STRANGE
    blocked_before = mark is not None and mark.source_blocked
    if target is not None and job.read_alias in target.aliases:
        return _after_swap(source, target, blocked_before=blocked_before)
    claims = {alias for alias in source.aliases if alias.startswith(job.claims)}
    if claims - {job.claim} or (claims and (facts.held or not job.due)):
        return Step.REOPEN
    if target is None:
        return Step.CREATE
    if not facts.caught_up:
        return Step.COPY
    return _before_swap(job, source, target, facts, claimed=bool(claims))


def _before_swap(
    job: Job, source: LiveIndex, target: LiveIndex, facts: Facts, *, claimed: bool
) -> Step:
    if not job.due:
        return Step.WAIT
    if facts.held:
        return Step.HOLD
    if target.replicas != source.replicas or target.refresh != source.refresh:
        return Step.RESTORE
    if not claimed:
        return Step.CLAIM
    if not source.write_blocked:
        return Step.BLOCK
    if not facts.verified:
        return Step.VERIFY
    if not source.hidden:
        return Step.HIDE
    return Step.SWAP


def _after_swap(source: LiveIndex, target: LiveIndex, *, blocked_before: bool) -> Step:
    if not source.hidden:
        return Step.HIDE
    if target.hidden:
        return Step.UNHIDE
    if source.write_blocked and not blocked_before:
        return Step.UNBLOCK
    return Step.DONE
