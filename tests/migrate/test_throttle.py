"""The throttle, by a clock of the test's own."""

from __future__ import annotations

from itertools import pairwise
from threading import Event

import pytest

from ucaudit.cluster.failures import ClusterError
from ucaudit.migrate.pages import Interrupted
from ucaudit.migrate.throttle import LONGEST_PAUSE, Throttle, pressure


class Clock:
    """Time that passes only while somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds + 1e-9  # never too short, as sums of floats may be


def throttle(clock: Clock, rate: float | None = None, **more) -> Throttle:
    return Throttle(rate, clock=clock, sleep=clock.sleep, **more)


@pytest.mark.parametrize("rate", [1, 7, 500, 20_000])
@pytest.mark.parametrize("page", [1, 37, 2_000])
def test_a_rate_is_kept(rate: int, page: int) -> None:
    clock = Clock()
    limited = throttle(clock, rate)
    seconds, pages = (3 if rate > 1_000 else 60), 0
    while clock.now < 1000 + seconds:
        limited.admit(page)
        pages += 1
    # The first page is not waited for: what it may take is owed by the next.
    assert (pages - 1) * page <= 1.001 * rate * (clock.now - 1000)
    assert pages * page >= rate * seconds


def test_it_is_smooth() -> None:
    clock = Clock()
    limited = throttle(clock, 400)
    assert limited.page_size(2_000) == 100
    assert limited.page_size(30) == 30
    assert throttle(clock, 1).page_size(2_000) == 1
    assert throttle(clock).page_size(2_000) == 2_000
    moments = []
    for _ in range(20):
        limited.admit(100)
        moments.append(clock.now)
    gaps = [after - before for before, after in pairwise(moments)]
    assert gaps == pytest.approx([0.25] * 19)


def test_unused_time_is_not_made_up_for() -> None:
    clock = Clock()
    limited = throttle(clock, 100)
    limited.admit(100)
    clock.now += 3600
    before = clock.now
    for _ in range(5):
        limited.admit(100)
    assert clock.now - before == pytest.approx(4)


def test_no_rate_is_no_wait() -> None:
    clock = Clock()
    throttle(clock).admit(10**9)
    assert clock.waits == []


def test_pauses_grow_until_something_succeeds_and_everybody_waits() -> None:
    clock, told = Clock(), []
    shared = throttle(clock, told=lambda seconds, reason: told.append((seconds, reason)))
    for _ in range(12):
        shared.busy("cluster rejects writes (429)")
        shared.busy("cluster rejects writes (429)")  # another writer: the same pause
        before = clock.now
        shared.ready()
        assert clock.now - before == pytest.approx(told[-1][0])
    assert len(told) == 12
    assert {reason for _, reason in told} == {"cluster rejects writes (429)"}
    lengths = [seconds for seconds, _ in told]
    assert 0.15 < lengths[0] < 0.35
    assert all(later > earlier for earlier, later in pairwise(lengths[:7]))
    assert all(0.7 * LONGEST_PAUSE < seconds < 1.3 * LONGEST_PAUSE for seconds in lengths[-3:])
    shared.fine()
    shared.busy("")
    assert told[-1][0] < 0.35


def test_being_asked_to_stop_ends_every_wait() -> None:
    clock, stop = Clock(), Event()

    def sleep(seconds: float) -> None:
        clock.sleep(seconds)
        stop.set()

    limited = Throttle(1, stop=stop, clock=clock, sleep=sleep)
    limited.admit(3600)
    with pytest.raises(Interrupted):
        limited.admit(1)
    assert sum(clock.waits) <= 0.5
    with pytest.raises(Interrupted):
        limited.busy("")


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (429, "es_rejected_execution_exception", "cluster rejects writes (429)"),
        (429, "circuit_breaking_exception", "cluster is short of memory (429)"),
        (503, "unavailable", "cluster is not available (503)"),
        (0, "unreachable", "cluster cannot be reached (Connection refused)"),
    ],
)
def test_reasons(status: int, kind: str, words: str) -> None:
    assert pressure(ClusterError(status, kind, "Connection refused", "POST /_bulk")) == words
