"""Whole migrations on a genuine engine: nothing lost, nothing twice, whatever interrupts them."""

from __future__ import annotations

import threading
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from elasticsearch import Elasticsearch

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.factory import CAST, STRING, document, port_history, version
from ucaudit.errors import InterruptedRun, RefusedError, StoppedError
from ucaudit.history.version import CallHistory
from ucaudit.migrate.machine import Step
from ucaudit.names import DEAD_LETTER_INDEX
from ucaudit.plan.operations import Backfill
from ucaudit.plan.planfile import load_plan, plan_document

bench = pytest.fixture(make_bench)


class Stop(Exception):  # noqa: N818
    """Raised in the middle of a run."""


def test_a_breaking_change_is_migrated(bench: Bench) -> None:
    wanted = bench.load(days=(3, 2), documents=500)
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert [index.state for index in outcome.indices] == ["swapped", "swapped"]
    assert outcome.exit_code == 0
    bench.assert_readable(wanted)
    assert bench.count({"range": {"requestJson.port": {"gte": 8080}}}) == 1000
    assert bench.plan(port_history(CALL, upto=3)).empty
    assert bench.migrate(port_history(CALL, upto=3)).indices == ()


def test_a_run_takes_the_cluster_two_generations_on(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=50)
    bench.migrate(port_history(CALL, upto=4))
    bench.assert_readable(wanted)
    assert bench.count({"term": {"requestJson.hostname": "host-7"}}) == 1


def test_generations_follow_each_other(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=50)
    bench.migrate(port_history(CALL, upto=3))
    outcome = bench.migrate(port_history(CALL, upto=4))
    assert [index.copied for index in outcome.indices] == [50]
    bench.assert_readable(wanted)
    assert bench.count({"term": {"requestJson.hostname": "host-7"}}) == 1
    assert bench.plan(port_history(CALL, upto=4)).empty
    # A straggler in the first generation goes straight to the third.
    bench.write(bench.daily(1, 2), {"late": document(9999)})
    outcome = bench.migrate(port_history(CALL, upto=4))
    assert [(i.state, i.copied, i.existing) for i in outcome.indices] == [("synced", 1, 0)]
    bench.assert_readable([*wanted, "late"])
    assert bench.plan(port_history(CALL, upto=4)).empty


@pytest.mark.parametrize(
    "step",
    [
        Step.CREATE,
        Step.COPY,
        Step.RESTORE,
        Step.CLAIM,
        Step.BLOCK,
        Step.VERIFY,
        Step.HIDE,
        Step.SWAP,
        Step.UNHIDE,
        Step.UNBLOCK,
        Step.DONE,
    ],
)
def test_a_run_that_died_before_a_step_is_finished_by_the_next(bench: Bench, step: Step) -> None:
    wanted = bench.load(days=(2,), documents=50)

    def die(_index: str, reached: Step) -> None:
        if reached is step:
            raise Stop

    with pytest.raises(Stop):
        bench.migrate(port_history(CALL, upto=3), before_step=die)
    bench.assert_readable(wanted)
    bench.migrate(port_history(CALL, upto=3))
    bench.assert_readable(wanted)
    bench.write(bench.daily(1, 2), {"late": document(9999)})
    bench.migrate(port_history(CALL, upto=3))
    bench.assert_readable([*wanted, "late"])
    assert bench.plan(port_history(CALL, upto=3)).empty


def test_a_cut_over_that_died_is_undone_when_the_day_is_not_over(bench: Bench) -> None:
    wanted = bench.load(days=(0,), documents=50)

    def die(_index: str, reached: Step) -> None:
        if reached is Step.SWAP:
            raise Stop

    with pytest.raises(Stop):
        bench.migrate(port_history(CALL, upto=3), finish=True, before_step=die)
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert [index.state for index in outcome.indices] == ["waiting"]
    bench.write(bench.daily(1, 0), {"new": document(1)})
    bench.assert_readable([*wanted, "new"])
    outcome = bench.migrate(port_history(CALL, upto=3), finish=True)
    assert [index.state for index in outcome.indices] == ["swapped"]
    bench.assert_readable([*wanted, "new"])


