"""Asks an engine whether it takes a mapping and documents, in an index that is gone afterwards."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError
from ucaudit.jsontypes import JsonObject


def refusals(
    cluster: Cluster, mapping: JsonObject, settings: JsonObject, documents: Iterable[bytes] = ()
) -> list[str]:
    """Why the engine does not take the mapping, or documents under it; nothing if it takes all.

    Args:
        cluster: Where an index may be made.
        mapping: ``{"properties": …}``, as indices of a generation hold it.
        settings: What the mapping needs.
        documents: JSON objects.

    Raises:
        ClusterError: If the cluster does not do as it is asked for another reason.
    """
    name = f"ucaudit-trial-{secrets.token_hex(8)}"
    body = {
        "mappings": {"dynamic": False, **mapping},
        "settings": {"index.number_of_shards": 1, "index.number_of_replicas": 0, **settings},
    }
    try:
        cluster.put(f"/{name}", body)
    except ClusterError as error:
        if error.status != 400:
            raise
        return [f"it refuses the mapping: {error.reason}"]
    try:
        lines = [line for raw in documents for line in (b'{"create":{}}', raw)]
        if not lines:
            return []
        answer = json.loads(cluster.bulk(name, b"\n".join([*lines, b""])).decode(errors="replace"))
    finally:
        cluster.delete(f"/{name}")
    errors = [item["create"].get("error") for item in answer["items"]]
    return [_reason(error) for error in errors if error is not None]


def _reason(error: JsonObject) -> str:
    cause = error.get("caused_by")
    return f"{error['reason']}: {_reason(cause)}" if cause else str(error["reason"])
