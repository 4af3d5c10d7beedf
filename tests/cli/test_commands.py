"""The command line without a cluster: what it prints, writes and returns."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ucaudit.cli import _COMMANDS, main

FIRST = """
from pydantic import BaseModel
from ucaudit import Call, Registry

class Create(BaseModel):
    port: str

calls = Registry("app")
calls.add(Call("jobs.create", request=Create))
"""
SECOND = FIRST.replace("port: str", "port: int")
NESTED = FIRST.replace(
    "class Create", "class Port(BaseModel):\n    id: int\n\nclass Create"
).replace("port: str", "port: Port")


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project in an empty folder; ``declare`` says what its calls are."""
    monkeypatch.chdir(tmp_path)
    for variable in ("UCAUDIT_URL", "UCAUDIT_CONFIG", "FORCE_COLOR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    count = 0

    def declare(source: str) -> None:
        nonlocal count
        # A module is imported once a process: each declaration is a module of its own.
        count += 1
        name = f"declared_{tmp_path.name.replace('-', '_')}_{count}"
        Path(f"{name}.py").write_text(source)
        Path("ucaudit.toml").write_text(f'source = "{name}:calls"\n')

    return declare


def run(capfd, *arguments):
    code = main(list(arguments))
    out, err = capfd.readouterr()
    assert "Traceback" not in out + err
    return code, out, err


def test_from_declaration_to_release(project, capfd):
    project(FIRST)
    assert run(capfd, "init")[0] == 0
    code, out, _ = run(capfd, "lock")
    assert code == 0
    assert "+ jobs.create  version 1, generation 1" in out
    assert "1 call: 1 new" in out
    code, out, _ = run(capfd, "release", "2026.11")
    assert (code, "Released 1 version." in out) == (0, True)
    assert run(capfd, "lock", "--check")[0] == 0
    project(SECOND)
    code, out, _ = run(capfd, "lock", "--check")
    assert code == 1
    assert "reindex" in out
    code, out, _ = run(capfd, "lock")
    assert "step cast requestJson.port to integer" in out
    code, out, _ = run(capfd, "names", "--allow-open", "--format", "json")
    assert json.loads(out)["calls"][0]["write"] == "http_logs_jobs.create.g2-"
    code, out, _ = run(capfd, "names")
    assert "http_logs_jobs.create-" in out
    assert "Released 1 version." in run(capfd, "release")[1]
    assert "Nothing to release." in run(capfd, "release")[1]


def test_a_missing_decision(project, capfd):
    project(FIRST)
    run(capfd, "init")
    run(capfd, "lock")
    run(capfd, "release")
    project(NESTED)
    code, out, _ = run(capfd, "lock")
    assert code == 0
    assert "decide requestJson.port" in out
    assert "1 decision missing; release refuses." in out
    code, _, err = run(capfd, "release")
    assert code == 3
    assert "steps-undecided" in err
    assert not Path("schemas/history/jobs.create/0002.json").exists()
    answer = 'jobs.create:requestJson.port={"wrap": "", "key": "id"}'
    assert run(capfd, "lock", "--decide", answer)[0] == 0
    assert run(capfd, "release")[0] == 0
    code, out, _ = run(capfd, "lock", "--format", "json")
    assert json.loads(out)["calls"][0]["outcome"] == "unchanged"


def test_diff_of_two_files(project, capfd):
    Path("old.json").write_text('{"type": "object", "properties": {"port": {"type": "string"}}}')
    Path("new.json").write_text('{"type": "object", "properties": {"port": {"type": "integer"}}}')
    code, out, err = run(capfd, "diff", "old.json", "new.json")
    assert (code, err) == (1, "")
    assert "port changes from string to integer" in out
    assert 'backward: {"port":"a"}' in out
    code, out, _ = run(capfd, "diff", "old.json", "new.json", "--format", "json")
    document = json.loads(out)
    assert (code, document["calls"][0]["call"]) == (1, "new")
    assert run(capfd, "diff", "old.json", "new.json", "--fail-on", "never")[0] == 0
    code, out, _ = run(capfd, "diff", "old.json", "old.json")
    assert (code, out.strip()) == (0, "No difference in 1 call.")
    code, out, _ = run(capfd, "diff", "old.json", "new.json", "-o", "diff.txt")
    assert (code, out) == (1, "")
    assert "port changes from string to integer" in Path("diff.txt").read_text()
    code, out, _ = run(capfd, "diff", "old.json", "new.json", "--part", "audit")
    assert code == 0
    assert "index reindex" in out


def test_mapping(project, capfd):
    Path("call.json").write_text(
        '{"type": "object", "properties": {"any": {}, "n": {"type": "number"}}}'
    )
    code, out, err = run(capfd, "mapping", "call.json", "--bare")
    assert code == 0
    assert json.loads(out)["mappings"]["properties"]["n"]["type"] == "double"
    assert "any is kept but not indexed" in err
    code, out, _ = run(capfd, "mapping", "call.json")
    assert "requestJson" in json.loads(out)["mappings"]["properties"]


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["diff", "nowhere.json", "nowhere.json"], 2, "source-missing"),
        (["diff", "broken.json", "broken.json"], 2, "broken.json:1:"),
        (["diff", "list.json", "list.json"], 2, "not-a-schema"),
        (["diff", "ref.json", "ref.json"], 2, "ref-unresolvable"),
        (["diff", "good.json", "good.json", "-o", "no/such/folder.txt"], 2, "output-unwritable"),
        (["diff", "good.json", "good.json", "--only", "x*"], 2, "call-unknown"),
        (["diff", "good.json"], 2, "Missing argument"),
        (["diff", "good.json", "good.json", "--format", "yaml"], 2, "yaml"),
        (["mapping", "folder"], 2, "call-unknown"),
        (["mapping", "folder", "--call", "c"], 2, "call-unknown"),
        (["lock"], 2, "source-unnamed"),
        (["lock", "--source", "nowhere:calls"], 2, "source-import-failed"),
        (["lock", "--source", "folder", "--decide", "a"], 2, "step-invalid"),
        (["names"], 2, "history-missing"),
        (["--config", "nowhere.toml", "names"], 2, "config-unreadable"),
        (["nonsense"], 2, "No such command"),
    ],
)
def test_bad_input_is_one_clear_error(project, capfd, arguments, code, text):
    Path("broken.json").write_text("{")
    Path("list.json").write_text("[1]")
    Path("ref.json").write_text('{"$ref": "#/$defs/gone"}')
    Path("good.json").write_text("{}")
    for name in ("a", "b"):
        Path("folder", name).mkdir(parents=True)
        Path("folder", name, "request.json").write_text("{}")
    if arguments[0] == "lock":
        Path("schemas").mkdir()
    before = sorted(Path().rglob("*"))
    found, out, err = run(capfd, *arguments)
    assert (found, out) == (code, "")
    assert text in err
    assert sorted(p for p in Path().rglob("*") if p.name != "__pycache__") == before


