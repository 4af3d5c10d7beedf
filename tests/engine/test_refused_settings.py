"""Settings that the engine refuses are found before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.factory import port_history
from ucaudit.errors import RefusedError
from ucaudit.plan.templates import Defaults

bench = pytest.fixture(make_bench)
ONE, THREE = port_history(CALL, upto=1), port_history(CALL, upto=3)


def test_more_shards_than_an_index_can_have(bench: Bench) -> None:
    migration = bench.migration(ONE)
    migration.options = replace(migration.options, defaults=Defaults(shards=5000, replicas=0))
    problems = {problem.where: problem for problem in migration.plan().problems}
    assert bench.naming.template(CALL, 1) in problems
    assert {problem.name for problem in problems.values()} == {"settings-refused"}
    assert all("must be <= 1024" in problem.why for problem in problems.values())
    with pytest.raises(RefusedError, match="refuses the settings"):
        migration.run()
    written = bench.es.indices.get_index_template()["index_templates"]
    assert bench.naming.template(CALL, 1) not in {entry["name"] for entry in written}


@pytest.fixture
def few_shards(bench: Bench) -> Iterator[None]:
    """A cluster that takes no more shards than it has."""
    limit = "cluster.max_shards_per_node"
    bench.load(days=(2, 3), documents=2)
    bench.es.cluster.put_settings(persistent={limit: 1})
    yield
    bench.es.cluster.put_settings(persistent={limit: None})


@pytest.mark.usefixtures("few_shards")
def test_no_shards_are_left_for_copies(bench: Bench) -> None:
    (problem,) = bench.plan(THREE).problems
    assert problem.name == "shard-limit"
    with pytest.raises(RefusedError, match="limit of shards"):
        bench.migrate(THREE)
