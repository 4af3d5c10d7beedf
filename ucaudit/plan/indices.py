"""What each index of a call needs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol

from ucaudit.cluster.state import LiveIndex, LiveState
from ucaudit.history.version import CallHistory
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.reach import put_mapping_body
from ucaudit.names import Naming
from ucaudit.plan.drift import Drift
from ucaudit.plan.members import Member, Membership, h8_of
from ucaudit.plan.mending import Look, Mender, limits_to_raise, wanted_limits
from ucaudit.plan.meta import other_meta, updated_meta
from ucaudit.plan.normal import MappingUnreadable
from ucaudit.plan.operations import (
    AddAliases,
    Backfill,
    DeleteCopy,
    FinishSwap,
    Operation,
    PutMapping,
    SwapBack,
    SyncLate,
)
from ucaudit.plan.pins import swaps_back
from ucaudit.plan.plan import Notice
from ucaudit.plan.shapes import Shape, shape_of
from ucaudit.plan.strangers import unusable
from ucaudit.plan.templates import read_aliases
from ucaudit.transform.apply import Transform
from ucaudit.transform.digest import steps_digest

_START_ANEW = (
    "Release a version that starts a new generation (ucaudit lock --new-generation CALL): "
    "documents are then copied into indices of the released mapping. "
    "Or leave the call out (--exclude)."
)


class PlanOptions(Protocol):
    """The options that matter here."""

    @property
    def naming(self) -> Naming:
        """How indices are named."""

    @property
    def grace(self) -> timedelta:
        """How long after its day an index may still get documents."""

    @property
    def finish(self) -> bool:
        """Whether to swap indices in before their day is over."""


class IndexPlanner:
    """Plans the indices of one call; what is in the way is gathered in ``problems``."""

    def __init__(
        self,
        history: CallHistory,
        membership: Membership,
        live: LiveState,
        now: datetime,
        options: PlanOptions,
        pin: int | None = None,
    ) -> None:
        self.history = history
        self.pin = pin
        self.generation = history.generation if pin is None else pin
        self.membership = membership
        self.live = live
        self.now = now
        self.options = options
        self.problems: list[Notice] = []
        self.warnings: list[Notice] = []
        self.drift: list[Drift] = []
        self._mender = Mender(history, options.naming)
        self._digests: dict[int, tuple[tuple[JsonObject, ...], str]] = {}
        self._copies = {
            m.index.name: m for m in membership.members if m.name.is_copy and not m.read
        }

    def operations(self) -> list[Operation]:
        """Mappings and aliases of all indices first, then deletions, then copies, newest first."""
        expand: list[Operation] = []
        copies: list[Operation] = []
        resumed: set[str] = set()
        for member in self._sources():
            if (look := self._look(member)) is None:
                continue
            self.drift += look.drift
            expand += look.operations
            expand += self._mapping(member, look.mapping)
            expand += self._aliases(member)
            if self._is_superseded(member):
                backfill = self._backfill(member)
                resumed.add(backfill.target)
                copies.append(backfill)
                if backfill.target_uuid:
                    copy = self._copies[backfill.target]
                    expand += self._mapping(copy, copy.index.mapping or {})
        copies.sort(key=lambda op: isinstance(op, Backfill) and not op.due)
        late = [op for pair in self.membership.superseded() for op in self._superseded(*pair)]
        return [*expand, *self._back(), *self._leftovers(resumed), *late, *copies]

    def _back(self) -> Iterator[SwapBack]:
        if self.pin is not None:
            yield from swaps_back(self.history.call, self.membership, self.pin)

    def _is_superseded(self, member: Member) -> bool:
        """Whether its documents belong into an index of another shape."""
        if member.name.generation == self.generation:
            return member.mark.guard
        return member.name.generation < self.generation

    def _sources(self) -> Iterator[Member]:
        """Indices that readers see or should see, and that can be worked on."""
        known = {0, *(v.generation for v in self.history.versions)}
        for member in self.membership.members:
            if member.uuid in self.membership.successors or member.index.name in self._copies:
                continue
            if member.name.generation not in known:
                self._warn_unknown(member)
            elif self._workable(member):
                yield member

    def _workable(self, member: Member) -> bool:
        state = _unusable(member.index)
        if not state:
            return True
        self.problems.append(
            Notice(
                "index-not-usable",
                "An index cannot be read or changed.",
                where=member.index.name,
                why=f"it is {state}",
                fix="Open it, lift the block or get its shards assigned "
                "(_cluster/allocation/explain), or leave the call out (--exclude).",
                call=self.history.call,
            )
        )
        return False

    def _warn_unknown(self, member: Member) -> None:
        self.warnings.append(
            Notice(
                "generation-unknown",
                "An index is of a generation that is not released here; it is left alone.",
                where=member.index.name,
                why=f"generation {member.name.generation}, {member.index.documents:,} documents",
                fix="Migrate from the checkout that has it; its documents are kept until then.",
                call=self.history.call,
            )
        )

    def _look(self, member: Member) -> Look | None:
        try:
            return self._mender.look(member)
        except MappingUnreadable as error:
            self.problems.append(
                Notice(
                    "mapping-unreadable",
                    "The mapping of an index cannot be understood.",
                    where=member.index.name,
                    why=str(error),
                    fix="Look at what stands between here and the cluster, or leave the call out "
                    "(--exclude).",
                    call=self.history.call,
                )
            )
            return None

    def _mapping(self, member: Member, live: JsonObject) -> Iterator[PutMapping]:
        shape = shape_of(self.history, member.name.generation)
        if shape is None or member.mark.version >= shape.version.number:
            return
        index = member.index
        change = put_mapping_body(live, shape.mapping())
        if change.refused:
            self._cannot_map(member, shape, *change.refused[0])
            return
        yield PutMapping(
            self.history.call,
            index=index.name,
            uuid=index.uuid,
            properties=change.body,
            meta=updated_meta(index.meta, shape.meta),
            settings=limits_to_raise(index.limits, wanted_limits(shape.settings)),
            from_version=member.mark.version,
            to_version=shape.version.number,
            other_meta=other_meta(index.mapping),
        )

    def _cannot_map(self, member: Member, shape: Shape, field: str, reason: str) -> None:
        """Says whether somebody changed the mapping, or the released versions do not go together.

        Where the index is copied into a newer generation anyway, it can stay as it is.
        """
        call, number = self.history.call, shape.version.number
        where = f"{member.index.name}, field {field}"
        recorded = shape_of(self.history, shape.generation, upto=member.mark.version)
        released = put_mapping_body(recorded.mapping(), shape.mapping()) if recorded else None
        if released is not None and released.refused:
            notice = Notice(
                "versions-incompatible",
                "Released versions of one generation do not fit into one index.",
                where=where,
                why=f"from version {member.mark.version} to {number}, {reason}",
                fix=_START_ANEW,
                call=call,
            )
        else:
            notice = Notice(
                "mapping-drifted",
                "The live mapping is not the recorded one, and cannot be brought to the released "
                "one in place.",
                where=where,
                why=reason,
                fix=_START_ANEW,
                call=call,
            )
        if shape.generation < self.generation:
            self.warnings.append(
                replace(notice, fix="The index stays as it is until it is copied.")
            )
        else:
            self.problems.append(notice)

    def _aliases(self, member: Member) -> Iterator[AddAliases]:
        """Of what no template of ours made; another index lost them by hand."""
        if not (member.mark.guard or member.mark.adopted):
            return
        call, generation = self.history.call, member.name.generation
        wanted = read_aliases(self.options.naming, call, generation)
        missing = tuple(alias for alias in wanted if alias not in member.index.aliases)
        if missing:
            yield AddAliases(call, member.index.name, member.uuid, missing)

    def _steps(self, generation: int) -> tuple[tuple[JsonObject, ...], str]:
        if generation not in self._digests:
            newest = self.generation
            steps = self.history.steps(generation, newest) if generation < newest else ()
            Transform(steps)  # Steps that cannot be carried out are found before any write.
            self._digests[generation] = (steps, steps_digest(steps))
        return self._digests[generation]

    def _backfill(self, member: Member) -> Backfill:
        index, name = member.index, member.name
        steps, digest = self._steps(name.generation)
        h8 = h8_of(index.uuid, digest)
        target = self.options.naming.copy(name, self.generation, h8)
        there = self._copies.get(target)
        due_at = name.ends() + self.options.grace
        return Backfill(
            self.history.call,
            source=index.name,
            source_uuid=index.uuid,
            source_generation=name.generation,
            target=target,
            target_uuid=there.uuid if there else None,
            generation=self.generation,
            h8=h8,
            steps=steps,
            steps_digest=digest,
            documents=index.documents,
            bytes=index.bytes,
            due=self.options.finish or self.now >= due_at,
            due_at=due_at.isoformat(timespec="minutes"),
            copied=there.index.documents if there else 0,
            dead_letters=self.live.dead_letters.get(h8, 0),
        )

    def _leftovers(self, resumed: set[str]) -> Iterator[DeleteCopy]:
        """Unfinished copies that no backfill goes on with."""
        uuids = {member.uuid for member in self.membership.members}
        for name, member in self._copies.items():
            if name in resumed or member.uuid in self.membership.successors:
                continue
            if member.name.generation > self.generation:
                continue  # Of a rollback: migrate --forward goes on with it.
            if member.mark.source_uuid in uuids:
                reason = "unfinished, made by other steps; its source is whole"
                h8 = member.name.h8 or ""
                yield DeleteCopy(self.history.call, name, member.uuid, h8, reason)
            else:
                self.warnings.append(
                    Notice(
                        "copy-without-source",
                        "A copy that no reader sees has lost its source; it is left alone.",
                        where=name,
                        why=f"{member.mark.source} is gone",
                        fix="Look into it: it may hold the only copy of its documents.",
                        call=self.history.call,
                    )
                )

    def _superseded(self, source: Member, target: Member) -> Iterator[Operation]:
        direct = target.mark.source_uuid == source.uuid
        blocked = source.index.write_blocked and not (direct and target.mark.source_blocked)
        if (direct and target.index.hidden) or source.read or not source.index.hidden or blocked:
            yield FinishSwap(
                self.history.call,
                source=source.index.name,
                source_uuid=source.uuid,
                source_generation=source.name.generation,
                target=target.index.name,
                target_uuid=target.uuid,
            )
        operations = self.live.late.get(source.index.name, 0)
        if operations:
            yield late_operation(self.history, self.membership, source, target, operations)


def late_operation(
    history: CallHistory, membership: Membership, source: Member, target: Member, operations: int
) -> SyncLate:
    """What copies documents that arrived in a superseded index.

    Args:
        history: Of the call.
        membership: Its indices.
        source: The superseded index.
        target: The index that readers see instead.
        operations: How many operations in the source were not looked at yet.
    """
    generation = source.name.generation
    same = generation == target.name.generation
    return SyncLate(
        history.call,
        source=source.index.name,
        source_uuid=source.uuid,
        source_generation=generation,
        target=target.index.name,
        target_uuid=target.uuid,
        generation=target.name.generation,
        h8=target.name.h8 or "",
        steps=() if same else history.steps(generation, target.name.generation),
        operations=operations,
        via=tuple(member.uuid for member in membership.via(source)),
    )


def _unusable(index: LiveIndex) -> str:
    """What is the matter with an index that cannot be worked on."""
    if index.red and not index.closed:
        return "red: a primary shard is not assigned"
    if index.frozen and not index.closed:
        return "frozen: searches pass it by"
    return unusable(index)
