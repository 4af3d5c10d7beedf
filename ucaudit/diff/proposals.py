"""Lets the two findings of a proposed rename refer to each other."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from ucaudit.diff.model import Finding, Proposal
from ucaudit.diff.walk import Hit, Way


class Half(NamedTuple):
    """A finding about something that is gone or new, and what it may be called otherwise."""

    finding: Finding
    proposal: Proposal
    way: Way | None = None  # kept, so that its id stays its own


@dataclass(slots=True)
class Renames:
    """Proposals of one part of a call, until both findings that each is about are known."""

    _pairs: dict[tuple[int, str, str], dict[bool, Half]] = field(default_factory=dict)

    def add(self, hit: Hit, finding: Finding) -> None:
        """Notes what the field that ``hit`` is about may be called on the other side, if known."""
        proposal = hit.local.perhaps
        if proposal is None:
            return
        name, gone = hit.local.at[-1].name, hit.local.new is None
        names = (name, proposal.name) if gone else (proposal.name, name)
        pair = self._pairs.setdefault((id(hit.way), *names), {})
        pair[gone] = Half(finding, proposal, hit.way)

    def link(self) -> None:
        """Lets the findings refer to each other; the nearest place at which they do counts."""
        for pair in self._pairs.values():
            if len(pair) == 2:
                refer(pair[True], pair[False])


def refer(removed: Half, added: Half) -> None:
    """Writes a proposal into the findings about the old and the new name.

    One that refers to another finding already is left alone: a reader finds either both or none.
    """
    if removed.finding.renamed_to is None and added.finding.renamed_from is None:
        removed.finding.renamed_to = replace(removed.proposal, finding=added.finding.id)
        added.finding.renamed_from = replace(added.proposal, finding=removed.finding.id)
