"""What ``_meta.ucaudit`` says: the cluster itself tells what it has and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ucaudit.history.version import CallHistory, Version
from ucaudit.jsontypes import JsonObject


@dataclass(frozen=True, slots=True)
class Mark:
    """``_meta.ucaudit`` of an index or a template, read leniently.

    Attributes:
        call: Full name of the call; ``None`` in what the guard made.
        version: Number of the version whose mapping it has.
        generation: Its generation.
        digest: Digest of that version.
        ancestors: Digests of the versions before, oldest first.
        guard: Whether the guard's template made the index.
        adopted: Whether the index is of a time before ucaudit; with generation 0, its documents are
            of no recorded shape.
        source: Name of the index that a copy was made from.
        source_uuid: Its UUID.
        source_blocked: Whether somebody had blocked writes to it before us.
        sources: UUIDs of all indices whose documents are in a copy.
        steps: Digest of the steps that a copy was made with.
        template: Digest of a template's own body.
        pinned: Of a template: the generation that a rollback keeps the call at.
    """

    call: str | None = None
    version: int = 0
    generation: int = 0
    digest: str = ""
    ancestors: tuple[str, ...] = ()
    guard: bool = False
    adopted: bool = False
    source: str | None = None
    source_uuid: str | None = None
    source_blocked: bool = False
    sources: tuple[str, ...] = ()
    steps: str | None = None
    template: str | None = None
    pinned: int | None = None


def mark_of(meta: JsonObject | None) -> Mark | None:
    """The mark in ``meta``, or ``None`` if there is none that can be read."""
    if not isinstance(meta, dict):
        return None
    source: Any = meta.get("source") or {}
    try:
        return Mark(
            call=meta.get("call"),
            version=int(meta.get("version", 0)),
            generation=int(meta.get("generation", 0)),
            digest=str(meta.get("digest", "")),
            ancestors=tuple(meta.get("ancestors", ())),
            guard=bool(meta.get("guard", False)),
            adopted=bool(meta.get("adopted", False)),
            source=source.get("index"),
            source_uuid=source.get("uuid"),
            source_blocked=bool(source.get("blocked", False)),
            sources=tuple(meta.get("sources", ())),
            steps=meta.get("steps"),
            template=meta.get("template"),
            pinned=int(meta["pinned"]) if meta.get("pinned") is not None else None,
        )
    except (TypeError, ValueError, AttributeError, OverflowError):
        return None


def version_meta(history: CallHistory, version: Version) -> JsonObject:
    """The mark of everything that has the mapping of ``version``."""
    return {
        "call": version.call,
        "version": version.number,
        "generation": version.generation,
        "digest": version.digest,
        "ancestors": list(history.ancestors(version.number)),
    }


def pinned_meta(meta: JsonObject, pin: int | None) -> JsonObject:
    """The mark of a template whose call is kept at a generation, or is not."""
    return meta if pin is None else {**meta, "pinned": pin}


def adopted_meta(call: str, shape_meta: JsonObject | None) -> JsonObject:
    """The mark of an index of a time before ucaudit.

    Args:
        call: Full name of the call.
        shape_meta: The mark of the version that it serves; ``None`` if its documents must be copied
            (generation 0).
    """
    served = shape_meta or {"call": call, "version": 0, "generation": 0}
    return {**served, "adopted": True}


def copy_meta(
    shape_meta: JsonObject,
    *,
    source: str,
    source_uuid: str,
    source_blocked: bool,
    sources: tuple[str, ...],
    steps: str,
) -> JsonObject:
    """The mark of a copy, from its creation."""
    return {
        **shape_meta,
        "source": {"index": source, "uuid": source_uuid, "blocked": source_blocked},
        "sources": [*sources, source_uuid],
        "steps": steps,
    }


def updated_meta(live: JsonObject | None, shape_meta: JsonObject) -> JsonObject:
    """The mark of a live index after PUT mapping: what it says of its origin stays."""
    kept = {
        key: value
        for key, value in (live or {}).items()
        if key in {"guard", "adopted", "source", "sources", "steps"}
    }
    return {**shape_meta, **kept}


def other_meta(mapping: JsonObject | None) -> JsonObject:
    """What ``_meta`` holds besides our mark: being replaced whole, it is sent along."""
    meta = (mapping or {}).get("_meta") or {}
    return {key: value for key, value in meta.items() if key != "ucaudit"}
