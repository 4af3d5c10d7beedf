"""Many documents and questions in few requests."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from elasticsearch import Elasticsearch

from tests.engine.leaves import Leaf
from tests.engine.otherwise import findable

_CLAUSES = 200


def create(
    es: Elasticsearch,
    index: str,
    properties: dict[str, Any],
    settings: dict[str, Any] | None = None,
    **root: Any,
) -> None:
    """An index that keeps what it is not told about in the document."""
    es.indices.create(
        index=index,
        mappings={"dynamic": False, "properties": properties, **root},
        settings={"number_of_shards": 1, "number_of_replicas": 0, **(settings or {})},
    )


def write(es: Elasticsearch, index: str, documents: dict[str, Any]) -> dict[str, str]:
    """Indexes all documents, by id; gives the reasons of those that were refused.

    A document may be given as the bytes that are sent.
    """
    # ASCII, so that lone surrogates pass as they may on the wire.
    lines = []
    for key, document in documents.items():
        raw = document if isinstance(document, bytes) else json.dumps(document).encode()
        lines += [json.dumps({"create": {"_id": key}}).encode(), raw]
    body = b"\n".join(lines) + b"\n"
    answer = es.perform_request(
        "POST",
        f"/{index}/_bulk?refresh=true&filter_path=items.*._id,items.*.error",
        body=body,
        headers={"content-type": "application/x-ndjson", "accept": "application/json"},
    ).body
    items = [item["create"] for item in answer["items"]]
    return {item["_id"]: _reason(item["error"]) for item in items if "error" in item}


def _reason(error: dict[str, Any]) -> str:
    cause = error.get("caused_by")
    return f"{error['reason']}: {_reason(cause)}" if cause else str(error["reason"])


def missed(
    es: Elasticsearch, index: str, wanted: Mapping[str, Sequence[Leaf]]
) -> list[tuple[str, Leaf]]:
    """What is not found: document id and leaf."""
    bundles = [
        (key, found[i : i + _CLAUSES])
        for key, leaves in wanted.items()
        if (found := [leaf for leaf in leaves if findable(es, leaf)])
        for i in range(0, len(found), _CLAUSES)
    ]
    hit = _hits(es, index, bundles)
    lost = [bundle for bundle, is_there in zip(bundles, hit, strict=True) if not is_there]
    singles = [(key, [leaf]) for key, bundle in lost for leaf in bundle]
    hit = _hits(es, index, singles)
    return [(k, one[0]) for (k, one), is_there in zip(singles, hit, strict=True) if not is_there]


def _hits(
    es: Elasticsearch, index: str, bundles: Iterable[tuple[str, Sequence[Leaf]]]
) -> list[bool]:
    lines = []
    for key, bundle in bundles:
        filters = [{"ids": {"values": [key]}}, *(leaf.search() for leaf in bundle)]
        query = {"size": 0, "query": {"bool": {"filter": filters}}}
        lines += ["{}", json.dumps(query)]
    if not lines:
        return []
    answer = es.perform_request(
        "POST",
        f"/{index}/_msearch?filter_path=responses.hits.total.value,responses.error",
        body=("\n".join(lines) + "\n").encode(),
        headers={"content-type": "application/x-ndjson", "accept": "application/json"},
    ).body
    # A value that the field cannot even be asked for is not found either.
    return ["error" not in r and r["hits"]["total"]["value"] == 1 for r in answer["responses"]]
