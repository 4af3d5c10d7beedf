"""What OpenSearch is told, and what is made of its answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.migrate.server import answering
from ucaudit.cluster.client import Cluster, Server
from ucaudit.cluster.dialect import differs, spoken, understood
from ucaudit.cluster.options import ConnectionOptions
from ucaudit.errors import RefusedError
from ucaudit.mapping.fields import flattened

OURS = {
    "labels": flattened(),
    "on": {"type": "boolean", "ignore_malformed": True},
    "port": {"type": "long", "ignore_malformed": True},
    "type": {"type": "keyword"},
    "user": {"properties": {"tags": flattened()}},
}
THEIRS = {
    "labels": {"type": "flat_object"},
    "on": {"type": "boolean"},
    "port": {"type": "long", "ignore_malformed": True},
    "type": {"type": "keyword"},
    "user": {"properties": {"tags": {"type": "flat_object"}}},
}


def templated(fields: dict[str, Any]) -> dict[str, Any]:
    return {"index_patterns": ["a-*"], "template": {"mappings": {"properties": fields}}}


@pytest.mark.parametrize(
    "around",
    [
        lambda fields: {"properties": fields},
        lambda fields: {"mappings": {"dynamic": False, "properties": fields}, "settings": {}},
        templated,
    ],
)
def test_mappings_are_spelled_there_and_back(around: Any) -> None:
    assert spoken(around(OURS)) == around(THEIRS)
    assert understood(around(THEIRS)) == around(OURS)
    assert differs(around(OURS))
    assert not differs(around(THEIRS))


def test_what_is_no_mapping_stays() -> None:
    document = {"type": "flattened", "on": {"type": "boolean", "ignore_malformed": True}}
    assert spoken(document) == understood(document) == document
    assert not differs(document)
    assert spoken({"mappings": {"_meta": {"properties": document}}}) == {
        "mappings": {"_meta": {"properties": document}}
    }


@pytest.mark.parametrize(
    ("nodes", "server"),
    [
        ('{"a":{"version":"9.1.10","build_flavor":"default"}}', Server("Elasticsearch", "9.1.10")),
        ('{"a":{"version":"3.3.2"}}', Server("OpenSearch", "3.3.2")),
        ('{"a":{"version":"3.3.2"},"b":{"version":"2.19.1"}}', Server("OpenSearch", "2.19.1")),
        ('{"a":{"version":"2.18.0"}}', None),
        ('{"a":{"version":"8.14.3","build_flavor":"default"}}', None),
    ],
)
def test_what_a_server_is(nodes: str, server: Server | None) -> None:
    with answering(200, f'{{"nodes":{nodes}}}') as url:
        cluster = Cluster(ConnectionOptions((url,)))
        try:
            if server:
                assert cluster.server() == server
                assert cluster.opensearch == (server.product == "OpenSearch")
            else:
                with pytest.raises(RefusedError) as caught:
                    cluster.server()
                assert caught.value.name == "server-unsupported"
        finally:
            cluster.close()
