"""What is wrong, one entry a problem: the one list that all formats for machines are made of."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ucaudit.jsontypes import JsonObject, sha256
from ucaudit.report.words import count

if TYPE_CHECKING:
    from ucaudit.diff.model import Finding, Level
    from ucaudit.history.places import Places
    from ucaudit.history.remark import Remark
    from ucaudit.plan.plan import Notice, Plan


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to mend or to know.

    Attributes:
        rule: Stable kebab-case name of what kind it is.
        level: How loud it is.
        message: What is wrong, in one clause.
        fingerprint: Stays the same while the problem does.
        call: The call, or the first of several.
        file: The file that caused it, from the top of the repository.
        line: Line in it, from 1.
        more: What else to know: effects, other calls.
        fix: What to do.
        accepted: Why it does not count.
    """

    rule: str
    level: Level
    message: str
    fingerprint: str
    call: str | None = None
    file: str | None = None
    line: int | None = None
    more: str = ""
    fix: str = ""
    accepted: str | None = None

    @property
    def text(self) -> str:
        """The problem in one line."""
        call = f"{self.call}: " if self.call else ""
        more = f" ({self.more})" if self.more else ""
        return f"{call}{self.message}{more}"

    @property
    def place(self) -> str:
        """``file:line``; empty where none is known."""
        return f"{self.file}:{self.line}" if self.file is not None else ""

    def to_dict(self) -> JsonObject:
        """As in the JSON output."""
        return {
            "rule": self.rule,
            "level": self.level,
            "message": self.message,
            "call": self.call,
            "file": self.file,
            "line": self.line,
            "fingerprint": self.fingerprint,
            "fix": self.fix or None,
        }


def of_findings(findings: Iterable[Finding], places: Places | None, top: Path) -> Iterator[Problem]:
    """Findings of a comparison as problems; accepted ones too, and marked as such.

    Args:
        findings: What was found.
        places: Knows where they stand.
        top: What file names start from.
    """
    for finding in findings:
        calls = list(dict.fromkeys(place.call for place in finding.occurrences))
        spot = places.of_finding(finding) if places is not None else None
        others = f"and {count(len(calls) - 1, 'more call')}" if len(calls) > 1 else ""
        yield Problem(
            finding.rule,
            finding.level,
            finding.message,
            finding.id,
            calls[0] if calls else None,
            relative(spot.file, top) if spot is not None else None,
            spot.line if spot is not None else None,
            ", ".join(filter(None, (*effects_in_words(finding), others))),
            f"What it means, and the safe way: ucaudit rule {finding.rule}",
            finding.accepted["reason"] if finding.accepted is not None else None,
        )


def effects_in_words(finding: Finding) -> Iterator[str]:
    """``breaks backward and forward``, ``reindex``: what is not fine."""
    for effect in ("breaks", "unknown"):
        hit = [name for name in ("backward", "forward") if getattr(finding.effects, name) == effect]
        if hit:
            yield f"{effect} {' and '.join(hit)}"
    if finding.effects.index != "none":
        yield finding.effects.index


def of_remarks(remarks: Iterable[Remark], places: Places | None, top: Path) -> Iterator[Problem]:
    """Remarks of a check as problems; one without a file stands where its call does."""
    for remark in remarks:
        file, line = remark.file, remark.line or 1
        if (file is None or not file.exists()) and remark.call is not None and places is not None:
            spot = places.of_call(remark.call)
            file, line = spot if spot is not None else (file, line)
        where = relative(file, top) if file is not None else None
        yield Problem(
            remark.name,
            remark.level,
            remark.message,
            sha256([remark.name, remark.call, where])[:16],
            remark.call,
            where,
            line if where is not None else None,
            fix=remark.fix,
        )


def of_plan(plan: Plan) -> Iterator[Problem]:
    """What is in the way of a plan, what to know about it, and what was changed by hand."""
    for level, notices in _notices(plan):
        for notice in notices:
            yield Problem(
                notice.name,
                level,
                notice.what.rstrip("."),
                sha256([notice.name, notice.call, notice.where])[:16],
                notice.call,
                more=": ".join(filter(None, (notice.where, notice.why))),
                fix=notice.fix,
            )
    for drift in plan.drift():
        key = [drift.call, drift.name, drift.path, drift.parameter]
        yield Problem(
            f"drift-{drift.kind}",
            "warning",
            f"{drift.name} was changed by hand: {drift.describe()}",
            sha256(key)[:16],
            drift.call,
            more="migrate mends it" if drift.mended else drift.note,
        )


def _notices(plan: Plan) -> Iterator[tuple[Level, Iterable[Notice]]]:
    yield "error", plan.problems
    yield "warning", plan.warnings


def relative(file: Path, top: Path) -> str:
    """The file from the top of the repository, with slashes; as it is where it is elsewhere."""
    file = file.resolve()
    return file.relative_to(top).as_posix() if file.is_relative_to(top) else str(file)


def level_counts(
    problems: Iterable[Problem], is_counted: Callable[[Problem], bool] = lambda p: not p.accepted
) -> dict[Level, int]:
    """How many there are of each level, accepted ones aside."""
    counts: dict[Level, int] = {"error": 0, "warning": 0, "info": 0}
    for problem in filter(is_counted, problems):
        counts[problem.level] += 1
    return counts
