"""The sandbox: a genuine engine for as long as a ``with`` block, or in the background."""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from ucaudit.errors import InputError, RefusedError
from ucaudit.sandbox.account import engine_account, make_folders
from ucaudit.sandbox.archive import unpacked
from ucaudit.sandbox.artifacts import DEFAULT_ENGINE, engine_named
from ucaudit.sandbox.cache import cache_folder, require_reach
from ucaudit.sandbox.home import Home
from ucaudit.sandbox.java import find_java
from ucaudit.sandbox.launch import ElasticsearchLaunch, Launch, OpenSearchLaunch
from ucaudit.sandbox.locking import file_lock
from ucaudit.sandbox.memory import require_memory
from ucaudit.sandbox.process import Process, basic, require_port
from ucaudit.sandbox.progress import Progress, Silent
from ucaudit.sandbox.state import State, running

START_SECONDS = 240.0
_LAUNCHES: dict[str, type[Launch]] = {
    "Elasticsearch": ElasticsearchLaunch,
    "OpenSearch": OpenSearchLaunch,
}
_PORT_ATTEMPTS = 3


class Sandbox:
    """A genuine engine on this machine, ended with the ``with`` block or this process.

    Args:
        data: Its folder, kept afterwards; by default one that is removed at the end.
        heap: Its Java heap.
        security: Whether it asks for a user and a password (``user``, ``password``).
        port: The port that it listens on; by default a free one.
        engine: Which engine; see ``ucaudit.sandbox.artifacts``.
        progress: What to tell while it starts.
        java_options: More options for its Java.
    """

    def __init__(
        self,
        data: str | os.PathLike[str] | None = None,
        heap: str = "512m",
        security: bool = False,
        *,
        port: int | None = None,
        engine: str = DEFAULT_ENGINE,
        progress: Progress | None = None,
        java_options: Sequence[str] = (),
    ) -> None:
        self._data = None if data is None else Path(data).resolve()
        self._heap = heap
        self._port = port
        self._engine = engine
        self._progress = progress or Silent()
        self._java_options = tuple(java_options)
        self._process: Process | None = None
        self._state: State | None = None
        self.user = "ucaudit" if security else None
        self.password = secrets.token_urlsafe(16) if security else None

    @property
    def state(self) -> State:
        """Everything about the engine that runs.

        Raises:
            InputError: If it was not started.
        """
        if self._state is None:
            raise InputError("sandbox-stopped", "The sandbox was not started.")
        return self._state

    @property
    def url(self) -> str:
        """Where the engine answers."""
        return self.state.url

    def __enter__(self) -> Self:
        """Starts the engine."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Ends the engine."""
        self.stop()

    def start(self) -> State:
        """Starts the engine and waits until it answers.

        Raises:
            InputError: If an argument is wrong, or something is not installed.
            RefusedError: If the engine cannot be had or does not start.
        """
        _require_posix()
        engine = engine_named(self._engine)
        kind = _LAUNCHES[engine.product]
        kind.require(engine, self._port, security=bool(self.user))
        require_memory(self._heap)
        if self._port:
            require_port(self._port)
        account = engine_account()
        cache = cache_folder(account)
        java = find_java(engine, account, cache, self._progress)
        distribution = unpacked(engine, cache, self._progress)
        home = Home(self._data or _ephemeral(cache))
        require_reach(home.path, account, "Name a folder elsewhere, such as /var/tmp/NAME.")
        home.claim()
        with file_lock(home.lock):
            already = running(home.state)
            if already:
                raise RefusedError(
                    "sandbox-running",
                    "A sandbox runs on this data already.",
                    where=f"{home.path}, {already.url}",
                    fix="Use it, end it with `ucaudit sandbox down`, or name other data.",
                )
            try:
                self._state = self._launch(kind(engine, java, account, distribution, home, cache))
            except BaseException:
                if not self._data:
                    shutil.rmtree(home.path, ignore_errors=True)
                raise
        return self._state

    def stop(self) -> None:
        """Ends the engine; ephemeral data is removed. Does nothing when it does not run."""
        if self._process:
            self._process.stop()
        self._process = None
        self._state = None

    def detach(self, until_pid: int | None = None) -> None:
        """Lets the engine run on after this process, if given until that process ends."""
        if self._process:
            self._process.detach(until_pid)
        self._process = None

    def _launch(self, launch: Launch) -> State:
        for attempt in range(_PORT_ATTEMPTS):
            port, transport = launch.ports()
            try:
                return self._attempt(launch, self._port or port, transport)
            except RefusedError as error:
                # Somebody may take a free port before the engine does.
                taken = "already in use" in (error.why or "")
                if self._port or not taken or attempt == _PORT_ATTEMPTS - 1:
                    raise
        raise AssertionError  # pragma: no cover  (the loop returns or raises)

    def _attempt(self, launch: Launch, port: int, transport: int) -> State:
        launch.prepare(port, transport, security=bool(self.user))
        if self.user and self.password:
            launch.add_user(self.user, self.password)
        label = f"Starting {launch.engine.title} on Java {launch.java.version}"
        with self._progress.step(label):
            try:
                options = [f"-Xms{self._heap}", f"-Xmx{self._heap}", *self._java_options]
                process = Process(launch.order(port, options, keep=bool(self._data)))
                self._process = process
                state = launch.state(process, port, self._heap)
                authorization = basic(self.user, self.password or "") if self.user else None
                process.wait_until_ready(port, authorization, START_SECONDS)
                launch.require_started(port)
                # Not before: whoever finds the file may use the engine at once.
                state.write(launch.home.state)
            except BaseException as error:
                if isinstance(error, RefusedError) and not self._data:
                    error.where = str(launch.save_log())
                self.stop()
                raise
        return state


def default_data(engine: str = DEFAULT_ENGINE) -> Path:
    """Where ``ucaudit sandbox up`` keeps the data of an engine unless told otherwise."""
    name = engine_named(engine).name
    folder = "default" if name == DEFAULT_ENGINE else f"default-{name}"
    return cache_folder(engine_account()) / folder


def _ephemeral(cache: Path) -> Path:
    folder = make_folders(cache / "ephemeral")
    with file_lock(cache / "ephemeral.lock"):
        for old in folder.iterdir():
            # The supervisor removes it; this is for one that was itself killed.
            starter = int(old.name.partition("-")[0])
            if not (_exists(starter) or running(Home(old).state)):
                shutil.rmtree(old, ignore_errors=True)
        path = folder / f"{os.getpid()}-{secrets.token_hex(4)}"
        path.mkdir(mode=0o755)
    return path


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _require_posix() -> None:
    if sys.platform == "win32":
        raise InputError(
            "platform-unsupported",
            "The embedded sandbox runs on Linux and macOS only.",
            fix="Run it in Docker: --engine docker",
        )
