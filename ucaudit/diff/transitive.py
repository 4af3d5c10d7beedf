"""What the new side breaks for released versions that are older than the old side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from ucaudit.config import Reading
from ucaudit.diff.calls import diff_calls
from ucaudit.diff.model import CallDiff, Diff, Effects, Finding, Occurrences
from ucaudit.diff.policy import Direction, Policies
from ucaudit.jsontypes import canonical
from ucaudit.sources.record import CallSchemas


class Released(NamedTuple):
    """A released version of a call, and its number."""

    number: int
    call: CallSchemas


def transitive_calls(diff: Diff, policies: Policies, *, everything: bool = False) -> list[CallDiff]:
    """The calls that have to be kept with every released version.

    What a call breaks that did not change was said when it did, so that only those that changed
    are asked; with ``everything``, the others are too.
    """
    idle = ("removed",) if everything else ("removed", "unchanged")
    return [
        call
        for call in diff.calls
        if call.status not in idle and policies.of_call(call.call).transitive
    ]


def add_released(
    diff: Diff,
    old: Mapping[str, CallSchemas],
    new: Mapping[str, CallSchemas],
    released: Mapping[str, Sequence[Released]],
    policies: Policies,
    unknown_fields: Reading = "ignored",
) -> None:
    """Adds what older released versions show and the old side does not.

    Only what breaks, or may break, in a direction that the call's policy guards: what else differs
    from a version of long ago is no news. The index has been migrated since, and is not asked.

    Args:
        diff: What the old side shows; it gets the findings.
        old: The calls before, by name; a version that is the same is not asked again.
        new: The calls after, by name.
        released: Call to its released versions, oldest first.
        policies: What each call has to keep.
        unknown_fields: How readers treat fields they do not know.
    """
    tally = _Tally(diff)
    waiting = {}
    for name, versions in released.items():
        before = old.get(name) or old.get(new[name].renamed_from or "")
        waiting[name] = distinct(versions, [call for call in (before, new[name]) if call])
    while waiting := {name: groups for name, groups in waiting.items() if groups}:
        # Newest first, one version of each call at a time: its witness is the one that is shown.
        now = {name: groups.pop() for name, groups in waiting.items()}
        older = diff_calls(
            [group[-1].call for group in now.values()],
            [new[name] for name in now],
            unknown_fields=unknown_fields,
        )
        found = {finding.id: finding for finding in older.findings}
        for call in older.calls:
            policy = policies.of_call(call.call)
            for key in call.findings if call.call in now else ():
                counted = policy.counted(found[key])
                if any(counted[direction] != "ok" for direction in policy.guards):
                    finding = _guarded(found[key], policy.guards)
                    tally.add(finding, call.call, [v.number for v in now[call.call]])
    diff.findings = [*tally.known.values()]


def _guarded(finding: Finding, guards: Sequence[Direction]) -> Finding:
    """A finding with what it does in the directions that were asked for."""
    effects = finding.effects
    return replace(
        finding,
        effects=Effects(
            effects.backward if "backward" in guards else "ok",
            effects.forward if "forward" in guards else "ok",
        ),
        witnesses={name: w for name, w in finding.witnesses.items() if name in guards},
    )


class _Tally:
    """The findings of a diff, and which of them the old side shows of which call."""

    def __init__(self, diff: Diff) -> None:
        self.known = {finding.id: finding for finding in diff.findings}
        self._calls = {call.call: call for call in diff.calls}
        self._shown = {call.call: frozenset(call.findings) for call in diff.calls}

    def add(self, finding: Finding, name: str, numbers: list[int]) -> None:
        """Counts a finding that released versions of one call show."""
        if finding.id in self._shown[name]:
            return
        places = finding.occurrences.of_call(name)
        there = self.known.get(finding.id)
        if there is None:
            there = self.known[finding.id] = replace(
                finding, occurrences=Occurrences(), versions=[]
            )
        if there.versions is not None:
            there.versions = sorted({*there.versions, *numbers})
        there.filled &= finding.filled
        entry = self._calls[name]
        if finding.id not in entry.findings:
            entry.findings.append(finding.id)
            there.occurrences.extend(places)
        there.effects = there.effects.join(finding.effects)
        entry.effects = entry.effects.join(finding.effects)
        for direction, witness in finding.witnesses.items():
            there.witnesses.setdefault(direction, witness)


def distinct(versions: Sequence[Released], known: Sequence[CallSchemas]) -> list[list[Released]]:
    """Versions whose schemas are the same, together, without those that are as ``known`` ones."""
    groups: dict[bytes, list[Released]] = {}
    for version in versions:
        key = canonical(version.call.parts)
        groups[key] = [*groups.pop(key, []), version]
    for call in known:
        groups.pop(canonical(call.parts), None)
    return list(groups.values())
