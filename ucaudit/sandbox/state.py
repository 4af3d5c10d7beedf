"""The state file of a sandbox, and whether what it says still holds."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ucaudit.sandbox.maven import extra_missing

FORMAT = "ucaudit.sandbox/1"


@dataclass(frozen=True, slots=True)
class Incarnation:
    """A process that is told apart from a later one with the same number.

    Attributes:
        pid: Its number.
        created: When it was made; on Linux in seconds since boot.
    """

    pid: int
    created: float

    @classmethod
    def of(cls, pid: int) -> Incarnation | None:
        """The process that has this number now."""
        psutil = _psutil()
        try:
            return cls(pid, _created(psutil.Process(pid)))
        except psutil.NoSuchProcess:
            return None

    def alive(self) -> bool:
        """Whether it still runs (a zombie does not)."""
        psutil = _psutil()
        try:
            process = psutil.Process(self.pid)
            same = abs(_created(process) - self.created) < 0.1
            return bool(same and process.status() != psutil.STATUS_ZOMBIE)
        except psutil.NoSuchProcess:
            return False


@dataclass(frozen=True, slots=True)
class State:
    """A sandbox that was started in a folder.

    Attributes:
        url: Where it answers.
        version: Version of the engine.
        engine: ``embedded`` or ``docker``.
        heap: Its Java heap.
        java: The Java that it runs on.
        user: The user that it runs as.
        data: Its folder.
        log: What it writes to its console.
        started: When it was started, RFC 3339.
        supervisor: The process that ends it when it is told to.
        server: The engine's own first process.
        container: The container, when Docker runs it.
        product: ``Elasticsearch`` or ``OpenSearch``.
    """

    url: str
    version: str
    engine: str
    heap: str
    java: str | None
    user: str | None
    data: str
    log: str | None
    started: str
    supervisor: Incarnation | None
    server: Incarnation | None
    container: str | None = None
    product: str = "Elasticsearch"

    def alive(self) -> bool:
        """Whether the sandbox that this tells of still runs."""
        if self.container:
            from ucaudit.sandbox.docker import container_runs

            return container_runs(self.container)
        return any(process and process.alive() for process in (self.supervisor, self.server))

    def to_dict(self) -> dict[str, Any]:
        """The state as a JSON object."""
        return {"format": FORMAT, **asdict(self)}

    def write(self, path: Path) -> None:
        """Writes the state file, whole or not at all."""
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(self.to_dict(), indent=2) + "\n", encoding="utf-8")
        fresh.replace(path)


def read_state(path: Path) -> State | None:
    """What the state file says, or ``None`` when there is none that can be read."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content.pop("format") != FORMAT:
            return None
        for key in ("supervisor", "server"):
            content[key] = content[key] and Incarnation(**content[key])
        return State(**content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def running(path: Path) -> State | None:
    """The state of a sandbox that runs; a file that a dead one left behind counts as none."""
    state = read_state(path)
    return state if state and state.alive() else None


def _created(process: Any) -> float:
    # Linux counts from its boot, and psutil adds the time of that, which a corrected clock moves.
    psutil = _psutil()
    return float(process.create_time() - (psutil.boot_time() if psutil.LINUX else 0))


def _psutil() -> Any:
    try:
        import psutil  # type: ignore[import-untyped]
    except ImportError as error:
        raise extra_missing(error) from error
    return psutil
