"""Policies and accepted findings on the command line."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ucaudit.cli import main

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project whose calls are declared in a folder; its first version is released."""
    monkeypatch.chdir(tmp_path)
    for variable in ("UCAUDIT_URL", "UCAUDIT_CONFIG", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    configure()
    Path("schemas").mkdir()
    declare(port=STRING)
    main(["lock"])
    main(["release"])


def configure(*lines):
    Path("ucaudit.toml").write_text("\n".join(('source = "calls"', *lines)))


def declare(name="jobs.create", **properties):
    path = Path("calls", name, "request.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"type": "object", "properties": properties}))


def run(capfd, *arguments):
    capfd.readouterr()
    code = main(list(arguments))
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def findings(capfd, *arguments):
    document = json.loads(run(capfd, "diff", *arguments, "--format", "json")[1])
    return {finding["rule"]: finding for finding in document["findings"]}


def git(*arguments):
    person = ("-c", "user.name=a", "-c", "user.email=a@localhost")
    subprocess.run(["git", *person, *arguments], check=True, capture_output=True)


def test_a_finding_is_accepted_and_no_longer_fails(project, capfd):
    declare(port=INTEGER)
    key = findings(capfd, "schemas", "calls")["type-changed"]["id"]
    assert run(capfd, "diff", "schemas", "calls")[0] == 1
    reason = ("--reason", "no client sends it", "--until", "2999-12-31")
    assert run(capfd, "lock", "--accept", key[:8], *reason, "--check")[0] == 1
    assert not Path("schemas/accepted.json").exists()
    code, out, _ = run(capfd, "lock", "--accept", key[:8], *reason)
    assert (code, "accepted: port changes from string to integer" in out) == (0, True)
    assert f"{key} until 2999-12-31: no client sends it" in out
    assert run(capfd, "lock", "--check")[0] == 0


@pytest.mark.parametrize("fail_on", ["error", "warning", "info", "never"])
def test_an_accepted_finding_counts_for_no_level(project, capfd, fail_on):
    declare(port=INTEGER)
    key = findings(capfd, "schemas", "calls")["type-changed"]["id"]
    shutil.copytree("schemas", "before")
    run(capfd, "lock", "--accept", key, "--reason", "planned")
    assert run(capfd, "diff", "before", "schemas", "--fail-on", fail_on)[0] == 0
    out = run(capfd, "diff", "before", "schemas")[1]
    assert "○ port changes from string to integer" in out
    assert "accepted: planned" in out
    assert "(1 accepted)" in out
    assert "backward: {" not in out
    accepted = findings(capfd, "before", "schemas")["type-changed"]
    assert accepted["accepted"] == {"reason": "planned", "until": None}
    assert accepted["level"] == "error"


def test_an_acceptance_that_has_expired_fails_again_and_says_so(project, capfd):
    declare(port=INTEGER)
    key = findings(capfd, "schemas", "calls")["type-changed"]["id"]
    main(["lock", "--accept", key, "--reason", "planned"])
    path = Path("schemas/accepted.json")
    yesterday = (datetime.now(UTC).date() - timedelta(days=1)).isoformat()
    path.write_text(path.read_text().replace('"until": null', f'"until": "{yesterday}"'))
    git("init", "-q")
    declare(port=STRING)
    main(["lock"])
    git("add", "-A")
    git("commit", "-qm", "as released")
    declare(port=INTEGER)
    code, out, _ = run(capfd, "diff", "git:HEAD:schemas", "calls")
    assert (code, f"accepted until {yesterday}, which is over: planned" in out) == (1, True)
    assert findings(capfd, "git:HEAD:schemas", "calls")["type-changed"]["expired"]
    assert "its last day is over: port changes" in run(capfd, "lock")[1]


def test_an_acceptance_that_matches_nothing_is_said_by_diff_and_lock(project, capfd):
    declare(port=INTEGER)
    key = findings(capfd, "schemas", "calls")["type-changed"]["id"]
    main(["lock", "--accept", key, "--reason", "planned"])
    hint = f"ucaudit lock --unaccept {key}"
    # Nothing differs, but what a release would ship does: it is in use.
    assert hint not in run(capfd, "diff", "schemas", "calls")[1]
    declare(port=STRING)
    code, out, _ = run(capfd, "lock")
    assert (code, hint in out) == (0, True)
    code, out, _ = run(capfd, "diff", "schemas", "calls")
    assert (code, hint in out) == (0, True)
    # Between two sources that are not the project's history, nothing is said.
    assert hint not in run(capfd, "diff", "calls", "calls")[1]
    document = json.loads(run(capfd, "diff", "schemas", "calls", "--format", "json")[1])
    assert [entry["id"] for entry in document["unmatched_acceptances"]] == [key]
    locked = json.loads(run(capfd, "lock", "--format", "json")[1])
    assert [entry["id"] for entry in locked["acceptances"]["unmatched"]] == [key]
    code, out, _ = run(capfd, "lock", "--unaccept", key[:6])
    assert (code, "no longer accepted: port" in out) == (0, True)
    assert not Path("schemas/accepted.json").exists()


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--accept", "123456"], "acceptance-incomplete"),
        (["--accept", "123456", "--reason", "x"], "finding-unknown"),
        (["--accept", "123456", "--reason", "x", "--until", "soon"], "--until"),
        (["--accept", "123456", "--reason", "x", "--until", "2020-01-01"], "is over"),
        (["--reason", "x"], "acceptance-incomplete"),
        (["--unaccept", "123456"], "finding-unknown"),
    ],
)
def test_what_cannot_be_accepted_is_refused_and_nothing_is_written(project, capfd, arguments, text):
    declare(port=INTEGER)
    before = {p: p.read_bytes() for p in Path("schemas").rglob("*.json")}
    code, out, err = run(capfd, "lock", *arguments)
    assert (code, out) == (2, "")
    assert text in err
    assert {p: p.read_bytes() for p in Path("schemas").rglob("*.json")} == before


