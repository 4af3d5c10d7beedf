"""What a diff says: findings, their effects, and where they reach."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple, overload

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.verdict import IndexEffect, worst

Effect = Literal["ok", "unknown", "breaks"]
Level = Literal["info", "warning", "error"]
Part = Literal["request", "response", "audit"]
Status = Literal["added", "removed", "renamed", "changed", "unchanged"]

_EFFECT_RANK: Final[dict[Effect, int]] = {"ok": 0, "unknown": 1, "breaks": 2}


def worst_effect(effects: Iterable[Effect]) -> Effect:
    """The effect that hurts most."""
    return max(effects, key=_EFFECT_RANK.__getitem__, default="ok")


@dataclass(frozen=True, slots=True)
class Effects:
    """What a change does to old callers, to old services, and to the audit index."""

    backward: Effect = "ok"
    forward: Effect = "ok"
    index: IndexEffect = "none"

    def to_dict(self) -> JsonObject:
        """As in the JSON output."""
        return {"backward": self.backward, "forward": self.forward, "index": self.index}

    def join(self, other: Effects) -> Effects:
        """The worse of both, direction by direction."""
        return Effects(
            worst_effect((self.backward, other.backward)),
            worst_effect((self.forward, other.forward)),
            worst((self.index, other.index)),
        )


NO_EFFECTS: Final = Effects()


class Occurrence(NamedTuple):
    """One place that a finding reaches.

    Attributes:
        call: Full name of the call.
        part: ``request``, ``response`` or ``audit``.
        path: Where in a document, such as ``$.items[*].port``.
        pointer: Where in the part's schema, as a JSON pointer.
    """

    call: str
    part: Part
    path: str
    pointer: str


class Spot(NamedTuple):
    """A place of a finding below a place that several parts of calls lead to."""

    path: str
    pointer: str


class Reached(NamedTuple):
    """A part of a call that leads to such a place, and the path there."""

    call: str
    part: Part
    path: str


@dataclass(frozen=True, slots=True)
class Occurrences(Sequence[Occurrence]):
    """All places that a finding reaches, in order of call and part.

    There may be hundreds of thousands of them, which differ in the call alone: they are kept as
    spots and as the parts that reach all of these.
    """

    _groups: list[tuple[Sequence[Spot], Sequence[Reached]]] = field(default_factory=list)

    def add(self, spots: Sequence[Spot], reached: Sequence[Reached]) -> None:
        """Adds each of ``spots`` as each of ``reached`` leads to it, now or later."""
        self._groups.append((spots, reached))

    def of_call(self, name: str) -> Occurrences:
        """Those of one call."""
        groups = [
            (spots, [r for r in reached if r.call == name]) for spots, reached in self._groups
        ]
        return Occurrences([(spots, reached) for spots, reached in groups if reached])

    def extend(self, others: Occurrences) -> None:
        """Adds ``others``, which are of other parts of calls."""
        self._groups.extend(others._groups)

    @property
    def groups(self) -> Sequence[tuple[Sequence[Spot], Sequence[Reached]]]:
        """Spots, and the parts of calls that reach all of these."""
        return self._groups

    def __len__(self) -> int:
        return sum(len(spots) * len(reached) for spots, reached in self._groups)

    def __iter__(self) -> Iterator[Occurrence]:
        return (
            Occurrence(call, part, start + path, pointer)
            for call, part, start, spots in self._in_order()
            for path, pointer in spots
        )

    @overload
    def __getitem__(self, index: int) -> Occurrence: ...
    @overload
    def __getitem__(self, index: slice) -> list[Occurrence]: ...
    def __getitem__(self, index: int | slice) -> Occurrence | list[Occurrence]:
        return [*self][index]

    def to_list(self) -> list[JsonObject]:
        """As in the JSON output."""
        return [
            {"call": call, "part": part, "path": start + path, "pointer": pointer}
            for call, part, start, spots in self._in_order()
            for path, pointer in spots
        ]

    def _in_order(self) -> list[tuple[str, Part, str, Sequence[Spot]]]:
        return sorted(
            (call, part, start, spots)
            for spots, reached in self._groups
            for call, part, start in reached
        )


@dataclass(frozen=True, slots=True)
class Witness:
    """A document that proves an effect; checked before it is shown.

    Attributes:
        document: The document.
        accepted_by: ``old`` or ``new``: whose producer may send it.
        rejected_by: Who does not take it: ``old``, ``new``, or a mapping.
        error: What that side says.
    """

    document: Json
    accepted_by: str
    rejected_by: str
    error: str

    def to_dict(self) -> JsonObject:
        """As in the JSON output."""
        return {
            "document": self.document,
            "accepted_by": self.accepted_by,
            "rejected_by": self.rejected_by,
            "error": self.error,
        }


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a field or call that is gone may be called now, or one that is new was called before.

    Attributes:
        name: The other name.
        score: How much speaks for it, from 0 to 1.
        reason: What does.
        finding: Id of the finding about the other name.
    """

    name: str
    score: float
    reason: str
    finding: str = ""

    def to_dict(self) -> JsonObject:
        """As in the JSON output."""
        return {
            "finding": self.finding,
            "name": self.name,
            "score": self.score,
            "reason": self.reason,
        }


