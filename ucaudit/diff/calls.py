"""Compares the calls of two sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from ucaudit.config import Policy, Reading
from ucaudit.diff.indexing import Place, blame, index_rule
from ucaudit.diff.model import (
    CallDiff,
    Diff,
    Effects,
    Finding,
    Level,
    Occurrence,
    Part,
    Status,
    Witness,
)
from ucaudit.diff.parts import Parts, index_document
from ucaudit.diff.walk import Hit
from ucaudit.jsontypes import Json, JsonObject, sha256
from ucaudit.mapping.api import call_fields
from ucaudit.mapping.envelope import REQUEST, RESPONSE
from ucaudit.mapping.reach import Change
from ucaudit.mapping.verdict import effect_of, judge, worst
from ucaudit.schema.graph import Parser
from ucaudit.sources.record import CallSchemas

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
    """
    before, after = {c.name: c for c in old}, {c.name: c for c in new}
    renamed = {
        call.renamed_from: name
        for name, call in after.items()
        if call.renamed_from in before and name not in before and call.renamed_from not in after
    }
    total = _Total(Parts(before.values(), after.values(), unknown_fields))
    for name in sorted({*before, *after} - set(renamed)):
        was = next((o for o, n in renamed.items() if n == name), name)
        total.add(before.get(was or name), after.get(name), (accumulated or {}).get(name))
    for finding in total.findings.values():
        finding.level = level_of(finding, policy)
    findings = sorted(total.findings.values(), key=_order)
    return Diff(total.calls, findings)


def _order(finding: Finding) -> tuple[int, str, str, str, str]:
    rank = {"error": 0, "warning": 1, "info": 2}[finding.level]
    return rank, finding.owner, finding.pointer, finding.rule, finding.id


@dataclass(slots=True)
class _Total:
    parts: Parts
    calls: list[CallDiff] = field(default_factory=list)
    findings: dict[str, Finding] = field(default_factory=dict)

    def add(
        self, old: CallSchemas | None, new: CallSchemas | None, accumulated: JsonObject | None
    ) -> None:
        if old is None or new is None:
            self._add_lonely(old, new)
            return
        if old is new:
            self.calls.append(CallDiff(new.name, "unchanged", Effects(), []))
            return
        own = _CallFindings(old, new, self.parts)
        own.compare(accumulated)
        status: Status = "unchanged"
        if old.name != new.name:
            status = "renamed"
            own.note("call-renamed", old.name, new.name, f"{old.name} is called {new.name} now",
                     Effects("breaks", "breaks"))  # fmt: skip
        elif own.findings:
            status = "changed"
        effects = Effects()
        for finding in own.findings.values():
            effects = effects.join(finding.effects)
            self._merge(finding)
        renamed_from = old.name if status == "renamed" else None
        self.calls.append(CallDiff(new.name, status, effects, [*own.findings], renamed_from))

    def _add_lonely(self, old: CallSchemas | None, new: CallSchemas | None) -> None:
        call = old or new
        assert call is not None  # noqa: S101  (a name comes from one of the two)
        gone = new is None
        finding = note(
            "call-removed" if gone else "call-added",
            call.name,
            call.name if gone else None,
            None if gone else call.name,
            f"the call {call.name} is {'gone' if gone else 'new'}",
            Effects(backward="breaks" if gone else "ok"),
        )
        self._merge(finding)
        status: Status = "removed" if gone else "added"
        self.calls.append(CallDiff(call.name, status, finding.effects, [finding.id]))

    def _merge(self, finding: Finding) -> None:
        known = self.findings.get(finding.id)
        if known is None:
            self.findings[finding.id] = finding
            return
        known.occurrences.extend(finding.occurrences)
        known.effects = known.effects.join(finding.effects)
        for name, witness in finding.witnesses.items():
            known.witnesses.setdefault(name, witness)


def note(rule: str, call: str, old: Json, new: Json, message: str, effects: Effects) -> Finding:
    """A finding about a call as a whole."""
    key = sha256([rule, call, "", old, new])[:16]
    return Finding(
        id=key,
        rule=rule,
        owner=call,
        pointer="",
        old=old,
        new=new,
        message=message,
        effects=effects,
        occurrences=[Occurrence(call, "request", "$", "")],
    )


