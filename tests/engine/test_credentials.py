"""Who may talk to the cluster, asked of a secured engine of its own."""

from __future__ import annotations

import json
import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from elasticsearch import AuthorizationException, Elasticsearch

from examples.ucloud.record import record
from ucaudit import index_name
from ucaudit.cli import main
from ucaudit.doctor.privileges import MIGRATE, READ, WRITER
from ucaudit.sandbox import Sandbox


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    folder = tmp_path_factory.mktemp("secured")
    record(folder / "schemas", "2019.1")
    (folder / "ucaudit.toml").write_text("replicas = 0\n")
    with Sandbox(security=True) as sandbox:
        yield sandbox, folder


@pytest.fixture
def project(secured, monkeypatch):
    sandbox, folder = secured
    monkeypatch.chdir(folder)
    monkeypatch.setenv("UCAUDIT_URL", sandbox.url)
    monkeypatch.setenv("UCAUDIT_USER", sandbox.user)
    monkeypatch.setenv("UCAUDIT_PASSWORD", sandbox.password)
    return sandbox


@pytest.mark.parametrize("command", [["plan"], ["status"], ["migrate", "--yes"]])
def test_the_right_password_opens(project, capfd, command):
    assert main(command) == 0
    assert "error" not in capfd.readouterr().err


@pytest.mark.parametrize("command", [["plan"], ["status"], ["migrate", "--yes"]])
@pytest.mark.parametrize("password", ["wrong-secret-7f3a", ""])
def test_wrong_credentials_are_one_clear_error(project, capfd, monkeypatch, command, password):
    monkeypatch.setenv("UCAUDIT_PASSWORD", password)
    assert main(command) == 3
    out, err = capfd.readouterr()
    assert out == ""
    assert "error" in err
    assert "fix" in err
    assert "Traceback" not in err
    assert "wrong-secret" not in err


def test_no_credentials_are_told_from_wrong_ones(project, capfd, monkeypatch):
    monkeypatch.delenv("UCAUDIT_USER")
    monkeypatch.delenv("UCAUDIT_PASSWORD")
    assert main(["status"]) == 3
    assert "UCAUDIT_" in capfd.readouterr().err


ROLES = {"reader": READ, "migrator": MIGRATE, "writer": WRITER}


@pytest.fixture(scope="module")
def roles(secured):
    """Users of the file realm with the documented roles, and the password of the first."""
    sandbox, _ = secured
    config = Path(sandbox.state.data) / "config"
    bodies = {f"role_{name}": role.body("http_logs_") for name, role in ROLES.items()}
    hash_ = (config / "users").read_text().strip().partition(":")[2]
    before = (config / "users_roles").read_text().strip()
    additions = {
        "roles.yml": yaml.safe_dump(bodies),
        "users": "".join(f"{name}:{hash_}\n" for name in (sandbox.user, *ROLES)),
        "users_roles": before + "".join(f"\nrole_{name}:{name}" for name in ROLES) + "\n",
    }
    for name, text in additions.items():
        path = config / name
        owner, group = path.stat().st_uid, path.stat().st_gid
        path.write_text(text)
        shutil.chown(path, owner, group)
    for name in ROLES:
        _wait_for(sandbox, name)
    return sandbox


def _wait_for(sandbox, name):
    """The engine looks at its files every five seconds."""
    with Elasticsearch(sandbox.url, basic_auth=(name, sandbox.password)) as client:
        for _ in range(60):
            found = client.options(ignore_status=401).security.authenticate()
            if f"role_{name}" in found.body.get("roles", []):
                return
            time.sleep(0.5)
    pytest.fail(f"{name} is not known")


@pytest.fixture
def as_(roles, project, monkeypatch, capfd):
    """Runs a command as a user; returns its exit code and its document."""

    def run(user, *arguments):
        monkeypatch.setenv("UCAUDIT_USER", user)
        capfd.readouterr()
        code = main([*arguments, "--format", "json"])
        out, err = capfd.readouterr()
        return code, json.loads(out) if out else err

    return run


def test_the_documented_roles_are_enough_and_write_no_original(secured, roles, as_):
    _, folder = secured
    yesterday = datetime.now(UTC) - timedelta(days=1)
    index = index_name("app.license.new", yesterday, schemas=folder / "schemas")
    assert as_("migrator", "migrate", "--expand", "--yes")[0] == 0
    document = {"@timestamp": yesterday.isoformat(), "requestJson": {"port": "80"}}
    with Elasticsearch(roles.url, basic_auth=("writer", roles.password)) as writer:
        writer.index(index=index, op_type="create", document=document)
    record(folder / "schemas", "2023.1")
    code, plan = as_("reader", "plan")
    assert (code, plan["summary"]["templates_added"] > 0) == (0, True)
    code, run = as_("migrator", "migrate", "--finish", "--yes")
    assert (code, run["summary"]["swapped"]) == (0, 1)
    code, status = as_("reader", "status", "--check")
    assert (code, status["summary"]["backup"]) == (0, 1)
    assert as_("migrator", "verify")[0] == 0
    with (
        Elasticsearch(roles.url, basic_auth=("migrator", roles.password)) as migrator,
        pytest.raises(AuthorizationException),
    ):
        migrator.index(index=index, document=document)


def test_doctor_names_missing_privileges(as_):
    found = {}
    for user in ("migrator", "reader", "writer", "ucaudit"):
        code, diagnosis = as_(user, "doctor")
        checks = {check["check"]: check for check in diagnosis["checks"]}
        found[user] = (code, checks["server"]["state"], checks["privileges"])
    assert found["ucaudit"][2]["state"] == found["migrator"][2]["state"] == "ok"
    code, server, privileges = found["reader"]
    assert (code, server, privileges["state"]) == (0, "ok", "warning")
    assert "manage_index_templates on the cluster" in privileges["why"]
    assert "write on http_logs_*-from-g*" in privileges["why"]
    code, server, privileges = found["writer"]
    assert (code, server, privileges["state"]) == (3, "problem", "problem")
    assert "monitor on the cluster" in privileges["why"]


def test_doctor_without_the_right_password_looks_at_the_rest(as_, monkeypatch):
    monkeypatch.setenv("UCAUDIT_PASSWORD", "wrong-secret-7f3a")
    code, diagnosis = as_("ucaudit", "doctor")
    states = {check["check"]: check["state"] for check in diagnosis["checks"]}
    assert code == 3
    assert (states["schemas"], states["server"], states["disk"]) == ("ok", "problem", "skipped")
    assert "wrong-secret" not in json.dumps(diagnosis)
