"""How an engine is started: its settings, its command, and what it sees."""

from __future__ import annotations

import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

from ucaudit.errors import InputError, RefusedError
from ucaudit.sandbox.account import Account
from ucaudit.sandbox.artifacts import Engine
from ucaudit.sandbox.home import Home
from ucaudit.sandbox.java import Java
from ucaudit.sandbox.process import Order, Process, free_ports
from ucaudit.sandbox.state import Incarnation, State

_NODE: Mapping[str, str] = {
    "discovery.type": "single-node",
    "network.host": "127.0.0.1",
    # A developer's disk that is 90% full is no reason to refuse an index.
    "cluster.routing.allocation.disk.threshold_enabled": "false",
}
# OpenSearchRunner takes no port beyond, and none at or below the one that it is given.
_RUNNER_PORTS = range(9201, 9300)
# analysis-common is not among them: it wants locale data that a cut down Java does not have.
_RUNNER_MODULES = (
    "org.opensearch.index.reindex.ReindexModulePlugin",
    "org.opensearch.painless.PainlessModulePlugin",
    "org.opensearch.ingest.common.IngestCommonModulePlugin",
    "org.opensearch.index.mapper.MapperExtrasModulePlugin",
    "org.opensearch.transport.Netty4ModulePlugin",
)


@dataclass(frozen=True, slots=True)
class Launch(ABC):
    """What is settled before the first attempt to start.

    Attributes:
        engine: Which engine.
        java: What it runs on.
        account: Whom it runs as; ``None`` is ourselves.
        distribution: Its program files.
        home: Its folder.
        cache: Where the log of a failed start is kept.
    """

    engine: Engine
    java: Java
    account: Account | None
    distribution: Path
    home: Home
    cache: Path

    settings_file: ClassVar[str]

    @abstractmethod
    def settings(self, port: int, transport: int, *, security: bool) -> dict[str, str]:
        """What stands in its settings file."""

    @abstractmethod
    def command(self, port: int, java_options: Sequence[str]) -> list[str]:
        """The command that starts it."""

    def environment(self, java_options: Sequence[str]) -> dict[str, str]:
        """What the engine sees; nothing of ours, so that no proxy or Java setting slips in."""
        del java_options
        return {"PATH": os.defpath, "HOME": str(self.home.path), "LANG": "C.UTF-8"}

    def ports(self) -> tuple[int, int]:
        """Free ports for its HTTP and its transport layer."""
        port, transport = free_ports(2)
        return port, transport

    @classmethod
    def require(cls, engine: Engine, port: int | None, *, security: bool) -> None:
        """Checks what was asked for before anything is downloaded or written.

        Raises:
            InputError: If this engine cannot do it.
        """
        del engine, port, security

    def require_started(self, port: int) -> None:
        """Checks that what answers on ``port`` is the engine that was started.

        Raises:
            RefusedError: If it is another one.
        """
        del port

    def add_user(self, user: str, password: str) -> None:
        """Makes a user who may do everything."""
        raise NotImplementedError

    def prepare(self, port: int, transport: int, *, security: bool) -> None:
        """Writes the configuration of one attempt.

        Raises:
            UcauditError: If the folder cannot be written.
        """
        self.home.prepare(
            self.distribution,
            self.settings_file,
            self.settings(port, transport, security=security),
            vector_module=self.java.has_module("jdk.incubator.vector"),
            account=self.account,
        )

    def order(self, port: int, java_options: Sequence[str], *, keep: bool) -> Order:
        """The order for the supervisor."""
        return Order(
            command=self.command(port, java_options),
            environment=self.environment(java_options),
            folder=self.home.scratch,
            output=self.home.output,
            account=self.account,
            remove=[self.home.state] if keep else [self.home.path],
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
            product=self.engine.product,
        )

    def save_log(self) -> Path:
        """Keeps the log of a start that failed when its folder goes."""
        kept = self.cache / "start-failed.log"
        if self.home.output.is_file():
            shutil.copyfile(self.home.output, kept)
        return kept


