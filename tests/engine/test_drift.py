"""Drift on a genuine engine: seen, told apart, mended or kept; and indices nobody can use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.factory import document, port_history
from ucaudit.errors import RefusedError
from ucaudit.plan.plan import Plan

bench = pytest.fixture(make_bench)
ONE, THREE = port_history(CALL, upto=1), port_history(CALL, upto=3)
PORT = {"requestJson": {"properties": {"port": {"type": "keyword", "ignore_above": 256}}}}


def told(plan: Plan) -> dict[str, bool]:
    """What drifted, and whether it is mended."""
    return {drift.describe(): drift.mended for drift in plan.drift()}


def test_what_nobody_touched_has_no_drift(bench: Bench) -> None:
    bench.load(days=(2, 0), documents=2)
    assert told(bench.plan(ONE)) == {}
    bench.migrate(THREE, finish=True)
    bench.write(bench.daily(2, 0), {"new": document(1, port=1)})
    plan = bench.plan(THREE)
    assert plan.empty
    assert told(plan) == {}


def test_drift_of_indices_is_mended_or_kept(bench: Bench) -> None:
    bench.load(days=(3, 2), documents=2)
    days = [bench.daily(1, 3), bench.daily(1, 2)]
    for name in days:
        bench.es.indices.put_mapping(
            index=name,
            dynamic="strict",
            properties={**PORT, "place": {"type": "geo_point"}, "vector": {"type": "binary"}},
        )
    base, all_, one = bench.naming.base(CALL), bench.naming.all_alias(CALL), f"{days[0]}"
    bench.es.indices.delete_alias(index=one, name=all_)
    bench.es.indices.put_settings(index=one, settings={"index.mapping.total_fields.limit": 1})
    plan = bench.plan(ONE)
    assert told(plan) == {
        "mapping: dynamic false -> strict": True,
        "requestJson.port: ignore_above 1024 -> 256": True,
        "place: added by hand, a geo_point field": False,
        "vector: added by hand, a binary field": False,
        "index.mapping.total_fields.limit: 1000 -> 1": True,
        f"aliases.{all_}: missing": True,
    }
    assert {op.noun for op in plan.operations()} == {"mend"}
    bench.migrate(ONE)
    plan = bench.plan(ONE)
    assert plan.empty
    assert set(told(plan)) == {
        "place: added by hand, a geo_point field",
        "vector: added by hand, a binary field",
    }
    for name in days:
        live: Any = bench.es.indices.get(index=name)[name]
        assert live["mappings"]["properties"]["place"] == {"type": "geo_point"}
        port = live["mappings"]["properties"]["requestJson"]["properties"]["port"]
        assert port["ignore_above"] == 1024
        assert live["mappings"]["dynamic"] == "false"
        assert {base, all_} <= set(live["aliases"])


def test_what_the_engine_does_not_take_back_is_said(bench: Bench) -> None:
    bench.load(days=(), documents=0)
    name = bench.daily(1, 2)
    fields = {"requestJson": {"properties": {"port": {"type": "text"}}}}
    bench.es.indices.create(index=name, mappings={"properties": fields})
    (drift,) = bench.plan(ONE).drift()
    assert drift.describe() == "requestJson.port: type keyword -> text"
    assert not drift.mended
    assert f"ucaudit lock --new-generation {CALL}" in drift.note


def test_drift_is_mended_apart_from_the_release(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=2)
    bench.es.indices.put_mapping(index=bench.daily(1, 2), properties=PORT)
    two = port_history(CALL, upto=2)
    mend, change = (op for op in bench.plan(two).operations() if "template" not in op.kind)
    assert (mend.kind, change.kind) == ("mend_mapping", "put_mapping")
    bench.migrate(two)
    assert bench.plan(two).empty
    assert told(bench.plan(two)) == {}
    bench.assert_readable(wanted)


def test_drift_of_templates_is_mended(bench: Bench) -> None:
    bench.load(days=(), documents=0)
    name = bench.naming.template(CALL, 1)
    body = dict(bench.es.indices.get_index_template(name=name)["index_templates"][0])
    template = dict(body["index_template"])
    template["template"]["settings"]["index"]["number_of_shards"] = "3"
    del template["template"]["aliases"][bench.naming.all_alias(CALL)]
    bench.es.perform_request(
        "PUT",
        f"/_index_template/{name}",
        headers={"accept": "application/json", "content-type": "application/json"},
        body=template,
    )
    plan = bench.plan(ONE)
    assert told(plan) == {
        f"aliases.{bench.naming.all_alias(CALL)}: missing": True,
        "settings.index.number_of_shards: 1 -> 3": True,
    }
    assert [op.kind for op in plan.operations()] == ["mend_template"]
    bench.migrate(ONE)
    assert bench.plan(ONE).empty
    assert told(bench.plan(ONE)) == {}


@pytest.fixture
def red(bench: Bench) -> Iterator[str]:
    """An index whose primary shard no node may hold."""
    bench.load(days=(3,), documents=2)
    name = bench.daily(1, 2)
    bench.es.indices.create(
        index=name,
        settings={"index.routing.allocation.require.box": "none"},
        wait_for_active_shards=0,
    )
    yield name
    bench.es.indices.delete(index=name)


def test_a_red_index_is_refused_and_said(bench: Bench, red: str) -> None:
    plan = bench.plan(THREE)
    (problem,) = plan.problems
    assert (problem.name, problem.where) == ("index-not-usable", red)
    assert "red" in problem.why
    assert plan.calls[0].documents == {1: 2}
    with pytest.raises(RefusedError, match="cannot be read or changed"):
        bench.migrate(THREE)
    assert bench.naming.template(CALL, 2) not in {
        entry["name"] for entry in bench.es.indices.get_index_template()["index_templates"]
    }


def test_a_call_of_which_every_index_is_red(bench: Bench, red: str) -> None:
    bench.es.indices.delete(index=bench.daily(1, 3))
    assert [problem.where for problem in bench.plan(ONE).problems] == [red]


@pytest.mark.parametrize("block", ["read_only", "read_only_allow_delete"])
def test_a_read_only_index_is_refused_and_said(bench: Bench, block: str) -> None:
    bench.load(days=(2,), documents=2)
    name = bench.daily(1, 2)
    bench.es.indices.put_settings(index=name, settings={f"index.blocks.{block}": True})
    (problem,) = bench.plan(THREE).problems
    assert (problem.name, problem.where) == ("index-not-usable", name)
    assert block in problem.why
    bench.es.indices.put_settings(index=name, settings={f"index.blocks.{block}": None})


@pytest.mark.parametrize("mark", ["text", ["a"], 7, {"call": CALL, "version": "x"}])
def test_a_mark_that_is_nonsense_is_refused_and_said(bench: Bench, mark: Any) -> None:
    bench.load(days=(2,), documents=1)
    bench.es.indices.put_mapping(index=bench.daily(1, 2), meta={"ucaudit": mark})
    (problem,) = bench.plan(ONE).problems
    assert problem.name == "index-not-ours"
    assert problem.where == bench.daily(1, 2)


def test_nothing_is_mended_for_a_cluster_that_is_ahead(bench: Bench) -> None:
    bench.load(days=(2,), documents=1)
    bench.migrate(THREE)
    bench.es.indices.put_mapping(index=bench.daily(1, 2), properties=PORT)
    plan = bench.plan(replace(ONE))
    assert plan.empty
    assert told(plan) == {}
