"""Starting and ending, with an engine that only answers."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from ucaudit.errors import InputError, RefusedError
from ucaudit.sandbox import Sandbox, background
from ucaudit.sandbox.home import Home
from ucaudit.sandbox.process import answers, free_ports
from ucaudit.sandbox.progress import Silent
from ucaudit.sandbox.state import read_state

from .conftest import FakeEngine

pytestmark = pytest.mark.usefixtures("fake_engine")


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def gone(pid: int, seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_it_answers_within_the_block_and_is_gone_after(fake_engine: FakeEngine) -> None:
    with Sandbox() as sandbox:
        url, server = sandbox.url, sandbox.state.server
        assert answers(port_of(url), None)
    assert server is not None
    assert not server.alive()
    assert not answers(port_of(url), None)
    assert list((fake_engine.cache / "ephemeral").iterdir()) == []
    with pytest.raises(InputError, match="not started"):
        _ = sandbox.url


def test_data_that_was_named_stays(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "data") as sandbox:
        (Home(tmp_path / "data").data / "kept").touch()
        assert read_state(tmp_path / "data" / "sandbox.json") == sandbox.state
    assert not (tmp_path / "data" / "sandbox.json").exists()
    with Sandbox(tmp_path / "data"):
        assert (Home(tmp_path / "data").data / "kept").exists()


def test_several_run_at_the_same_time(tmp_path: Path) -> None:
    with Sandbox() as one, Sandbox(tmp_path / "data") as two:
        assert one.url != two.url
        with pytest.raises(RefusedError) as caught:
            Sandbox(tmp_path / "data").start()
        assert caught.value.name == "sandbox-running"


def test_a_folder_with_other_files_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir(parents=True)
    with pytest.raises(InputError) as caught:
        Sandbox(tmp_path).start()
    assert caught.value.name == "data-foreign"


def test_a_folder_of_somebody_else_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with Sandbox(tmp_path / "data"):
        pass
    monkeypatch.setattr("ucaudit.sandbox.home.shutil.rmtree", refuse)
    with pytest.raises(InputError) as caught:
        Sandbox(tmp_path / "data").start()
    assert caught.value.name == "data-unwritable"


def test_the_vector_module_is_left_out_for_a_java_without_it(tmp_path: Path) -> None:
    with Sandbox(tmp_path / "data"):
        options = (tmp_path / "data" / "config" / "jvm.options").read_text().splitlines()
    assert options == ["-XX:+UseG1GC", "# 20-:--add-modules=jdk.incubator.vector"]


def test_a_failed_start_gives_its_reason_and_leaves_the_log(fake_engine: FakeEngine) -> None:
    fake_engine.fails_with("java.lang.IllegalStateException: failed to obtain node locks\n")
    with pytest.raises(RefusedError) as caught:
        Sandbox().start()
    assert caught.value.name == "start-failed"
    assert caught.value.why == "failed to obtain node locks"
    assert "node locks" in Path(caught.value.where or "").read_text()
    assert list((fake_engine.cache / "ephemeral").iterdir()) == []


def test_a_start_that_failed_for_its_port_is_tried_again(
    fake_engine: FakeEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    trouble = fake_engine.distribution / "bin" / "trouble"
    ports = [[9, 9], [10, 10], []]

    def next_ports(count: int) -> list[int]:
        fake_engine.fails_with("java.net.BindException: Address already in use")
        chosen = ports.pop(0)
        if not chosen:
            trouble.unlink()
        return chosen or free_ports(count)

    monkeypatch.setattr("ucaudit.sandbox.launch.free_ports", next_ports)
    with Sandbox() as sandbox:
        assert answers(port_of(sandbox.url), None)


def test_a_port_that_was_named_is_used_or_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(RefusedError, match="port of the sandbox is not free"):
            Sandbox(port=port).start()
    with Sandbox(port=port) as sandbox:
        assert sandbox.url == f"http://127.0.0.1:{port}"


def test_an_engine_that_is_not_in_the_table() -> None:
    with pytest.raises(InputError) as caught:
        Sandbox(engine="1.0").start()
    assert caught.value.name == "engine-unknown"


@pytest.mark.parametrize(
    ("options", "name"),
    [({"port": 9200}, "port-unsupported"), ({"security": True}, "security-unsupported")],
)
def test_what_opensearch_cannot_do_is_said_before_a_download(
    options: dict[str, Any], name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "ucaudit.sandbox.engine.unpacked", lambda *_: pytest.fail("it was downloaded")
    )
    with pytest.raises(InputError) as caught:
        Sandbox(engine="opensearch-3", **options).start()
    assert caught.value.name == name


def test_ports_are_found_among_those_that_were_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        taken = server.getsockname()[1]
        (free,) = free_ports(1)
        assert free_ports(1, [taken, free]) == [free]
        with pytest.raises(RefusedError) as caught:
            free_ports(1, [taken])
        assert caught.value.name == "port-taken"


def test_up_twice_and_down_twice(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    state, fresh = background.started(folder, "512m", None, "9.1", Silent())
    assert fresh
    assert background.started(folder, "512m", None, "9.1", Silent()) == (state, False)
    assert background.found(folder) == state
    with pytest.raises(RefusedError) as caught:
        background.started(folder, "512m", 9999, "9.1", Silent())
    assert caught.value.name == "sandbox-running"
    assert background.ended(folder) == state
    assert background.ended(folder) is None
    assert background.found(folder) is None


def test_a_detached_engine_is_found_and_ended_after_its_supervisor_was_killed(
    tmp_path: Path,
) -> None:
    state, _ = background.started(tmp_path / "data", "512m", None, "9.1", Silent())
    assert state.supervisor
    assert state.server
    os.kill(state.supervisor.pid, signal.SIGKILL)
    background.ended(tmp_path / "data")
    assert gone(state.server.pid)
    state, fresh = background.started(tmp_path / "data", "512m", None, "9.1", Silent())
    assert fresh
    background.ended(tmp_path / "data")


_PARENT = """
import os, sys, time
from pathlib import Path
from ucaudit.sandbox.account import Account
from ucaudit.sandbox.process import Order, Process
folder = Path(sys.argv[1])
command = [sys.executable, "-c", "import time; time.sleep(600)"]
process = Process(Order(command, dict(os.environ), folder, folder / "log", None, [folder / "gone"]))
if sys.argv[2] == "fork" and os.fork() == 0:
    time.sleep(600)  # holds the pipe to the supervisor open
