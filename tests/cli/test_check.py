"""``ucaudit check`` in the repository of a service."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from ucaudit.cli.outputs import FORMATS
from ucaudit.history import desk


def problems(done):
    return {p["rule"]: p for p in json.loads(done.out)["problems"]}


def test_nothing_changed_is_one_line(service):
    done = service.ucaudit("check", "--against", "git:main")
    assert (done.code, done.out, done.err) == (0, "Nothing changed since git:main: 2 calls.\n", "")
    done = service.ucaudit("check")
    assert (done.code, done.out) == (0, "Nothing changed since the newest release: 2 calls.\n")


def test_a_change_of_a_model_from_the_first_check_to_the_new_generation(service):
    service.git("checkout", "-qb", "change")
    service.edit("size: str", "size: int")
    done = service.process("check", "--against", "git:main", "--format", "json")
    found = problems(done)
    assert done.code == 1
    assert set(found) == {"lock-stale", "type-changed"}
    assert found["lock-stale"]["level"] == "error"
    assert (found["lock-stale"]["call"], found["lock-stale"]["file"]) == (
        "jobs.create",
        "schemas/jobs.create.json",
    )
    # What is logged has no callers: only the index is concerned, and that is a warning.
    assert found["type-changed"]["level"] == "warning"
    assert found["type-changed"]["file"] == "app/calls.py"
    assert found["type-changed"]["line"] == service.line("size: int")
    assert service.process("lock").code == 0
    service.commit()
    done = service.process("check", "--against", "git:main", "--format", "markdown")
    assert done.code == 0
    assert "version 1 -\\> 2, generation 1 -\\> 2" in done.out
    assert "cast requestJson.size to integer" in done.out
    assert service.process("release", "2").code == 0
    names = json.loads(service.process("names", "--format", "json").out)
    assert names["calls"][0]["write"] == "http_logs_jobs.create.g2-"
    # The release is part of the same change: what it brings is still shown.
    done = service.process("check", "--against", "git:main", "--format", "json")
    (migration,) = json.loads(done.out)["migration"]
    assert done.code == 0
    assert (migration["from"], migration["to"]) == (
        {"version": 1, "generation": 1},
        {"version": 2, "generation": 2},
    )
    assert migration["released"] is True
    assert migration["steps"][0]["cast"] == "requestJson.size"


@pytest.mark.parametrize(
    ("old", "new", "rule", "line"),
    [
        ("port: str =", "port: int =", "type-changed", "port: int"),
        ("    project: str\n", "    project: int\n", "type-changed", "project: int"),
        ("    name: str\n    port", "    port", "required-field-removed", "class Create(Base)"),
        ('"jobs.stop", request=Base', '"jobs.stop"', "request-schema-removed", '"jobs.stop"'),
        ('"jobs.stop", request', '"jobs.halt", request', "call-removed", '"""The calls'),
    ],
)
def test_a_finding_stands_where_the_model_was_edited(service, old, new, rule, line):
    service.edit(old, new)
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    assert done.code == 1
    found = problems(done)[rule]
    assert (found["file"], found["line"]) == ("app/calls.py", service.line(line))


def test_without_declared_calls_a_finding_stands_in_the_recorded_file(service):
    service.edit("port: str =", "port: int =")
    service.ucaudit("lock")
    (service.root / "ucaudit.toml").write_text("")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    found = problems(done)["type-changed"]
    assert done.code == 1
    file = "schemas/types/app.calls.Create.in.json"
    assert (found["file"], found["line"]) == (file, service.line('"jobPort": {', file))


def test_files_are_named_from_the_top_of_the_repository(service):
    inner = service.root / "backend"
    inner.mkdir()
    for name in ("app", "schemas", "ucaudit.toml"):
        service.git("mv", name, f"backend/{name}")
    service.commit("Moved")
    service.edit("port: str =", "port: int =", "backend/app/calls.py")
    done = service.ucaudit(
        "--config", "backend/ucaudit.toml", "check", "--against", "git:main", "--format", "github"
    )
    assert "file=backend/app/calls.py,line=" in done.out


def test_an_accepted_finding_passes_and_fails_again_once_its_day_is_over(service):
    service.edit("port: str =", "port: int =")
    service.ucaudit("lock")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    key = problems(done)["type-changed"]["fingerprint"]
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    accept = ("--accept", key, "--reason", "no client sends it", "--until", tomorrow)
    assert service.ucaudit("lock", *accept).code == 0
    done = service.ucaudit("check", "--against", "git:main")
    assert (done.code, "accepted until" in done.out) == (0, True)
    assert service.ucaudit("check").code == 0
    service.edit(tomorrow, yesterday, "schemas/accepted.json")
    assert service.ucaudit("check", "--against", "git:main").code == 1
    # Merged while it was accepted, and not released yet: the comparison does not show it.
    service.commit()
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    found = problems(done)["acceptance-expired"]
    assert (done.code, found["file"]) == (1, "schemas/accepted.json")
    assert found["line"] == service.line(key, "schemas/accepted.json")
    service.ucaudit("release", "2")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    assert (done.code, set(problems(done))) == (0, {"acceptance-idle"})


