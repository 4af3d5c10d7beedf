"""Indices that somebody else made awkward: cloned, nested, written asynchronously, moved."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from elasticsearch import Elasticsearch

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.factory import LONG, STRING, document, port_history, version
from ucaudit.errors import StoppedError
from ucaudit.history.version import CallHistory
from ucaudit.migrate.machine import Step

bench = pytest.fixture(make_bench)
NEW = port_history(CALL, upto=3)


def test_a_clone_is_an_index_of_its_own(bench: Bench, es: Elasticsearch) -> None:
    wanted = bench.load(days=(2,), documents=40)
    original, clone = bench.daily(1, 2), bench.daily(1, 3)
    es.delete(index=original, id="2-7", refresh=True)
    es.indices.add_block(index=original, block="write")
    es.indices.clone(index=original, target=clone, settings={"index.blocks.write": None})
    es.indices.delete(index=original)
    bench.write(clone, {"after": document(99)})
    # A clone has no aliases: putting them back is drift that migrate mends.
    outcome = bench.migrate(NEW)
    assert [index.state for index in outcome.indices] == ["swapped"]
    bench.assert_readable([*(key for key in wanted if key != "2-7"), "after"])
    assert bench.plan(NEW).empty


def test_what_is_written_asynchronously_is_copied_whole(bench: Bench, es: Elasticsearch) -> None:
    wanted = bench.load(days=(2,), documents=10)
    index = bench.daily(1, 2)
    es.indices.put_settings(
        index=index,
        settings={
            "index.translog.durability": "async",
            "index.translog.sync_interval": "60s",
            "index.refresh_interval": "-1",
        },
    )
    batch = {f"a{n}": document(n) for n in range(500)}
    bench.write(index, batch, refresh=False)
    outcome = bench.migrate(NEW)
    assert [index.state for index in outcome.indices] == ["swapped"]
    bench.assert_readable([*wanted, *batch])


def test_nested_documents_do_not_count(bench: Bench, es: Elasticsearch) -> None:
    items = {"type": "nested", "properties": {"port": STRING}}
    changed = {"type": "nested", "properties": {"port": LONG}}
    cast = {"cast": "requestJson.items[*].port", "to": "integer"}
    first = version(CALL, 1, 1, {"items": items})
    second = version(CALL, 2, 2, {"items": changed}, steps=(cast,), parent=first)
    bench.migrate(CallHistory(CALL, (first,)), expand_only=True)
    documents = {
        f"n{n}": orjson.dumps({"requestJson": {"items": [{"port": str(m)} for m in range(n % 5)]}})
        for n in range(50)
    }
    bench.write(bench.daily(1, 2), documents)
    outcome = bench.migrate(CallHistory(CALL, (first, second)))
    assert [(index.state, index.copied) for index in outcome.indices] == [("swapped", 50)]
    bench.assert_readable(documents)
    inside: dict[str, Any] = {"term": {"requestJson.items.port": 3}}
    found = bench.count({"nested": {"path": "requestJson.items", "query": inside}})
    assert found == 10  # Those with four items.


def test_a_source_that_is_deleted_while_it_is_copied(bench: Bench, es: Elasticsearch) -> None:
    wanted = bench.load(days=(3, 2), documents=50)
    gone = bench.daily(1, 2)

    def delete(index: str, reached: Step) -> None:
        if index == gone and reached is Step.CLAIM:
            es.indices.delete(index=gone)

    outcome = bench.migrate(NEW, before_step=delete)
    assert sorted(index.state for index in outcome.indices) == ["lost", "swapped"]
    assert outcome.exit_code == 1
    bench.assert_readable([key for key in wanted if key.startswith("3-")])
    # Its copy may be the only one that is left: it is named, and never deleted by itself.
    plan = bench.plan(NEW)
    assert [warning.name for warning in plan.warnings] == ["copy-without-source"]


@pytest.mark.parametrize("block", ["read_only", "metadata"])
def test_an_index_that_is_locked_up_meanwhile_stops_the_run(
    bench: Bench, es: Elasticsearch, block: str
) -> None:
    wanted = bench.load(days=(2,), documents=50)
    index = bench.daily(1, 2)

    def lock_up(_index: str, reached: Step) -> None:
        if reached is Step.CLAIM:
            es.indices.add_block(index=index, block=block)

    try:
        with pytest.raises(StoppedError) as raised:
            bench.migrate(NEW, before_step=lock_up)
    finally:
        es.indices.put_settings(index=index, settings={f"index.blocks.{block}": None})
    assert raised.value.name == "stopped"
    assert "go on with: ucaudit migrate" in (raised.value.fix or "")
    bench.assert_readable(wanted)
    assert bench.migrate(NEW).exit_code == 0
    bench.assert_readable(wanted)