def test_an_interrupted_run_checkpoints_and_goes_on(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=8_000)
    migration = bench.migration(port_history(CALL, upto=3))

    class AfterSome:
        def __getattr__(self, _name: str) -> Any:
            return lambda *_: None

        def advanced(self, _documents: int) -> None:
            migration.interrupt()

    migration.progress = AfterSome()
    with pytest.raises(InterruptedRun) as raised:
        migration.run()
    assert raised.value.fix == "Go on with: ucaudit migrate"
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert outcome.indices[0].copied < 8_000
    assert outcome.indices[0].existing == 0
    bench.assert_readable(wanted)


def test_late_documents_are_copied_by_the_next_run(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=10)
    bench.migrate(port_history(CALL, upto=3))
    bench.write(bench.daily(1, 2), {"late": document(1)})
    assert bench.plan(port_history(CALL, upto=3)).summary()["late"] == 1
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert [(index.state, index.copied) for index in outcome.indices] == [("synced", 1)]
    bench.assert_readable([*wanted, "late"])
    assert bench.plan(port_history(CALL, upto=3)).empty


def test_a_lost_journal_costs_time_only(bench: Bench, es: Elasticsearch) -> None:
    wanted = bench.load(days=(2,), documents=10)
    bench.migrate(port_history(CALL, upto=3))
    es.options(ignore_status=404).indices.delete(index="ucaudit-journal")
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert [(i.state, i.copied, i.existing) for i in outcome.indices] == [("synced", 0, 10)]
    bench.assert_readable(wanted)


def test_dead_letters_hold_an_index_until_they_are_accepted(
    bench: Bench, es: Elasticsearch
) -> None:
    wanted = bench.load(days=(2,), documents=10)
    raw = b'{ "requestName":"c", "responseCode":1.0,\n "requestJson":{"port":"1718a"}}'
    bench.write(bench.daily(1, 2), {"bad": raw})
    history = port_history(CALL, upto=3)
    outcome = bench.migrate(history)
    assert [(i.state, i.dead_letters) for i in outcome.indices] == [("held", 1)]
    assert outcome.exit_code == 1
    bench.assert_readable([*wanted, "bad"])
    assert bench.migrate(history).indices[0].state == "held"
    outcome = bench.migrate(history, accepted=1)
    assert [(i.state, i.dead_letters) for i in outcome.indices] == [("swapped", 1)]
    assert outcome.exit_code == 0
    bench.assert_readable(wanted)
    found = es.search(index=DEAD_LETTER_INDEX, query={"term": {"source.index": bench.daily(1, 2)}})
    (letter,) = (hit["_source"] for hit in found["hits"]["hits"])
    assert letter["id"] == "bad"
    assert orjson.loads(b64decode(letter["document"])) == orjson.loads(raw)
    assert b"1.0" in b64decode(letter["document"])
    assert "1718a" in letter["reason"]
    assert bench.plan(history).empty
    assert bench.plan(history).calls[0].dead_letters == 1


def test_what_the_engine_refuses_becomes_a_dead_letter(bench: Bench, es: Elasticsearch) -> None:
    bench.load(days=(2,), documents=3)
    bench.write(bench.daily(1, 2), {"bad": b'{"requestJson":{"port":"99999999999999999999"}}'})
    outcome = bench.migrate(port_history(CALL, upto=3), accepted=None)
    assert [(i.state, i.dead_letters) for i in outcome.indices] == [("swapped", 1)]
    found = es.search(index=DEAD_LETTER_INDEX, query={"term": {"source.index": bench.daily(1, 2)}})
    (letter,) = (hit["_source"] for hit in found["hits"]["hits"])
    assert letter["step"] is None
    assert "port" in letter["reason"]


