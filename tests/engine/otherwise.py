"""What engines are known to do otherwise than Elasticsearch 9.1; anything else is a failure.

``flat_object``, OpenSearch's ``flattened``, takes no parameters: it cannot ignore what is too long
for a term, so that it refuses such documents, and it finds nothing below an empty key. Booleans of
OpenSearch cannot ignore what is malformed. Fields that can, take objects there; from 9.5 on, dates
of Elasticsearch do, too.
"""

from __future__ import annotations

import re
from typing import Any

from elasticsearch import Elasticsearch

from tests.engine.leaves import Leaf, leaves
from tests.engines import engine_name, on_opensearch

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


def takes_objects(es: Elasticsearch, kind: str) -> bool:
    """Whether fields of a kind that ignore what is malformed ignore objects, too."""
    kinds = {"opensearch-3": {"date", "long", "double", "ip"}, "9.5": {"date"}}
    return kind in kinds.get(engine_name(es), set())


def foretold_otherwise(es: Elasticsearch, foretold: list[str], refusal: str | None) -> bool:
    """Whether an engine is known to take what was foretold to be refused, or the reverse."""
    if refusal is None:
        return all(_taken_after_all(es, why) for why in foretold)
    return on_opensearch(es) and "of type [boolean]" in refusal


def _taken_after_all(es: Elasticsearch, why: str) -> bool:
    if found := re.search(r"an? (\w+) field takes no objects$", why):
        return takes_objects(es, found[1])
    named = "no field can be named" in why or "takes no key named" in why
    return named and on_opensearch(es)


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
