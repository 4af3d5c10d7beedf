"""The few things that only a genuine engine shows; each start takes some ten seconds."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from elasticsearch import AuthenticationException, Elasticsearch

from ucaudit.sandbox import Sandbox

pytestmark = pytest.mark.engine

_USE = """
import os, sys
from elasticsearch import Elasticsearch
with Elasticsearch(os.environ["UCAUDIT_URL"]) as client:
    client.index(index="a", document={"port": 1718}, refresh=True)
    sys.exit(client.count(index="a")["count"] + 40)
"""


def test_run_gives_the_command_an_engine_and_passes_on_its_exit_code() -> None:
    command = [sys.executable, "-m", "ucaudit", "sandbox", "run", "--", sys.executable, "-c", _USE]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 41, result.stderr
    assert result.stdout == ""


def test_the_engine_goes_when_its_parent_is_killed(tmp_path: Path) -> None:
    note = tmp_path / "note"
    program = (
        "import json, os, sys, time; from pathlib import Path; from ucaudit.sandbox import Sandbox;"
        "state = Sandbox().start();"
        f"Path({str(note)!r}).write_text(json.dumps(state.to_dict())); time.sleep(600)"
    )
    with subprocess.Popen([sys.executable, "-c", program], env=os.environ) as parent:
        try:
            wait_for(note.exists, 120)
        finally:
            parent.kill()
    state = json.loads(note.read_text())
    # The launcher is the server's parent; both have to go, and the data with them.
    wait_for(lambda: not psutil.pid_exists(state["server"]["pid"]), 30)
    wait_for(lambda: not Path(state["data"]).exists(), 30)
    assert not [each for each in psutil.process_iter(["cmdline"]) if uses(each, state["data"])]


def test_with_security_only_the_right_password_is_taken() -> None:
    with Sandbox(security=True, java_options=["-XX:TieredStopAtLevel=1"]) as sandbox:
        assert sandbox.user
        assert sandbox.password
        with Elasticsearch(sandbox.url, basic_auth=(sandbox.user, sandbox.password)) as client:
            client.index(index="a", document={})
        with (
            Elasticsearch(sandbox.url, basic_auth=(sandbox.user, "wrong")) as client,
            pytest.raises(AuthenticationException),
        ):
            client.search(index="a")


def wait_for(condition: object, seconds: float) -> None:
    assert callable(condition)
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)


def uses(process: psutil.Process, folder: str) -> bool:
    return any(folder in argument for argument in process.info["cmdline"] or ())
