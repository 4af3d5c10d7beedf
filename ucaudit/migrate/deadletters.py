"""Documents that could not be transformed or indexed: kept whole, as bytes, with the reason."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import Lock
from typing import Any, Final

import orjson

from ucaudit.cluster.client import Cluster, patiently, quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.errors import StoppedError
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.pages import LARGEST_PAGE
from ucaudit.names import DEAD_LETTER_INDEX

Key = tuple[str, str | None]
"""What tells a document from all others of an index: its ``_id`` and its routing."""
_KEYWORD: Final = {"type": "keyword", "ignore_above": 1024}
_PAGE: Final = 1000
_SAMPLE: Final = 10_000
_MOST_IDS: Final = 2_000
_VALUES: Final = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
INDEX_BODY: Final[JsonObject] = {
    "settings": {"index.number_of_shards": 1, "index.auto_expand_replicas": "0-1"},
    "mappings": {
        "dynamic": False,
        "properties": {
            "call": _KEYWORD,
            "h8": _KEYWORD,
            "source": {
                "properties": {"index": _KEYWORD, "uuid": _KEYWORD, "generation": {"type": "long"}}
            },
            "target": {"properties": {"index": _KEYWORD, "generation": {"type": "long"}}},
            "id": _KEYWORD,
            "routing": _KEYWORD,
            "reason": {"type": "text"},
            "step": _KEYWORD,
            "at": {"type": "date"},
            "discarded": {"type": "date"},
            "document": {"type": "binary"},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the dead letters of a copy come from."""

    call: str
    h8: str
    source: str
    source_uuid: str
    source_generation: int
    target: str
    generation: int


@dataclass(frozen=True, slots=True)
class Failure:
    """One document that could not be copied.

    Attributes:
        id: Its ``_id``, as JSON.
        routing: Its routing, as JSON; empty if it has none.
        document: The source's bytes.
        reason: Why.
        step: The transform step that failed; ``None`` if the engine refused it.
    """

    id: bytes
    routing: bytes
    document: bytes
    reason: str
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Reason:
    """Why several documents could not be copied.

    Attributes:
        text: Of one of them, with the step that failed.
        count: How many.
        index: Source of that one.
        id: Its ``_id``.
    """

    text: str
    count: int
    index: str
    id: str

    def to_dict(self) -> JsonObject:
        """The reason as JSON."""
        return {"reason": self.text, "count": self.count, "index": self.index, "id": self.id}


def open_letters(*, h8: str | None = None, targets: Sequence[str] | None = None) -> JsonObject:
    """The query for dead letters that nobody has thrown away."""
    wanted: list[JsonObject] = [] if h8 is None else [{"term": {"h8": h8}}]
    wanted += [] if targets is None else [{"terms": {"target.index": list(targets)}}]
    return {"bool": {"filter": wanted, "must_not": {"exists": {"field": "discarded"}}}}


def frequent(letters: Iterable[JsonObject], most: int = 3) -> tuple[Reason, ...]:
    """The most frequent reasons; those that differ in a document's own values are one."""
    alike: dict[tuple[str | None, str], list[JsonObject]] = {}
    for letter in letters:
        key = (letter.get("step"), _VALUES.sub("…", letter["reason"]))
        alike.setdefault(key, []).append(letter)
    ranked = sorted(alike.values(), key=len, reverse=True)[:most]
    return tuple(
        Reason(_sentence(same[0]), len(same), same[0]["source"]["index"], same[0]["id"])
        for same in ranked
    )


def _sentence(letter: JsonObject) -> str:
    step = letter.get("step")
    return f"{step}: {letter['reason']}" if step else str(letter["reason"])