@pytest.mark.parametrize(
    "name", [*_COMMANDS, *(f"sandbox {sub}" for sub in ("up", "down", "status", "run"))]
)
def test_every_command_explains_itself_with_an_example(name, capfd):
    code, out, _ = run(capfd, *name.split(), "--help")
    assert code == 0
    assert "Example" in out
    assert f"ucaudit {name}" in out


def test_help_names_the_exit_codes(capfd):
    code, out, _ = run(capfd, "--help")
    assert code == 0
    assert "Exit codes" in out
    assert all(name in out for name in _COMMANDS)


def test_init_says_when_there_is_nothing_to_do(project, capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    assert run(capfd, "init", "--source", "app:calls")[0] == 0
    assert 'source = "app:calls"' in Path("ucaudit.toml").read_text()
    assert Path("schemas").is_dir()
    code, _, err = run(capfd, "init", "--source", "app:calls")
    assert (code, "already-configured" in err) == (2, True)


def test_locking_again_mends_a_merge_conflict(project, capfd):
    project(FIRST)
    run(capfd, "init")
    run(capfd, "lock")
    path = Path("schemas/jobs.create.json")
    original = path.read_text()
    path.write_text("<<<<<<< HEAD\n" + original)
    code, _, err = run(capfd, "lock", "--check")
    assert (code, "would be written anew" in err) == (1, True)
    assert path.read_text() != original
    code, _, err = run(capfd, "lock")
    assert (code, "written anew" in err, "jobs.create.json" in err) == (0, True, True)
    assert path.read_text() == original


def test_lock_says_what_a_schema_cannot_tell(project, capfd):
    project(
        FIRST.replace("BaseModel\n", "AliasChoices, BaseModel, Field\n", 1).replace(
            "port: str", "port: str = Field(validation_alias=AliasChoices('port', 'gate'))"
        )
    )
    run(capfd, "init")
    for expected in (True, False):
        code, out, _ = run(capfd, "lock")
        assert code == 0
        assert ("port is read from port or gate" in " ".join(out.split())) is expected