if sys.argv[2] == "until":
    process.detach(int(sys.argv[3]))
if sys.argv[2] == "detach":
    process.detach(None)
print(process.engine_pid, flush=True)
if sys.argv[2] in {"wait", "fork"}:
    time.sleep(600)
os._exit(0)
"""


def parent(folder: Path, *arguments: str) -> tuple[subprocess.Popen[str], int]:
    (folder / "gone").mkdir()
    process = subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(folder), *arguments],
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
    )
    assert process.stdout
    return process, int(process.stdout.readline())


@pytest.mark.parametrize("how", ["wait", "fork"])
def test_the_engine_ends_when_its_parent_is_killed(tmp_path: Path, how: str) -> None:
    process, engine = parent(tmp_path, how)
    try:
        assert psutil.pid_exists(engine)
        process.kill()
        process.wait()
        assert gone(engine)
        time.sleep(0.2)
        assert not (tmp_path / "gone").exists()
    finally:
        os.killpg(process.pid, signal.SIGKILL) if how == "fork" else None
        process.communicate()


def test_a_detached_engine_outlives_its_parent_and_ends_with_another(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        process, engine = parent(tmp_path, "until", str(other.pid))
        process.communicate()
        assert not gone(engine, seconds=1.5)
        other.kill()
        other.wait()
        assert gone(engine)


def test_a_detached_engine_outlives_its_parent(tmp_path: Path) -> None:
    process, engine = parent(tmp_path, "detach")
    process.communicate()
    assert not gone(engine, seconds=1.5)
    supervisor = psutil.Process(engine).parent()
    assert supervisor
    supervisor.terminate()
    assert gone(engine)
