"""One recorded state of a call, and all of them in order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ucaudit.jsontypes import JsonObject
from ucaudit.sources.record import CallSchemas

IndexEffect = Literal["none", "put_mapping", "reindex"]

# Entries beside the steps of an open version: questions, and the answer that values stay.
_NOT_STEPS: Final = frozenset({"undecided", "proposed", "keep"})


@dataclass(frozen=True, slots=True)
class Version:
    """A released version of a call, as its file in ``schemas/history/`` holds it.

    Attributes:
        call: Full name of the call.
        number: 1, 2, 3 …
        generation: The run of versions that share one index mapping: 1, 2 …
        index: What this version asked of the audit index of the version before.
        parts: ``request``, ``response``, ``audit`` -> contract (``in``, ``out``) -> JSON Schema,
            self-contained.
        retention_days: How long documents are kept.
        record_response: Whether the response is part of the audit document.
        envelope: JSON Schema of the fields around the call's own data.
        mapping: The call's own part of the index mapping (``{"properties": {"requestJson": …}}``),
            accumulated over the versions of the generation so far; the envelope is not in it.
        settings: Index settings that the mapping needs, such as limits on fields.
        steps: Transform steps that turn documents of the version before into this one.
        digest: Of schemas, audit options and envelope; ``<algorithm number>:<hex>``.
        steps_digest: Of the steps as written (not of Python functions that they name).
        parent: Digest of the version before.
        label: What the release was called.
        new_generation: Whether a person asked for a generation that the index does not need.
    """

    call: str
    number: int
    generation: int
    index: IndexEffect
    parts: Mapping[str, Mapping[str, JsonObject]]
    retention_days: int
    record_response: bool
    envelope: JsonObject
    mapping: JsonObject
    settings: JsonObject
    steps: tuple[JsonObject, ...]
    digest: str
    steps_digest: str
    parent: str | None = None
    label: str | None = None
    new_generation: bool = False


@dataclass(frozen=True, slots=True)
class CallHistory:
    """The released versions of one call, oldest first; never empty."""

    call: str
    versions: tuple[Version, ...]

    @property
    def newest(self) -> Version:
        """The newest released version."""
        return self.versions[-1]

    @property
    def generation(self) -> int:
        """The current generation."""
        return self.newest.generation

    def steps(self, from_generation: int, to_generation: int) -> tuple[JsonObject, ...]:
        """Steps that turn any document of ``from_generation`` into the newest of ``to_generation``.

        An index of a generation holds documents of all its versions; each step leaves documents of
        the new shape alone, so the steps between those versions are in the list too.
        """
        inside = [v for v in self.versions if from_generation <= v.generation <= to_generation]
        first = next((v for v in inside if v.generation == from_generation), None)
        return tuple(step for v in inside if v is not first for step in v.steps)

    def ancestors(self, number: int) -> tuple[str, ...]:
        """Digests of the versions before ``number``, oldest first."""
        return tuple(v.digest for v in self.versions if v.number < number)


@dataclass(frozen=True, slots=True)
class History:
    """All recorded calls, by full name, in order of name."""

    calls: Mapping[str, CallHistory] = field(default_factory=dict)


def released_schemas(version: Version, like: CallSchemas | None = None) -> CallSchemas:
    """A released version in the form in which sources give calls."""
    return CallSchemas(
        name=version.call,
        parts=version.parts,
        retention_days=version.retention_days,
        record_response=version.record_response,
        shared=like.shared if like is not None else frozenset(),
        origin=f"version {version.number} of {version.call}",
    )


def is_step(entry: JsonObject) -> bool:
    """Whether an entry of an open version is a step to carry out: no question, no mere answer."""
    return _NOT_STEPS.isdisjoint(entry)