@dataclass(slots=True)
class Finding:
    """One cause: a rule at a schema node, its effects, and everywhere it reaches.

    Attributes:
        id: Sixteen hexadecimal digits that stay the same while the cause does.
        rule: Name of the rule.
        owner: Whose schema it is: a definition, else the root's title, else the call.
        pointer: Where in the owner.
        old: Operand before.
        new: Operand after.
        message: In words.
        effects: What it does, whatever the policy.
        level: How loud it is, by the policy.
        witnesses: Proofs by direction.
        occurrences: Everywhere it reaches.
        accepted: Reason and end of the acceptance that counts.
        expired: Reason and end of one that counts no more.
        versions: Released versions that show it, where the old side does not.
        filled: Sides of which nothing is refused once the new side's defaults stand in.
        renamed_from: What a field that is new may have been called before.
        renamed_to: What a field that is gone may be called now.
    """

    id: str
    rule: str
    owner: str
    pointer: str
    old: Json
    new: Json
    message: str
    effects: Effects
    level: Level = "info"
    witnesses: dict[str, Witness] = field(default_factory=dict)
    occurrences: Occurrences = field(default_factory=Occurrences)
    accepted: JsonObject | None = None
    expired: JsonObject | None = None
    versions: list[int] | None = None
    filled: frozenset[str] = frozenset()
    renamed_from: Proposal | None = None
    renamed_to: Proposal | None = None

    def to_dict(self, *, occurrences: bool = True) -> JsonObject:
        """As in the JSON output; what only some findings have is there only with them.

        Args:
            occurrences: Whether to list everywhere it reaches, which may be very much.
        """
        document: JsonObject = {
            "id": self.id,
            "rule": self.rule,
            "level": self.level,
            "owner": self.owner,
            "pointer": self.pointer,
            "old": self.old,
            "new": self.new,
            "message": self.message,
            "effects": self.effects.to_dict(),
            "witnesses": {name: w.to_dict() for name, w in self.witnesses.items()},
            **({"occurrences": self.occurrences.to_list()} if occurrences else {}),
            "accepted": self.accepted,
        }
        for key, proposal in (("renamed_from", self.renamed_from), ("renamed_to", self.renamed_to)):
            if proposal is not None:
                document[key] = proposal.to_dict()
        if self.expired is not None:
            document["expired"] = self.expired
        if self.versions is not None:
            document["versions"] = self.versions
        return document


@dataclass(slots=True)
class CallDiff:
    """What changed in one call."""

    call: str
    status: Status
    effects: Effects
    findings: list[str]
    renamed_from: str | None = None

    def to_dict(self) -> JsonObject:
        """As in the JSON output."""
        entry: JsonObject = {"call": self.call, "status": self.status, **self.effects.to_dict()}
        if self.renamed_from is not None:
            entry["renamed_from"] = self.renamed_from
        return {**entry, "findings": self.findings}


@dataclass(slots=True)
class Diff:
    """The whole comparison.

    Attributes:
        calls: In order of name.
        findings: In order of severity.
        off: How many findings are not listed because their rules are off.
        unmatched: Acceptances of this project that match nothing any more.
    """

    calls: list[CallDiff]
    findings: list[Finding]
    off: int = 0
    unmatched: list[JsonObject] = field(default_factory=list)

    @property
    def effects(self) -> Effects:
        """The worst of all calls."""
        total = Effects()
        for call in self.calls:
            total = total.join(call.effects)
        return total

    def to_dict(self) -> dict[str, Any]:
        """The document of ``--format json`` (``ucaudit.diff/1``)."""
        summary: JsonObject = {
            "calls": len(self.calls),
            "changed": sum(call.status != "unchanged" for call in self.calls),
            "findings": len(self.findings),
            **self.effects.to_dict(),
        }
        if self.off:
            summary["off"] = self.off
        document: dict[str, Any] = {
            "format": "ucaudit.diff/1",
            "summary": summary,
            "calls": [call.to_dict() for call in self.calls],
            "findings": [finding.to_dict() for finding in self.findings],
        }
        if self.unmatched:
            document["unmatched_acceptances"] = self.unmatched
        return document
