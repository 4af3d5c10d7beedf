"""What a check found, as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ucaudit.history.migration import Migration
from ucaudit.jsontypes import JsonObject
from ucaudit.report.diff import LEVELS, change_blocks, effects_line
from ucaudit.report.lock import describe_step
from ucaudit.report.problems import Problem, level_counts
from ucaudit.report.words import count

if TYPE_CHECKING:
    from ucaudit.history.check import Checked


def render_check(checked: Checked, problems: Sequence[Problem]) -> Group:
    """The whole check for a terminal; one line where nothing changed and nothing is wrong."""
    places = {problem.fingerprint: problem.place for problem in problems if problem.place}
    known = {finding.id for finding in checked.diff.findings}
    blocks: list[RenderableType] = [*change_blocks(checked.diff, places)]
    others = [problem for problem in problems if problem.fingerprint not in known]
    for problem in others:
        blocks += _problem(problem)
    if others:
        blocks.append(Text())
    blocks += migration_lines(checked.migrations)
    blocks.append(verdict(checked, problems))
    return Group(*blocks)


def _problem(problem: Problem) -> Iterator[RenderableType]:
    style, mark = LEVELS[problem.level]
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_row(Text(mark, style=style), Text(problem.text, overflow="fold"))
    yield line
    facts = " · ".join(filter(None, (problem.rule, problem.place)))
    for text in (facts, problem.fix):
        if text:
            yield Padding(Text(text, style="dim"), (0, 0, 0, 4), expand=False)


def migration_lines(migrations: Sequence[Migration]) -> Iterator[RenderableType]:
    """What the audit indices need once this is released."""
    if not migrations:
        return
    yield Text("Migration, once this is released", style="bold")
    for migration in migrations:
        line = Text("  ~ " if migration.old is not None else "  + ", style="yellow")
        yield line.append(migration.call, style="bold default")
        lines = [Text(what_is_needed(migration), style="dim")]
        lines += [Text(text, style="cyan") for text in steps_in_words(migration)]
        yield from (Padding(text, (0, 0, 0, 6), expand=False) for text in lines)
    yield Text()


def what_is_needed(migration: Migration) -> str:
    """Generations, versions and what the index needs, in a few words."""
    version, generation = migration.new
    if migration.old is None:
        return f"new call, version {version}, generation {generation}"
    parts = [f"version {migration.old[0]} -> {version}"]
    if migration.new_generation:
        parts.append(f"generation {migration.old[1]} -> {generation}, documents are copied")
    elif migration.index == "put_mapping":
        parts.append(f"put mapping: {', '.join(migration.fields)}" if migration.fields
                     else "put mapping")  # fmt: skip
    else:
        parts.append("the index stays as it is")
    return ", ".join(parts)


def steps_in_words(migration: Migration) -> list[str]:
    """What becomes of stored documents, a line a step."""
    steps = [describe_step(step) for step in migration.steps]
    return steps + [f"undecided: {entry['undecided']}" for entry in migration.undecided]


def verdict(checked: Checked, problems: Sequence[Problem]) -> Text:
    """The last line: how it went, and what was looked at."""
    counts = level_counts(problems)
    diff = checked.diff
    changed = [call for call in diff.calls if call.status != "unchanged"]
    since = f"since {checked.against}" if checked.against else "since the newest release"
    calls = count(len(diff.calls), "call")
    if not changed and not problems:
        return Text(f"Nothing changed {since}: {calls}.", style="green")
    found = [count(n, level) for level, n in counts.items() if n and level != "info"]
    accepted = sum(problem.accepted is not None for problem in problems)
    if accepted:
        found.append(f"{accepted:,} accepted")
    style = "red" if counts["error"] else "yellow" if counts["warning"] else "green"
    line = Text(f"{', '.join(found) or 'Nothing wrong'}", style=f"bold {style}")
    line.append(f"; {len(changed):,} of {calls} changed {since}", style="default not bold")
    if changed:
        line.append(": ", style="not bold default").append_text(effects_line(diff.effects))
    return line


def check_document(checked: Checked, problems: Sequence[Problem]) -> JsonObject:
    """The document of ``--format json`` (``ucaudit.check/1``)."""
    counts = level_counts(problems)
    diff = checked.diff.to_dict()
    return {
        "format": "ucaudit.check/1",
        "against": checked.against,
        "declared": checked.declared,
        "summary": {
            "calls": diff["summary"]["calls"],
            "changed": diff["summary"]["changed"],
            "errors": counts["error"],
            "warnings": counts["warning"],
            "infos": counts["info"],
            "accepted": sum(problem.accepted is not None for problem in problems),
            **checked.diff.effects.to_dict(),
        },
        "problems": [p.to_dict() for p in problems if p.accepted is None],
        "migration": [migration.to_dict() for migration in checked.migrations],
        "diff": diff,
    }
