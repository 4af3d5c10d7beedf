from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ucaudit.sandbox.state import Incarnation, State, read_state, running

STATE = State(
    url="http://127.0.0.1:9",
    version="9.1.10",
    engine="embedded",
    heap="512m",
    java="21.0.8",
    user="nobody",
    data="/data",
    log="/data/console.log",
    started="2026-11-23T15:16:58+00:00",
    supervisor=None,
    server=None,
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    state = replace(STATE, supervisor=Incarnation(1, 2.5), server=Incarnation(3, 4.0))
    state.write(tmp_path / "state.json")
    assert read_state(tmp_path / "state.json") == state


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", '{"format": "ucaudit.sandbox/2"}', '{"format": "ucaudit.sandbox/1"}'],
)
def test_what_cannot_be_read_is_none(content: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    path.write_text(content)
    assert read_state(path) is None
    assert running(path) is None


def test_a_process_that_runs(tmp_path: Path) -> None:
    state = replace(STATE, supervisor=Incarnation.of(os.getpid()))
    state.write(tmp_path / "state.json")
    assert running(tmp_path / "state.json") == state


def test_a_later_process_with_the_same_number_is_another(tmp_path: Path) -> None:
    mine = Incarnation.of(os.getpid())
    assert mine is not None
    state = replace(STATE, supervisor=replace(mine, created=mine.created - 100))
    state.write(tmp_path / "state.json")
    assert running(tmp_path / "state.json") is None


def test_a_process_that_ended_is_stale_also_as_a_zombie(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        found = Incarnation.of(child.pid)
        assert found is not None
        assert found.alive()
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # it is a zombie now
        assert not found.alive()
        child.wait()
    assert not found.alive()
    assert Incarnation.of(child.pid) is None


def test_an_engine_without_its_supervisor_still_runs() -> None:
    state = replace(STATE, supervisor=Incarnation(1, 0.0), server=Incarnation.of(os.getpid()))
    assert state.alive()


def test_the_state_is_json() -> None:
    assert json.loads(json.dumps(STATE.to_dict()))["format"] == "ucaudit.sandbox/1"
