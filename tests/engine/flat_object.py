"""What ``flat_object``, OpenSearch's ``flattened``, is known not to do: it takes no parameters.

It cannot ignore what is too long for a term, so that it refuses such documents, and it finds
nothing below an empty key. Whatever else it did not do would be a failure.
"""

from __future__ import annotations

from typing import Any

from elasticsearch import Elasticsearch

from tests.engine.leaves import Leaf, leaves
from tests.engines import on_opensearch

_LONGEST = 32_766


def taken(
    es: Elasticsearch, properties: dict[str, Any], documents: dict[str, Any]
) -> dict[str, Any]:
    """All documents; on OpenSearch, without those that have terms in a map that are too long."""
    if not on_opensearch(es):
        return documents
    fields = _unlimited(properties)
    return {
        key: document
        for key, document in documents.items()
        if not any(_too_long(leaf) for leaf in leaves(fields, document))
    }


def findable(es: Elasticsearch, leaf: Leaf) -> bool:
    """Whether the engine can find a value; OpenSearch not below an empty key of a map."""
    return not (on_opensearch(es) and "" in leaf.path.split("."))


def _unlimited(properties: dict[str, Any]) -> dict[str, Any]:
    """Fields whose every value in a map is a leaf, however long."""
    return {
        name: {
            **{key: value for key, value in definition.items() if key != "ignore_above"},
            "properties": _unlimited(definition.get("properties", {})),
        }
        for name, definition in properties.items()
    }


def _too_long(leaf: Leaf) -> bool:
    return len(f"{leaf.path}={leaf.value}".encode(errors="surrogatepass")) > _LONGEST
