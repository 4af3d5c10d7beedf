"""``ucaudit.run/1``, ``verify/1``, ``prune/1``, ``dead-letters/1`` and ``force-unlock/1``."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.compare import Kind
from ucaudit.migrate.outcome import IndexState
from ucaudit.migrate.prune import PruneState
from ucaudit.report.formats.plan import ClusterId
from ucaudit.report.formats.words import AnyJson, Count, Time, about


class Reason(TypedDict):
    """Why several documents became dead letters, and one of them."""

    reason: str
    count: Count
    index: str
    id: str


class IndexRun(TypedDict):
    """What became of one index."""

    index: str
    target: str
    state: IndexState
    copied: Count
    existing: Count
    mended: Count
    dead_letters: Count
    reason: str


class CallRun(TypedDict):
    """What became of one call."""

    call: str
    expanded: Count
    indices: list[IndexRun]


class RunSummary(TypedDict):
    """Counts; those of states are there where there are any."""

    expanded: Count
    copied: Count
    dead_letters: Count
    reasons: list[Reason]
    swapped: NotRequired[Count]
    waiting: NotRequired[Count]
    held: NotRequired[Count]
    unverified: NotRequired[Count]
    synced: NotRequired[Count]
    deleted: NotRequired[Count]
    back: NotRequired[Count]
    lost: NotRequired[Count]


class Run(TypedDict):
    """What became of a run: `ucaudit migrate --format json`, also of rollback."""

    format: Literal["ucaudit.run/1"]
    started: Time
    finished: Time
    cluster: ClusterId
    summary: RunSummary
    calls: list[CallRun]


class VerifiedSource(TypedDict):
    """A source of a copy, and an order-independent digest of its documents transformed."""

    index: str
    generation: int
    documents: Count
    dead: Count
    digest: str


class Difference(TypedDict):
    """A document that differs."""

    kind: Kind
    id: AnyJson
    routing: AnyJson
    expected: AnyJson
    there: AnyJson
    reason: str | None


class VerifiedCopy(TypedDict):
    """A copy held against its sources."""

    index: str
    generation: int
    holds: bool
    compared: Annotated[
        Literal["documents", "ids"],
        about("`ids` where the steps that made the copy were mended since."),
    ]
    documents: Count
    digest: str
    sources: list[VerifiedSource]
    differences: dict[str, int]
    extra_looked_for: bool
    samples: list[Difference]


class SkippedCopy(TypedDict):
    """A copy that was not compared."""

    index: str
    reason: str
    usual: Annotated[bool, about("Whether nobody needs to look.")]


class CallVerified(TypedDict):
    """The copies of one call."""

    call: str
    copies: list[VerifiedCopy]
    skipped: list[SkippedCopy]


class VerifySummary(TypedDict):
    """Counts, and whether nobody needs to look."""

    holds: bool
    copies: Count
    hold: Count
    skipped: Count
    documents: Count
    dead_letters: Count
    late_operations: Count


class Verify(TypedDict):
    """Whether copies hold what their sources do: `ucaudit verify --format json`."""

    format: Literal["ucaudit.verify/1"]
    cluster: ClusterId
    summary: VerifySummary
    calls: list[CallVerified]


class PruneCandidate(TypedDict):
    """A copy that readers see, and its hidden sources."""

    call: str
    sources: list[str]
    copy: str
    since: Annotated[Time, about("Since when readers have seen the copy, at the earliest.")]
    documents: Count
    bytes: Count
    kept: Annotated[str | None, about("Why the sources are kept.")]


class PrunedSources(PruneCandidate):
    """What became of a candidate."""

    state: PruneState
    late: Annotated[int, about("Late documents that were copied before.")]
    reason: str


class PruneSummary(TypedDict):
    """Counts; those of states are there where there are any."""

    sources: Annotated[int, about("Hidden sources that were deleted.")]
    bytes: Count
    late: Count
    kept: Count
    pruned: NotRequired[Count]
    unverified: NotRequired[Count]
    held: NotRequired[Count]
    gone: NotRequired[Count]


class Prune(TypedDict):
    """What hidden sources may go, and which went: `ucaudit prune --format json`."""

    format: Literal["ucaudit.prune/1"]
    summary: PruneSummary
    found: list[PruneCandidate]
    done: list[PrunedSources]


class LettersSummary(TypedDict):
    """Counts."""

    dead_letters: Count
    indices: Count
    missing: Annotated[int, about("Letters whose documents no reader can find.")]


class LettersIndex(TypedDict):
    """The dead letters between two indices."""

    call: str
    source: str
    target: str
    standing: str
    source_there: bool
    dead_letters: Count
    reasons: list[Reason]


class DeadLetters(TypedDict):
    """Dead letters: `ucaudit dead-letters list|retry|discard --format json`."""

    format: Literal["ucaudit.dead-letters/1"]
    action: Literal["list", "retry", "discard"]
    summary: LettersSummary
    indices: list[LettersIndex]
    letters: NotRequired[Annotated[list[JsonObject], about("Of `list`: the letters themselves.")]]
    retried: NotRequired[Annotated[list[JsonObject], about("Of `retry`: what became of them.")]]
    discarded: NotRequired[Annotated[int, about("Of `discard`: how many.")]]


class Holder(TypedDict):
    """Who holds the lock."""

    owner: str
    host: str
    pid: int
    operation: str
    since: str
    renewed: str | None


class ForceUnlock(TypedDict):
    """The lock: `ucaudit force-unlock --format json`."""

    format: Literal["ucaudit.force-unlock/1"]
    holder: Holder | None
    unlocked: bool
