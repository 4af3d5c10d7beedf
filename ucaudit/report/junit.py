"""Problems as JUnit XML: a test case a call, failed where there is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Final
from xml.etree import ElementTree as ET

from ucaudit.report.problems import Problem

# What XML 1.0 cannot hold, however it is escaped.
_UNSAYABLE: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(problems: Sequence[Problem], calls: Iterable[str], suite: str) -> bytes:
    """A suite with a case for each call, and one for what concerns none.

    Args:
        problems: What was found.
        calls: Names of all calls; those without a problem pass.
        suite: Name of the suite.
    """
    cases = [_case(call, found, suite) for call, found in _by_call(problems, calls)]
    failures = sum(case.find("failure") is not None for case in cases)
    totals = {"tests": str(len(cases)), "failures": str(failures), "errors": "0"}
    root = ET.Element("testsuites", totals)
    attributes = {"name": suite, **totals, "skipped": "0", "time": "0"}
    ET.SubElement(root, "testsuite", attributes).extend(cases)
    ET.indent(root)
    raw: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return raw


def _by_call(
    problems: Iterable[Problem], calls: Iterable[str]
) -> Iterable[tuple[str, list[Problem]]]:
    found: dict[str, list[Problem]] = {name: [] for name in sorted(calls)}
    by_call = sorted(problems, key=lambda problem: problem.call or "")
    for call, group in groupby(by_call, key=lambda problem: problem.call or "all calls"):
        found.setdefault(call, []).extend(group)
    return found.items()


def _case(call: str, problems: Sequence[Problem], suite: str) -> ET.Element:
    case = ET.Element("testcase", {"name": _clean(call), "classname": suite, "time": "0"})
    counted = [problem for problem in problems if problem.accepted is None]
    errors = [problem for problem in counted if problem.level == "error"]
    if errors:
        attributes = {"type": errors[0].rule, "message": _clean(errors[0].message)}
        failure = ET.SubElement(case, "failure", attributes)
        failure.text = "\n".join(map(_line, errors))
    rest = [problem for problem in problems if problem not in errors]
    if rest:
        ET.SubElement(case, "system-out").text = "\n".join(map(_line, rest))
    return case


def _line(problem: Problem) -> str:
    place = f" at {problem.place}" if problem.place else ""
    word = "accepted" if problem.accepted is not None else problem.level
    fix = f"\n  {problem.fix}" if problem.fix else ""
    return _clean(f"{word} {problem.rule}{place}: {problem.text}{fix}")


def _clean(text: str) -> str:
    return _UNSAYABLE.sub("\N{REPLACEMENT CHARACTER}", text)
