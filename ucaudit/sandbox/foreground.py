"""A command with an engine of its own."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from ucaudit.errors import InputError
from ucaudit.sandbox.artifacts import DOCKER
from ucaudit.sandbox.engine import Sandbox
from ucaudit.sandbox.progress import Progress


def run_with(
    command: Sequence[str],
    data: Path | None,
    heap: str,
    port: int | None,
    engine: str,
    progress: Progress,
) -> int:
    """Runs ``command`` with ``UCAUDIT_URL`` set to a fresh engine; its exit code.

    Raises:
        InputError: If there is no such command.
        UcauditError: If the engine does not start.
    """
    if shutil.which(command[0]) is None:  # said before an engine is started for it
        raise _unknown(command, "there is no such command")
    if engine == DOCKER:
        from ucaudit.sandbox.docker import DockerSandbox

        with DockerSandbox(heap=heap, port=port, progress=progress) as docker:
            return run_command(command, docker.url)
    with Sandbox(data, heap, port=port, engine=engine, progress=progress) as sandbox:
        return run_command(command, sandbox.url)


def run_command(command: Sequence[str], url: str) -> int:
    """Runs a command with ``UCAUDIT_URL`` set; its exit code, 128 + N when signal N ended it.

    Raises:
        InputError: If it cannot be run.
    """
    try:
        child = subprocess.Popen(command, env={**os.environ, "UCAUDIT_URL": url})
    except OSError as error:
        raise _unknown(command, error.strerror) from error
    with _signals_to(child):
        code = child.wait()
    return code if code >= 0 else 128 - code


def _unknown(command: Sequence[str], why: str | None) -> InputError:
    return InputError(
        "command-unknown",
        "The command cannot be run.",
        where=command[0],
        why=why,
        fix="Check its name and the PATH.",
    )


@contextmanager
def _signals_to(child: subprocess.Popen[bytes]) -> Iterator[None]:
    """While a command runs, signals are its own to answer; we wait for it and clean up."""

    def forward(number: int, frame: FrameType | None) -> None:
        del frame
        # A terminal sends Ctrl-C to the whole foreground group: the command has it already.
        if number != signal.SIGINT or not sys.stdin.isatty():
            child.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, forward) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