def test_mended_steps_make_a_new_copy(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=10)
    bench.write(bench.daily(1, 2), {"bad": document(1, port="1718a")})
    history = port_history(CALL, upto=3)
    assert bench.migrate(history).indices[0].state == "held"
    *older, newest = history.versions
    step = {**CAST, "on_failure": "null"}
    mended = CallHistory(CALL, (*older, replace(newest, steps=(step,))))
    summary = bench.plan(mended).summary()
    assert (summary["deletions"], summary["backfills"]) == (1, 1)
    outcome = bench.migrate(mended)
    assert sorted(i.state for i in outcome.indices) == ["deleted", "swapped"]
    assert bench.plan(mended).calls[0].dead_letters == 0
    bench.assert_readable([*wanted, "bad"])


def test_identity_keeps_the_bytes_and_the_routing(bench: Bench, es: Elasticsearch) -> None:
    first = version(CALL, 1, 1, {"port": STRING})
    second = version(CALL, 2, 2, {"port": {"type": "keyword", "ignore_above": 9}}, parent=first)
    bench.migrate(CallHistory(CALL, (first,)))
    odd = (
        b'{"requestJson" : {"port":"a"},"x":1.0,"n":123456789012345678901234567890,'
        b'"d":0.1000000000000000055511151231257827,"s":"\\ud800","e":1e400}'
    )
    index = bench.daily(1, 2)
    bench.cluster.send(
        "PUT", f"/{index}/_doc/odd%22id", {"routing": "r1", "refresh": True}, b" " + odd + b"\n"
    )
    outcome = bench.migrate(CallHistory(CALL, (first, second)))
    assert outcome.indices[0].state == "swapped"
    target = outcome.indices[0].target
    raw = bench.cluster.send("GET", f"/{target}/_doc/odd%22id", {"routing": "r1"})
    assert odd in raw


def test_a_shrunk_index_with_shared_sequence_numbers_is_copied_whole(
    bench: Bench, es: Elasticsearch
) -> None:
    bench.migrate(port_history(CALL, upto=1), shards=4)
    wide = bench.daily(1, 5)
    wanted = [str(n) for n in range(5_000)]
    bench.write(wide, {key: document(int(key)) for key in wanted})
    es.indices.add_block(index=wide, block="write")
    small = bench.daily(1, 5) + "_small"
    es.indices.shrink(
        index=wide,
        target=small,
        settings={"index.number_of_shards": 1, "index.blocks.write": None},
    )
    es.cluster.health(index=small, wait_for_status="yellow")
    es.indices.delete(index=wide)
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert [(i.state, i.copied) for i in outcome.indices] == [("swapped", 5_000)]
    assert "_small-from-g1-" in outcome.indices[0].target
    bench.assert_readable(wanted)


def test_a_source_that_was_blocked_before_stays_blocked(bench: Bench, es: Elasticsearch) -> None:
    wanted = bench.load(days=(2,), documents=10)
    index = bench.daily(1, 2)
    es.indices.add_block(index=index, block="write")
    bench.migrate(port_history(CALL, upto=3))
    bench.assert_readable(wanted)
    settings = es.indices.get_settings(index=index)[index]["settings"]["index"]
    assert settings["blocks"]["write"] == "true"
    assert bench.plan(port_history(CALL, upto=3)).empty


def test_the_guard_catches_a_generation_without_its_migration(bench: Bench) -> None:
    bench.migrate(port_history(CALL, upto=1))
    index = bench.daily(2, 2)
    bench.write(index, {"early": document(1, port=8080)})
    plan = bench.plan(port_history(CALL, upto=2))
    assert [warning.name for warning in plan.warnings] == ["generation-unknown"]
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert [(i.state, i.copied) for i in outcome.indices] == [("swapped", 1)]
    assert "-from-g2-" in outcome.indices[0].target
    bench.assert_readable(["early"])
    assert bench.count({"term": {"requestJson.port": 8080}}) == 1
    assert bench.plan(port_history(CALL, upto=3)).empty