class DeadLetters:
    """The index of dead letters."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made = False
        self._lock = Lock()

    def keep(self, origin: Origin, failures: Sequence[Failure]) -> None:
        """Stores failures; the same failure again replaces itself.

        Raises:
            StoppedError: If one cannot be stored: no document is dropped for that.
            ClusterError: If the cluster does not answer.
        """
        if not failures:
            return
        self._ensure()
        at = datetime.now(UTC).isoformat(timespec="seconds")
        lines: list[bytes] = []
        for failure in failures:
            lines.append(orjson.dumps({"index": {"_id": _id_of(origin, failure)}}))
            lines.append(_letter(origin, failure, at))
        body = b"\n".join(lines) + b"\n"
        answer = orjson.loads(patiently(lambda: self._cluster.bulk(DEAD_LETTER_INDEX, body)))
        if answer["errors"]:
            failed = next(item["index"] for item in answer["items"] if "error" in item["index"])
            raise StoppedError(
                "dead-letter-unstorable",
                "A dead letter could not be stored, so that copying was stopped.",
                where=f"{origin.source}, document {failures[0].id.decode(errors='replace')}",
                why=str(failed["error"].get("reason")),
            )

    def count(self, h8: str) -> int:
        """Dead letters of a copy, counted exactly; discarded ones are left out."""
        return self._count(open_letters(h8=h8))

    def _count(self, query: JsonObject) -> int:
        try:
            self._cluster.send("POST", f"/{DEAD_LETTER_INDEX}/_refresh")
            answer = self._cluster.query(f"/{DEAD_LETTER_INDEX}/_count", {"query": query})
        except ClusterError as error:
            if error.status == 404:
                return 0
            raise
        return int(answer["count"])

    def kept(self, h8s: Sequence[str], source_uuid: str) -> int:
        """Dead letters of a source in these copies, discarded ones included."""
        return self._count(_letters_of(h8s, source_uuid))

    def of_keys(
        self, h8s: Sequence[str], source_uuid: str, keys: Sequence[tuple[bytes, bytes]]
    ) -> set[tuple[bytes, bytes]]:
        """Which of these documents (id and routing as JSON) are dead letters, or were discarded."""
        by_id = {letter_id(source_uuid, h8, key): key for h8 in h8s for key in keys}
        found: set[tuple[bytes, bytes]] = set()
        ids = list(by_id)
        for start in range(0, len(ids), _MOST_IDS):
            try:
                answer = self._cluster.query(
                    f"/{DEAD_LETTER_INDEX}/_mget",
                    {"ids": ids[start : start + _MOST_IDS]},
                    _source=False,
                )
            except ClusterError as error:
                if error.status != 404:
                    raise
                return found
            found.update(by_id[doc["_id"]] for doc in answer["docs"] if doc.get("found"))
        return found

    def missing(self, h8: str, source_uuid: str) -> set[Key]:
        """Which documents of a source are not in its copy, discarded ones included."""
        query = _letters_of([h8], source_uuid)
        if not self._count(query):
            return set()
        return {key for found in self._ids(query) for _, key in found}

    def reasons(self, targets: Sequence[str]) -> tuple[Reason, ...]:
        """Why documents are missing in copies, judged by the first ten thousand of them."""
        if not targets:
            return ()
        found = self._cluster.query(
            f"/{DEAD_LETTER_INDEX}/_search",
            {
                "size": _SAMPLE,
                "_source": ["id", "reason", "step", "source.index"],
                "query": open_letters(targets=targets),
                "sort": [{"_seq_no": "asc"}],
            },
        )
        return frequent(hit["_source"] for hit in found["hits"]["hits"])

    def forget(self, h8: str) -> None:
        """Removes the dead letters of a deleted copy; its source still has the documents."""
        query: JsonObject = {"term": {"h8": h8}}
        if self._count(query):
            for ids in self._ids(query):
                self.remove([letter for letter, _ in ids])

    def settle(self, h8: str, target: str) -> int:
        """Removes dead letters whose documents are in the copy after all; returns how many.

        With routing of their own, several documents may have one id.
        """
        removed = 0
        for found in self._ids({"term": {"h8": h8}}):
            answer = self._cluster.query(
                f"/{quoted(target)}/_search",
                {
                    "size": LARGEST_PAGE,
                    "_source": False,
                    "query": {"ids": {"values": [document for _, (document, _) in found]}},
                },
            )
            there = {(hit["_id"], hit.get("_routing")) for hit in answer["hits"]["hits"]}
            letters = [letter for letter, key in found if key in there]
            self.remove(letters)
            removed += len(letters)
        return removed

    def _ids(self, query: JsonObject) -> Iterator[list[tuple[str, Key]]]:
        """Ids of letters, and ids and routing of their documents, a page at a time."""
        after: list[Any] = []
        while True:
            body: JsonObject = {
                "size": _PAGE,
                "_source": ["id", "routing"],
                "query": query,
                "sort": [{"_seq_no": "asc"}],
            }
            if after:
                body["search_after"] = after
            hits = self._cluster.query(f"/{DEAD_LETTER_INDEX}/_search", body)["hits"]["hits"]
            if not hits:
                return
            after = hits[-1]["sort"]
            sources = ((hit["_id"], hit["_source"]) for hit in hits)
            yield [(letter, (s["id"], s.get("routing"))) for letter, s in sources]

    def remove(self, letters: Iterable[str]) -> None:
        """Removes letters by their own ids."""
        body = b"".join(orjson.dumps({"delete": {"_id": letter}}) + b"\n" for letter in letters)
        if body:
            patiently(lambda: self._cluster.bulk(DEAD_LETTER_INDEX, body, refresh=True))

    def _ensure(self) -> None:
        with self._lock:
            if not self._made:
                ensure_index(self._cluster, DEAD_LETTER_INDEX, INDEX_BODY)
                self._made = True


def ensure_index(cluster: Cluster, name: str, body: JsonObject) -> None:
    """Creates one of our own indices unless it is there."""
    try:
        cluster.put(f"/{name}", body)
    except ClusterError as error:
        if error.kind != "resource_already_exists_exception":
            raise


def _letters_of(h8s: Sequence[str], source_uuid: str) -> JsonObject:
    wanted = [{"terms": {"h8": list(h8s)}}, {"term": {"source.uuid": source_uuid}}]
    return {"bool": {"filter": wanted}}


def letter_id(source_uuid: str, h8: str, key: tuple[bytes, bytes]) -> str:
    """Id of the dead letter of a document, which is told by its id and routing as JSON."""
    id_, routing = key
    parts = (source_uuid.encode(), h8.encode(), routing, id_)
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:40]


def _id_of(origin: Origin, failure: Failure) -> str:
    return letter_id(origin.source_uuid, origin.h8, (failure.id, failure.routing))


def _letter(origin: Origin, failure: Failure, at: str) -> bytes:
    return orjson.dumps(
        {
            "call": origin.call,
            "h8": origin.h8,
            "source": {
                "index": origin.source,
                "uuid": origin.source_uuid,
                "generation": origin.source_generation,
            },
            "target": {"index": origin.target, "generation": origin.generation},
            "id": orjson.loads(failure.id),
            "routing": orjson.loads(failure.routing) if failure.routing else None,
            "reason": failure.reason,
            "step": failure.step,
            "at": at,
            "document": b64encode(failure.document).decode(),
        }
    )
