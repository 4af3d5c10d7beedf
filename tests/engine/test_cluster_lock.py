"""The lock on a genuine engine."""

from __future__ import annotations

import socket
import threading
import time
from typing import Any

import pytest

from tests.migrate.bench import Bench, make_bench
from ucaudit.errors import RefusedError
from ucaudit.migrate import lock as module
from ucaudit.migrate.lock import RunLock
from ucaudit.migrate.pages import Interrupted

bench = pytest.fixture(make_bench)


def take(bench: Bench, **more: Any) -> RunLock:
    return RunLock(bench.cluster, "a test", **more)


def foreign(bench: Bench, **more: Any) -> None:
    """A lock that somebody else holds."""
    holder = {
        "owner": "x", "host": "elsewhere", "pid": 1, "operation": "migrate", "since": "now", **more,
    }  # fmt: skip
    bench.cluster.put("/ucaudit-lock/_doc/migrate", holder)


def test_it_is_given_back(bench: Bench) -> None:
    with take(bench):
        pass
    with take(bench, timeout=0.0):
        pass


def test_it_is_given_back_after_an_error(bench: Bench) -> None:
    with pytest.raises(ValueError, match="x"), take(bench):
        raise ValueError("x")
    with take(bench, timeout=0.0):
        pass


def test_who_waits_is_told_by_whom_and_gets_it(bench: Bench) -> None:
    said: list[str] = []
    first = take(bench)
    first.__enter__()
    timer = threading.Timer(1.0, first.__exit__, (None, None, None))
    timer.start()
    with take(bench, waiting=said.append):
        timer.join()
    assert len(said) == 1
    assert socket.gethostname() in said[0]


def test_who_has_waited_long_enough_is_refused(bench: Bench) -> None:
    with take(bench), pytest.raises(RefusedError, match="holds the lock") as raised:
        take(bench, timeout=0.3).__enter__()
    assert raised.value.exit_code == 3


def test_a_silent_holder_is_taken_for_dead(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with take(bench):
        pass
    foreign(bench)
    monkeypatch.setattr(module, "LEASE", 1.0)
    started = time.monotonic()
    with take(bench):
        assert time.monotonic() - started > 0.9


def test_a_holder_that_renews_is_not(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEASE", 0.8)
    with take(bench), pytest.raises(RefusedError):
        take(bench, timeout=2.5).__enter__()


def test_a_dead_process_of_this_machine_is_not_waited_for(bench: Bench) -> None:
    with take(bench):
        pass
    foreign(bench, host=socket.gethostname(), pid=2**22 - 1)
    started = time.monotonic()
    with take(bench):
        assert time.monotonic() - started < 5


def test_whoever_lost_it_is_told(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LEASE", 0.4)
    lost = threading.Event()
    with take(bench, lost=lost.set):
        foreign(bench)
        assert lost.wait(5)
    assert bench.cluster.get("/ucaudit-lock/_doc/migrate")["_source"]["owner"] == "x"
    bench.cluster.delete("/ucaudit-lock/_doc/migrate")


def test_waiting_can_be_interrupted(bench: Bench) -> None:
    stop = threading.Event()
    with take(bench):
        threading.Timer(0.3, stop.set).start()
        with pytest.raises(Interrupted):
            take(bench, stop=stop).__enter__()
