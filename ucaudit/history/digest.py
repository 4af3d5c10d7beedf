"""Digests of released versions: they show when a file was edited, whatever wrote it."""

from __future__ import annotations

from ucaudit.jsontypes import Json, JsonObject, sha256

ALGORITHM = 1
"""1: SHA-256 over sorted, compact JSON of what ``version_digest`` lists."""


def is_known(digest: str) -> bool:
    """Whether a digest was made by the algorithm that is known here."""
    return digest.partition(":")[0] == str(ALGORITHM)


def version_digest(
    call: str,
    number: int,
    parts: Json,
    retention_days: int,
    record_response: bool,
    envelope: JsonObject,
    parent: str | None,
) -> str:
    """Digest of schemas, audit options and envelope; ``<algorithm>:<hex>``."""
    content = {
        "call": call,
        "version": number,
        "parts": parts,
        "retention_days": retention_days,
        "record_response": record_response,
        "envelope": envelope,
        "parent": parent,
    }
    return f"{ALGORITHM}:{sha256(content)}"


def mapping_digest(generation: int, mapping: JsonObject, settings: JsonObject) -> str:
    """Digest of what is compiled: the accumulated mapping, its settings, its generation."""
    content = {"generation": generation, "mapping": mapping, "settings": settings}
    return f"{ALGORITHM}:{sha256(content)}"
