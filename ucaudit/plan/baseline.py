"""Indices of a time before ucaudit: what each needs, and how it is adopted. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, Literal, NamedTuple

from ucaudit.cluster.state import LiveIndex, LiveState
from ucaudit.history.version import CallHistory, History
from ucaudit.jsontypes import JsonObject, canonical
from ucaudit.mapping.reach import Change
from ucaudit.mapping.verdict import IndexEffect
from ucaudit.names import IndexName
from ucaudit.plan.brownfield import (
    adopting_properties,
    is_readable,
    settling_properties,
    suits,
    why_not_copied,
)
from ucaudit.plan.members import Membership, memberships
from ucaudit.plan.mending import limits_to_raise, wanted_limits
from ucaudit.plan.meta import adopted_meta, mark_of
from ucaudit.plan.plan import Notice, Plan
from ucaudit.plan.planner import Options, make_plan
from ucaudit.plan.shapes import Shape, shape_of
from ucaudit.plan.strangers import unusable

FORMAT: Final = "ucaudit.baseline/1"
Need = Literal["serves", "put_mapping", "backfill"]
NEEDS: Final[tuple[Need, ...]] = ("serves", "put_mapping", "backfill")
_NEED: Final[dict[IndexEffect, Need]] = {
    "none": "serves",
    "put_mapping": "put_mapping",
    "reindex": "backfill",
}


class Seen(NamedTuple):
    """What was read of the indices that nobody has adopted.

    Attributes:
        mappings: Index to its whole mapping.
        unfit: Index to why it cannot be adopted now: name, reason and fix.
    """

    mappings: Mapping[str, JsonObject]
    unfit: Mapping[str, tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class Adoption:
    """An index that is taken over, and how.

    Attributes:
        call: Full name of the call.
        index: Name of the index.
        uuid: Its UUID.
        need: ``serves`` the released version as it is, needs ``put_mapping``, or ``backfill``: its
            documents must be copied into the current generation.
        changes: Why, field by field; empty where only its generation is older.
        why: What else is the reason, in words.
        body: The PUT mapping request.
        settings: Limits to raise before.
        copied_body: The request that marks it for copying, should the engine refuse ``body``.
        documents: Documents in it.
        bytes: Size of its primaries.
    """

    call: str
    index: str
    uuid: str
    need: Need
    changes: tuple[Change, ...]
    why: str
    body: JsonObject
    settings: JsonObject
    copied_body: JsonObject
    documents: int
    bytes: int

    @property
    def meta(self) -> JsonObject:
        """The mark that it gets."""
        mark: JsonObject = self.body["_meta"]["ucaudit"]
        return mark


@dataclass(frozen=True, slots=True)
class Group:
    """Indices of a call that need the same for the same reasons, newest first."""

    need: Need
    why: str
    changes: tuple[Change, ...]
    adoptions: tuple[Adoption, ...]

    def to_dict(self) -> JsonObject:
        """The group as JSON."""
        return {
            "need": self.need,
            "why": self.why,
            "reasons": [
                {
                    "path": change.path,
                    "kind": change.kind,
                    "reason": change.reason,
                    "live": change.live,
                    "wanted": change.wanted,
                }
                for change in self.changes
            ],
            "indices": [
                {
                    "index": adoption.index,
                    "generation": adoption.meta["generation"],
                    "documents": adoption.documents,
                    "bytes": adoption.bytes,
                }
                for adoption in self.adoptions
            ],
        }


@dataclass(frozen=True, slots=True)
class CallBaseline:
    """What the indices of one call need.

    Attributes:
        call: Full name.
        version: Newest released version.
        generation: Its generation.
        adoptions: Indices to take over, newest first.
        left: Indices that are left alone, and why.
        managed: Indices that ucaudit has already.
    """

    call: str
    version: int
    generation: int
    adoptions: tuple[Adoption, ...] = ()
    left: tuple[Notice, ...] = ()
    managed: int = 0

    def groups(self) -> list[Group]:
        """The indices to take over, those together that need the same for the same reasons."""
        found: dict[tuple[Need, str, tuple[bytes, ...]], list[Adoption]] = {}
        for adoption in self.adoptions:
            reasons = tuple(
                canonical([c.path, c.kind, c.reason, c.live, c.wanted]) for c in adoption.changes
            )
            found.setdefault((adoption.need, adoption.why, reasons), []).append(adoption)
        groups = [
            Group(need, why, same[0].changes, tuple(same)) for (need, why, _), same in found.items()
        ]
        return sorted(groups, key=lambda group: NEEDS.index(group.need))

    def to_dict(self) -> JsonObject:
        """The call as JSON."""
        return {
            "call": self.call,
            "released": {"version": self.version, "generation": self.generation},
            "managed": self.managed,
            "groups": [group.to_dict() for group in self.groups()],
            "left_alone": [
                {"index": n.where, "name": n.name, "why": n.why, "fix": n.fix} for n in self.left
            ],
        }


@dataclass(frozen=True, slots=True)
class Baseline:
    """What indices of a time before ucaudit need, and what follows for templates and aliases.

    Attributes:
        made_at: When it was made.
        calls: Every call in scope, in order of name.
        expansion: Templates, mappings and aliases of the calls that have adopted indices.
        scope: Patterns of the calls that are meant, and that are not.
    """

    made_at: datetime
    calls: tuple[CallBaseline, ...]
    expansion: Plan
    scope: tuple[tuple[str, ...], tuple[str, ...]] = field(default=((), ()))

    def adoptions(self) -> list[Adoption]:
        """All indices to take over."""
        return [adoption for call in self.calls for adoption in call.adoptions]

    def left(self) -> list[Notice]:
        """All indices that are left alone."""
        return [notice for call in self.calls for notice in call.left]

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.adoptions() and self.expansion.empty

    def check(self) -> None:
        """Refuses where something is in the way of templates or aliases.

        Raises:
            RefusedError: As ``Plan.check``.
        """
        self.expansion.check()

    def summary(self) -> JsonObject:
        """Counts."""
        adoptions = self.adoptions()
        fills = [adoption for adoption in adoptions if adoption.need == "backfill"]
        templates = self.expansion.summary()
        return {
            "calls": len(self.calls),
            "indices": len(adoptions),
            **{need: sum(a.need == need for a in adoptions) for need in NEEDS},
            "left_alone": len(self.left()),
            "managed": sum(call.managed for call in self.calls),
            "documents": sum(adoption.documents for adoption in adoptions),
            "backfill_documents": sum(fill.documents for fill in fills),
            "backfill_bytes": sum(fill.bytes for fill in fills),
            "templates": templates["templates_added"] + templates["templates_updated"],
        }

    def to_dict(self) -> JsonObject:
        """The whole as ``ucaudit.baseline/1``."""
        expansion = self.expansion
        return {
            "format": FORMAT,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "cluster": {"id": expansion.cluster_id, "version": expansion.cluster_version},
            "only": list(self.scope[0]),
            "exclude": list(self.scope[1]),
            "summary": self.summary(),
            "calls": [call.to_dict() for call in self.calls],
            "operations": [operation.to_dict() for operation in expansion.operations()],
            "problems": [problem.to_dict() for problem in expansion.problems],
            "warnings": [warning.to_dict() for warning in expansion.warnings],
        }


def unadopted(history: History, live: LiveState, options: Options) -> list[str]:
    """Indices under the names of the calls in scope that no mark says to be ours."""
    found = memberships(live, options.naming, history.calls)
    return [
        name
        for call, membership in found.items()
        if call in options.scope
        for name, _ in membership.strangers
    ]


def make_baseline(
    history: History, live: LiveState, seen: Seen, now: datetime, options: Options
) -> Baseline:
    """What the indices that nobody has adopted need.

    Args:
        history: The released history.
        live: The cluster.
        seen: What was read of those indices besides.
        now: The time.
        options: As for plans.
    """
    found = memberships(live, options.naming, history.calls)
    calls = [
        _CallBaseliner(history.calls[name], found[name], live, seen, options).baseline()
        for name in sorted(history.calls)
        if name in options.scope
    ]
    return Baseline(
        made_at=now,
        calls=tuple(calls),
        expansion=_expansion(history, live, calls, found, now, options),
        scope=(options.scope.only, options.scope.exclude),
    )


def _expansion(
    history: History,
    live: LiveState,
    calls: list[CallBaseline],
    found: Mapping[str, Membership],
    now: datetime,
    options: Options,
) -> Plan:
    """What a migration would expand once the indices are marked, for the calls that have some."""
    indices = dict(live.indices)
    for notice in (notice for call in calls for notice in call.left):
        del indices[notice.where]
    for adoption in (adoption for call in calls for adoption in call.adoptions):
        # They have their mapping as well as their mark then.
        indices[adoption.index] = replace(indices[adoption.index], meta=adoption.meta)
    chosen = {
        call.call: history.calls[call.call]
        for call in calls
        if call.adoptions or _unfinished(history.calls[call.call], found[call.call], live, options)
    }
    plan = make_plan(History(chosen), replace(live, indices=indices), now, options)
    # Room for copies is a matter of the migration that makes them.
    problems = tuple(problem for problem in plan.problems if problem.call)
    return replace(plan.expanding(), problems=problems)


def _unfinished(
    history: CallHistory, membership: Membership, live: LiveState, options: Options
) -> bool:
    """Whether an earlier run was interrupted after it had marked indices of the call."""
    adopted = [member for member in membership.members if member.mark.adopted]
    generations = {version.generation for version in history.versions}
    names = {options.naming.template(history.call, number) for number in generations}
    unread = any(not m.read and m.uuid not in membership.successors for m in adopted)
    return bool(adopted) and (unread or names.isdisjoint(live.templates))


class _CallBaseliner:
    """Judges the indices of one call; days with one mapping are judged once."""

    def __init__(
        self,
        history: CallHistory,
        membership: Membership,
        live: LiveState,
        seen: Seen,
        options: Options,
    ) -> None:
        self.history = history
        self.membership = membership
        self.live = live
        self.seen = seen
        self.options = options
        self._shape = shape_of(history, history.generation)
        self._judged: dict[bytes, tuple[Need, tuple[Change, ...], JsonObject, JsonObject]] = {}

    def baseline(self) -> CallBaseline:
        adoptions: list[Adoption] = []
        left: list[Notice] = []
        parser = self.options.naming.parser([self.history.call])
        for index_name, reason in self.membership.strangers:
            name = parser.parse(index_name)
            index = self.live.indices[index_name]
            obstacle = self._obstacle(index, name, reason)
            if obstacle is None and name is not None:
                adoptions.append(self._adoption(index, name))
            elif obstacle is not None:
                left.append(_left(self.history.call, index_name, *obstacle))
        adoptions.sort(key=lambda adoption: adoption.index, reverse=True)
        return CallBaseline(
            call=self.history.call,
            version=self.history.newest.number,
            generation=self.history.generation,
            adoptions=tuple(adoptions),
            left=tuple(sorted(left, key=lambda notice: notice.where, reverse=True)),
            managed=len(self.membership.members),
        )

    def _obstacle(
        self, index: LiveIndex, name: IndexName | None, reason: str
    ) -> tuple[str, str, str] | None:
        """Why an index cannot be adopted, whatever its mapping is."""
        if index.meta is not None:
            why = reason if mark_of(index.meta) else "its _meta.ucaudit cannot be read"
            return "index-claimed", why, "Reindex it under another name, or leave the call out."
        if state := unusable(index):
            fix = "Open it or lift the block, and run ucaudit baseline again."
            return "index-not-usable", f"it is {state}", fix
        if name is None or name.is_copy:
            why = "it is named like a copy that ucaudit made, but does not say of what"
            return "index-claimed", why, "Reindex it under another name."
        if name.generation > self.history.generation:
            why = f"its name is of generation {name.generation}, which is not released here"
            return "generation-unknown", why, "Adopt it from the checkout that has it."
        if index.name in self.seen.unfit:
            return self.seen.unfit[index.name]
        if not is_readable(self.seen.mappings.get(index.name)):
            fix = "Look at its mapping; if nobody needs it, close or delete it."
            return "mapping-unreadable", "its mapping cannot be read", fix
        if why := why_not_copied(self.seen.mappings[index.name]):
            # It would do for now, and then stand in the way of the next generation.
            fix = "Its documents cannot be copied: close it, or leave the call out (--exclude)."
            return "documents-not-kept", why, fix
        return None

    def _adoption(self, index: LiveIndex, name: IndexName) -> Adoption:
        shape = self._shape
        assert shape is not None  # noqa: S101  (the newest generation always has one)
        mapping = self.seen.mappings[index.name]
        need, changes, properties, settling = self._judge(mapping, shape)
        why = ""
        if name.generation < self.history.generation:
            # Its documents are older than the current generation, whatever its mapping could hold.
            need, why = "backfill", f"its documents are older than generation {shape.generation}"
        copied = self._body(mapping, None, settling)
        limits = limits_to_raise(index.limits, wanted_limits(shape.settings))
        in_place = need != "backfill"
        return Adoption(
            call=self.history.call,
            index=index.name,
            uuid=index.uuid,
            need=need,
            changes=changes,
            why=why,
            body=self._body(mapping, shape, properties) if in_place else copied,
            settings=limits if in_place else {},
            copied_body=copied,
            documents=index.documents,
            bytes=index.bytes,
        )

    def _judge(
        self, mapping: JsonObject, shape: Shape
    ) -> tuple[Need, tuple[Change, ...], JsonObject, JsonObject]:
        key = canonical({k: v for k, v in mapping.items() if k != "_meta"})
        if key not in self._judged:
            verdict = suits(mapping, shape)
            self._judged[key] = (
                _NEED[verdict.index],
                verdict.changes,
                adopting_properties(mapping, shape),
                settling_properties(mapping),
            )
        return self._judged[key]

    def _body(self, mapping: JsonObject, shape: Shape | None, properties: JsonObject) -> JsonObject:
        """``_meta`` is replaced whole, so what others keep in it is sent along."""
        mark = adopted_meta(self.history.call, shape.meta if shape else None)
        meta = {**mapping.get("_meta", {}), "ucaudit": mark}
        body: JsonObject = {"_meta": meta, "dynamic": False}
        return {**body, "properties": properties} if properties else body


def _left(call: str, index: str, name: str, why: str, fix: str) -> Notice:
    return Notice(name, "An index is left alone.", index, why, fix, call)
