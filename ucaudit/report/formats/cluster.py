"""Plans, runs, status, verification, pruning, baseline and dead letters of a cluster."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec

from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.reach import ChangeKind
from ucaudit.migrate.compare import Kind
from ucaudit.migrate.outcome import IndexState
from ucaudit.migrate.prune import PruneState
from ucaudit.plan.baseline import Need
from ucaudit.plan.drift import DriftKind
from ucaudit.plan.operations import operation_kinds
from ucaudit.report.formats.comparison import VersionNumber
from ucaudit.report.formats.words import AnyJson, Count, Time, about


def _operation() -> JsonObject:
    """Any of the kinds of operations, as their classes are written."""
    kinds = operation_kinds()
    made, definitions = msgspec.json.schema_components(kinds.values())
    alternatives = []
    for (kind, cls), reference in zip(kinds.items(), made, strict=True):
        own = definitions[reference["$ref"].rpartition("/")[2]]
        said = {"kind": kind, "sign": cls.sign, "destructive": cls.destructive}
        properties = {**{k: {"const": v} for k, v in said.items()}, **own["properties"]}
        alternatives.append(
            {
                "title": kind,
                "type": "object",
                "properties": properties,
                "required": list(properties),
            }
        )
    return {"anyOf": alternatives}


Operation = Annotated[dict[str, Any], msgspec.Meta(extra_json_schema=_operation())]


class Cluster(TypedDict):
    """The cluster that it is about."""

    id: Annotated[str, about("Its UUID.")]
    version: str


class ClusterId(TypedDict):
    """The cluster that it is about."""

    id: Annotated[str, about("Its UUID.")]


class Notice(TypedDict):
    """Something that a person should know, or must mend first."""

    name: str
    call: str | None
    what: str
    where: str
    why: str
    fix: str


class Drift(TypedDict):
    """One thing that somebody changed by hand."""

    call: str | None
    index: str | None
    template: str | None
    path: str
    parameter: str | None
    kind: DriftKind
    wanted: AnyJson
    live: AnyJson
    mended: Annotated[bool, about("Whether the next migrate brings it back.")]
    note: str


class CallState(TypedDict):
    """What one call has on the cluster."""

    call: str
    released: VersionNumber
    live: Annotated[VersionNumber, about("The newest that the cluster has a template of.")]
    ahead: Annotated[bool, about("Whether the cluster is ahead of this history.")]
    documents: Annotated[dict[str, int], about("Generation to documents that readers see.")]
    backup: Annotated[int, about("Documents in superseded indices, kept hidden.")]
    waiting: Annotated[dict[str, int], about("Index to documents that no reader sees yet.")]
    dead_letters: Count
    pinned: Annotated[int | None, about("The generation that a rollback keeps it at.")]


class CallPlan(CallState):
    """What one call has and needs."""

    operations: list[Operation]


class PlanSummary(TypedDict):
    """Counts."""

    templates_added: Count
    templates_updated: Count
    templates_pinned: Count
    mappings: Count
    aliases: Count
    indices_mended: Count
    templates_mended: Count
    backfills: Count
    due: Count
    documents: Count
    bytes: Count
    late: Count
    swaps: Count
    swaps_back: Count
    deletions: Count


class Plan(TypedDict):
    """What a cluster needs: `ucaudit plan --format json`, and the file that it saves."""

    format: Literal["ucaudit.plan/1"]
    made_at: Time
    cluster: Cluster
    history: Annotated[str, about("Digest of the recorded history of its calls.")]
    only: list[str]
    exclude: list[str]
    finish: bool
    summary: PlanSummary
    shared: Annotated[list[Operation], about("What serves several calls; first of all.")]
    calls: list[CallPlan]
    drift: list[Drift]
    problems: Annotated[list[Notice], about("What must be mended before anything is done.")]
    warnings: list[Notice]
    fingerprint: Annotated[dict[str, str], about("Thing to a digest of what the plan uses of it.")]
    expanded: Annotated[dict[str, str], about("The same of what the plan itself changes first.")]
    digest: NotRequired[Annotated[str, about("Of all the above: a plan is not edited.")]]


class Pending(TypedDict):
    """Something to do."""

    kind: str
    subject: str | None
    due: bool | None
    due_at: str | None
    documents: int | None


class CallStatus(CallState):
    """Where one call is."""

    pending: list[Pending]


class StatusSummary(TypedDict):
    """Counts."""

    calls: Count
    pending: Count
    documents: Count
    backup: Count
    dead_letters: Count
    drift: Count


class Status(TypedDict):
    """Where everything is: `ucaudit status --format json`."""

    format: Literal["ucaudit.status/1"]
    cluster: Cluster
    summary: StatusSummary
    calls: list[CallStatus]
    drift: list[Drift]
    problems: list[Notice]
    warnings: list[Notice]


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


class FieldReason(TypedDict):
    """Why an index cannot serve a field, or must be changed to."""

    path: str
    kind: ChangeKind
    reason: str
    live: JsonObject | None
    wanted: JsonObject


class AdoptedIndex(TypedDict):
    """An index to take over."""

    index: str
    generation: Annotated[int, about("That it counts as; 0 is copied by the next migrate.")]
    documents: Count
    bytes: Count


class BaselineGroup(TypedDict):
    """Indices that need the same for the same reasons."""

    need: Need
    why: str
    reasons: list[FieldReason]
    indices: list[AdoptedIndex]


class LeftAlone(TypedDict):
    """An index that is not taken over."""

    index: str
    name: str
    why: str
    fix: str


class CallBaseline(TypedDict):
    """What the indices of one call need."""

    call: str
    released: VersionNumber
    managed: Annotated[int, about("Indices that ucaudit has already.")]
    groups: list[BaselineGroup]
    left_alone: list[LeftAlone]


class BaselineSummary(TypedDict):
    """Counts."""

    calls: Count
    indices: Count
    serves: Count
    put_mapping: Count
    backfill: Count
    left_alone: Count
    managed: Count
    documents: Count
    backfill_documents: Count
    backfill_bytes: Count
    templates: Count


class Adopted(TypedDict):
    """An index that was taken over."""

    index: str
    generation: int


class Baseline(TypedDict):
    """What indices of a time before need: `ucaudit baseline --format json`."""

    format: Literal["ucaudit.baseline/1"]
    made_at: Time
    cluster: Cluster
    only: list[str]
    exclude: list[str]
    summary: BaselineSummary
    calls: list[CallBaseline]
    operations: list[Operation]
    problems: list[Notice]
    warnings: list[Notice]
    adopted: NotRequired[Annotated[list[Adopted], about("What a run took over.")]]
    left_alone: NotRequired[Annotated[list[Notice], about("What a run left alone.")]]


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


class DoctorCheck(TypedDict):
    """One thing that was looked at."""

    check: Annotated[str, about("What, such as `schemas` or `disk`.")]
    state: Literal["ok", "warning", "problem", "skipped"]
    what: str
    why: str | None
    fix: str | None
    name: Annotated[str | None, about("Stable reference of the error or notice, if it is one.")]


class DoctorSummary(TypedDict):
    """Counts."""

    ok: Count
    warning: Count
    problem: Count
    skipped: Count


class Doctor(TypedDict):
    """What is wrong: `ucaudit doctor --format json`."""

    format: Literal["ucaudit.doctor/1"]
    versions: Annotated[dict[str, str], about("Of ucaudit, Python and the client.")]
    summary: DoctorSummary
    checks: list[DoctorCheck]
