"""A rollback: readers see every document once at each moment, and migrate does not undo it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from elasticsearch import Elasticsearch

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import document, port_history
from tests.migrate.faults import FaultyCluster, Mode
from ucaudit.cluster import client
from ucaudit.errors import UcauditError
from ucaudit.migrate import lock
from ucaudit.migrate.machine import Step
from ucaudit.migrate.run import Migration
from ucaudit.plan.pins import is_rollback

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)
NEW = port_history(CALL, upto=3)
NEWEST = port_history(CALL, upto=4)


def migrated(bench: Bench) -> list[str]:
    """Two days copied into generation 2, one document written by the new software."""
    wanted = bench.load(days=(3, 2), documents=20)
    assert bench.migrate(NEW).exit_code == 0
    bench.write(bench.daily(2, 0), {"native": document(1, port=8080)})
    return [*wanted, "native"]


def rollback(bench: Bench, pin: int) -> Migration:
    return bench.migration(NEW, wanted=is_rollback, pins={CALL: pin})


def test_there_and_forward_again(bench: Bench, run: Run) -> None:
    wanted = migrated(bench)
    code, out, _ = run(NEW, "rollback", CALL, "--yes")
    assert code == 0, out
    assert f"{CALL} is pinned to generation 1." in out
    assert "2 indices swapped back" in out
    bench.assert_readable(wanted)
    assert bench.count({"term": {"requestJson.port": "8080"}}) == 41
    # Old software writes on, and migrate leaves all of that where it is.
    bench.write(bench.daily(1, 2), {"late": document(7)})
    code, out, err = run(NEW, "migrate", "--yes")
    assert code == 0, err
    assert "[call-pinned]" in err
    assert "migrate --forward" in err
    assert bench.plan(NEW).empty
    bench.assert_readable([*wanted, "late"])
    code, out, _ = run(NEW, "status", "--check")
    assert code == 0
    assert "pinned to g1" in out
    # Forward: what came late is copied too; nothing is copied twice.
    code, out, _ = run(NEW, "migrate", "--forward", "--yes", "--format", "json")
    assert code == 0
    summary = orjson.loads(out[out.index("{") :])["summary"]
    assert (summary["copied"], summary["swapped"]) == (1, 2)
    bench.assert_readable([*wanted, "late"])
    assert bench.count({"range": {"requestJson.port": {"gte": 8080}}}) == 42
    plan = bench.plan(NEW)
    assert plan.empty
    assert plan.warnings == ()


def test_two_generations_back_at_once_and_one_by_one(bench: Bench, run: Run) -> None:
    wanted = migrated(bench)
    assert bench.migrate(NEWEST, finish=True).exit_code == 0
    bench.assert_readable(wanted)
    assert run(NEWEST, "rollback", CALL, "--yes")[0] == 0
    assert {g for g, n in bench.plan(NEWEST).calls[0].documents.items() if n} == {2}
    bench.assert_readable(wanted)
    assert run(NEWEST, "rollback", CALL, "--yes")[0] == 0
    bench.assert_readable(wanted)
    # What was written in generation 2 has no source in generation 1: it stays in sight there.
    documents = bench.plan(NEWEST).calls[0].documents
    assert documents[1] == 40
    assert sum(documents.values()) == 41
    code, _, err = run(NEWEST, "rollback", CALL, "--yes")
    assert code == 3
    assert "[nothing-to-roll-back]" in err
    assert run(NEWEST, "migrate", "--forward", "--finish", "--yes")[0] == 0
    bench.assert_readable(wanted)
    assert run(NEWEST, "rollback", CALL, "--to", "1", "--yes")[0] == 0
    bench.assert_readable(wanted)


def test_what_was_only_expanded_is_kept_from_being_copied(bench: Bench, run: Run) -> None:
    wanted = bench.load(days=(2,), documents=5)
    bench.migrate(NEW, expand_only=True)
    assert run(NEW, "rollback", CALL, "--yes")[0] == 0
    assert bench.migrate(NEW).indices == ()
    bench.assert_readable(wanted)


def test_an_unfinished_cut_over_is_undone(bench: Bench, run: Run) -> None:
    wanted = bench.load(days=(2,), documents=20)

    def die(_index: str, reached: Step) -> None:
        if reached is Step.SWAP:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.migrate(NEW, before_step=die)
    assert run(NEW, "rollback", CALL, "--yes")[0] == 0
    bench.write(bench.daily(1, 2), {"late": document(7)})  # Writers are not blocked any more.
    bench.assert_readable([*wanted, "late"])
    assert bench.migrate(NEW).indices == ()
    assert bench.migrate(NEW, forward=True).exit_code == 0
    bench.assert_readable([*wanted, "late"])


MODES: tuple[Mode, ...] = ("dies before", "dies after")


@pytest.mark.parametrize("mode", MODES)
def test_a_fault_at_any_request_is_survived(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, mode: Mode
) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.4)
    monkeypatch.setattr(client, "pause", lambda _seconds: None)
    wanted = migrated(bench)
    at, failed = 8, True
    while failed:
        faulty = FaultyCluster(bench.cluster.options.urls[0], at, mode)
        migration = rollback(bench, 1)
        migration.cluster = faulty
        with suppress(UcauditError):
            migration.run()
        failed = faulty.failed is not None
        faulty.close()
        bench.assert_readable(wanted)
        # Whoever comes next finishes it, if the pin was written; else nothing has happened.
        bench.migrate(NEW)
        documents = bench.plan(NEW).calls[0].documents
        assert documents in ({1: 40, 2: 1}, {2: 41})
        bench.assert_readable(wanted)
        bench.migrate(NEW, forward=True)
        bench.assert_readable(wanted)
        assert bench.plan(NEW).calls[0].documents == {2: 41}
        at += 9
    assert at > 20


def test_dry_run_and_refusals(bench: Bench, run: Run, es: Elasticsearch, tmp_path: Path) -> None:
    wanted = migrated(bench)
    code, out, _ = run(NEW, "rollback", CALL, "--dry-run")
    assert code == 0
    assert "2 indices to swap back" in out
    assert bench.plan(NEW).calls[0].pinned is None
    code, _, err = run(NEW, "rollback", CALL)
    assert (code, "[not-confirmed]" in err) == (3, True)
    code, _, err = run(NEW, "rollback", CALL, "--to", "2", "--yes")
    assert (code, "[nothing-to-roll-back]" in err) == (3, True)
    code, _, err = run(NEW, "rollback", "no.such.call", "--yes")
    assert (code, "[unknown-call]" in err) == (2, True)
    code, _, err = run(port_history(CALL, upto=2), "rollback", CALL, "--yes")
    assert (code, "[cluster-ahead]" in err) == (3, True)
    bench.assert_readable(wanted)
    # A copy whose source is gone stays in sight.
    es.indices.delete(index=bench.daily(1, 3))
    bench.migrate(NEW)
    code, _, err = run(NEW, "rollback", CALL, "--yes")
    assert code == 0
    bench.assert_readable(wanted)
    assert "source-pruned" in [warning.name for warning in bench.plan(NEW).warnings]
    assert rollback(bench, 1).plan().empty