class ElasticsearchLaunch(Launch):
    """Elasticsearch, by the script that comes with it."""

    __slots__ = ()
    settings_file = "elasticsearch.yml"

    def settings(self, port: int, transport: int, *, security: bool) -> dict[str, str]:
        """See ``Launch``."""
        return {
            **_NODE,
            "cluster.name": "ucaudit-sandbox",
            "node.name": "sandbox",
            "http.port": str(port),
            "transport.port": str(transport),
            "xpack.security.enabled": str(security).lower(),
            "xpack.security.enrollment.enabled": "false",
        }

    def command(self, port: int, java_options: Sequence[str]) -> list[str]:
        """See ``Launch``."""
        del port, java_options
        return [str(self.distribution / "bin" / "elasticsearch")]

    def environment(self, java_options: Sequence[str]) -> dict[str, str]:
        """See ``Launch``."""
        return {
            **Launch.environment(self, java_options),
            "ES_JAVA_HOME": str(self.java.home),
            "ES_JAVA_OPTS": " ".join(java_options),
            "ES_PATH_CONF": str(self.home.config),
            "ES_TMPDIR": str(self.home.scratch),
        }

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


class OpenSearchLaunch(Launch):
    """OpenSearch, by the runner of codelibs.org, which needs its jars only."""

    __slots__ = ()
    settings_file = "opensearch.yml"

    def settings(self, port: int, transport: int, *, security: bool) -> dict[str, str]:
        """See ``Launch``; the HTTP port is the runner's to set."""
        del port, security
        return {**_NODE, "transport.port": str(transport)}

    def command(self, port: int, java_options: Sequence[str]) -> list[str]:
        """See ``Launch``."""
        home = self.home
        options = {
            "basePath": home.scratch,
            "confPath": home.config,
            "dataPath": home.data,
            "logsPath": home.logs,
            "numOfNode": 1,
            "baseHttpPort": port - 1,  # it adds the number of the node
            "clusterName": "ucaudit-sandbox",
            "moduleTypes": ",".join(_RUNNER_MODULES),
        }
        return [
            str(self.java.home / "bin" / "java"),
            *java_options,
            f"-Djava.io.tmpdir={home.scratch}",
            "-cp",
            f"{self.distribution / 'lib'}/*",
            "org.codelibs.opensearch.runner.OpenSearchRunner",
            *(str(part) for name, value in options.items() for part in (f"-{name}", value)),
        ]

    def ports(self) -> tuple[int, int]:
        """See ``Launch``."""
        return free_ports(1, _RUNNER_PORTS)[0], free_ports(1)[0]

    @classmethod
    def require(cls, engine: Engine, port: int | None, *, security: bool) -> None:
        """See ``Launch``."""
        if security:
            raise InputError(
                "security-unsupported",
                f"The sandbox of {engine.title} has no users and passwords.",
                why="its security plugin is not among what Maven Central has",
                fix="Leave security out, or choose an Elasticsearch.",
            )
        if port and port not in _RUNNER_PORTS:
            raise InputError(
                "port-unsupported",
                f"The sandbox of {engine.title} cannot listen on this port.",
                where=f"127.0.0.1:{port}",
                why="its runner takes ports from 9201 to 9299 only",
                fix="Choose one of these with --port, or leave it out.",
            )

    def require_started(self, port: int) -> None:
        """See ``Launch``; the runner passes over a port that was taken meanwhile."""
        said = self.home.output.read_text(encoding="utf-8", errors="replace")
        if f"HTTP Port:      {port}\n" not in said:
            raise RefusedError(
                "start-failed",
                f"{self.engine.title} did not start.",
                where=str(self.home.output),
                why=f"port {port} is already in use",
                fix="Try again, or choose another one with --port.",
            )
