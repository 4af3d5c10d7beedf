"""Dead letters as a person meets them: found, read back, thrown away."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, Final

import orjson

from ucaudit.cluster.client import Cluster, patiently
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.read import read_indices
from ucaudit.cluster.state import LiveState
from ucaudit.errors import InputError, StoppedError
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.deadletters import INDEX_BODY, Origin, open_letters
from ucaudit.names import DEAD_LETTER_INDEX, Naming
from ucaudit.plan.members import copy_alias, memberships
from ucaudit.plan.scope import Scope

FORMAT: Final = "ucaudit.dead-letters/1"
SHORT: Final = 12
_PAGE: Final = 1000
_DOCUMENTS: Final = 200


@dataclass(frozen=True, slots=True)
class Letter:
    """A document that is not in the copy where it belongs.

    Attributes:
        key: Id of the letter itself.
        origin: Between which indices it got stuck.
        id: ``_id`` of the document.
        routing: Its routing.
        reason: Why.
        step: The step that failed; ``None`` if the engine refused it.
        at: When, ISO 8601.
        document: Its bytes, where they were read.
    """

    key: str
    origin: Origin
    id: str
    routing: str | None
    reason: str
    step: str | None
    at: str
    document: bytes = b""

    def to_dict(self) -> JsonObject:
        """The letter as JSON, without its document."""
        origin = self.origin
        return {
            "letter": self.key,
            "call": origin.call,
            "source": {
                "index": origin.source,
                "uuid": origin.source_uuid,
                "generation": origin.source_generation,
            },
            "target": {"index": origin.target, "generation": origin.generation},
            "id": self.id,
            "routing": self.routing,
            "reason": self.reason,
            "step": self.step,
            "at": self.at,
        }

    def line(self) -> bytes:
        """The letter as a line of NDJSON that holds the document as the bytes that it was.

        JSON cannot have line ends between tokens there: they become spaces, and the exact bytes
        are added in base64.
        """
        raw = self.document
        flat = raw.replace(b"\r", b" ").replace(b"\n", b" ")
        head = orjson.dumps(self.to_dict())[:-1]
        exact = b""
        if flat != raw:
            exact = b',"document_base64":"' + b64encode(raw) + b'"'
        return head + exact + b',"document":' + flat + b"}\n"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which dead letters are meant.

    Attributes:
        scope: Of these calls.
        index: Of this source or copy.
        keys: Those whose own ids begin so; empty for all.
    """

    scope: Scope = field(default_factory=Scope)
    index: str | None = None
    keys: tuple[str, ...] = ()

    @property
    def everything(self) -> bool:
        """Whether nothing was chosen."""
        return self == Selection()


@dataclass(frozen=True, slots=True)
class Group:
    """Dead letters between the same two indices.

    Attributes:
        origin: The indices.
        letters: The letters.
        seen: Whether readers see the copy, so that these documents are out of their sight.
        writable: Whether the copy can still be written to.
        source_there: Whether the source, which has the documents too, is still there.
        steps: Digest of the steps that the copy was made with.
    """

    origin: Origin
    letters: tuple[Letter, ...]
    seen: bool
    writable: bool
    source_there: bool
    steps: str | None = None

    @property
    def standing(self) -> str:
        """``missing``: readers miss them; ``in-source``: they see the source; ``stray``: none."""
        if not self.writable:
            return "stray"
        return "missing" if self.seen else "in-source"


def find_letters(cluster: Cluster, naming: Naming, selection: Selection) -> list[Letter]:
    """Dead letters without their documents, by source index; discarded ones are left out.

    Those of other projects on the cluster, whose indices have another prefix, are not ours.

    Raises:
        InputError: If the beginning of an id stands for no letter, or for several.
        ClusterError: If the cluster does not answer.
    """
    query = open_letters()
    query["bool"]["filter"].append({"prefix": {"source.index": naming.prefix}})
    if selection.index is not None:
        either = [{"term": {f"{side}.index": selection.index}} for side in ("source", "target")]
        query["bool"]["filter"].append({"bool": {"should": either}})
    found = [letter for letter in _read(cluster, query) if letter.origin.call in selection.scope]
    if selection.keys:
        found = [_the_one(found, key) for key in dict.fromkeys(selection.keys)]
    return sorted(found, key=lambda letter: (*_between(letter), letter.at, letter.key))


def with_documents(cluster: Cluster, letters: Sequence[Letter]) -> Iterator[list[Letter]]:
    """The letters with their documents, some at a time; those that went meanwhile are left out."""
    for start in range(0, len(letters), _DOCUMENTS):
        ids = [letter.key for letter in letters[start : start + _DOCUMENTS]]
        answer = cluster.query(f"/{DEAD_LETTER_INDEX}/_mget", {"ids": ids})
        yield [
            _letter(found["_id"], found["_source"])
            for found in answer["docs"]
            if found.get("found") and "document" in found["_source"]
        ]


