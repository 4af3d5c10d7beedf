"""Who may talk to the cluster, asked of a secured engine of its own."""

from __future__ import annotations

import pytest

from examples.ucloud.record import record
from ucaudit.cli import main
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
