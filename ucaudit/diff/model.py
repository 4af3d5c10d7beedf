"""What a diff says: findings, their effects, and where they reach."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

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


@dataclass(frozen=True, slots=True)
class Occurrence:
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

    def to_dict(self) -> JsonObject:
        """As in the JSON output."""
        return {"call": self.call, "part": self.part, "path": self.path, "pointer": self.pointer}


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
    """One cause: a rule at a schema node, its effects, and everywhere it reaches."""

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
    occurrences: list[Occurrence] = field(default_factory=list)
    accepted: JsonObject | None = None
    renamed_from: Proposal | None = None
    renamed_to: Proposal | None = None

    def to_dict(self) -> JsonObject:
        """As in the JSON output; the keys of proposed renames are there where one is proposed."""
        entry: JsonObject = {
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
            "occurrences": [occurrence.to_dict() for occurrence in self.occurrences],
            "accepted": self.accepted,
        }
        for key, proposal in (("renamed_from", self.renamed_from), ("renamed_to", self.renamed_to)):
            if proposal is not None:
                entry[key] = proposal.to_dict()
        return entry


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
    """The whole comparison."""

    calls: list[CallDiff]
    findings: list[Finding]

    @property
    def effects(self) -> Effects:
        """The worst of all calls."""
        total = Effects()
        for call in self.calls:
            total = total.join(call.effects)
        return total

    def to_dict(self) -> dict[str, Any]:
        """The document of ``--format json`` (``ucaudit.diff/1``)."""
        return {
            "format": "ucaudit.diff/1",
            "summary": {
                "calls": len(self.calls),
                "changed": sum(call.status != "unchanged" for call in self.calls),
                "findings": len(self.findings),
                **self.effects.to_dict(),
            },
            "calls": [call.to_dict() for call in self.calls],
            "findings": [finding.to_dict() for finding in self.findings],
        }
