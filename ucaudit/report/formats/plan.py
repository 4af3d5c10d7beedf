"""``ucaudit.plan/1`` and ``status/1``."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

import msgspec

from ucaudit.jsontypes import JsonObject
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
