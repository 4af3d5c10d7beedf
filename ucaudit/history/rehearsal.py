"""The newest migration of a call, rehearsed on sample documents without a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import orjson

from ucaudit.diff.documents import documents
from ucaudit.history.compiled import Envelopes, parse_logged
from ucaudit.history.version import CallHistory, Version, released_schemas
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.accepts import refusals
from ucaudit.mapping.envelope import REQUEST, RESPONSE
from ucaudit.schema.parsing import parse
from ucaudit.transform.apply import Transform, TransformFailed


@dataclass(frozen=True, slots=True)
class Letter:
    """A sample that would become a dead letter.

    Attributes:
        document: The sample.
        reason: Why.
        fault: Whether no step meant it to: a Python function raised something that is no
            ``ValueError``, or the sample is one that a person gave.
    """

    document: JsonObject
    reason: str
    fault: bool


@dataclass(slots=True)
class Rehearsal:
    """What became of the samples of a call.

    Attributes:
        call: Its name.
        old: The generation before.
        new: The generation after.
        mapping: What the new generation's indices hold, with the envelope.
        settings: What they need.
        transformed: The samples that were transformed.
        letters: Those that were not.
        refused: A transformed sample that the mapping does not take, and why.
    """

    call: str
    old: int
    new: int
    mapping: JsonObject
    settings: JsonObject
    transformed: list[bytes] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    refused: list[tuple[bytes, str]] = field(default_factory=list)

    def problems(self) -> Iterator[str]:
        """What a person should mend, one line each."""
        if not self.transformed and not self.letters:
            yield "no sample document could be made; give some"
        elif not self.transformed:
            yield f"every sample becomes a dead letter: {self.letters[0].reason}"
        faults = [letter for letter in self.letters if letter.fault]
        yield from (f"{one.reason}\n  {_shown(one.document)}" for one in faults)
        yield from (f"{why}\n  {raw.decode()}" for raw, why in self.refused)

    def __str__(self) -> str:
        count = len(self.transformed) + len(self.letters)
        letters = f", {len(self.letters)} become dead letters" if self.letters else ""
        return f"{self.call}: {count} samples of generation {self.old} to {self.new}{letters}"


def rehearse(history: CallHistory, given: Iterable[JsonObject] = ()) -> Rehearsal | None:
    """Transforms samples of every version of the generation before the newest.

    Args:
        history: The call, the open version perhaps among its versions.
        given: Audit documents that a person gave; each has to come through.

    Returns:
        ``None`` if the call has one generation only.

    Raises:
        InputError: If a step cannot be read, or names a function that cannot be used.
    """
    newest = history.newest
    if newest.generation == history.versions[0].generation:
        return None
    before = max(v.generation for v in history.versions if v.generation < newest.generation)
    envelopes = Envelopes()
    rehearsal = Rehearsal(
        history.call, before, newest.generation, envelopes.accumulated(history), newest.settings
    )
    transform = Transform(history.steps(before, newest.generation))
    for document in given:
        _try(rehearsal, transform, document, given=True)
    for version in history.versions:
        if version.generation == before:
            for document in samples(version):
                _try(rehearsal, transform, document)
    return rehearsal


def samples(version: Version) -> Iterator[JsonObject]:
    """Whole audit documents as ``version`` wrote them."""
    request, response = parse_logged(released_schemas(version))
    choices: list[list[JsonObject]] = [
        [value for value in documents(parse(version.envelope, "envelope")) if value],
        *(
            [{name: value} for value in documents(root)]
            for name, root in ((REQUEST, request), (RESPONSE, response))
            if root is not None
        ),
    ]
    if all(choices):
        for turn in range(max(map(len, choices))):
            document: JsonObject = {}
            for choice in choices:
                document |= choice[turn % len(choice)]
            yield document


def _try(
    rehearsal: Rehearsal, transform: Transform, document: JsonObject, *, given: bool = False
) -> None:
    try:
        raw = transform.apply(orjson.dumps(document))
    except TransformFailed as failed:
        rehearsal.letters.append(Letter(document, str(failed), given or _is_fault(failed)))
        return
    rehearsal.transformed.append(raw)
    why = next(refusals(rehearsal.mapping["properties"], orjson.loads(raw)), None)
    if why is not None:
        rehearsal.refused.append((raw, why))


def _is_fault(failed: TransformFailed) -> bool:
    """Whether a function raised what no refusal is: the cause of the cause is its exception."""
    raised = failed.__cause__.__cause__ if failed.__cause__ is not None else None
    return raised is not None and not isinstance(raised, ValueError)


def _shown(document: Json) -> str:
    return orjson.dumps(document).decode()
