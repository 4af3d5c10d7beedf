"""Problems as GitLab's code quality report: a list in the manner of Code Climate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ucaudit.jsontypes import JsonObject, sha256
from ucaudit.report.problems import Problem

_SEVERITIES: Final = {"error": "major", "warning": "minor", "info": "info"}


def gitlab(problems: Iterable[Problem], otherwise: str) -> list[JsonObject]:
    """One entry a problem; accepted ones are left out.

    Args:
        problems: What was found.
        otherwise: The file of problems that have none.
    """
    return [_entry(problem, otherwise) for problem in problems if problem.accepted is None]


def _entry(problem: Problem, otherwise: str) -> JsonObject:
    return {
        "description": problem.text,
        "check_name": problem.rule,
        # Two entries with one fingerprint are one for GitLab.
        "fingerprint": sha256([problem.rule, problem.fingerprint]),
        "severity": _SEVERITIES[problem.level],
        "location": {"path": problem.file or otherwise, "lines": {"begin": problem.line or 1}},
    }
