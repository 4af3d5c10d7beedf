"""Diffs and checks as comments on a pull request: the verdict first, proofs folded."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from ucaudit.report.check import steps_in_words, what_is_needed
from ucaudit.report.markdown import LONGEST, block, code, fitting, folded, plain, table
from ucaudit.report.problems import Problem, level_counts
from ucaudit.report.words import count

if TYPE_CHECKING:
    from ucaudit.diff.model import Diff, Finding
    from ucaudit.history.check import Checked
    from ucaudit.history.migration import Migration

_MARKS: Final = {"error": "❌", "warning": "⚠️", "info": "▫️"}
_ACCEPTED: Final = "☑️"
_FINE: Final = "✅"
# Of the room of a comment: the table of calls, and the migration.
_SHARE: Final = LONGEST // 4
_MOST_RULES: Final = 3


def check_comment(checked: Checked, problems: Sequence[Problem]) -> str:
    """A check; begins with a mark that finds the comment again."""
    since = f"since {code(checked.against)}" if checked.against else "since the newest release"
    return _comment("check", checked.diff, problems, since, checked.migrations)


def diff_comment(diff: Diff, problems: Sequence[Problem]) -> str:
    """A diff."""
    return _comment("diff", diff, problems, "")


def _comment(
    name: str,
    diff: Diff,
    problems: Sequence[Problem],
    since: str,
    migrations: Sequence[Migration] = (),
) -> str:
    sections = [f"<!-- ucaudit {name} -->\n{verdict_line(name, problems)}", _changed(diff, since)]
    if any(call.status != "unchanged" for call in diff.calls):
        rows = table(("call", "backward", "forward", "index", "findings"), _calls(diff))
        sections.append(fitting(rows, _SHARE, "calls", always=2))
    if migrations:
        rows = table(("call", "what its audit index needs", "stored documents"), _rows(migrations))
        sections.append("#### Migration, once this is released")
        sections.append(fitting(rows, _SHARE, "calls", always=2))
    if problems:
        findings = {finding.id: finding for finding in diff.findings}
        entries = [entry(problem, findings.get(problem.fingerprint)) for problem in problems]
        end = _hint(problems, findings)
        room = LONGEST - sum(len(section) + 2 for section in sections) - len(end) - 20
        sections += ["#### Findings", fitting(entries, room, "findings", "\n"), end]
    return "\n\n".join(filter(None, sections)) + "\n"


def verdict_line(name: str, problems: Sequence[Problem]) -> str:
    """The heading: how it went."""
    counts = level_counts(problems)
    said = [count(number, level) for level, number in counts.items() if number and level != "info"]
    worst = next((level for level, number in counts.items() if number), "info")
    mark = _MARKS[worst] if worst != "info" else _FINE
    return f"### {mark} ucaudit {name}: {', '.join(said) or 'nothing is wrong'}"


def _changed(diff: Diff, since: str) -> str:
    changed = sum(call.status != "unchanged" for call in diff.calls)
    if not changed:
        return f"Nothing changed {since}".rstrip() + f" in {count(len(diff.calls), 'call')}."
    effects = " · ".join(f"{name} **{effect.replace('_', ' ')}**"
                         for name, effect in diff.effects.to_dict().items())  # fmt: skip
    calls = f"{changed:,} of {count(len(diff.calls), 'call')} changed {since}".rstrip()
    return f"{calls}: {effects}"


def _calls(diff: Diff) -> Iterator[list[str]]:
    rules: dict[str, list[str]] = defaultdict(list)
    names = {finding.id: finding.rule for finding in diff.findings}
    for call in diff.calls:
        rules[call.call] = list(dict.fromkeys(names[key] for key in call.findings))
    for call in diff.calls:
        if call.status == "unchanged":
            continue
        found = rules[call.call]
        more = len(found) - _MOST_RULES
        texts = [*map(code, found[:_MOST_RULES]), *([f"{more} more"] if more > 0 else [])]
        effects = [str(effect).replace("_", " ") for effect in call.effects.to_dict().values()]
        renamed = f" (was {code(call.renamed_from)})" if call.renamed_from else ""
        yield [f"{code(call.call)}{renamed}", *effects, ", ".join(texts)]


def _rows(migrations: Iterable[Migration]) -> Iterator[list[str]]:
    for migration in migrations:
        steps = [plain(step) for step in steps_in_words(migration)]
        yield [code(migration.call), plain(what_is_needed(migration)), "<br>".join(steps) or "stay"]


def entry(problem: Problem, finding: Finding | None = None) -> str:
    """A problem as an item of a list, its proof folded."""
    mark = _ACCEPTED if problem.accepted is not None else _MARKS[problem.level]
    key = finding.id if finding is not None else ""
    facts = [*map(code, (problem.call or "", problem.rule, problem.place, key))]
    facts.insert(2, plain(problem.more))
    lines = [f"- {mark} **{plain(problem.message)}**  ", f"  {' · '.join(filter(None, facts))}"]
    if problem.accepted is not None:
        lines[-1] += f"  \n  accepted: {plain(problem.accepted)}"
    elif finding is not None and finding.witnesses:
        lines.append("\n" + _indented(folded("Proof", _proofs(finding))))
    elif finding is None and problem.fix:
        lines[-1] += f"  \n  {plain(problem.fix)}"
    return "\n".join(lines)


def _proofs(finding: Finding) -> str:
    parts = []
    for direction, witness in sorted(finding.witnesses.items()):
        text = json.dumps(witness.document, indent=2, ensure_ascii=False)
        reader = witness.rejected_by if direction == "index" else f"the {witness.rejected_by} side"
        parts += [f"{direction}: {plain(reader)}: {plain(witness.error)}", block(text, "json")]
    return "\n\n".join(parts)


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in text.split("\n"))


def _hint(problems: Iterable[Problem], findings: Collection[str]) -> str:
    loud = (p for p in problems if p.accepted is None and p.level != "info")
    if not any(problem.fingerprint in findings for problem in loud):
        return ""
    return (
        "_What a rule means and the safe way: `ucaudit rule NAME`. To accept a finding: "
        "`ucaudit lock --accept ID --reason TEXT`._"
    )
