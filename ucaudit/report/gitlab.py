"""Problems as GitLab's code quality report: a list in the manner of Code Climate."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ucaudit.jsontypes import JsonObject, sha256
from ucaudit.report.problems import Problem

_SEVERITIES: Final = {"error": "major", "warning": "minor", "info": "info"}
# GitLab shows nothing that has no file.
_NOWHERE: Final = "."


def gitlab(problems: Iterable[Problem]) -> list[JsonObject]:
    """One entry a problem; accepted ones are left out."""
    return [_entry(problem) for problem in problems if problem.accepted is None]


def _entry(problem: Problem) -> JsonObject:
    return {
        "description": problem.text,
        "check_name": problem.rule,
        # Two entries with one fingerprint are one for GitLab.
        "fingerprint": sha256([problem.rule, problem.fingerprint]),
        "severity": _SEVERITIES[problem.level],
        "location": {"path": problem.file or _NOWHERE, "lines": {"begin": problem.line or 1}},
    }
