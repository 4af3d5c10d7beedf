"""Compares the calls of two sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, get_args

from ucaudit.config import Policy, Reading
from ucaudit.diff.indexing import blame, index_rule
from ucaudit.diff.model import NO_EFFECTS, CallDiff, Diff, Effects, Finding, Part, Status, Witness
from ucaudit.diff.parts import PartFindings, Parts
from ucaudit.diff.policy import CallPolicy, Policies, apply_policy
from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.acceptance import Writer
from ucaudit.mapping.envelope import REQUEST, RESPONSE
from ucaudit.mapping.reach import Change
from ucaudit.mapping.verdict import IndexEffect, effect_of, judge, worst
from ucaudit.schema.node import Node
from ucaudit.schema.parsing import Parser
from ucaudit.sources.record import CallSchemas

Logged = tuple[Node | None, Node | None]
_RENAMED: Final = Effects("breaks", "breaks")
_PARTS: tuple[Part, ...] = ("request", "response", "audit")
# What the rules call a part that comes or goes.
_SCHEMA_OF: dict[Part, str] = {
    "request": "request-schema",
    "response": "response-schema",
    "audit": "audit-type",
}


def diff_calls(
    old: Iterable[CallSchemas],
    new: Iterable[CallSchemas],
    accumulated: Mapping[str, JsonObject] | None = None,
    *,
    policy: Policy = "full",
    unknown_fields: Reading = "ignored",
) -> Diff:
    """Compares two sets of calls.

    Args:
        old: The calls before.
        new: The calls after.
        accumulated: Call to the mapping that its current generation has accumulated
            (``{"properties": …}``); by default the old side's own mapping is judged against.
        policy: Which directions must not break; it decides how loud a finding is.
        unknown_fields: ``ignored``: senders send the fields that they declare, and ``oneOf`` is any
            of its members. ``literal``: both sides are as JSON Schema says, so that any field may
            come that is not forbidden.

    Returns:
        Calls in order of name, findings in order of severity, then of owner and pointer.

    Raises:
        InputError: If a schema is none, or the reading is another.
    """
    if unknown_fields not in get_args(Reading):
        raise InputError(
            "reading-unknown",
            f"There is no reading {unknown_fields!r} of unknown fields.",
            where="unknown_fields",
            fix=f"Use one of {', '.join(get_args(Reading))}.",
        )
    before, after = {c.name: c for c in old}, {c.name: c for c in new}
    renamed = {
        call.renamed_from: name
        for name, call in after.items()
        if call.renamed_from in before and name not in before and call.renamed_from not in after
    }
    was = {new: old for old, new in renamed.items()}
    parts = Parts(unknown_fields)
    lonely: list[CallDiff] = []
    pairs: list[_CallComparison] = []
    for name in sorted({*before, *after} - set(renamed)):
        old_call, new_call = before.get(was.get(name, name)), after.get(name)
        if old_call is None or new_call is None:
            lonely.append(_lonely(old_call, new_call, parts))
        else:
            live = (accumulated or {}).get(name)
            pairs.append(_CallComparison(old_call, new_call, parts, live))
    for pair in pairs:
        pair.find_changed()
    calls = sorted([*lonely, *(pair.compare() for pair in pairs)], key=lambda call: call.call)
    diff = Diff(calls, [*parts.findings.values()])
    apply_policy(diff, Policies(CallPolicy(policy)))
    return diff


def _lonely(old: CallSchemas | None, new: CallSchemas | None, parts: Parts) -> CallDiff:
    """A call that only one side has."""
    call = old or new
    assert call is not None  # noqa: S101  (a name comes from one of the two)
    gone = new is None
    finding = parts.note(
        "call-removed" if gone else "call-added",
        call.name,
        call.name if gone else None,
        None if gone else call.name,
        f"the call {call.name} is {'gone' if gone else 'new'}",
        Effects(backward="breaks" if gone else "ok"),
    )
    status: Status = "removed" if gone else "added"
    return CallDiff(call.name, status, finding.effects, [finding.id])


@dataclass(slots=True)
class _CallComparison:
    old: CallSchemas
    new: CallSchemas
    parts: Parts
    live: JsonObject | None
    changed: list[tuple[Part, Node, Node]] = field(default_factory=list)
    # Ids of findings, in the order in which they were found.
    findings: dict[str, None] = field(default_factory=dict)
    effects: Effects = NO_EFFECTS
    found: dict[str, PartFindings] = field(default_factory=dict)
    # Field of the audit document to the finding that put it there, took it away or swapped it.
    roots: dict[str, str] = field(default_factory=dict)

    def find_changed(self) -> None:
        """Compares no more than whether there is anything to compare."""
        if self.old is self.new:
            return
        for part in _PARTS:
            before = self.parts.parse(self.old, part, "old")
            after = self.parts.parse(self.new, part, "new")
            if before is None and after is None:
                continue
            if before is None or after is None:
                self._part_comes_or_goes(part, added=before is None)
            elif not self.parts.same(before, after):
                self.changed.append((part, before, after))

    def compare(self) -> CallDiff:
        """All that differs between the two calls."""
        status: Status = "unchanged"
        if self.old is not self.new:
            for part, before, after in self.changed:
                self._compare_part(part, before, after)
            self._compare_options()
            self._compare_index()
        if self.old.name != self.new.name:
            status = "renamed"
            text = f"{self.old.name} is called {self.new.name} now"
            self._note("call-renamed", self.old.name, self.new.name, text, _RENAMED)
        elif self.findings:
            status = "changed"
        renamed_from = self.old.name if status == "renamed" else None
        return CallDiff(self.new.name, status, self.effects, [*self.findings], renamed_from)

    def _note(self, rule: str, old: Json, new: Json, message: str, effects: Effects) -> str:
        """Adds a finding about the call as a whole and returns its id."""
        finding = self.parts.note(rule, self.new.name, old, new, message, effects)
        self.findings[finding.id] = None
        self.effects = self.effects.join(effects)
        return finding.id

    def _part_comes_or_goes(self, part: Part, *, added: bool) -> None:
        cause = self._note(
            f"{_SCHEMA_OF[part]}-{'added' if added else 'removed'}",
            None if added else part,
            part if added else None,
            f"the {part} {'has a schema now' if added else 'has no schema any more'}",
            Effects(),
        )
        if part in ("audit", self.new.logged_part):
            self.roots[REQUEST] = cause

    def _compare_part(self, part: Part, before: Node, after: Node) -> None:
        found = self.parts.compare(self.new.name, part, before, after)
        self.findings.update(dict.fromkeys(found.sweep.effects))
        self.effects = self.effects.join(found.sweep.total)
        if part == self.new.logged_part == self.old.logged_part:
            self.found[REQUEST] = found
        elif part == "response" and self.new.record_response and self.old.record_response:
            self.found[RESPONSE] = found

    def _compare_options(self) -> None:
        old, new = self.old, self.new
        if old.retention_days != new.retention_days:
            text = f"kept for {new.retention_days} days, was {old.retention_days}"
            shorter = new.retention_days < old.retention_days
            rule = "retention-shortened" if shorter else "retention-lengthened"
            self._note(rule, old.retention_days, new.retention_days, text, Effects())
        if old.record_response != new.record_response:
            rule = "recording-added" if new.record_response else "recording-removed"
            text = f"the response is {'logged now' if new.record_response else 'no longer logged'}"
            cause = self._note(rule, old.record_response, new.record_response, text, Effects())
            self.roots[RESPONSE] = cause

    def _compare_index(self) -> None:
        logged = [_logged(call, self.parts.stored) for call in (self.old, self.new)]
        if self.live is None and self._nothing_changed(*logged):
            return
        old, new = (Writer.of({REQUEST: each[0], RESPONSE: each[1]}) for each in logged)
        live = self.live or {"properties": old.properties}
        places = [p for root, found in self.found.items() for p in found.places(root)]
        for change in judge(live, {"properties": new.properties}, new, [old]).changes:
            effect = effect_of(change)
            self.effects = self.effects.join(Effects(index=effect))
            for key in blame(change, places) or self._root_cause(change):
                self._ask_of_index(self.parts.findings[key], change, effect)

    def _nothing_changed(self, old: Logged, new: Logged) -> bool:
        return all(
            a is b or (a is not None and b is not None and self.parts.equality.same(a, b))
            for a, b in zip(old, new, strict=True)
        )

    def _ask_of_index(self, finding: Finding, change: Change, effect: IndexEffect) -> None:
        joined = worst((finding.effects.index, effect))
        if joined != finding.effects.index:
            finding.effects = replace(finding.effects, index=joined)
            finding.witnesses.pop("index", None)
        if effect != joined or "index" in finding.witnesses:
            return
        error = f"{change.path}: {change.reason}"
        if change.witness is not None:
            proof = change.witness[change.path.partition(".")[0]]
            finding.witnesses["index"] = Witness(proof, change.written_by, "mapping", error)
            return
        holders = [found for found in self.found.values() if finding.id in found.sweep.effects]
        document = holders[-1].index_document(finding.id) if holders else None
        if document is not None:
            finding.witnesses["index"] = Witness(document, "new", "mapping", error)

    def _root_cause(self, change: Change) -> list[str]:
        """What is to blame for a field that no difference in a schema explains."""
        root = change.path.partition(".")[0]
        if root not in self.roots:
            self.roots[change.path] = self._note(
                index_rule(change),
                {"field": change.path, "mapping": change.live},
                {"field": change.path, "mapping": change.wanted},
                f"{change.path}: {change.reason}",
                Effects(),
            )
            root = change.path
        return [self.roots[root]]


def _logged(call: CallSchemas, parser: Parser) -> Logged:
    """What is stored of the request and of the response."""
    request, response = call.logged, call.logged_response
    return (
        parser.parse(request, call.name) if request is not None else None,
        parser.parse(response, call.name) if response is not None else None,
    )


def call_of(name: str, part: Part, schema: JsonObject) -> CallSchemas:
    """A call with one part only, recorded: how bare schemas are compared."""
    contracts = {"in": schema, "out": schema} if part == "request" else {"out": schema}
    return CallSchemas(name=name, parts={part: contracts}, record_response=part == "response")