def test_decisions_that_are_missing(service):
    service.edit("class CreateAudit", "class Size(BaseModel):\n    n: int\n\n\nclass CreateAudit")
    service.edit("size: str", "size: Size")
    service.ucaudit("lock")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    document = json.loads(done.out)
    assert (done.code, problems(done)["steps-undecided"]["call"]) == (1, "jobs.create")
    assert document["migration"][0]["undecided"][0]["undecided"] == "requestJson.size"


VERSION = "schemas/history/jobs.create/0001.json"


@pytest.mark.parametrize("against", [(), ("--against", "git:main")])
def test_an_edited_release_is_found(service, against):
    service.edit('"retention_days": 180', '"retention_days": 90', VERSION)
    done = service.ucaudit("check", *against, "--format", "json")
    found = problems(done)["history-edited"]
    assert (done.code, found["level"], found["file"]) == (1, "error", VERSION)


def test_a_release_that_was_made_anew_fits_itself_but_not_the_base(service):
    # Deleted and released again: every digest is right.
    service.git("rm", "-rq", "schemas/history/jobs.create")
    service.edit("size: str", "size: int")
    service.ucaudit("lock")
    service.ucaudit("release", "again")
    assert service.ucaudit("check").code == 0
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    assert (done.code, problems(done)["history-edited"]["file"]) == (1, VERSION)


def test_line_ends_of_another_system_are_no_tampering(service):
    path = service.root / VERSION
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    done = service.ucaudit("check", "--against", "git:main")
    assert (done.code, done.out) == (0, "Nothing changed since git:main: 2 calls.\n")


def test_mended_steps_are_no_tampering(service):
    service.edit("size: str", "size: int")
    service.ucaudit("lock")
    service.ucaudit("release", "2")
    service.commit("The second release")
    second = VERSION.replace("0001", "0002")
    service.edit('"to": "integer"', '"to": "number"', second)
    service.ucaudit("lock")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    mended = problems(done)["steps-mended"]
    assert (done.code, mended["level"], mended["file"]) == (0, "info", second)


def test_a_release_that_is_gone_and_one_that_never_came(service):
    service.git("branch", "behind")
    service.edit("size: str", "size: int")
    service.ucaudit("lock")
    service.ucaudit("release", "2")
    service.commit("The second release")
    second = service.root / "schemas/history/jobs.create/0002.json"
    second.unlink()
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    assert (done.code, problems(done)["history-gap"]["level"]) == (1, "error")
    service.git("checkout", "-q", ".")
    service.git("checkout", "-q", "behind")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    behind = problems(done)["history-behind"]
    assert behind["level"] == "warning"
    assert "Rebase" in behind["fix"]


def test_a_merge_conflict_is_found_and_the_rest_is_checked(service):
    file = "schemas/jobs.stop.json"
    path = service.root / file
    path.write_text("<<<<<<< HEAD\n" + path.read_text())
    service.edit("port: str =", "port: int =")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    found = problems(done)
    assert (found["not-json"]["file"], found["not-json"]["line"]) == (file, 1)
    assert found["type-changed"]["call"] == "jobs.create"
    (service.root / "ucaudit.toml").write_text("")
    found = problems(service.ucaudit("check", "--format", "json"))
    assert set(found) == {"not-json"}


def test_another_envelope_changes_every_call(service):
    (service.root / "envelope.json").write_text(
        '{"type": "object", "properties": {"who": {"type": "string"}}}'
    )
    with (service.root / "ucaudit.toml").open("a") as config:
        config.write('envelope = "envelope.json"\n')
    for against in ((), ("--against", "git:main")):
        done = service.ucaudit("check", *against, "--format", "json")
        assert (done.code, "lock-stale" in problems(done)) == (1, True)


def test_the_first_lock_of_a_repository(service):
    service.git("rm", "-rq", "--cached", "schemas")
    service.git("commit", "-qm", "Before the first lock")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    document = json.loads(done.out)
    assert (done.code, document["summary"]["changed"]) == (0, 2)
    assert [m["from"] for m in document["migration"]] == [None, None]


def test_a_type_that_nobody_uses_any_more_is_a_forgotten_lock(service):
    (service.root / "schemas/types/app.calls.Gone.in.json").write_text("{}\n")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    assert (done.code, set(problems(done))) == (1, {"lock-stale"})


