"""Which engine the tests run on, and a client of it that speaks of mappings as ucaudit does."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from elasticsearch import Elasticsearch

from ucaudit.cluster.adapter import PlainNode, client_of
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.dialect import spoken, understood
from ucaudit.cluster.options import ConnectionOptions


class DialectNode(PlainNode):
    """Spells mappings as OpenSearch does, on their way there and back, like ``Cluster``."""

    def perform_request(
        self, method: str, target: str, body: bytes | None = None, *others: Any, **named: Any
    ) -> Any:
        if method == "PUT" and body and "_bulk" not in target:
            body = json.dumps(spoken(json.loads(body))).encode()
        answer = super().perform_request(method, target, body, *others, **named)
        if method != "GET" or not target.partition("?")[0].endswith("/_mapping"):
            return answer
        content = json.loads(answer.body)
        heard = {index: understood(part) for index, part in content.items()}
        return answer._replace(body=json.dumps(heard).encode())


def engine_client(url: str, *, request_timeout: float = 60) -> Elasticsearch:
    """A client to which all engines look like Elasticsearch."""
    cluster = Cluster(ConnectionOptions((url,)))
    try:
        named = {"node_class": DialectNode} if cluster.opensearch else {}
    finally:
        cluster.close()
    return client_of(url, request_timeout=request_timeout, **named)


@cache
def engine_name(es: Elasticsearch) -> str:
    """``9.1``, ``8.19``, ``opensearch-3``: as ``scripts/test --engine`` calls them."""
    answer = es.nodes.info(filter_path="nodes.*.version,nodes.*.build_flavor")
    (node,) = answer["nodes"].values()
    major, minor = node["version"].split(".")[:2]
    return f"{major}.{minor}" if "build_flavor" in node else f"opensearch-{major}"


def on_opensearch(es: Elasticsearch) -> bool:
    """Whether it is OpenSearch."""
    return engine_name(es).startswith("opensearch")
