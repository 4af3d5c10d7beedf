"""Problems as annotations of GitHub Actions: workflow commands, one a line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ucaudit.report.problems import Problem

_COMMANDS: Final = {"error": "error", "warning": "warning", "info": "notice"}


def github(problems: Iterable[Problem]) -> str:
    """``::error file=…,line=…,title=…::message``; accepted ones are left out."""
    return "".join(f"{_line(problem)}\n" for problem in problems if problem.accepted is None)


def _line(problem: Problem) -> str:
    properties = {
        "file": problem.file,
        "line": str(problem.line) if problem.line is not None else None,
        "title": f"ucaudit {problem.rule}",
    }
    given = ",".join(f"{k}={_property(v)}" for k, v in properties.items() if v is not None)
    fix = f"\n{problem.fix}" if problem.fix else ""
    return f"::{_COMMANDS[problem.level]} {given}::{_data(problem.text + fix)}"


def _data(text: str) -> str:
    """As the runner reads messages: percent first, as the others become percents."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
