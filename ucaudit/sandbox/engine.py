"""The sandbox: a genuine Elasticsearch for as long as a ``with`` block, or in the background."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from ucaudit.errors import InputError, RefusedError
from ucaudit.sandbox.account import Account, engine_account, make_folders
from ucaudit.sandbox.archive import unpacked
from ucaudit.sandbox.artifacts import DEFAULT_VERSION, ENGINES, Engine
from ucaudit.sandbox.cache import cache_folder, require_reach
from ucaudit.sandbox.home import Home
from ucaudit.sandbox.java import Java, find_java
from ucaudit.sandbox.locking import file_lock
from ucaudit.sandbox.memory import require_memory
from ucaudit.sandbox.process import Order, Process, basic, free_ports, require_port
from ucaudit.sandbox.progress import Progress, Silent
from ucaudit.sandbox.state import Incarnation, State, running

START_SECONDS = 240.0
_PORT_ATTEMPTS = 3


class Sandbox:
    """A genuine Elasticsearch on this machine, ended with the ``with`` block or this process.

    Args:
        data: Its folder, kept afterwards; by default one that is removed at the end.
        heap: Its Java heap.
        security: Whether it asks for a user and a password (``user``, ``password``).
        port: The port that it listens on; by default a free one.
        version: Which engine; see ``ucaudit.sandbox.artifacts``.
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
        version: str = DEFAULT_VERSION,
        progress: Progress | None = None,
        java_options: Sequence[str] = (),
    ) -> None:
        self._data = None if data is None else Path(data).resolve()
        self._heap = heap
        self._port = port
        self._version = version
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
        engine = engine_named(self._version)
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
                self._state = self._launch(
                    _Launch(engine, java, account, distribution, home, cache)
                )
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

    def _launch(self, launch: _Launch) -> State:
        for attempt in range(_PORT_ATTEMPTS):
            port, transport = free_ports(2)
            try:
                return self._attempt(launch, self._port or port, transport)
            except RefusedError as error:
                # Somebody may take a free port before the engine does.
                taken = "already in use" in (error.why or "")
                if self._port or not taken or attempt == _PORT_ATTEMPTS - 1:
                    raise
        raise AssertionError  # pragma: no cover  (the loop returns or raises)

    def _attempt(self, launch: _Launch, port: int, transport: int) -> State:
        launch.home.prepare(
            launch.distribution,
            _settings(port, transport, security=bool(self.user)),
            vector_module=launch.java.has_module("jdk.incubator.vector"),
            account=launch.account,
        )
        if self.user and self.password:
            launch.add_user(self.user, self.password)
        label = f"Starting Elasticsearch {self._version} on Java {launch.java.version}"
        with self._progress.step(label):
            try:
                options = [f"-Xms{self._heap}", f"-Xmx{self._heap}", *self._java_options]
                process = Process(launch.order(options, keep=bool(self._data)))
                self._process = process
                state = launch.state(process, port, self._heap)
                authorization = basic(self.user, self.password or "") if self.user else None
                process.wait_until_ready(port, authorization, START_SECONDS)
                # Not before: whoever finds the file may use the engine at once.
                state.write(launch.home.state)
            except BaseException as error:
                if isinstance(error, RefusedError) and not self._data:
                    error.where = str(launch.save_log())
                self.stop()
                raise
        return state


class _Launch:
    """What is settled before the first attempt to start."""

    def __init__(
        self,
        engine: Engine,
        java: Java,
        account: Account | None,
        distribution: Path,
        home: Home,
        cache: Path,
    ) -> None:
        self.engine = engine
        self.java = java
        self.account = account
        self.distribution = distribution
        self.home = home
        self.cache = cache

    def environment(self, java_options: Sequence[str]) -> dict[str, str]:
        """What the engine sees; nothing of ours, so that no proxy or Java setting slips in."""
        return {
            "PATH": os.defpath,
            "HOME": str(self.home.path),
            "LANG": "C.UTF-8",
            "ES_JAVA_HOME": str(self.java.home),
            "ES_JAVA_OPTS": " ".join(java_options),
            "ES_PATH_CONF": str(self.home.config),
            "ES_TMPDIR": str(self.home.scratch),
        }

    def order(self, java_options: Sequence[str], *, keep: bool) -> Order:
        """The order for the supervisor."""
        return Order(
            command=[str(self.distribution / "bin" / "elasticsearch")],
            environment=self.environment(java_options),
            folder=self.home.scratch,
            output=self.home.output,
            account=self.account,
            remove=[self.home.state] if keep else [self.home.path],
        )

    def add_user(self, user: str, password: str) -> None:
        """Makes a superuser in the file realm."""
        tool = self.distribution / "bin" / "elasticsearch-users"
        made = subprocess.run(
            [tool, "useradd", user, "-p", password, "-r", "superuser"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.home.scratch,
            env=self.environment(()),
            user=self.account.uid if self.account else None,
            group=self.account.gid if self.account else None,
            extra_groups=[] if self.account else None,
        )
        if made.returncode:
            raise RefusedError(
                "user-not-made",
                "The user of the sandbox could not be made.",
                where=str(tool),
                why=(made.stderr or made.stdout).strip().replace(password, "…"),
            )

    def state(self, process: Process, port: int, heap: str) -> State:
        """The state file's content."""
        return State(
            url=f"http://127.0.0.1:{port}",
            version=self.engine.version,
            engine="embedded",
            heap=heap,
            java=self.java.version,
            user=self.account.name if self.account else None,
            data=str(self.home.path),
            log=str(self.home.output),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            supervisor=Incarnation.of(process.pid),
            server=Incarnation.of(process.engine_pid),
        )

    def save_log(self) -> Path:
        """Keeps the log of a start that failed when its folder goes."""
        kept = self.cache / "start-failed.log"
        if self.home.output.is_file():
            shutil.copyfile(self.home.output, kept)
        return kept


def engine_named(version: str) -> Engine:
    """The engine of a version.

    Raises:
        InputError: If it is not in the table.
    """
    engine = ENGINES.get(version)
    if engine is None:
        raise InputError(
            "engine-unknown",
            f"There is no sandbox of Elasticsearch {version}.",
            fix=f"Choose one of {', '.join(ENGINES)}.",
        )
    return engine


def default_data() -> Path:
    """Where ``ucaudit sandbox up`` keeps its data unless told otherwise."""
    return cache_folder(engine_account()) / "default"


def _settings(port: int, transport: int, *, security: bool) -> dict[str, str]:
    return {
        "cluster.name": "ucaudit-sandbox",
        "node.name": "sandbox",
        "discovery.type": "single-node",
        "network.host": "127.0.0.1",
        "http.port": str(port),
        "transport.port": str(transport),
        "xpack.security.enabled": str(security).lower(),
        "xpack.security.enrollment.enabled": "false",
        # A developer's disk that is 90% full is no reason to refuse an index.
        "cluster.routing.allocation.disk.threshold_enabled": "false",
    }


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
