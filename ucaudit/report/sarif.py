"""Problems as SARIF 2.1.0 (OASIS), for code scanning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from ucaudit.jsontypes import JsonObject
from ucaudit.report.problems import Problem

SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_LEVELS: Final = {"error": "error", "warning": "warning", "info": "note"}


def sarif(
    problems: Sequence[Problem],
    version: str,
    explain: Callable[[str], tuple[str, str] | None],
    otherwise: str,
) -> JsonObject:
    """One run with all problems.

    Args:
        problems: What was found.
        version: Of this program.
        explain: Gives summary and explanation of a rule; ``None`` for what is no rule of the diff.
        otherwise: The file of problems that have none: code scanning refuses results without.
    """
    rules = list(dict.fromkeys(problem.rule for problem in problems))
    fixes = {problem.rule: problem.fix for problem in reversed(problems)}
    driver: JsonObject = {
        "name": "ucaudit",
        "semanticVersion": version,
        "rules": [_rule(name, explain(name), fixes[name]) for name in rules],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {
                    "%SRCROOT%": {"description": {"text": "The top of the repository."}}
                },
                "results": [_result(p, rules.index(p.rule), otherwise) for p in problems],
            }
        ],
    }


def _rule(name: str, explained: tuple[str, str] | None, fix: str) -> JsonObject:
    summary, text = explained or (name.replace("-", " "), fix or name.replace("-", " "))
    return {"id": name, "shortDescription": {"text": summary}, "help": {"text": text}}


def _result(problem: Problem, index: int, otherwise: str) -> JsonObject:
    result: JsonObject = {
        "ruleId": problem.rule,
        "ruleIndex": index,
        "level": _LEVELS[problem.level],
        "message": {"text": problem.text},
        "partialFingerprints": {"ucaudit/v1": problem.fingerprint},
        "locations": [_location(problem, otherwise)],
    }
    if problem.accepted is not None:
        result["suppressions"] = [{"kind": "external", "justification": problem.accepted}]
    return result


def _location(problem: Problem, otherwise: str) -> JsonObject:
    file = problem.file or otherwise
    artifact = {"uri": _uri(file), "uriBaseId": "%SRCROOT%"}
    if file.startswith("/"):
        artifact = {"uri": f"file://{_uri(file)}"}
    region = {"startLine": problem.line or 1}
    location: JsonObject = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    if problem.call is not None:
        name = {"fullyQualifiedName": problem.call, "kind": "function"}
        location["logicalLocations"] = [name]
    return location


def _uri(path: str) -> str:
    from urllib.parse import quote  # noqa: PLC0415  (slow to import)

    return quote(path)
