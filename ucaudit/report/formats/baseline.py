"""``ucaudit.baseline/1``."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.reach import ChangeKind
from ucaudit.plan.baseline import Need
from ucaudit.report.formats.comparison import VersionNumber
from ucaudit.report.formats.plan import Cluster, Notice, Operation
from ucaudit.report.formats.words import Count, Time, about


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
