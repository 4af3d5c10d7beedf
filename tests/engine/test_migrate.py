"""Whole migrations on a genuine engine: nothing lost, nothing twice, whatever interrupts them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import pytest
from elasticsearch import Elasticsearch

from tests.migrate.factory import days_ago, document, history, port_history
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.options import ConnectionOptions
from ucaudit.history.version import History
from ucaudit.migrate.run import Migration
from ucaudit.names import Naming
from ucaudit.plan.planner import Options
from ucaudit.plan.templates import Defaults


@pytest.fixture
def cluster(ucaudit_engine_url: str) -> Iterable[Cluster]:
    made = Cluster(ConnectionOptions((ucaudit_engine_url,)))
    yield made
    made.close()


@pytest.fixture
def options(engine_prefix: str) -> Options:
    return Options(naming=Naming(engine_prefix), defaults=Defaults(shards=1, replicas=0))


def migration(cluster: Cluster, options: Options, *calls: Any, **more: Any) -> Migration:
    known: History = history(*calls)
    return Migration(cluster, known, options, **more)


def write(cluster: Cluster, index: str, documents: dict[str, bytes]) -> None:
    body = b"".join(
        b'{"create":{"_id":%s}}\n%s\n' % (orjson.dumps(key), raw)
        for key, raw in documents.items()
    )
    answer = orjson.loads(cluster.bulk(index, body))
    assert not answer["errors"], answer
    cluster.post(f"/{index}/_refresh")


def ids(es: Elasticsearch, expression: str) -> list[str]:
    found = es.search(index=expression, size=10_000, source=False)
    return sorted(hit["_id"] for hit in found["hits"]["hits"])


CALL = "wallets.push"


def test_a_breaking_change_is_migrated(
    cluster: Cluster, es: Elasticsearch, options: Options
) -> None:
    naming = options.naming
    migration(cluster, options, port_history(CALL, upto=1)).run()
    wanted = []
    for day in (3, 2):
        index = naming.daily(CALL, 1, days_ago(day))
        documents = {f"{day}-{n}": document(n) for n in range(500)}
        write(cluster, index, documents)
        wanted += documents
    outcome = migration(cluster, options, port_history(CALL, upto=3)).run()
    assert [index.state for index in outcome.indices] == ["swapped", "swapped"]
    assert outcome.exit_code == 0
    assert ids(es, naming.base(CALL)) == sorted(wanted)
    assert ids(es, naming.base(CALL) + "-*") == sorted(wanted)
    found = es.count(
        index=naming.base(CALL), query={"range": {"requestJson.port": {"gte": 8080}}}
    )
    assert found["count"] == 1000
    assert migration(cluster, options, port_history(CALL, upto=3)).plan().empty
