"""doctor without a cluster: what it finds in a project, its exit codes, and one screen of it."""

import json
import socket

import jsonschema_rs
import pytest

from ucaudit.cli import main
from ucaudit.cluster.client import Server
from ucaudit.doctor.finding import Check, Diagnosis
from ucaudit.doctor.server import mismatch
from ucaudit.report.formats import schema_of

MODULE = """
from pydantic import BaseModel
from ucaudit import Call, Registry

class Ping(BaseModel):
    port: {type}

calls = Registry("shop")
calls.add(Call("shop.ping", request=Ping))
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project with one released call, declared in a module of its own."""
    name = f"declared_{tmp_path.name.replace('-', '_')}"
    module = tmp_path / f"{name}.py"
    module.write_text(MODULE.format(type="str"))
    (tmp_path / "ucaudit.toml").write_text(f'source = "{name}:calls"\n')
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["init"]) == main(["lock"]) == main(["release", "1"]) == 0
    return tmp_path


@pytest.fixture
def doctor(capfd):
    """Runs doctor; returns exit code and checks by topic."""

    def run(*arguments):
        capfd.readouterr()
        code = main(["doctor", "--format", "json", *arguments])
        document = json.loads(capfd.readouterr().out)
        jsonschema_rs.validate(schema_of("doctor"), document)
        return code, {check["check"]: check for check in document["checks"]}

    return run


def test_a_sound_project(project, doctor):
    code, checks = doctor("--offline")
    assert code == 0
    looked = {topic: check["state"] for topic, check in checks.items() if check["state"] != "ok"}
    assert set(looked.values()) == {"skipped"}
    assert {"server", "privileges", "disk", "dead letters"} <= set(looked)
    assert checks["schemas"]["what"] == "1 released version of 1 call, whole"


def test_a_history_that_was_edited(project, doctor):
    file = project / "schemas/history/shop.ping/0001.json"
    file.write_text(file.read_text().replace('"string"', '"integer"'))
    code, checks = doctor("--offline")
    assert code == 2
    assert (checks["schemas"]["state"], checks["schemas"]["name"]) == ("problem", "history-edited")
    assert checks["client"]["state"] == "ok"


@pytest.mark.parametrize(
    ("toml", "topic", "name", "code"),
    [
        ("colour = 1", "configuration", "config-invalid", 2),
        ("", "calls", "source-unnamed", 0),
        ('source = "no_such_module:calls"', "calls", None, 2),
    ],
)
def test_a_configuration_that_is_wrong(project, doctor, toml, topic, name, code):
    (project / "ucaudit.toml").write_text(toml)
    found, checks = doctor("--offline")
    assert found == code
    assert checks[topic]["state"] == ("problem" if code else "warning")
    assert checks[topic]["fix"]
    if name:
        assert checks[topic]["name"] == name


def test_open_versions_that_are_stale(project, doctor, monkeypatch):
    (project / "later.py").write_text(MODULE.format(type="int"))
    (project / "ucaudit.toml").write_text('source = "later:calls"\n')
    monkeypatch.syspath_prepend(project)
    code, checks = doctor("--offline")
    assert code == 0
    assert (checks["calls"]["state"], checks["calls"]["name"]) == ("warning", "lock-stale")


def test_nothing_recorded(tmp_path, doctor, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, checks = doctor("--offline")
    assert code == 2
    assert checks["schemas"]["name"] == "history-missing"


def test_a_server_that_does_not_answer(project, doctor):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        code, checks = doctor("--url", url)
    assert code == 3
    assert checks["server"]["name"] == "cluster-unreachable"
    assert checks["schemas"]["state"] == "ok"
    assert checks["lock"]["state"] == "skipped"


def test_one_screen(project, capfd):
    (project / "ucaudit.toml").write_text("")
    capfd.readouterr()
    assert main(["doctor", "--offline"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert any(line.startswith("! calls") for line in lines)
    assert any("fix  Set source" in line for line in lines)
    assert lines[-1].startswith("1 warning. 9 checks not made.")


def test_a_client_that_is_newer_than_the_server(monkeypatch):
    monkeypatch.setattr("ucaudit.doctor.server.version", lambda _package: "9.1.0")
    assert mismatch(Server("Elasticsearch", "9.0.0")) is None
    assert mismatch(Server("Elasticsearch", "10.0.0")) is None
    found = mismatch(Server("Elasticsearch", "8.19.2"))
    assert found is not None
    assert (found.state, found.name) == ("warning", "client-mismatch")
    assert "elasticsearch<9" in found.fix
    found = mismatch(Server("OpenSearch", "3.3.2"))
    assert found is not None
    assert "opensearch-py" in found.fix


@pytest.mark.parametrize(("codes", "expected"), [([], 0), ([1], 1), ([3, 1], 3), ([1, 3, 2], 2)])
def test_what_cannot_be_read_goes_before_what_is_refused(codes, expected):
    checks = [Check("x", "problem", "x", exit_code=code) for code in codes]
    checks += [Check("x", "warning", "x", exit_code=3), Check("x", "ok", "x")]
    assert Diagnosis(checks, {}).exit_code == expected
