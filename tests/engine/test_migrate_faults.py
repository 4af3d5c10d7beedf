"""A run may fail at any request: readers see all documents once, and the next run finishes."""

from __future__ import annotations

import os
from contextlib import suppress

import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.factory import document, port_history
from tests.migrate.faults import FaultyCluster, Mode
from ucaudit.cluster import client
from ucaudit.errors import UcauditError
from ucaudit.migrate import lock

bench = pytest.fixture(make_bench)
MODES: tuple[Mode, ...] = ("dies before", "dies after", "times out once", "503 once", "500 once")
# UCAUDIT_TEST_FAULTS=all tries every request; else a sample that moves with the mode.
STEP = 1 if os.environ.get("UCAUDIT_TEST_FAULTS") == "all" else 17
SAMPLE = [(at, mode) for n, mode in enumerate(MODES) for at in range((9 + n * 3) % STEP, 80, STEP)]


@pytest.mark.parametrize(("at", "mode"), SAMPLE)
def test_a_fault_at_any_request_is_survived(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, at: int, mode: Mode
) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.4)
    monkeypatch.setattr(client, "pause", lambda _seconds: None)
    wanted = bench.load(days=(2,), documents=30)
    bench.write(bench.daily(1, 2), {"bad": document(1, port="bad")})
    history = port_history(CALL, upto=3)
    faulty = FaultyCluster(bench.cluster.options.urls[0], at, mode)
    migration = bench.migration(history, accepted=1)
    migration.cluster = faulty
    with suppress(UcauditError):
        migration.run()
    faulty.close()
    readable = bench.readable()
    assert readable in (sorted([*wanted, "bad"]), sorted(wanted))
    outcome = bench.migrate(history, accepted=1)
    assert outcome.exit_code == 0
    bench.assert_readable(wanted)
    bench.write(bench.daily(1, 2), {"late": document(1)})
    bench.migrate(history, accepted=1)
    bench.assert_readable([*wanted, "late"])
    assert bench.plan(history).empty
    assert bench.plan(history).calls[0].dead_letters == 1
