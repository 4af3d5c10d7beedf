"""Which hidden sources may be deleted, and what keeps the others. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from ucaudit.cluster.state import LiveState
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.verify import Copy
from ucaudit.names import COPY_ALIAS
from ucaudit.plan.members import Membership
from ucaudit.plan.plan import CallPlan, Plan


@dataclass(frozen=True, slots=True)
class Candidate:
    """A copy that readers see, and its hidden sources.

    Attributes:
        copy: Both of them.
        since: Since when readers have seen the copy, at the earliest.
        kept: Why the sources are kept; empty if they may go.
        fix: What to do about that.
    """

    copy: Copy
    since: datetime
    kept: str = ""
    fix: str = ""

    @property
    def documents(self) -> int:
        """In the sources."""
        return sum(source.index.documents for source in self.copy.sources)

    @property
    def bytes(self) -> int:
        """Of the sources, on all nodes."""
        return sum(s.index.bytes * (1 + s.index.replicas) for s in self.copy.sources)

    def to_dict(self) -> JsonObject:
        """The candidate as JSON."""
        return {
            "call": self.copy.call,
            "sources": [source.index.name for source in self.copy.sources],
            "copy": self.copy.member.index.name,
            "since": self.since.isoformat(timespec="seconds"),
            "documents": self.documents,
            "bytes": self.bytes,
            "kept": self.kept or None,
        }


def candidates(
    copies: Iterable[Copy],
    plan: Plan,
    live: LiveState,
    now: datetime,
    *,
    grace: timedelta,
    older_than: timedelta,
) -> list[Candidate]:
    """Every copy that still has a source, with what keeps it.

    Args:
        copies: Those that readers see.
        plan: What the cluster needs now.
        live: The state that it was made from.
        now: The time.
        grace: How long after its day an index may still get documents.
        older_than: How long sources are kept.
    """
    calls = {call.call: call for call in plan.calls}
    found: list[Candidate] = []
    for copy in copies:
        since = min(_since(copy, grace), now)
        reason, fix = _kept(copy, calls[copy.call], plan, live.dead_letters)
        if not reason and now - since < older_than:
            reason = f"readers have seen the copy for {_age(now - since)}"
            fix = f"They are kept for {_age(older_than)}; --older-than says otherwise."
        found.append(Candidate(copy, since, reason, fix))
    return found


def left_aliases(membership: Membership) -> list[tuple[str, str]]:
    """Index and alias through which nothing is written any more: all sources are gone."""
    there = {member.uuid for member in membership.members}
    return [
        (member.index.name, alias)
        for member in membership.members
        if member.read and member.mark.sources and not there.intersection(member.mark.sources)
        for alias in sorted(member.index.aliases)
        if alias.startswith(COPY_ALIAS)
    ]


def _since(copy: Copy, grace: timedelta) -> datetime:
    """Copies are made before they are swapped in, which is not before their day is over.

    But for ``--finish``: such a copy counts from the end of its day too.
    """
    made = datetime.fromtimestamp(copy.member.index.created / 1000, UTC)
    return max(made, copy.member.name.ends() + grace)


def _kept(
    copy: Copy, call: CallPlan, plan: Plan, dead_letters: Mapping[str, int]
) -> tuple[str, str]:
    if call.ahead:
        return "the cluster is ahead of this checkout", "Prune from the newest checkout."
    if call.call in plan.refused:
        return "something is in the way of the call", "See ucaudit status."
    if call.pinned is not None:
        return (
            f"a rollback keeps the call at generation {call.pinned}",
            "Go on first: ucaudit migrate --forward",
        )
    letters = sum(
        dead_letters.get(h8, 0) for h8 in {h8 for h8s in copy.letters.values() for h8 in h8s}
    )
    if letters:
        are = "dead letter is" if letters == 1 else "dead letters are"
        return f"{letters:,} {are} undecided", "Decide: ucaudit dead-letters"
    index = copy.member.index
    if index.hidden or any(not source.index.hidden or source.read for source in copy.sources):
        return "its cut-over is not finished", "Finish it: ucaudit migrate"
    closed = [s.index.name for s in (copy.member, *copy.sources) if s.index.closed or s.index.red]
    if closed:
        return f"{closed[0]} is closed or red", "Open it, or get its shards assigned."
    return "", ""


def _age(age: timedelta) -> str:
    days = age / timedelta(days=1)
    if days >= 2:
        return f"{days:,.0f} days"
    hours = age / timedelta(hours=1)
    return f"{hours:,.0f} hours" if hours >= 2 else f"{age / timedelta(minutes=1):,.0f} minutes"
