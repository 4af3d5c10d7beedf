"""Starts the engine under its supervisor, waits until it answers, and ends it."""

from __future__ import annotations

import base64
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from ucaudit.errors import RefusedError
from ucaudit.sandbox.account import Account
from ucaudit.sandbox.log import start_failure

_STOP_SECONDS = 40
_LOG_TAIL_BYTES = 200_000


@dataclass(frozen=True, slots=True)
class Order:
    """What the supervisor is to run, and what it removes afterwards."""

    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path
    output: Path
    account: Account | None
    remove: Sequence[Path]

    def to_line(self) -> bytes:
        """The one line that the supervisor reads."""
        fields = {
            "command": list(self.command),
            "environment": dict(self.environment),
            "folder": str(self.folder),
            "output": str(self.output),
            "uid": self.account.uid if self.account else None,
            "gid": self.account.gid if self.account else None,
            "remove": [str(path) for path in self.remove],
        }
        return json.dumps(fields).encode() + b"\n"


class Process:
    """An engine under its supervisor, which ends it when this process is gone."""

    def __init__(self, order: Order) -> None:
        self.output = order.output
        with order.output.open("wb") as output:
            # A file of the standard library only: -I starts in 20 ms, and needs no ucaudit
            # on the path of a Python that was started elsewhere.
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", str(Path(__file__).with_name("supervisor.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                cwd="/",
                start_new_session=True,
            )
        self._tell(order.to_line())
        self.engine_pid = self._read_pid()

    @property
    def pid(self) -> int:
        """The supervisor's process id."""
        return self._supervisor.pid

    def wait_until_ready(self, port: int, authorization: str | None, seconds: float) -> None:
        """Waits until every index of the engine can be searched.

        Raises:
            RefusedError: If the engine ends, or takes longer than ``seconds``.
        """
        end = time.monotonic() + seconds
        while not answers(port, authorization):
            if self._supervisor.poll() is not None:
                raise self._start_failed("it ended while starting")
            if time.monotonic() > end:
                raise self._start_failed(f"it did not answer within {seconds:.0f} seconds")
            time.sleep(0.1)
        self._tell(b"ready\n")

    def detach(self, until_pid: int | None) -> None:
        """Lets the engine outlive this process, if given until that process ends."""
        self._tell(b"detach %d\n" % until_pid if until_pid else b"detach\n")
        self._close()
        # It is nobody's child to wait for any more; without this, Popen warns when collected.
        self._supervisor.returncode = 0

    def stop(self) -> None:
        """Ends the engine and waits until it is gone."""
        self._tell(b"stop\n")
        try:
            self._supervisor.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # On Linux the engine ends with its supervisor, on other systems it is orphaned.
            with suppress(ProcessLookupError):
                os.killpg(self.engine_pid, signal.SIGKILL)
            self._supervisor.kill()
            self._supervisor.wait()
        self._close()

    def _tell(self, line: bytes) -> None:
        assert self._supervisor.stdin is not None  # noqa: S101  (for the type checker)
        with suppress(BrokenPipeError, ValueError):  # it has ended, or was stopped before
            self._supervisor.stdin.write(line)
            self._supervisor.stdin.flush()

    def _read_pid(self) -> int:
        assert self._supervisor.stdout is not None  # noqa: S101  (for the type checker)
        line = self._supervisor.stdout.readline()
        if not line:
            self._supervisor.wait()
            self._close()
            raise self._start_failed("its process could not be started")
        return int(line)

    def _close(self) -> None:
        for pipe in (self._supervisor.stdin, self._supervisor.stdout):
            if pipe:
                with suppress(BrokenPipeError):
                    pipe.close()

    def _start_failed(self, otherwise: str) -> RefusedError:
        return RefusedError(
            "start-failed",
            "The engine did not start.",
            where=str(self.output),
            why=start_failure(tail(self.output)) or otherwise,
            fix="Mend the reason, or read the log for more.",
        )


def tail(path: Path) -> str:
    """The end of a log file."""
    with path.open("rb") as handle:
        handle.seek(max(0, path.stat().st_size - _LOG_TAIL_BYTES))
        return handle.read().decode(errors="replace")


def answers(port: int, authorization: str | None, *, host: str = "127.0.0.1") -> bool:
    """Whether the engine answers, and has all its shards. ``GET /`` is not there to ask."""
    connection = http.client.HTTPConnection(host, port, timeout=5)
    headers = {"authorization": authorization} if authorization else {}
    path = "/_cluster/health?wait_for_status=yellow&timeout=2s&filter_path=timed_out"
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        return response.status == 200 and not json.loads(response.read())["timed_out"]
    except (OSError, http.client.HTTPException, ValueError, KeyError):
        return False
    finally:
        connection.close()


def listens(host: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    try:
        socket.create_connection((host, port), timeout=5).close()
    except OSError:
        return False
    return True


def basic(user: str, password: str) -> str:
    """The value of the header ``authorization``."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def free_ports(count: int, among: Sequence[int] = ()) -> list[int]:
    """Ports of the loopback interface that nobody listens on.

    Args:
        count: How many.
        among: Where to look; by default the system chooses.

    Raises:
        RefusedError: If there are not so many among these.
    """
    with ExitStack() as stack:
        # All are held until the last is found, so that none is given twice.
        found: list[int] = []
        # In no order, so that two that start at once rarely choose the same.
        for port in random.sample(among, len(among)) or [0] * count:
            probe = stack.enter_context(socket.socket())
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                found.append(probe.getsockname()[1])
            if len(found) == count:
                return found
    raise RefusedError(
        "port-taken",
        "No port is free for the sandbox.",
        where=f"127.0.0.1:{among[0]}-{among[-1]}" if among else "127.0.0.1",
        fix="End programs that listen there.",
    )


def require_port(port: int) -> None:
    """Checks that nobody listens on ``port``.

    Raises:
        RefusedError: If somebody does.
    """
    with socket.socket() as probe:
        # As the engine does it: a connection of an ended server that lingers is no hindrance.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise RefusedError(
                "port-taken",
                "The port of the sandbox is not free.",
                where=f"127.0.0.1:{port}",
                why=error.strerror,
                fix="Choose another one with --port, or leave it out to have a free one found.",
            ) from error