def test_new_documents_go_to_the_new_generation_at_once(bench: Bench) -> None:
    wanted = bench.load(days=(0,), documents=10)
    bench.migrate(port_history(CALL, upto=3), expand_only=True)
    bench.write(bench.daily(1, 0), {"old": document(1)})
    bench.write(bench.daily(2, 0), {"new": document(2, port=8080)})
    bench.assert_readable([*wanted, "old", "new"])
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert [index.state for index in outcome.indices] == ["waiting"]
    bench.assert_readable([*wanted, "old", "new"])
    bench.migrate(port_history(CALL, upto=3), finish=True)
    bench.assert_readable([*wanted, "old", "new"])


def test_live_writers_lose_nothing(bench: Bench) -> None:
    wanted = bench.load(days=(0,), documents=2_000)
    stop = threading.Event()
    acknowledged: list[str] = []

    def write() -> None:
        number = 0
        while not stop.is_set():
            batch = {f"w{number + n}": document(number + n) for n in range(20)}
            bench.write(bench.daily(1, 0), batch, refresh=False)
            acknowledged.extend(batch)
            number += 20

    writer = threading.Thread(target=write)
    writer.start()
    try:
        outcome = bench.migrate(port_history(CALL, upto=3))
    finally:
        stop.set()
        writer.join()
    assert [index.state for index in outcome.indices] == ["waiting"]
    bench.assert_readable([*wanted, *acknowledged])
    bench.migrate(port_history(CALL, upto=3), finish=True)
    bench.assert_readable([*wanted, *acknowledged])


def test_runners_at_once_share_the_work(bench: Bench) -> None:
    wanted = bench.load(days=(3, 2), documents=300)
    outcomes: list[Any] = []

    def migrate() -> None:
        outcomes.append(bench.migrate(port_history(CALL, upto=3)))

    runners = [threading.Thread(target=migrate) for _ in range(3)]
    for runner in runners:
        runner.start()
    for runner in runners:
        runner.join()
    assert sorted(sum(i.copied for i in outcome.indices) for outcome in outcomes) == [0, 0, 600]
    bench.assert_readable(wanted)


def test_a_deleted_copy_is_made_again(bench: Bench, es: Elasticsearch) -> None:
    wanted = bench.load(days=(2,), documents=100)
    deleted = []

    def delete(_index: str, step: Step) -> None:
        if step is Step.VERIFY and not deleted:
            (copy,) = es.indices.get(
                index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all"
            )
            es.indices.delete(index=copy)
            deleted.append(copy)

    outcome = bench.migrate(port_history(CALL, upto=3), before_step=delete)
    assert outcome.indices[0].state == "swapped"
    bench.assert_readable(wanted)


def test_lost_documents_are_copied_again(bench: Bench, es: Elasticsearch) -> None:
    wanted = bench.load(days=(2,), documents=100)
    lost = []

    def lose(_index: str, step: Step) -> None:
        if step is Step.VERIFY and not lost:
            (copy,) = es.indices.get(
                index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all"
            )
            lost.append(es.delete(index=copy, id=wanted[0], refresh=True))

    outcome = bench.migrate(port_history(CALL, upto=3), before_step=lose)
    assert [index.state for index in outcome.indices] == ["swapped"]
    bench.assert_readable(wanted)


def test_a_plan_made_from_another_state_is_refused(bench: Bench, tmp_path: Path) -> None:
    bench.load(days=(3,), documents=5)
    history = port_history(CALL, upto=3)
    path = tmp_path / "a.plan"
    path.write_text(plan_document(bench.plan(history)))
    saved = load_plan(path)
    bench.write(bench.daily(1, 3), {"more": document(1)})
    saved.check_against(bench.plan(history))
    bench.load(days=(2,), documents=5)
    with pytest.raises(RefusedError, match="is new") as raised:
        bench.migrate(history, check=saved.check_against)
    assert raised.value.name == "plan-stale"
    assert bench.plan(history).summary()["backfills"] == 2
    path.write_text(path.read_text().replace('"finish": false', '"finish": true'))
    with pytest.raises(RefusedError, match="edited"):
        load_plan(path)


