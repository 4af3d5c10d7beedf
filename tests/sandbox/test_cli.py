"""The command, with an engine that only answers."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from ucaudit.cli import main

from .conftest import FakeEngine


@pytest.fixture(autouse=True)
def _no_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UCAUDIT_SANDBOX_DATA", raising=False)


def test_up_prints_the_url_and_nothing_else(
    fake_engine: FakeEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    try:
        assert main(["sandbox", "up"]) == 0
        first = capfd.readouterr()
        assert first.out.startswith("http://127.0.0.1:")
        assert first.out.count("\n") == 1
        assert "Starting Elasticsearch 9.1.10 on Java 21.0.8" in first.err

        assert main(["sandbox", "up"]) == 0
        again = capfd.readouterr()
        assert again.out == first.out
        assert again.err == "A sandbox is already running.\n"

        assert main(["sandbox", "status"]) == 0
        assert capfd.readouterr().out.startswith(f"running at {first.out}")
        assert main(["sandbox", "status", "--format", "json"]) == 0
        state = json.loads(capfd.readouterr().out)
        assert state["running"] is True
        assert state["url"] == first.out.strip()
        assert state["data"] == str(fake_engine.cache / "default")
    finally:
        assert main(["sandbox", "down"]) == 0
    assert capfd.readouterr().err.startswith("Ended http://127.0.0.1:")


def test_where_none_runs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    data = ["--data", str(tmp_path / "none")]
    assert main(["sandbox", "status", *data]) == 0
    assert capfd.readouterr().out.startswith("not running\n")
    assert main(["sandbox", "status", *data, "--format", "json"]) == 0
    assert json.loads(capfd.readouterr().out)["running"] is False
    assert main(["sandbox", "down", *data]) == 0
    assert capfd.readouterr().err == "No sandbox is running.\n"
    assert not (tmp_path / "none").exists()


@pytest.mark.usefixtures("fake_engine")
@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("import sys; sys.exit(0)", 0),
        ("import sys; sys.exit(7)", 7),
        ("import os; os.kill(os.getpid(), 15)", 143),
        ("import os, urllib.request as r; r.urlopen(os.environ['UCAUDIT_URL']).close()", 0),
    ],
)
def test_run_passes_on_the_exit_code(program: str, code: int) -> None:
    assert main(["sandbox", "run", "--", sys.executable, "-c", program]) == code


@pytest.mark.usefixtures("fake_engine")
def test_run_ends_the_engine_and_throws_the_data_away(
    fake_engine: FakeEngine, capfd: pytest.CaptureFixture[str]
) -> None:
    program = "import os; print(os.environ['UCAUDIT_URL'])"
    assert main(["sandbox", "run", sys.executable, "-c", program]) == 0
    port = int(capfd.readouterr().out.rpartition(":")[2])
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), timeout=5)
    assert list((fake_engine.cache / "ephemeral").iterdir()) == []


def test_the_engines_are_listed(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "engines"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["8.19", "9.1", "9.5", "opensearch-3", "docker"]
    assert all(len(line) <= 80 for line in lines)


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (["run"], 2, "command-missing"),
        (["run", "--", "no-such-command"], 2, "command-unknown"),
        (["run", "--engine", "7", "--", "true"], 2, "engine-unknown"),
        (["up", "--engine", "7"], 2, "engine-unknown"),
        (["run", "--heap", "lots", "--", "true"], 2, "heap-invalid"),
        (["run", "--heap", "4096g", "--", "true"], 3, "memory-short"),
    ],
)
def test_wrong_input(
    arguments: list[str], code: int, name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", *arguments]) == code
    assert f"[{name}]" in capfd.readouterr().err


def test_without_the_extra_it_says_what_to_install() -> None:
    program = (
        "import sys; sys.modules['psutil'] = None; from ucaudit.cli import main;"
        "sys.exit(main(['sandbox', 'run', '--', 'true']))"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "[extra-missing]" in result.stderr
    assert "pip install 'ucaudit[sandbox]'" in result.stderr
