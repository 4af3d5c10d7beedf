"""The same sandbox in a container, where a Docker engine runs."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
import time
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from ucaudit.errors import InputError, RefusedError, UcauditError
from ucaudit.sandbox.artifacts import DEFAULT_ENGINE, ENGINES, engine_named
from ucaudit.sandbox.engine import START_SECONDS
from ucaudit.sandbox.home import Home
from ucaudit.sandbox.locking import file_lock
from ucaudit.sandbox.log import start_failure
from ucaudit.sandbox.maven import extra_missing
from ucaudit.sandbox.memory import heap_bytes
from ucaudit.sandbox.process import answers, listens, require_port
from ucaudit.sandbox.progress import Progress, Silent
from ucaudit.sandbox.state import State, running

_PORT = 9200
_SETTINGS = {
    "discovery.type": "single-node",
    "xpack.security.enabled": "false",
    "xpack.ml.enabled": "false",
    "ingest.geoip.downloader.enabled": "false",
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}


class DockerSandbox:
    """A genuine Elasticsearch in a container, for as long as a ``with`` block.

    When this process is killed, testcontainers' reaper removes the container.

    Args:
        heap: Its Java heap.
        port: The port on this machine; by default a free one.
        volume: Name of the volume for its data; by default the data goes with the container.
        engine: Which engine.
        progress: What to tell while it starts.
    """

    def __init__(
        self,
        heap: str = "512m",
        *,
        port: int | None = None,
        volume: str | None = None,
        engine: str = DEFAULT_ENGINE,
        progress: Progress | None = None,
    ) -> None:
        self._heap = heap
        self._port = port
        self._volume = volume
        self._engine = engine_named(engine)
        self._progress = progress or Silent()
        self._container: Any = None
        self.url = ""

    def __enter__(self) -> Self:
        """Starts the container and waits until the engine answers."""
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Removes the container."""
        self.stop()

    @property
    def container_id(self) -> str:
        """The container's id."""
        return str(self._container.get_wrapped_container().id)

    def start(self) -> None:
        """Starts the container and waits until the engine answers.

        Raises:
            InputError: If the extra is not installed, or there is no such container.
            RefusedError: If no Docker engine answers, or the container does not start.
        """
        heap_bytes(self._heap)
        if self._port:
            require_port(self._port)
        require_docker()
        if self._engine.image is None:
            raise InputError(
                "engine-unknown",
                f"There is no container of {self._engine.title}.",
                fix="Leave Docker out: this engine runs without.",
            )
        image = f"{self._engine.image}:{self._engine.version}"
        with self._progress.step(f"Starting {image} in Docker"):
            try:
                self._container = self._configured(image)
                self._container.start()
                host = self._container.get_container_host_ip()
                port = int(self._container.get_exposed_port(_PORT))
                self.url = f"http://{host}:{port}"
                self._wait(host, port)
            except BaseException as error:
                self.stop()
                if isinstance(error, UcauditError) or not isinstance(error, Exception):
                    raise
                # Docker, its registry and testcontainers have an exception each.
                raise RefusedError(
                    "container-failed",
                    "The container could not be started.",
                    where=image,
                    why=str(error).strip().partition("\n")[0] or type(error).__name__,
                    fix="Mend the reason, or leave --engine docker out.",
                ) from error

    def stop(self) -> None:
        """Removes the container; a named volume stays."""
        if self._container is not None and self._container.get_wrapped_container() is not None:
            self._container.stop(delete_volume=self._volume is None)
        self._container = None

    def _configured(self, image: str) -> Any:
        from testcontainers.core.container import DockerContainer

        container = DockerContainer(image)
        for key, value in _SETTINGS.items():
            container.with_env(key, value)
        container.with_env("ES_JAVA_OPTS", f"-Xms{self._heap} -Xmx{self._heap}")
        if self._port:
            container.with_bind_ports(_PORT, self._port)
        else:
            container.with_exposed_ports(_PORT)
        if self._volume:
            container.with_volume_mapping(self._volume, "/usr/share/elasticsearch/data", "rw")
        return container

    def _wait(self, host: str, port: int) -> None:
        end = time.monotonic() + START_SECONDS
        while not answers(port, None, host=host):
            wrapped = self._container.get_wrapped_container()
            wrapped.reload()
            if wrapped.status == "exited" or time.monotonic() > end:
                log = b"".join(self._container.get_logs()).decode(errors="replace")
                raise RefusedError(
                    "start-failed",
                    "Elasticsearch did not start in its container.",
                    where=self._engine.image,
                    why=start_failure(log) or f"the container is {wrapped.status}",
                    fix="Mend the reason, or leave --engine docker out.",
                )
            time.sleep(0.2)