@dataclass(slots=True)
class _CallFindings:
    old: CallSchemas
    new: CallSchemas
    parts: Parts
    findings: dict[str, Finding] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    hits: dict[str, Hit] = field(default_factory=dict)
    # Field of the audit document to the finding that put it there, took it away or swapped it.
    roots: dict[str, str] = field(default_factory=dict)

    def compare(self, accumulated: JsonObject | None) -> None:
        for part in _PARTS:
            self._compare_part(part)
        self._compare_options()
        self._compare_index(accumulated)

    def note(self, rule: str, old: Json, new: Json, message: str, effects: Effects) -> str:
        """Adds a finding about the call as a whole and returns its id."""
        finding = note(rule, self.new.name, old, new, message, effects)
        self.findings[finding.id] = finding
        return finding.id

    def _compare_part(self, part: Part) -> None:
        before = self.parts.parse(self.old, part, "old")
        after = self.parts.parse(self.new, part, "new")
        if before is None and after is None:
            return
        if before is None or after is None:
            added = before is None
            cause = self.note(
                f"{_SCHEMA_OF[part]}-{'added' if added else 'removed'}",
                None if added else part,
                part if added else None,
                f"the {part} {'has a schema now' if added else 'has no schema any more'}",
                Effects(),
            )
            if part in ("audit", self.new.logged_part):
                self.roots[REQUEST] = cause
            return
        root_field = None
        if part == self.new.logged_part == self.old.logged_part:
            root_field = REQUEST
        elif part == "response" and self.new.record_response and self.old.record_response:
            root_field = RESPONSE
        found = self.parts.compare(self.new.name, part, before, after, root_field)
        self.findings.update(found.findings)
        self.places.extend(found.places)
        self.hits.update(found.hits)

    def _compare_options(self) -> None:
        old, new = self.old, self.new
        if old.retention_days != new.retention_days:
            text = f"kept for {new.retention_days} days, was {old.retention_days}"
            shorter = new.retention_days < old.retention_days
            rule = "retention-shortened" if shorter else "retention-lengthened"
            self.note(rule, old.retention_days, new.retention_days, text, Effects())
        if old.record_response != new.record_response:
            rule = "recording-added" if new.record_response else "recording-removed"
            text = f"the response is {'logged now' if new.record_response else 'no longer logged'}"
            cause = self.note(rule, old.record_response, new.record_response, text, Effects())
            self.roots[RESPONSE] = cause

    def _compare_index(self, accumulated: JsonObject | None) -> None:
        wanted = {"properties": _fields(self.new, self.parts.stored)}
        live = accumulated
        if live is None:
            live = {"properties": _fields(self.old, self.parts.stored)}
        for change in judge(live, wanted).changes:
            effect = effect_of(change)
            guilty = blame(change, self.places) or self._root_cause(change)
            for key in guilty:
                finding = self.findings[key]
                joined = worst((finding.effects.index, effect))
                if joined != finding.effects.index:
                    finding.effects = replace(finding.effects, index=joined)
                    finding.witnesses.pop("index", None)
                if key in self.hits and "index" not in finding.witnesses and effect == joined:
                    document = index_document(self.hits[key])
                    if document is not None:
                        error = f"{change.path}: {change.reason}"
                        finding.witnesses["index"] = Witness(document, "new", "mapping", error)

    def _root_cause(self, change: Change) -> list[str]:
        """What is to blame for a field that no difference in a schema explains."""
        root = change.path.partition(".")[0]
        if root not in self.roots:
            self.roots[change.path] = self.note(
                index_rule(change),
                {"field": change.path, "mapping": change.live},
                {"field": change.path, "mapping": change.wanted},
                f"{change.path}: {change.reason}",
                Effects(),
            )
            root = change.path
        return [self.roots[root]]


def _fields(call: CallSchemas, parser: Parser) -> JsonObject:
    roots = [
        parser.parse(schema, call.name) if schema is not None else None
        for schema in (call.logged, call.logged_response)
    ]
    return call_fields(roots[0], roots[1]).properties


def level_of(finding: Finding, policy: Policy = "full") -> Level:
    """How loud a finding is: an error is what the policy forbids."""
    effects = finding.effects
    directions = {"backward": effects.backward, "forward": effects.forward}
    guarded = directions.values() if policy == "full" else (directions[policy],)
    if finding.rule == "redaction-removed" or "breaks" in guarded:
        return "error"
    if effects.index == "reindex" or set(directions.values()) != {"ok"}:
        return "warning"
    return "info"


def call_of(name: str, part: Part, schema: JsonObject) -> CallSchemas:
    """A call with one part only, recorded: how bare schemas are compared."""
    contracts = {"in": schema, "out": schema} if part == "request" else {"out": schema}
    return CallSchemas(name=name, parts={part: contracts}, record_response=part == "response")
