"""A diagnosis on one screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from ucaudit.doctor.finding import Check, Diagnosis, State
from ucaudit.report.words import count

_MARK: Final[dict[State, tuple[str, str]]] = {
    "ok": ("✓", "green"),
    "warning": ("!", "bold yellow"),
    "problem": ("✗", "bold red"),
    "skipped": ("-", "dim"),
}


def render_diagnosis(diagnosis: Diagnosis) -> Iterator[RenderableType]:
    """One line for what is well; the reason and the fix below what is not."""
    yield Text(" · ".join(f"{name} {found}" for name, found in diagnosis.versions.items()), "dim")
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for _, same in groupby(diagnosis.checks, key=_alike):
        checks = list(same)
        mark, style = _MARK[checks[0].state]
        table.add_row(Text(mark, style), Text(_topic(checks), "bold"), _said(checks))
    yield table
    yield _verdict(diagnosis)


def _alike(check: Check) -> tuple[str, str]:
    """What was left out for one reason is one line."""
    return (check.state, check.what if check.state == "skipped" else check.topic)


def _topic(checks: Sequence[Check]) -> str:
    return checks[0].topic if len(checks) == 1 else "the rest"


def _said(checks: Sequence[Check]) -> Text:
    check = checks[0]
    if check.state == "skipped":
        topics = ", ".join(c.topic for c in checks) + " " if len(checks) > 1 else ""
        return Text(f"{topics}{check.what}", "dim")
    text = Text(check.what)
    if check.name:
        text.append(f" [{check.name}]", "dim")
    if check.why:
        text.append(f"\n{check.why}")
    if check.fix:
        text.append("\nfix  ", "bold").append(check.fix, "not bold")
    return text


def _verdict(diagnosis: Diagnosis) -> Text:
    problems, warnings = diagnosis.count("problem"), diagnosis.count("warning")
    unseen = diagnosis.count("skipped")
    parts = [count(n, noun) for n, noun in ((problems, "problem"), (warnings, "warning")) if n]
    text = Text(", ".join(parts) + "." if parts else "Nothing is wrong.", "bold")
    if unseen:
        text.append(f" {count(unseen, 'check')} not made.", "not bold")
    return text
