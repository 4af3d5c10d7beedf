"""Sandboxes that outlive the command that started them, one a data folder."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from pathlib import Path

from ucaudit.errors import RefusedError
from ucaudit.sandbox.artifacts import DOCKER
from ucaudit.sandbox.engine import Sandbox
from ucaudit.sandbox.home import Home
from ucaudit.sandbox.locking import file_lock
from ucaudit.sandbox.progress import Progress
from ucaudit.sandbox.state import Incarnation, State, running

_ASK_SECONDS = 30.0
_KILL_SECONDS = 10.0


def found(folder: Path) -> State | None:
    """The sandbox that runs on this folder, if any."""
    return running(Home(folder).state)


def started(
    folder: Path, heap: str, port: int | None, engine: str, progress: Progress
) -> tuple[State, bool]:
    """The sandbox of a folder, started when it does not run; and whether it was started now.

    Raises:
        UcauditError: If it cannot be started, or runs on another port than ``port``.
    """
    state = found(folder)
    if state is None:
        try:
            return _start(folder, heap, port, engine, progress), True
        except RefusedError as error:
            # Another process was quicker; then its sandbox is as good.
            state = found(folder) if error.name == "sandbox-running" else None
            if state is None:
                raise
    if port and not state.url.endswith(f":{port}"):
        raise RefusedError(
            "sandbox-running",
            "The sandbox runs already, on another port.",
            where=state.url,
            fix="End it with `ucaudit sandbox down`, or name other data with --data.",
        )
    return state, False


def ended(folder: Path) -> State | None:
    """Ends the sandbox of a folder; what it was, or ``None`` when none ran.

    Raises:
        RefusedError: If it does not end, or belongs to another user.
    """
    home = Home(folder)
    if not home.lock.exists():
        return None
    with file_lock(home.lock):
        state = found(folder)
        if state is None:
            home.state.unlink(missing_ok=True)
            return None
        if state.container:
            from ucaudit.sandbox.docker import remove_container

            remove_container(state.container)
        else:
            _end(state)
        home.state.unlink(missing_ok=True)
        return state


def _start(folder: Path, heap: str, port: int | None, engine: str, progress: Progress) -> State:
    if engine == DOCKER:
        from ucaudit.sandbox.docker import start_detached

        return start_detached(Home(folder), heap, port, progress)
    sandbox = Sandbox(folder, heap, port=port, engine=engine, progress=progress)
    state = sandbox.start()
    sandbox.detach()
    return state


def _end(state: State) -> None:
    steps = (
        (state.supervisor, signal.SIGTERM, _ASK_SECONDS),
        (state.server, signal.SIGTERM, _KILL_SECONDS),
        (state.server, signal.SIGKILL, _KILL_SECONDS),
    )
    for process, number, seconds in steps:
        if process and process.alive():
            _signal(process, number, state)
            _wait(process, seconds)
    if state.alive():
        raise RefusedError(
            "sandbox-stuck",
            "The sandbox does not end.",
            where=state.url,
            why=f"process {state.server.pid if state.server else '?'} still runs",
            fix="End it by hand.",
        )


def _signal(process: Incarnation, number: signal.Signals, state: State) -> None:
    try:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)
    except PermissionError as error:
        raise RefusedError(
            "sandbox-foreign",
            "The sandbox belongs to another user.",
            where=state.url,
            why=f"process {process.pid} may not be ended",
            fix="Run the command as the user that started it.",
        ) from error


def _wait(process: Incarnation, seconds: float) -> None:
    end = time.monotonic() + seconds
    while process.alive() and time.monotonic() < end:
        time.sleep(0.05)
