from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

_TEST = """
def test_one(ucaudit_engine_url):
    assert ucaudit_engine_url.startswith("http://127.0.0.1:")
def test_two(ucaudit_engine_url):
    pass
"""


def run_pytest(folder: Path, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_it.py").write_text(_TEST)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *options],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("options", [[], ["-p", "ucaudit"], ["-p", "ucaudit.pytest_plugin"]])
def test_the_engine_that_was_named_is_used(options: list[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}"
        result = run_pytest(tmp_path, *options, UCAUDIT_TEST_URL=url)
    assert "2 passed" in result.stdout, result.stdout + result.stderr


def test_without_an_engine_tests_fail_and_say_why(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, UCAUDIT_TEST_URL="http://127.0.0.1:9")
    assert result.returncode == 1
    assert "2 errors" in result.stdout
    assert "UCAUDIT_TEST_URL names does not answer. (127.0.0.1:9)" in result.stdout
    assert "fix: Start it" in result.stdout
    assert "Traceback" not in result.stdout


def test_an_engine_that_is_unknown_is_said(tmp_path: Path) -> None:
    result = run_pytest(tmp_path, UCAUDIT_TEST_URL="", UCAUDIT_TEST_ENGINE="7")
    assert "2 errors" in result.stdout
    assert "There is no sandbox of an engine 7." in result.stdout
    assert "Traceback" not in result.stdout


def test_the_plugin_costs_other_projects_next_to_nothing() -> None:
    program = (
        "import sys, pytest; before = set(sys.modules); import ucaudit._pytest_entry;"
        "print(*(set(sys.modules) - before))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()
    for heavy in ("elasticsearch", "pydantic", "rich", "psutil", "click", "ucaudit.sandbox"):
        assert heavy not in loaded
