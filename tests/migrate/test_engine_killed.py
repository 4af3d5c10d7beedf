"""SIGKILL and restart of the engine itself in the middle of a copy; an engine of its own."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest
from elasticsearch import Elasticsearch

from tests.migrate.bench import CALL, Bench
from tests.migrate.factory import port_history
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.options import ConnectionOptions
from ucaudit.errors import UcauditError
from ucaudit.migrate import lock
from ucaudit.migrate.progress import Silent
from ucaudit.sandbox import Sandbox

DOCUMENTS = 30_000


@pytest.fixture
def data() -> Iterator[Path]:
    """A folder that the engine's own user reaches."""
    folder = Path(tempfile.mkdtemp(dir="/var/tmp", prefix="ucaudit-test-"))
    folder.chmod(0o755)
    yield folder / "data"
    shutil.rmtree(folder)


class Killing(Silent):
    """Kills the engine when the copy is well under way."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.copied = 0
        self.killed_at: int | None = None

    def advanced(self, documents: int) -> None:
        self.copied += documents
        if self.killed_at is None and self.copied > DOCUMENTS // 3:
            self.killed_at = self.copied
            os.kill(self.pid, signal.SIGKILL)


def test_the_next_run_finishes(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "LEASE", 1.0)
    history = port_history(CALL, upto=3)
    with Sandbox(data, java_options=("-XX:TieredStopAtLevel=1",)) as sandbox:
        bench, close = _bench(sandbox.url)
        wanted = bench.load(days=(3, 2), documents=DOCUMENTS // 2)
        killing = Killing(sandbox.state.server.pid)
        failures: list[BaseException] = []

        def migrate() -> None:
            try:
                bench.migrate(history, progress=killing)
            except UcauditError as error:
                failures.append(error)

        run = Thread(target=migrate)
        run.start()
        run.join(timeout=120)
        assert not run.is_alive()
        assert killing.killed_at is not None
        assert [type(error).__name__ for error in failures] == ["StoppedError"]
        close()
    with Sandbox(data, java_options=("-XX:TieredStopAtLevel=1",)) as sandbox:
        bench, close = _bench(sandbox.url)
        outcome = bench.migrate(history)
        assert outcome.exit_code == 0
        # What was acknowledged before is not copied again, but for the pages under way.
        assert 0 < sum(index.copied for index in outcome.indices) < DOCUMENTS
        bench.assert_readable(wanted)
        assert bench.plan(history).empty
        close()


def _bench(url: str) -> tuple[Bench, Callable[[], None]]:
    cluster, es = Cluster(ConnectionOptions((url,))), Elasticsearch(url, request_timeout=60)

    def close() -> None:
        cluster.close()
        es.close()

    return Bench(cluster, es, "tkilled_http_logs_"), close
