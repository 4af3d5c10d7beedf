"""``ucaudit.diff/1``, ``check/1``, ``rule/1`` and ``rules/1``."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, Required, TypedDict

from ucaudit.diff.model import Effect, Level, Part
from ucaudit.diff.model import Status as CallStatus
from ucaudit.mapping.verdict import IndexEffect
from ucaudit.report.formats.words import AnyJson, Count, Day, Step, about


class Effects(TypedDict):
    """What a change does to old callers, to old services, and to the audit index."""

    backward: Effect
    forward: Effect
    index: IndexEffect


class DiffSummary(TypedDict):
    """Counts, and the worst of all calls."""

    calls: Count
    changed: Count
    findings: Count
    backward: Effect
    forward: Effect
    index: IndexEffect
    off: NotRequired[Annotated[int, about("Findings that are not listed: their rules are off.")]]


class DiffCall(TypedDict):
    """What changed in one call."""

    call: str
    status: CallStatus
    backward: Effect
    forward: Effect
    index: IndexEffect
    findings: Annotated[list[str], about("Ids of its findings.")]
    renamed_from: NotRequired[str]


class Witness(TypedDict):
    """A document that proves an effect."""

    document: AnyJson
    accepted_by: Literal["old", "new"]
    rejected_by: Annotated[str, about("`old`, `new`, or `mapping` for the audit index.")]
    error: Annotated[str, about("What that side says.")]


class Witnesses(TypedDict, total=False):
    """Proofs by direction; one is missing where nothing breaks or none could be made."""

    backward: Witness
    forward: Witness
    index: Witness


class Occurrence(TypedDict):
    """One place that a finding reaches."""

    call: str
    part: Part
    path: Annotated[str, about("Where in a document, such as `$.items[*].port`.")]
    pointer: Annotated[str, about("Where in the schema of the part, as a JSON pointer.")]


class Terms(TypedDict):
    """Reason and end of an acceptance."""

    reason: str
    until: Day | None


class Proposal(TypedDict):
    """What a field or call may be called on the other side."""

    finding: Annotated[str, about("Id of the finding about the other name.")]
    name: str
    score: Annotated[float, about("How much speaks for it, from 0 to 1.")]
    reason: str


class Finding(TypedDict):
    """One cause: a rule at a node of a schema, its effects, and everywhere it reaches."""

    id: Annotated[str, about("Stays the same while the cause does.")]
    rule: Annotated[str, about("Explained by `ucaudit rule NAME`.")]
    level: Annotated[Level, about("By the policy of the project.")]
    owner: Annotated[str, about("Whose schema it is.")]
    pointer: Annotated[str, about("Where in the owner.")]
    old: AnyJson
    new: AnyJson
    message: str
    effects: Effects
    witnesses: Witnesses
    occurrences: list[Occurrence]
    accepted: Annotated[Terms | None, about("The acceptance that counts.")]
    expired: NotRequired[Annotated[Terms, about("An acceptance whose last day is over.")]]
    versions: NotRequired[
        Annotated[list[int], about("Released versions that show it, where the old side does not.")]
    ]
    renamed_from: NotRequired[Proposal]
    renamed_to: NotRequired[Proposal]


class Acceptance(TypedDict):
    """An accepted finding."""

    id: str
    rule: str
    owner: str
    pointer: str
    message: str
    reason: str
    until: Day | None


class Diff(TypedDict):
    """A comparison of two sources: `ucaudit diff --format json`."""

    format: Literal["ucaudit.diff/1"]
    summary: DiffSummary
    calls: list[DiffCall]
    findings: list[Finding]
    unmatched_acceptances: NotRequired[list[Acceptance]]


class CheckSummary(TypedDict):
    """Counts of problems that nobody accepted, and the worst of all calls."""

    calls: Count
    changed: Count
    errors: Count
    warnings: Count
    infos: Count
    accepted: Count
    backward: Effect
    forward: Effect
    index: IndexEffect


class Problem(TypedDict):
    """Something to mend or to know; of a finding, the place that caused it."""

    rule: str
    level: Level
    message: str
    call: str | None
    file: Annotated[str | None, about("From the top of the repository.")]
    line: Annotated[int | None, about("From 1.")]
    fingerprint: Annotated[str, about("The id of the finding, or a hash of what it is about.")]
    fix: str | None


class VersionNumber(TypedDict):
    """A version and its generation; 0 for none."""

    version: Count
    generation: Count


Migration = TypedDict(
    "Migration",
    {
        "call": Required[str],
        "from": Required[Annotated[VersionNumber | None, about("`null` for a new call.")]],
        "to": Required[VersionNumber],
        "new_generation": Required[Annotated[bool, about("Whether documents are copied.")]],
        "index": Required[IndexEffect],
        "fields": Required[Annotated[list[str], about("Fields that the mapping differs in.")]],
        "steps": Required[list[Step]],
        "undecided": Required[Annotated[list[Step], about("Decisions that are missing.")]],
        "released": Required[bool],
    },
)


class Check(TypedDict):
    """A check of a project: `ucaudit check --format json`."""

    format: Literal["ucaudit.check/1"]
    against: Annotated[str | None, about("The base; `null` for the newest released versions.")]
    declared: Annotated[str | None, about("Where the calls are declared.")]
    summary: CheckSummary
    problems: list[Problem]
    migration: Annotated[list[Migration], about("What the change asks of audit indices.")]
    diff: Diff


class Example(TypedDict):
    """A change that a rule names."""

    part: Literal["request", "response", "audit", "calls"]
    old: AnyJson
    new: AnyJson


class RuleEntry(TypedDict):
    """One kind of change."""

    rule: str
    family: str
    summary: str
    explanation: str
    safe_way: str
    mirror: Annotated[str | None, about("The rule of the change made backwards.")]
    no_mirror: Annotated[str | None, about("Why there is none.")]
    example: Example
    effects: Annotated[Effects, about("What the example does.")]


class Rule(RuleEntry):
    """A rule and what the diff says of its example: `ucaudit rule NAME --format json`."""

    format: Literal["ucaudit.rule/1"]
    findings: list[Finding]


class Rules(TypedDict):
    """All rules: `ucaudit rule --all --format json`."""

    format: Literal["ucaudit.rules/1"]
    rules: list[RuleEntry]


class Explanation(TypedDict):
    """A named error, problem or warning."""

    name: str
    topic: str
    means: Annotated[str, about("What it means, and how it comes about; Markdown.")]
    do: Annotated[str, about("What to do about it; Markdown.")]


class Explain(TypedDict):
    """Errors explained: `ucaudit explain --format json`."""

    format: Literal["ucaudit.explain/1"]
    errors: list[Explanation]