def docker_answers() -> bool:
    """Whether a Docker engine answers; quick where there is none."""
    if not _docker_listens():
        return False
    try:
        with closing(_client()) as client:
            return bool(client.ping())
    except Exception:  # noqa: BLE001  (each transport has its own: none of them is an answer)
        return False


def _docker_listens() -> bool:
    """Whether it is worth asking: docker-py leaks its socket when nobody is there."""
    host = os.environ.get("DOCKER_HOST", "")
    if host.startswith("tcp://"):
        parts = urlsplit(host)
        return listens(parts.hostname or "", parts.port or 2375)
    if sys.platform == "win32" or (host and not host.startswith("unix://")):
        return True
    home = Path.home() / ".docker" / "run" / "docker.sock"
    paths = [host.removeprefix("unix://")] if host else ["/var/run/docker.sock", str(home)]
    return any(_listens_at(path) for path in paths)


def _listens_at(path: str) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(path)
        except OSError:
            return False
        return True


def require_docker() -> None:
    """Checks that a Docker engine answers.

    Raises:
        InputError: If the extra is not installed.
        RefusedError: If none answers.
    """
    try:
        import docker  # type: ignore[import-untyped]  # noqa: F401
        import testcontainers  # noqa: F401
    except ImportError as error:
        raise extra_missing(error) from error
    if not docker_answers():
        raise RefusedError(
            "docker-unreachable",
            "No Docker engine answers.",
            where=os.environ.get("DOCKER_HOST") or "the default socket",
            fix="Start Docker, or leave --engine docker out: the sandbox needs none.",
        )


def start_detached(
    home: Home, heap: str, port: int | None, progress: Progress
) -> State:  # pragma: no cover  (needs a Docker engine)
    """Starts a container that outlives this process, its data in a volume named after ``home``."""
    require_docker()
    from testcontainers.core.config import testcontainers_config

    # The reaper removes containers whose starter is gone, which here is the point.
    testcontainers_config.ryuk_disabled = True
    home.claim()
    digest = hashlib.sha256(str(home.path).encode()).hexdigest()[:12]
    with file_lock(home.lock):
        already = running(home.state)
        if already:
            return already
        sandbox = DockerSandbox(
            heap, port=port, volume=f"ucaudit-sandbox-{digest}", progress=progress
        )
        sandbox.start()
        state = State(
            url=sandbox.url,
            version=ENGINES[DEFAULT_ENGINE].version,
            engine="docker",
            heap=heap,
            java=None,
            user=None,
            data=str(home.path),
            log=None,
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            supervisor=None,
            server=None,
            container=sandbox.container_id,
        )
        state.write(home.state)
        return state


def container_runs(container: str) -> bool:
    """Whether a container runs; not, when Docker is gone."""
    if not docker_answers():
        return False
    from docker.errors import NotFound  # type: ignore[import-untyped]

    with closing(_client()) as client:
        try:
            return bool(client.containers.get(container).status == "running")
        except NotFound:
            return False


def remove_container(container: str) -> None:
    """Ends and removes a container; its named volume stays."""
    with closing(_client()) as client:
        client.containers.get(container).remove(force=True)


def _client() -> Any:
    try:
        import docker
    except ImportError as error:
        raise extra_missing(error) from error
    return docker.from_env()
