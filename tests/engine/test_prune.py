"""Pruning deletes a source only when every document of it is found again."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import Any

import orjson
import pytest
from elasticsearch import Elasticsearch

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import document, port_history
from tests.migrate.faults import FaultyCluster
from ucaudit.cluster import client
from ucaudit.errors import InterruptedRun, UcauditError
from ucaudit.migrate import lock
from ucaudit.migrate.progress import Silent
from ucaudit.migrate.prune import Pruning

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)
NEW = port_history(CALL, upto=3)


def migrated(bench: Bench, *, days: tuple[int, ...] = (3, 2)) -> list[str]:
    wanted = bench.load(days=days, documents=20)
    assert bench.migrate(NEW).exit_code == 0
    return wanted


def sources(bench: Bench, es: Elasticsearch) -> set[str]:
    pattern = f"{bench.naming.prefix}*"
    found = es.indices.get_alias(index=pattern, expand_wildcards="all")
    return {name for name in found if "-from-" not in name}


def aliases(bench: Bench, es: Elasticsearch) -> set[str]:
    found = es.indices.get_alias(index=f"{bench.naming.prefix}*", expand_wildcards="all")
    return {alias for body in found.values() for alias in body["aliases"]}


def test_sources_go_once_they_are_old_enough(bench: Bench, run: Run, es: Elasticsearch) -> None:
    wanted = migrated(bench)
    bench.write(bench.daily(1, 2), {"late": document(7)})
    code, out, _ = run(NEW, "prune", "--yes")
    assert code == 0
    assert "Nothing to prune." in out
    assert "--older-than" in out
    code, out, _ = run(NEW, "prune", "--older-than", "0", "--dry-run")
    assert code == 0
    assert "2 hidden sources to delete" in out.replace("\n", " ")
    assert len(sources(bench, es)) == 2
    code, _, err = run(NEW, "prune", "--older-than", "0")
    assert (code, "[not-confirmed]" in err) == (3, True)
    code, out, _ = run(NEW, "prune", "--older-than", "0", "--yes")
    assert code == 0, out
    assert "2 hidden sources deleted" in out
    assert "1 late document copied before" in out
    assert sources(bench, es) == set()
    bench.assert_readable([*wanted, "late"])
    assert not any(alias.startswith("ucaudit-copy-") for alias in aliases(bench, es))
    assert bench.plan(NEW).empty
    # A straggler makes the index anew: it is migrated like any other.
    bench.write(bench.daily(1, 2), {"straggler": document(8)})
    assert bench.migrate(NEW).exit_code == 0
    bench.assert_readable([*wanted, "late", "straggler"])


def test_chains_go_together(bench: Bench, run: Run, es: Elasticsearch) -> None:
    wanted = migrated(bench, days=(2,))
    newest = port_history(CALL, upto=4)
    assert bench.migrate(newest).exit_code == 0
    code, out, _ = run(newest, "prune", "--older-than", "0", "--yes", "--format", "json")
    assert code == 0
    answer = orjson.loads(out)
    assert answer["format"] == "ucaudit.prune/1"
    assert answer["summary"]["sources"] == 2
    bench.assert_readable(wanted)
    found = es.indices.get(index=f"{bench.naming.prefix}*", expand_wildcards="all")
    assert len(found) == 1
    assert bench.plan(newest).empty


def test_what_is_not_found_again_is_not_deleted(bench: Bench, run: Run, es: Elasticsearch) -> None:
    wanted = migrated(bench)
    copy = next(iter(es.indices.get_alias(name=bench.naming.base(CALL))))
    gone = es.search(index=copy, size=1)["hits"]["hits"][0]["_id"]
    es.delete(index=copy, id=gone, refresh=True)
    code, out, _ = run(NEW, "prune", "--older-than", "0", "--yes")
    assert code == 1
    assert "1 not in the copy" in out.replace("\n", " ")
    assert "1 hidden source deleted" in out
    (left,) = sources(bench, es)
    bench.write(left, {"late": document(9)})  # It takes documents again.
    assert bench.migrate(NEW).exit_code == 0
    assert bench.readable() == sorted({*wanted, "late"} - {gone})


def test_an_interruption_lets_old_software_write_again(bench: Bench) -> None:
    wanted = migrated(bench, days=(2,))
    migration = bench.migration(NEW)
    pruning = Pruning(migration, timedelta())

    class AtOnce(Silent):
        def state(self, _index: str, text: str) -> None:
            if text == "verify":
                pruning.interrupt()

    migration.progress = AtOnce()
    with pytest.raises(InterruptedRun):
        pruning.run()
    bench.write(bench.daily(1, 2), {"late": document(5)})
    bench.migrate(NEW)
    bench.assert_readable([*wanted, "late"])


def test_dead_letters_keep_sources(bench: Bench, run: Run, es: Elasticsearch) -> None:
    bench.load(days=(2,), documents=3)
    bench.write(bench.daily(1, 2), {"bad": document(1, port="bad")})
    assert bench.migrate(NEW, accepted=1).exit_code == 0
    code, out, _ = run(NEW, "prune", "--older-than", "0", "--yes")
    assert code == 0
    assert "1 dead letter is undecided" in out
    assert len(sources(bench, es)) == 1
    # Discarded: decided, so the source may go.
    index = bench.daily(1, 2)
    assert run(NEW, "dead-letters", "discard", "--index", index, "--yes")[0] == 0
    code, out, _ = run(NEW, "prune", "--older-than", "0", "--yes")
    assert (code, sources(bench, es)) == (0, set()), out


def test_a_rollback_keeps_sources(bench: Bench, run: Run, es: Elasticsearch) -> None:
    wanted = migrated(bench, days=(2,))
    assert run(NEW, "rollback", CALL, "--yes")[0] == 0
    assert "Nothing to prune." in run(NEW, "prune", "--older-than", "0", "--yes")[1]
    assert run(NEW, "migrate", "--forward", "--yes")[0] == 0
    assert run(NEW, "prune", "--older-than", "0", "--yes")[0] == 0
    assert sources(bench, es) == set()
    bench.assert_readable(wanted)


def test_a_fault_at_any_request_is_survived(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, es: Elasticsearch
) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.4)
    monkeypatch.setattr(client, "pause", lambda _seconds: None)
    wanted = migrated(bench)
    modes: list[Any] = ["dies after", "dies before"]
    for number, at in enumerate(range(14, 60, 5)):
        bench.write(bench.daily(1, 2), {f"late{number}": document(number)})
        wanted.append(f"late{number}")
        faulty = FaultyCluster(bench.cluster.options.urls[0], at, modes[number % 2])
        migration = bench.migration(NEW)
        migration.cluster = faulty
        with suppress(UcauditError):
            Pruning(migration, timedelta()).run()
        faulty.close()
        bench.migrate(NEW)
        bench.assert_readable(wanted)
    Pruning(bench.migration(NEW), timedelta()).run()
    bench.assert_readable(wanted)
    assert sources(bench, es) == set()


@pytest.mark.parametrize("text", ["7", "d", "7y", "-1d", "1.5d"])
def test_a_duration_that_is_none(run: Run, text: str) -> None:
    code, _, err = run(NEW, "prune", "--older-than", text)
    assert code == 2
    assert "is no duration" in err
