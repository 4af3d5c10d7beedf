"""The report as a document of plain data; it knows nothing of pages.

``diff`` is the base of it: findings as ``ucaudit diff --format json`` gives them, but for where
they reach, which is told as spots and as the parts of calls that reach all of these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from typing import Final

from ucaudit.diff.model import CallDiff, Finding
from ucaudit.diff.rules import RULES
from ucaudit.history.compiled import compile_call
from ucaudit.history.migration import Migration
from ucaudit.history.version import CallHistory, Version
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.report.check import steps_in_words, what_is_needed
from ucaudit.report.html.indexed import change_lines, mapping_rows
from ucaudit.report.html.labels import short_name
from ucaudit.report.html.subject import Subject
from ucaudit.report.html.tree import Trees
from ucaudit.report.lock import describe_step
from ucaudit.report.problems import Problem
from ucaudit.schema.parsing import Parser
from ucaudit.sources.record import CallSchemas

FORMAT: Final = "ucaudit.report/1"
_PARTS: Final = ("request", "response", "audit")


def report_document(subject: Subject) -> JsonObject:
    """The whole report (``ucaudit.report/1``).

    Args:
        subject: What it is about.

    Returns:
        ``summary``; ``findings`` in order of severity, with ``place`` (file and line) and
        ``reach``; ``rules`` that they name; ``calls`` in order of name; ``remarks``;
        ``migrations``; ``status``; and ``details`` of calls: schema trees, mappings, history.
    """
    places = {problem.fingerprint: problem for problem in subject.problems}
    numbers = {call.call: number for number, call in enumerate(subject.diff.calls)}
    findings = subject.diff.findings
    order = {finding.id: number for number, finding in enumerate(findings)}
    ids = {finding.id for finding in findings}
    moves = {migration.call: migration for migration in subject.migrations}
    return {
        "format": FORMAT,
        "version": version("ucaudit"),
        "title": subject.title,
        "old": subject.old,
        "new": subject.new,
        "summary": _summary(subject),
        "findings": [_finding(finding, places, numbers) for finding in findings],
        "rules": _rules(findings),
        "calls": [_call(call, subject, order) for call in subject.diff.calls],
        "remarks": [p.to_dict() for p in subject.problems if p.fingerprint not in ids],
        "migrations": [_migration(m, numbered=subject.numbered) for m in subject.migrations],
        "status": subject.status,
        "details": _details(subject, moves),
    }


def _summary(subject: Subject) -> JsonObject:
    diff = subject.diff
    open_ones = (finding for finding in diff.findings if finding.accepted is None)
    counts = Counter(finding.level for finding in open_ones)
    changed = [call for call in diff.calls if call.status != "unchanged"]
    effects = {name: Counter(call.to_dict()[name] for call in changed)
               for name in ("backward", "forward", "index")}  # fmt: skip
    return {
        "calls": len(diff.calls),
        "changed": len(changed),
        "findings": len(diff.findings),
        "levels": {level: counts[level] for level in ("error", "warning", "info")},
        "accepted": sum(finding.accepted is not None for finding in diff.findings),
        "off": diff.off,
        "effects": effects,
        **diff.effects.to_dict(),
    }


def _finding(
    finding: Finding, places: Mapping[str, Problem], numbers: Mapping[str, int]
) -> JsonObject:
    document = finding.to_dict(occurrences=False)
    problem = places.get(finding.id)
    document["owner_name"] = short_name(finding.owner)
    document["place"] = problem.place if problem is not None else ""
    document["reach"] = {
        "count": len(finding.occurrences),
        "groups": [
            [
                [spot.path for spot in spots],
                [[numbers.get(call, -1), part, path] for call, part, path in reached],
            ]
            for spots, reached in finding.occurrences.groups
        ],
    }
    return document


def _rules(findings: list[Finding]) -> JsonObject:
    names = sorted({finding.rule for finding in findings} & RULES.keys())
    return {
        name: {
            "summary": RULES[name].summary,
            "explanation": RULES[name].explanation,
            "safe_way": RULES[name].safe_way,
        }
        for name in names
    }


def _call(call: CallDiff, subject: Subject, order: Mapping[str, int]) -> JsonObject:
    document = call.to_dict()
    document["findings"] = sorted(order[key] for key in call.findings if key in order)
    known = subject.history.calls.get(call.call)
    if known is not None:
        document["released"] = [known.newest.number, known.newest.generation]
    return document


def _migration(migration: Migration, *, numbered: bool) -> JsonObject:
    return {
        **migration.to_dict(),
        "numbered": numbered,
        "words": what_is_needed(migration) if numbered else "",
        "steps": steps_in_words(migration),
        "undecided": len(migration.undecided),
    }


def _details(subject: Subject, moves: Mapping[str, Migration]) -> JsonObject:
    """What the page of one call shows; of calls that did not change, only their history."""
    trees = Trees(subject.config.unknown_fields)
    parser = Parser(lazy=True)
    before = {call.name: call for call in subject.before.calls}
    calls: JsonObject = {}
    for entry in subject.diff.calls:
        document: JsonObject = {}
        if entry.status != "unchanged":
            old = before.get(entry.renamed_from or entry.call)
            new = subject.after.get(entry.call)
            live = subject.before.accumulated.get(entry.renamed_from or entry.call)
            document["parts"] = dict(_parts(old, new, trees))
            document["mapping"] = _mapping(old, new, live, parser)
            document["options"] = [_options(old), _options(new)]
        known = subject.history.calls.get(entry.call)
        if known is not None:
            document["history"] = [*_versions(known)]
            if entry.call in moves and not moves[entry.call].released and subject.numbered:
                document["history"].append(_open_version(moves[entry.call], document))
        if document:
            calls[entry.call] = document
    return {"rows": trees.rows, "calls": calls}


def _parts(
    old: CallSchemas | None, new: CallSchemas | None, trees: Trees
) -> Iterator[tuple[str, Json]]:
    for part in _PARTS:
        before, after = (call.api(part) if call is not None else None for call in (old, new))
        if before is not None or after is not None:
            name = (new or old).name if new or old else ""  # type: ignore[union-attr]
            yield part, trees.add(before, after, f"{name} {part}")


def _mapping(
    old: CallSchemas | None, new: CallSchemas | None, live: JsonObject | None, parser: Parser
) -> list[list[Json]]:
    compiled = [
        {"properties": compile_call(call, parser).properties} if call is not None else {}
        for call in (old, new)
    ]
    return mapping_rows(live if live is not None else compiled[0], compiled[1])


def _options(call: CallSchemas | None) -> Json:
    if call is None:
        return None
    return {"retention_days": call.retention_days, "record_response": call.record_response}


def _versions(history: CallHistory) -> Iterator[JsonObject]:
    previous: Version | None = None
    for released in history.versions:
        changes = []
        if previous is not None and previous.mapping != released.mapping:
            changes = change_lines(previous.mapping, released.mapping)
        yield {
            "version": released.number,
            "generation": released.generation,
            "label": released.label,
            "index": released.index if previous is not None else None,
            "asked": released.new_generation,
            "steps": [describe_step(step) for step in released.steps],
            "changes": changes,
            "retention_days": released.retention_days,
            "record_response": released.record_response,
            "digest": released.digest.partition(":")[2][:12],
        }
        previous = released


def _open_version(migration: Migration, document: JsonObject) -> JsonObject:
    """The version that is to be released, as another row of the history."""
    options = document.get("options", [None, None])[1] or {}
    return {
        "version": migration.new[0],
        "generation": migration.new[1],
        "label": None,
        "open": True,
        "index": migration.index if migration.old is not None else None,
        "asked": False,
        "steps": steps_in_words(migration),
        "changes": [[r[0], r[3], r[4]] for r in document.get("mapping", ()) if len(r) > 2],
        "digest": "",
        **options,
    }
