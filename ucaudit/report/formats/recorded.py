"""``ucaudit.lock/1``, ``release/1``, ``names/1``, and the files of the recorded history."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from ucaudit.history.lock import Outcome
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.verdict import IndexEffect
from ucaudit.report.formats.comparison import Acceptance
from ucaudit.report.formats.words import Count, Mapping, Schema, Step, about


class LockedCall(TypedDict):
    """What became of one call; all `null` for one that is no longer declared."""

    call: str
    outcome: Outcome
    version: int | None
    generation: int | None
    index: IndexEffect | None
    steps: list[Step]


class LockAcceptances(TypedDict):
    """What became of acceptances."""

    accepted: list[Acceptance]
    dropped: list[Acceptance]
    unmatched: list[Acceptance]
    expired: list[Acceptance]


class Lock(TypedDict):
    """What lock wrote: `ucaudit lock --format json`."""

    format: Literal["ucaudit.lock/1"]
    calls: list[LockedCall]
    acceptances: LockAcceptances


class ReleasedVersion(TypedDict):
    """A version that was frozen."""

    call: str
    version: int
    generation: int
    digest: str


class Release(TypedDict):
    """What was released: `ucaudit release --format json`."""

    format: Literal["ucaudit.release/1"]
    versions: list[ReleasedVersion]


class CallNames(TypedDict):
    """Where the documents of one call are."""

    call: str
    generation: int
    write: Annotated[str, about("Writers append the day in UTC.")]
    read: Annotated[str, about("Alias that holds every document once.")]
    read_globs: Annotated[str, about("The same, found by `<read>-*`.")]
    read_generation: Annotated[str, about("Alias of documents of this generation only.")]


class Names(TypedDict):
    """Where writers write and readers read: `ucaudit names --format json`."""

    format: Literal["ucaudit.names/1"]
    date: Annotated[str, about("How the day is written, as strftime says it.")]
    calls: list[CallNames]


Contracts = Annotated[
    dict[str, JsonObject],
    about("`in`: what callers may send; `out`: what is written. They refer to files in types/."),
]
Whole = Annotated[dict[str, Schema], about("`in`: what callers may send; `out`: what is written.")]


class Call(TypedDict):
    """An open version of a call: `schemas/<call>.json`."""

    format: Literal["ucaudit.call/1"]
    call: str
    version: int
    generation: int
    index: IndexEffect
    new_generation: NotRequired[Literal[True]]
    renamed_from: NotRequired[str]
    retention_days: int
    record_response: bool
    request: NotRequired[Contracts]
    response: NotRequired[Contracts]
    audit: NotRequired[Contracts]
    steps: list[Step]


class Parts(TypedDict, total=False):
    """The schemas of a call."""

    request: Whole
    response: Whole
    audit: Whole


class Version(TypedDict):
    """A released version of a call: `schemas/history/<call>/<number>.json`."""

    format: Literal["ucaudit.version/1"]
    call: str
    version: int
    label: str | None
    generation: int
    new_generation: bool
    index: IndexEffect
    digest: Annotated[str, about("Of schemas, audit options and envelope.")]
    parent: Annotated[str | None, about("Digest of the version before.")]
    mapping_digest: str
    retention_days: Count
    record_response: bool
    parts: Parts
    steps: list[Step]
    mapping: Annotated[Mapping, about("What the generation has accumulated so far.")]
    settings: JsonObject
    envelope: Schema


class Accepted(TypedDict):
    """The accepted findings of a project: `schemas/accepted.json`."""

    format: Literal["ucaudit.accepted/1"]
    accepted: list[Acceptance]
