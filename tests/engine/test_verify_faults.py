"""A run that has to mend a copy may fail at any request: the next one finishes, and all holds."""

from __future__ import annotations

import os
from contextlib import suppress

import orjson
import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.factory import document, port_history
from tests.migrate.faults import FaultyCluster, Mode
from ucaudit.cluster import client
from ucaudit.errors import UcauditError
from ucaudit.migrate import lock
from ucaudit.migrate.machine import Step
from ucaudit.migrate.verified import Verifier

bench = pytest.fixture(make_bench)
HISTORY = port_history(CALL, upto=3)
MODES: tuple[Mode, ...] = ("dies before", "dies after", "times out once", "503 once", "500 once")
# UCAUDIT_TEST_FAULTS=all tries every request; else a sample that moves with the mode.
STEP = 1 if os.environ.get("UCAUDIT_TEST_FAULTS") == "all" else 140
SAMPLE = [(at, mode) for n, mode in enumerate(MODES) for at in range(n * 15, 135, STEP)]


class Stop(Exception):  # noqa: N818
    """Raised in the middle of a run."""


@pytest.mark.parametrize(("at", "mode"), SAMPLE)
def test_a_fault_while_mending_is_survived(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, at: int, mode: Mode
) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.4)
    monkeypatch.setattr(client, "pause", lambda _seconds: None)
    wanted = bench.load(days=(2,), documents=30)
    source = bench.daily(1, 2)

    def die(_index: str, step: Step) -> None:
        if step is Step.RESTORE:
            raise Stop

    with pytest.raises(Stop):
        bench.migrate(HISTORY, before_step=die)
    (copy,) = bench.es.indices.get(index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all")
    bench.es.delete(index=copy, id="2-1")
    bench.es.index(index=copy, id="2-2", document={"requestName": "other"})
    bench.es.index(index=copy, id="added", document={"requestName": "other"})
    bench.es.delete(index=source, id="2-3")
    bad = orjson.loads(document(4, port="bad"))
    bench.es.index(index=source, id="2-4", document=bad, refresh=True)
    wanted.remove("2-3")
    faulty = FaultyCluster(bench.cluster.options.urls[0], at, mode)
    migration = bench.migration(HISTORY, accepted=1)
    migration.cluster = faulty
    with suppress(UcauditError):
        migration.run()
    faulty.close()
    without = [key for key in wanted if key != "2-4"]
    assert bench.readable() in (sorted(wanted), sorted(without))
    outcome = bench.migrate(HISTORY, accepted=1)
    assert outcome.exit_code == 0
    bench.assert_readable(without)
    assert bench.plan(HISTORY).empty
    assert bench.plan(HISTORY).calls[0].dead_letters == 1
    history = migration.history
    assert Verifier(bench.cluster, history, bench.naming).run().holds
