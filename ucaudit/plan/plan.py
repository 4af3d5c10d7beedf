"""A plan: what each call needs, what all share, what is in the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from ucaudit.errors import RefusedError
from ucaudit.jsontypes import JsonObject
from ucaudit.plan.drift import Drift
from ucaudit.plan.operations import (
    AddAliases,
    AddTemplate,
    Backfill,
    DeleteCopy,
    FinishSwap,
    MendTemplate,
    Operation,
    PinTemplate,
    PutMapping,
    PutTemplate,
    SwapBack,
    SyncLate,
)
from ucaudit.plan.scope import Scope

FORMAT = "ucaudit.plan/1"


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person should know, or must mend first.

    Attributes:
        name: Stable kebab-case reference.
        what: One sentence.
        where: The index or template it concerns.
        why: The reason.
        fix: What to do.
        call: The call it concerns.
    """

    name: str
    what: str
    where: str
    why: str = ""
    fix: str = ""
    call: str | None = None

    def to_dict(self) -> JsonObject:
        """The notice as JSON."""
        return {
            "name": self.name,
            "call": self.call,
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "fix": self.fix,
        }


@dataclass(frozen=True, slots=True)
class CallPlan:
    """What one call has and needs.

    Attributes:
        call: Full name.
        version: Newest released version.
        generation: Its generation.
        live_version: Newest version that the cluster has a template of; 0 for none.
        live_generation: Its generation; 0 for none.
        ahead: Whether the cluster is ahead of this history.
        pinned: The generation that a rollback keeps it at, if any.
        documents: Generation -> documents that readers see.
        backup: Documents in superseded indices, kept hidden.
        waiting: Index -> documents that no reader sees yet.
        dead_letters: Documents kept aside.
        operations: What is to be done, in order.
        drift: What somebody changed by hand.
    """

    call: str
    version: int
    generation: int
    live_version: int = 0
    live_generation: int = 0
    ahead: bool = False
    pinned: int | None = None
    documents: Mapping[int, int] = field(default_factory=dict)
    backup: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)
    dead_letters: int = 0
    operations: tuple[Operation, ...] = ()
    drift: tuple[Drift, ...] = ()

    def to_dict(self) -> JsonObject:
        """The call as JSON."""
        return {
            "call": self.call,
            "released": {"version": self.version, "generation": self.generation},
            "live": {"version": self.live_version, "generation": self.live_generation},
            "ahead": self.ahead,
            "pinned": self.pinned,
            "documents": {str(key): value for key, value in sorted(self.documents.items())},
            "backup": self.backup,
            "waiting": dict(self.waiting),
            "dead_letters": self.dead_letters,
            "operations": [operation.to_dict() for operation in self.operations],
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that would bring a cluster to the released history.

    Attributes:
        cluster_id: UUID of the cluster it is for.
        cluster_version: Its version.
        made_at: When it was made.
        history: Digest of the recorded history of its calls.
        fingerprint: Thing that the plan was made from -> digest of what the plan depends on.
        expanded: The same of what the plan itself changes by expanding.
        scope: Which calls it is limited to.
        finish: Whether indices are swapped in before their day is over.
        shared: Operations that serve several calls; first of all.
        shared_drift: What somebody changed by hand in what serves several calls.
        calls: Every call in scope, in order of name.
        problems: What must be mended before anything is done.
        warnings: What to know.
    """

    cluster_id: str
    cluster_version: str
    made_at: datetime
    history: str
    fingerprint: Mapping[str, str]
    expanded: Mapping[str, str] = field(default_factory=dict)
    scope: Scope = field(default_factory=Scope)
    finish: bool = False
    shared: tuple[Operation, ...] = ()
    shared_drift: tuple[Drift, ...] = ()
    calls: tuple[CallPlan, ...] = ()
    problems: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()

    def operations(self) -> Iterator[Operation]:
        """All operations, shared ones first."""
        yield from self.shared
        for call in self.calls:
            yield from call.operations

    def drift(self) -> Iterator[Drift]:
        """All that somebody changed by hand, shared things first."""
        yield from self.shared_drift
        for call in self.calls:
            yield from call.drift

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return next(self.operations(), None) is None

    @property
    def refused(self) -> frozenset[str]:
        """Calls that something is in the way of."""
        return frozenset(problem.call for problem in self.problems if problem.call)

    def expanding(self) -> Plan:
        """The part of it that only makes room: templates, mappings, aliases."""
        return self.limited(lambda operation: operation.expand)

    def remaining(self) -> Plan:
        """The part of it that is left once that is done."""
        return self.limited(lambda operation: not operation.expand)

    def limited(self, keep: Callable[[Operation], bool]) -> Plan:
        """The part of it whose operations are to be kept."""
        return replace(
            self,
            shared=tuple(filter(keep, self.shared)),
            calls=tuple(
                replace(call, operations=tuple(filter(keep, call.operations)))
                for call in self.calls
            ),
        )

    def check(self) -> None:
        """Refuses a plan that something is in the way of.

        Raises:
            RefusedError: For the first problem, saying how many more there are.
        """
        if not self.problems:
            return
        first, more = self.problems[0], len(self.problems) - 1
        others = ", ".join(problem.where for problem in self.problems[1:4])
        also = f"; {more} more: {others}{' …' if more > 3 else ''}" if more else ""
        raise RefusedError(
            first.name,
            first.what,
            where=f"{first.where}{also}",
            why=first.why or None,
            fix=first.fix or None,
        )

    def summary(self) -> JsonObject:
        """Counts of operations, documents and bytes."""
        operations = list(self.operations())
        fills = [op for op in operations if isinstance(op, Backfill)]
        pins = [op for op in operations if isinstance(op, PinTemplate)]
        release = [op for op in operations if not (op.mends or op in pins)]
        mended = {op.subject() for op in operations if op.mends}
        templates_mended = {op.name for op in operations if isinstance(op, MendTemplate)}
        templates = [op for op in release if isinstance(op, PutTemplate)]
        added = sum(isinstance(op, AddTemplate) for op in templates)
        return {
            "templates_added": added,
            "templates_updated": len(templates) - added,
            "templates_pinned": len(pins),
            "mappings": _count(release, PutMapping),
            "aliases": _count(release, AddAliases),
            "indices_mended": len(mended - templates_mended),
            "templates_mended": len(templates_mended),
            "backfills": len(fills),
            "due": sum(op.due for op in fills),
            "documents": sum(op.documents for op in fills),
            "bytes": sum(op.bytes for op in fills),
            "late": _count(operations, SyncLate),
            "swaps": _count(operations, FinishSwap),
            "swaps_back": _count(operations, SwapBack),
            "deletions": _count(operations, DeleteCopy),
        }

    def to_dict(self) -> JsonObject:
        """The plan as ``ucaudit.plan/1``."""
        return {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "cluster": {"id": self.cluster_id, "version": self.cluster_version},
            "history": self.history,
            "only": list(self.scope.only),
            "exclude": list(self.scope.exclude),
            "finish": self.finish,
            "summary": self.summary(),
            "shared": [operation.to_dict() for operation in self.shared],
            "calls": [call.to_dict() for call in self.calls],
            "drift": [drift.to_dict() for drift in self.drift()],
            "problems": [problem.to_dict() for problem in self.problems],
            "warnings": [warning.to_dict() for warning in self.warnings],
            "fingerprint": dict(sorted(self.fingerprint.items())),
            "expanded": dict(sorted(self.expanded.items())),
        }


def _count(operations: list[Operation], kind: type[Operation]) -> int:
    return sum(isinstance(operation, kind) for operation in operations)
