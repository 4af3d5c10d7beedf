"""A call on the shared engine: write to it, migrate it, see what readers see."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import orjson
from elasticsearch import Elasticsearch

from tests.migrate.factory import days_ago, document, history, port_history
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.options import ConnectionOptions
from ucaudit.history.version import CallHistory
from ucaudit.migrate.outcome import RunOutcome
from ucaudit.migrate.run import Migration
from ucaudit.names import Naming
from ucaudit.plan.plan import Plan
from ucaudit.plan.planner import Options
from ucaudit.plan.templates import Defaults

CALL = f"wallets.p{os.getpid()}"  # template names do not hold the prefix


class Bench:
    """One call under a prefix of its own."""

    def __init__(self, cluster: Cluster, es: Elasticsearch, prefix: str) -> None:
        self.cluster = cluster
        self.es = es
        self.naming = Naming(prefix)
        self.options = Options(naming=self.naming, defaults=Defaults(shards=1, replicas=0))

    def migration(
        self,
        call: CallHistory,
        *,
        finish: bool = False,
        shards: int = 1,
        pins: Mapping[str, int] = MappingProxyType({}),
        forward: bool = False,
        **more: Any,
    ) -> Migration:
        defaults = Defaults(shards=shards, replicas=0)
        options = replace(
            self.options, finish=finish, defaults=defaults, pins=pins, forward=forward
        )
        return Migration(self.cluster, history(call), options, **more)

    def migrate(self, call: CallHistory, *, expand_only: bool = False, **more: Any) -> RunOutcome:
        return self.migration(call, **more).run(expand_only=expand_only)

    def plan(self, call: CallHistory) -> Plan:
        return self.migration(call).plan()

    def daily(self, generation: int, days: int) -> str:
        return self.naming.daily(CALL, generation, days_ago(days))

    def load(self, *, days: Iterable[int], documents: int) -> list[str]:
        """Documents as the software of version 1 writes them; returns their ids."""
        self.migrate(port_history(CALL, upto=1), expand_only=True)
        written: list[str] = []
        for day in days:
            batch = {f"{day}-{n}": document(n) for n in range(documents)}
            self.write(self.daily(1, day), batch)
            written += batch
        return written

    def write(self, index: str, documents: dict[str, bytes], *, refresh: bool = True) -> None:
        lines: list[bytes] = []
        for key, raw in documents.items():
            lines += (orjson.dumps({"create": {"_id": key}}), raw.replace(b"\n", b" "))
        answer = orjson.loads(self.cluster.bulk(index, b"\n".join(lines) + b"\n"))
        assert not answer["errors"], answer
        if refresh:
            self.cluster.post(f"/{index}/_refresh")

    def count(self, query: dict[str, Any]) -> int:
        return int(self.es.count(index=self.naming.base(CALL), query=query)["count"])

    def assert_readable(self, wanted: Iterable[str]) -> None:
        """Readers by alias, and readers by glob, find each document exactly once."""
        assert self.readable() == sorted(wanted)

    def readable(self) -> list[str]:
        """Ids that readers find; by alias and by glob they are the same."""
        by_alias = self.ids(self.naming.base(CALL))
        assert self.ids(f"{self.naming.prefix}*") == by_alias
        return by_alias

    def ids(self, expression: str) -> list[str]:
        """Ids that a search finds, sorted, each as often as it is found."""
        self.es.indices.refresh(index=expression)
        found: list[str] = []
        after: list[Any] | None = None
        while True:
            page = self.es.search(
                index=expression,
                size=10_000,
                source=False,
                sort=[{"_seq_no": "asc"}, {"_index": "asc"}],
                search_after=after,
            )["hits"]["hits"]
            found += [hit["_id"] for hit in page]
            if len(page) < 10_000:
                return sorted(found)
            after = page[-1]["sort"]


def make_bench(ucaudit_engine_url: str, es: Elasticsearch, engine_prefix: str) -> Iterator[Bench]:
    """A fixture for test modules: ``bench = pytest.fixture(make_bench)``."""
    cluster = Cluster(ConnectionOptions((ucaudit_engine_url,)))
    yield Bench(cluster, es, engine_prefix)
    cluster.close()