def test_an_index_that_is_not_ours_is_refused_and_nothing_is_written(
    bench: Bench, es: Elasticsearch
) -> None:
    es.indices.create(index=bench.daily(1, 2), settings={"number_of_replicas": 0})
    with pytest.raises(RefusedError, match="not ours") as raised:
        bench.migrate(port_history(CALL, upto=1))
    assert raised.value.exit_code == 3
    assert bench.daily(1, 2) in str(raised.value)
    assert not es.indices.exists_index_template(name=bench.naming.template(CALL, 1))


def test_another_digest_is_refused(bench: Bench) -> None:
    bench.load(days=(2,), documents=5)
    other = CallHistory(CALL, (version(CALL, 1, 1, {"port": STRING}, salt="other"),))
    with pytest.raises(RefusedError) as raised:
        bench.migrate(other)
    assert raised.value.name == "other-digest"


def test_a_cluster_that_is_ahead_is_left_alone(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=5)
    bench.migrate(port_history(CALL, upto=3))
    plan = bench.plan(port_history(CALL, upto=1))
    assert [warning.name for warning in plan.warnings] == ["cluster-ahead"]
    assert plan.empty
    outcome = bench.migrate(port_history(CALL, upto=1))
    assert outcome.exit_code == 0
    assert outcome.indices == ()
    bench.assert_readable(wanted)
    assert bench.plan(port_history(CALL, upto=3)).empty


def test_legacy_settings_are_inherited(bench: Bench, es: Elasticsearch) -> None:
    bench.cluster.put(
        f"/_template/{bench.naming.prefix}old",
        {
            "index_patterns": [f"{bench.naming.prefix}*"],
            "settings": {"number_of_shards": 3, "number_of_replicas": 0},
        },
    )
    bench.load(days=(2,), documents=5)
    settings = es.indices.get_settings(index=bench.daily(1, 2))[bench.daily(1, 2)]["settings"]
    assert settings["index"]["number_of_shards"] == "3"


def test_an_error_after_writes_says_how_to_go_on(bench: Bench, es: Elasticsearch) -> None:
    bench.load(days=(2,), documents=5)

    def block(_index: str, step: Step) -> None:
        if step is Step.COPY:
            (copy,) = es.indices.get(
                index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all"
            )
            es.indices.add_block(index=copy, block="write")

    with pytest.raises(StoppedError) as raised:
        bench.migrate(port_history(CALL, upto=3), before_step=block)
    assert raised.value.exit_code == 4
    assert raised.value.fix == "Go on with: ucaudit migrate"


def test_dead_letters_tell_why(bench: Bench) -> None:
    bench.load(days=(2,), documents=5)
    bad = {f"bad-{n}": document(n, port=f"no-{n}") for n in range(3)}
    bench.write(bench.daily(1, 2), bad)
    call = port_history(CALL, upto=3)
    outcome = bench.migrate(call)
    assert outcome.exit_code == 1
    (reason,) = outcome.reasons
    assert reason.count == 3
    assert reason.index == bench.daily(1, 2)
    assert reason.id in bad
    (fill,) = bench.plan(call).operations()
    assert isinstance(fill, Backfill)
    assert fill.left == 0


def test_finishing_a_swap_leaves_aliases_of_others(bench: Bench) -> None:
    bench.load(days=(2,), documents=3)
    source, call = bench.daily(1, 2), port_history(CALL, upto=3)
    bench.migrate(call)
    base = bench.naming.base(CALL)
    bench.es.indices.put_alias(index=source, name=f"{base}_custom")
    bench.es.indices.put_alias(index=source, name=base)
    bench.migrate(call)
    assert set(bench.es.indices.get_alias(index=source)[source]["aliases"]) == {f"{base}_custom"}
    assert bench.plan(call).empty