def groups_of(cluster: Cluster, naming: Naming, letters: Sequence[Letter]) -> list[Group]:
    """The letters by the indices between which they got stuck, and how those stand now."""
    if not letters:
        return []
    indices = read_indices(cluster, naming.prefix + "*")
    live = LiveState("", "", indices)
    found = memberships(live, naming, {letter.origin.call for letter in letters})
    uuids = {index.uuid for index in indices.values()}
    groups: list[Group] = []
    for _, same in groupby(sorted(letters, key=_between), key=_between):
        some = tuple(same)
        origin = some[0].origin
        membership = found[origin.call]
        copy = next((m for m in membership.members if m.index.name == origin.target), None)
        groups.append(
            Group(
                origin,
                some,
                seen=copy is not None and (copy.read or copy.uuid in membership.successors),
                writable=copy is not None and copy_alias(origin.h8) in copy.index.aliases,
                source_there=origin.source_uuid in uuids,
                steps=copy.mark.steps if copy is not None else None,
            )
        )
    return groups


def discard(cluster: Cluster, letters: Sequence[Letter]) -> None:
    """Throws the documents of letters away; that they were there, and why, is kept.

    Raises:
        StoppedError: If the cluster refuses.
        ClusterError: If it does not answer.
    """
    # Made by an older version, the index may not know the field yet.
    fields = INDEX_BODY["mappings"]["properties"]
    new = {"discarded": fields["discarded"]}
    cluster.put(f"/{DEAD_LETTER_INDEX}/_mapping", {"properties": new})
    at = datetime.now(UTC).isoformat(timespec="seconds")
    for start in range(0, len(letters), _PAGE):
        lines: list[bytes] = []
        for letter in letters[start : start + _PAGE]:
            entry = {**letter.to_dict(), "h8": letter.origin.h8, "discarded": at}
            lines += (
                orjson.dumps({"index": {"_id": entry.pop("letter")}}),
                orjson.dumps(entry),
            )
        _write(cluster, b"\n".join(lines) + b"\n")


def _write(cluster: Cluster, body: bytes) -> None:
    answer = orjson.loads(patiently(lambda: cluster.bulk(DEAD_LETTER_INDEX, body, refresh=True)))
    if answer["errors"]:
        failed = next(i["index"]["error"] for i in answer["items"] if "error" in i["index"])
        raise StoppedError(
            "discard-refused",
            "Dead letters could not be discarded.",
            where=DEAD_LETTER_INDEX,
            why=str(failed.get("reason")),
        )


def _read(cluster: Cluster, query: JsonObject) -> Iterator[Letter]:
    after: list[Any] = []
    try:
        cluster.send("POST", f"/{DEAD_LETTER_INDEX}/_refresh")
    except ClusterError as error:
        if error.status == 404:
            return
        raise
    while True:
        body: JsonObject = {
            "size": _PAGE,
            "_source": {"excludes": ["document"]},
            "query": query,
            "sort": [{"_seq_no": "asc"}],
        }
        if after:
            body["search_after"] = after
        hits = cluster.query(f"/{DEAD_LETTER_INDEX}/_search", body)["hits"]["hits"]
        yield from (_letter(hit["_id"], hit["_source"]) for hit in hits)
        if len(hits) < _PAGE:
            return
        after = hits[-1]["sort"]


def _letter(key: str, source: JsonObject) -> Letter:
    come_from, target = source["source"], source["target"]
    return Letter(
        key=key,
        origin=Origin(
            source["call"],
            source["h8"],
            come_from["index"],
            come_from["uuid"],
            come_from["generation"],
            target["index"],
            target["generation"],
        ),
        id=source["id"],
        routing=source.get("routing"),
        reason=source["reason"],
        step=source.get("step"),
        at=source["at"],
        document=b64decode(source.get("document", "")),
    )


def _between(letter: Letter) -> tuple[str, str, str, str]:
    origin = letter.origin
    return (origin.call, origin.source, origin.source_uuid, origin.h8)


def _the_one(letters: Iterable[Letter], beginning: str) -> Letter:
    found = [letter for letter in letters if letter.key.startswith(beginning)]
    if len(found) == 1:
        return found[0]
    raise InputError(
        "letter-unknown" if not found else "letter-ambiguous",
        "No dead letter has an id that begins so."
        if not found
        else "Several dead letters have ids that begin so.",
        where=beginning,
        why=", ".join(letter.key[: SHORT + 8] for letter in found[:4]) or None,
        fix="ucaudit dead-letters list shows the ids.",
    )
