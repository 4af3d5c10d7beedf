"""``ucaudit schema``, and what commands without a cluster write, held against it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema_rs
import pytest

from tests.formats import closed, validate
from tests.migrate.factory import port_history
from tests.plan.live import copy_of, expanded, native, plan_for, state, superseded
from ucaudit.cli import main
from ucaudit.diff.rules import ALL
from ucaudit.migrate.deadletters import Reason
from ucaudit.migrate.outcome import IndexOutcome, RunOutcome
from ucaudit.plan.planfile import plan_document
from ucaudit.report.formats import format_names, schema_of
from ucaudit.report.status import status_document

ROOT = Path(__file__).parents[2]
CALL = "wallets.push"
ONE, TWO, THREE = (port_history(CALL, upto=n) for n in (1, 2, 3))
FIRST = {
    "type": "object",
    "properties": {"port": {"type": "string"}, "old": {"type": "string", "description": "A b c"}},
    "required": ["port"],
}
SECOND = {
    "type": "object",
    "properties": {"port": {"type": "object", "properties": {"n": {"type": "integer"}}},
                   "new": {"type": "string", "description": "A b c"}, "size": {"type": "integer"}},
    "required": ["port", "size"],
}  # fmt: skip


@pytest.mark.parametrize("name", format_names())
def test_every_format_has_a_schema_that_is_one(name, capfd):
    assert main(["schema", name]) == 0
    schema = json.loads(capfd.readouterr().out)
    assert schema == json.loads(json.dumps(schema_of(f"ucaudit.{name}/1")))
    jsonschema_rs.meta.validate(schema)
    assert schema["title"] == f"ucaudit.{name}/1"
    assert schema["properties"]["format"] == {"enum": [schema["title"]]}
    assert format_names()[name]
    # Each part says what it is.
    parts = [schema, *schema["$defs"].values()]
    assert [part.get("title") for part in parts if not part.get("description")] in ([],
        ["Migration"])  # fmt: skip


def test_they_are_listed(capfd):
    assert main(["schema"]) == 0
    out = capfd.readouterr().out
    assert [line.split()[0] for line in out.splitlines() if line[0] != " "] == [*format_names()]
    assert main(["schema", "nonsense"]) == 2
    assert "format-unknown" in capfd.readouterr().err


def test_what_is_not_described_is_found():
    schema = closed(schema_of("names"))
    document = {"format": "ucaudit.names/1", "date": "%Y", "calls": []}
    assert jsonschema_rs.is_valid(schema, document)
    assert not jsonschema_rs.is_valid(schema, {**document, "more": 1})
    assert not jsonschema_rs.is_valid(schema, {**document, "format": "ucaudit.names/2"})
    # Readers get it open.
    assert jsonschema_rs.is_valid(schema_of("names"), {**document, "more": 1})


@pytest.fixture
def run(tmp_path, monkeypatch, capfd):
    """Runs a command in a project whose calls are declared in a folder."""
    monkeypatch.chdir(tmp_path)
    for variable in ("UCAUDIT_URL", "UCAUDIT_CONFIG", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    Path("ucaudit.toml").write_text('source = "calls"\nlevels = {default-changed = "off"}\n')
    Path("schemas").mkdir()

    def run(*arguments, declare=None):
        if declare is not None:
            for name, schema in declare.items():
                path = Path("calls", name, "request.json")
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(json.dumps(schema))
        capfd.readouterr()
        main([*arguments, "--format", "json"])
        return capfd.readouterr().out

    return run


def test_the_way_of_a_change(run):
    document = validate(run("lock", declare={"jobs.create": FIRST, "jobs.stop": FIRST}), "lock")
    assert [call["outcome"] for call in document["calls"]] == ["new", "new"]
    assert len(validate(run("release", "1"), "release")["versions"]) == 2
    validate(run("check", declare={"jobs.create": SECOND}), "check")
    locked = validate(run("lock"), "lock")
    assert any("undecided" in step for step in locked["calls"][0]["steps"])
    diff = validate(run("diff", "schemas/../schemas", "calls"), "diff")
    assert diff["findings"] == []
    checked = validate(run("check"), "check")
    rules = {problem["rule"] for problem in checked["problems"]}
    assert {"steps-undecided", "scalar-to-object"} <= rules
    assert checked["migration"][0]["undecided"]
    proposals = [f for f in checked["diff"]["findings"] if "renamed_to" in f]
    assert proposals
    key = next(f["id"] for f in checked["diff"]["findings"] if f["rule"] == "scalar-to-object")
    run("lock", "--accept", key, "--reason", "no client sends it", "--until", "2999-01-01")
    validate(Path("schemas/accepted.json").read_bytes(), "accepted")
    assert validate(run("check"), "check")["summary"]["accepted"] == 1
    validate(run("lock", "--unaccept", key), "lock")
    validate(run("names"), "names")
    for file in Path("schemas").glob("*.json"):
        validate(file.read_bytes(), "call")
    for file in Path("schemas/history").rglob("*.json"):
        validate(file.read_bytes(), "version")


def test_the_recorded_example_and_its_history():
    opened = [f for f in (ROOT / "schemas").glob("*.json") if f.name != "accepted.json"]
    released = [*(ROOT / "schemas" / "history").rglob("*.json")]
    assert len(opened) >= 20
    for file in opened:
        validate(file.read_bytes(), "call")
    for file in released:
        validate(file.read_bytes(), "version")


def test_diffs_with_everything_in_them(run):
    Path("old.json").write_text(json.dumps(FIRST))
    Path("new.json").write_text(json.dumps(SECOND))
    found = validate(run("diff", "old.json", "new.json"), "diff")
    assert {"backward", "forward", "index"} <= found["findings"][0]["witnesses"].keys()
    run("lock", declare={"a.call": FIRST, "b.call": FIRST})
    Path("calls/a.call").rename("calls/c.call")
    found = validate(run("diff", "schemas", "calls"), "diff")
    assert {call["status"] for call in found["calls"]} == {"added", "removed", "unchanged"}


def test_rules(run):
    listed = validate(run("rule", "--all"), "rules")
    assert len(listed["rules"]) == len(ALL)
    for name in ("type-changed", "call-renamed", "redaction-removed"):
        validate(run("rule", name), "rule")


def test_plans_and_status_of_a_cluster_that_was_read():
    source = native(TWO, 1, 1)
    swapped = copy_of(source, THREE, finished=True)
    live = expanded(state(superseded(source), swapped, native(TWO, 1, 0)), THREE)
    strange = state(*(native(ONE, 1, days, meta=None) for days in range(3)))
    plans = [plan_for(THREE, live), plan_for(THREE, expanded(state(), ONE)), plan_for(ONE, strange)]
    assert sum(len(list(plan.operations())) for plan in plans) > 4
    for plan in plans:
        validate(plan_document(plan), "plan")
        validate(json.dumps(plan.to_dict()), "plan")
        validate(json.dumps(status_document(plan)), "status")


def test_a_run_with_every_state():
    index = IndexOutcome(CALL, "i", "t", "swapped", 1, 2, 3, 4, "why")
    states = ("swapped", "waiting", "held", "unverified", "synced", "deleted", "back", "lost")
    now = datetime.now(UTC)
    run = RunOutcome(
        now, now, "id", {CALL: 1}, tuple(replace(index, state=s) for s in states), (CALL, "other"),
        reasons=(Reason("text", 2, "i", "1"),),
    )  # fmt: skip
    found = validate(json.dumps(run.to_dict()), "run")
    assert all(found["summary"][name] == 1 for name in states)


def test_no_format_is_without_a_schema():
    texts = [path.read_text() for path in (ROOT / "ucaudit").rglob("*.py")]
    said = {name for text in texts for name in re.findall(r"ucaudit\.([a-z-]+)/1", text)}
    # What the build hook bakes is between it and the writer, and a report's data between the two
    # halves of its page.
    assert said - {"baked", "report"} == set(format_names())
