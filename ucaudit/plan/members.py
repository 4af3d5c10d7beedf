"""Which live indices belong to a call, and what part each of them plays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ucaudit.cluster.state import LiveIndex, LiveState
from ucaudit.names import COPY_ALIAS, IndexName, Naming
from ucaudit.plan.meta import Mark, mark_of


@dataclass(frozen=True, slots=True)
class Member:
    """An index of a call.

    Attributes:
        index: What the cluster shows.
        name: Its name taken apart; of generation 0 if it was adopted to be copied.
        mark: What its mapping says of itself.
        read: Whether readers find it through the read alias.
    """

    index: LiveIndex
    name: IndexName
    mark: Mark
    read: bool

    @property
    def uuid(self) -> str:
        """UUID of the index."""
        return self.index.uuid


@dataclass(frozen=True, slots=True)
class Membership:
    """The indices of one call.

    Attributes:
        members: Ours, newest period first.
        strangers: Under our names, but not ours: name and reason.
        successors: UUID of a superseded index -> the index that readers see instead.
    """

    members: tuple[Member, ...] = ()
    strangers: tuple[tuple[str, str], ...] = ()
    successors: Mapping[str, Member] = field(default_factory=dict)

    def via(self, source: Member) -> tuple[Member, ...]:
        """Copies whose documents from ``source`` readers see, or see in a copy of the copy.

        In a chain g1 -> g2 -> g3 the checkpoint of g1 -> g2 counts for g1: what it stands for was
        in g2 before g2 was copied, or is copied from g2 as a late document of its own.
        """
        return tuple(
            m
            for m in self.members
            if source.uuid in m.mark.sources and (m.read or m.uuid in self.successors)
        )

    def superseded(self) -> list[tuple[Member, Member]]:
        """Superseded indices, each with the index that readers see instead."""
        return [(m, self.successors[m.uuid]) for m in self.members if m.uuid in self.successors]


def memberships(live: LiveState, naming: Naming, calls: Iterable[str]) -> dict[str, Membership]:
    """The indices of each call; those of other calls are left out."""
    parser = naming.parser(calls)
    members: dict[str, list[Member]] = {call: [] for call in parser.calls.values()}
    strangers: dict[str, list[tuple[str, str]]] = {call: [] for call in parser.calls.values()}
    for index in live.indices.values():
        name = parser.parse(index.name)
        if name is None:
            continue
        mark = mark_of(index.meta)
        reason = _strange(name, mark)
        if mark is None or reason:
            strangers[name.call].append((index.name, reason))
        else:
            read = naming.base(name.call) in index.aliases
            name = replace(name, generation=mark.generation) if mark.adopted else name
            members[name.call].append(Member(index, name, mark, read))
    return {
        call: Membership(
            members=tuple(sorted(found, key=_newest_first, reverse=True)),
            strangers=tuple(strangers[call]),
            successors=_successors(found),
        )
        for call, found in members.items()
    }


def h8_of(source_uuid: str, steps_digest: str) -> str:
    """Identity of a copy: the source and what is done to its documents."""
    return hashlib.sha256((source_uuid + steps_digest).encode()).hexdigest()[:8]


def copy_alias(h8: str) -> str:
    """The alias through which all writes to a copy go."""
    return COPY_ALIAS + h8


def _strange(name: IndexName, mark: Mark | None) -> str:
    if mark is None:
        return "its mapping does not carry _meta.ucaudit"
    if mark.guard and mark.call is None:
        return ""
    if mark.call != name.call:
        return f"its mapping says that it belongs to {mark.call or 'no call'}"
    if mark.adopted and mark.generation == 0 and not name.is_copy:
        return ""
    if mark.generation != name.generation:
        return f"its mapping is of generation {mark.generation}, its name of {name.generation}"
    if name.is_copy and not mark.source_uuid:
        return "it is named like a copy, but does not say of what"
    return ""


def _newest_first(member: Member) -> tuple[str, int, str]:
    return member.name.period, member.name.generation, member.index.name


def _successors(members: Sequence[Member]) -> dict[str, Member]:
    # In a chain g1 -> g2 -> g3 only the last is read; should two be, the newer one counts.
    seen = sorted((m for m in members if m.read), key=lambda m: m.name.generation)
    return {uuid: m for m in seen for uuid in m.mark.sources}