def test_a_damaged_file_of_acceptances_is_said_by_diff_and_lock(project, capfd):
    Path("schemas/accepted.json").write_text("{")
    for arguments in (["diff", "schemas", "calls"], ["lock"]):
        code, _, err = run(capfd, *arguments)
        assert (code, "accepted.json:1:" in err) == (2, True)


@pytest.fixture
def returned(project):
    """Version 1 has the field ``port``, version 2 has not; it comes back with another type."""
    declare()
    main(["lock"])
    main(["release"])
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "two versions")
    declare(port=INTEGER)


@pytest.mark.parametrize("old", ["schemas", "git:HEAD:schemas", "git:HEAD:calls"])
def test_a_transitive_policy_asks_every_released_version(returned, capfd, old):
    assert run(capfd, "diff", old, "calls")[0] == 0
    configure('policy = "backward_transitive"')
    code, out, _ = run(capfd, "diff", old, "calls")
    assert (code, "released version 1 shows it, the old side does not" in out) == (1, True)
    assert 'backward: {"port":"a"}' in out
    finding = findings(capfd, old, "calls")["type-changed"]
    assert (finding["versions"], finding["effects"]["forward"]) == ([1], "ok")


def test_the_history_at_the_revision_counts_if_there_is_one(returned, capfd):
    configure('policy = "full_transitive"')
    main(["lock"])
    main(["release"])
    declare(port={"type": "boolean"})
    found = findings(capfd, "git:HEAD:schemas", "calls")
    assert found["type-changed"]["versions"] == [1]
    assert "optional-field-added" in found
    edited = Path("schemas/history/jobs.create/0001.json")
    edited.write_text(edited.read_text().replace("string", "number"))
    assert run(capfd, "diff", "git:HEAD:schemas", "calls")[0] == 1
    code, _, err = run(capfd, "diff", "git:HEAD:calls", "calls")
    assert (code, "history-edited" in err) == (2, True)


def test_calls_may_be_kept_otherwise(returned, capfd):
    configure('[calls."jobs.*"]', 'policy = "backward_transitive"')
    assert run(capfd, "diff", "schemas", "calls")[0] == 1
    configure('[calls."files.*"]', 'policy = "backward_transitive"')
    assert run(capfd, "diff", "schemas", "calls")[0] == 0


def test_levels_and_off(project, capfd):
    declare(port=INTEGER, more=STRING)
    configure("[levels]", 'type-changed = "off"')
    code, out, _ = run(capfd, "diff", "schemas", "calls", "--fail-on", "warning")
    assert (code, "1 finding is off by levels." in out) == (0, True)
    assert "port changes" not in out
    assert run(capfd, "diff", "schemas", "calls", "--fail-on", "info")[0] == 1
    configure("[levels]", 'type-changd = "off"')
    code, _, err = run(capfd, "diff", "schemas", "calls")
    assert (code, "type-changed" in err, "levels.type-changd" in err) == (2, True, True)


def test_the_reading_is_passed_on(project, capfd):
    assert run(capfd, "diff", "schemas", "calls", "--unknown-fields", "ignored")[0] == 0
    assert run(capfd, "diff", "schemas", "calls", "--unknown-fields", "other")[0] == 2
    configure('unknown_fields = "literal"')
    assert run(capfd, "diff", "schemas", "calls", "--unknown-fields", "ignored")[0] == 0


def test_calls_that_did_not_change_at_a_revision_may_be_called_like_our_folders(project, capfd):
    for name in ("types", "history", "jobs.create.in"):
        declare(name, port=STRING)
    main(["lock"])
    main(["release"])
    git("init", "-q")
    git("add", "-A")
    git("commit", "-qm", "released")
    declare(port=INTEGER)
    main(["lock"])
    document = json.loads(run(capfd, "diff", "git:HEAD:schemas", "schemas", "--format", "json")[1])
    assert [(c["call"], c["status"]) for c in document["calls"]] == [
        ("history", "unchanged"),
        ("jobs.create", "changed"),
        ("jobs.create.in", "unchanged"),
        ("types", "unchanged"),
    ]
    assert document["findings"][0]["effects"]["index"] == "reindex"
