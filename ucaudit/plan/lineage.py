"""Whether the cluster is behind, level with, or ahead of the checkout, or of another lineage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ucaudit.cluster.state import LiveState
from ucaudit.history.version import CallHistory
from ucaudit.names import Naming
from ucaudit.plan.members import Membership
from ucaudit.plan.meta import Mark, mark_of
from ucaudit.plan.plan import Notice


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the cluster stands on one call.

    Attributes:
        version: Newest version that a template in the cluster has; 0 for none.
        generation: Its generation; 0 for none.
        ahead: Whether the cluster has a descendant of our newest version.
        problems: Marks of another lineage.
        warnings: That the cluster is ahead.
    """

    version: int = 0
    generation: int = 0
    ahead: bool = False
    problems: tuple[Notice, ...] = ()
    warnings: tuple[Notice, ...] = ()


def standing_of(
    history: CallHistory, membership: Membership, live: LiveState, naming: Naming
) -> Standing:
    """Compares every mark of the call in the cluster with the history."""
    digests = {v.number: v.digest for v in history.versions}
    newest = history.newest
    version = generation = 0
    ahead: str | None = None
    problems: list[Notice] = []
    for where, mark in _marks(history, membership, live, naming):
        if where.startswith("template ") and mark.version > version:
            version, generation = mark.version, mark.generation
        if digests.get(mark.version) == mark.digest:
            continue
        if mark.version > newest.number and newest.digest in mark.ancestors:
            ahead = ahead or f"{where} is of version {mark.version}"
        else:
            problems.append(_other_digest(history, where, mark))
    warnings = [_ahead(history, ahead)] if ahead and not problems else []
    return Standing(version, generation, bool(ahead), tuple(problems), tuple(warnings))


def _marks(
    history: CallHistory, membership: Membership, live: LiveState, naming: Naming
) -> Iterator[tuple[str, Mark]]:
    # A cluster that is ahead may have templates of generations that this history does not know.
    prefix = naming.template(history.call, 0).removesuffix("0")
    for name, template in live.templates.items():
        mark = mark_of(template.meta) if name.startswith(prefix) else None
        ours = any(pattern.startswith(naming.base(history.call)) for pattern in template.patterns)
        if mark is not None and mark.call == history.call and ours:
            yield f"template {name}", mark
    for member in membership.members:
        if member.mark.version:
            yield member.index.name, member.mark


def _other_digest(history: CallHistory, where: str, mark: Mark) -> Notice:
    known = mark.version <= history.newest.number
    return Notice(
        "other-digest",
        "The cluster has a version of this call that this history does not know.",
        where=where,
        why=f"version {mark.version} "
        + ("is recorded with another digest" if known else "does not descend from ours")
        + f" ({mark.digest[:18]}…)",
        fix="Use the checkout that the cluster was migrated from, merge its "
        "schemas/, or leave the call out (--exclude).",
        call=history.call,
    )


def _ahead(history: CallHistory, where: str) -> Notice:
    return Notice(
        "cluster-ahead",
        "The cluster is ahead of this checkout; nothing is changed for this call.",
        where=where,
        why=f"the newest version here is {history.newest.number}",
        fix="Update the checkout to migrate this call.",
        call=history.call,
    )