def test_a_folder_and_an_openapi_document_are_bases_too(service, tmp_path):
    service.git("worktree", "add", "-q", "--detach", str(tmp_path / "main"))
    base = str(tmp_path / "main" / "schemas")
    assert service.ucaudit("check", "--against", base, "--format", "github").out == ""
    service.edit("port: str =", "port: int =")
    done = service.ucaudit("check", "--against", base, "--format", "json")
    assert set(problems(done)) == {"lock-stale", "type-changed"}
    service.edit('"generation": 1', '"generation": 2', VERSION)
    done = service.ucaudit("check", "--against", base, "--format", "json")
    # What lock would say of that call cannot be known any more.
    assert set(problems(done)) == {"history-edited", "type-changed"}
    document = {"openapi": "3.1.0", "info": {}, "paths": {"/s": {"post": {
        "operationId": "jobs.stop"}}}}  # fmt: skip
    (service.root / "api.json").write_text(json.dumps(document))
    done = service.ucaudit("check", "--against", "api.json", "--format", "json")
    statuses = {c["call"]: c["status"] for c in json.loads(done.out)["diff"]["calls"]}
    assert statuses == {"jobs.create": "added", "jobs.stop": "changed"}


def test_a_base_that_git_does_not_know_says_how_to_fetch_it(service, tmp_path):
    done = service.ucaudit("check", "--against", "git:nowhere")
    assert (done.code, "revision-missing" in done.err, done.out) == (2, True, "")
    service.git("checkout", "-qb", "change")
    service.git("commit", "-q", "--allow-empty", "-m", "Empty")
    shallow = tmp_path / "shallow"
    clone = ("clone", "-q", "--depth=1", "--branch=change", f"file://{service.root}", str(shallow))
    service.git(*clone)
    other = type(service)(shallow, service.environment)
    done = other.ucaudit("check", "--against", "git:main", COLUMNS="300")
    assert done.code == 2
    fetch = "git fetch --depth=1 origin main:refs/remotes/origin/main"
    assert fetch in done.err
    assert "fetch-depth: 0" in done.err
    # The advice holds: the branch is found as the remote's.
    other.git(*fetch.split()[1:])
    assert other.ucaudit("check", "--against", "git:main").code == 0


@pytest.mark.parametrize("format_", FORMATS)
def test_an_output_that_cannot_be_written_is_one_error(service, format_):
    done = service.ucaudit("check", "--format", format_, "-o", "no/such/folder/file")
    assert (done.code, done.out) == (2, "")
    assert "output-unwritable" in done.err


def test_a_base_that_cannot_be_read_is_named_with_its_line(service):
    file = service.root / "schemas/jobs.stop.json"
    text = file.read_text()
    file.write_text("<<<<<<< HEAD\n" + text)
    service.commit("A merge gone wrong")
    file.write_text(text)
    done = service.ucaudit("check", "--against", "git:main", COLUMNS="300")
    assert (done.code, done.out) == (2, "")
    assert "git:main:schemas/jobs.stop.json:1:1" in done.err
    assert "git:main~1" in done.err
    assert service.ucaudit("check", "--against", "git:main~1").code == 0


def test_fail_on(service):
    service.edit("size: str", "size: int")
    service.ucaudit("lock")
    for level, code in (("error", 0), ("warning", 1), ("info", 1), ("never", 0)):
        assert service.ucaudit("check", "--fail-on", level).code == code


def test_without_recorded_history_it_says_what_to_do(service):
    service.git("rm", "-rq", "schemas")
    done = service.ucaudit("check")
    assert (done.code, "history-missing" in done.err) == (2, True)


EDITS = [
    ("nothing", "nothing"),
    ("port: str =", "port: int ="),
    ("size: str", "size: int"),
    ("    project: str\n", "    project: str\n    more: int = 0\n"),
    ('"jobs.stop", request', '"jobs.halt", renamed_from="jobs.stop", request'),
    ("request=Base)", "request=Base, retention_days=7)"),
]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize("locked", ["", "lock", "lock release"])
@pytest.mark.parametrize(("old", "new"), EDITS)
def test_what_is_passed_over_would_have_said_nothing(
    service, monkeypatch, old, new, locked, declared
):
    if old != "nothing":
        service.edit(old, new)
    for command in locked.split():
        service.ucaudit(command)
    if not declared:
        (service.root / "ucaudit.toml").write_text("")
    against = ("check", "--against", "git:main", "--format", "json")
    quick = json.loads(service.ucaudit(*against).out)
    monkeypatch.setattr(desk, "settled_files", lambda *_: frozenset())
    assert json.loads(service.ucaudit(*against).out) == quick
