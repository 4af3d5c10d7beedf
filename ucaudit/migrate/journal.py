"""How far each copy has come. A cache: if it is lost, documents are copied again, harmlessly."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Final

import orjson

from ucaudit.cluster.client import Cluster, patiently
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.state import ShardState
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.deadletters import ensure_index
from ucaudit.migrate.digest import Tally, tally_from
from ucaudit.names import JOURNAL_INDEX

_KEYWORD: Final = {"type": "keyword"}
INDEX_BODY: Final[JsonObject] = {
    "settings": {"index.number_of_shards": 1, "index.auto_expand_replicas": "0-1"},
    "mappings": {
        "dynamic": False,
        "properties": {
            "source": _KEYWORD,
            "source_uuid": _KEYWORD,
            "target": _KEYWORD,
            "target_uuid": _KEYWORD,
            "shard": {"type": "long"},
            "history_uuid": _KEYWORD,
            "checkpoint": {"type": "long"},
            "documents": {"type": "long"},
            "dead": {"type": "long"},
            "at": {"type": "date"},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A source and its copy, by the UUIDs that tell them from others of the same name."""

    source: str
    source_uuid: str
    target: str
    target_uuid: str

    def key(self, shard: ShardState) -> str:
        """Id of the journal's entry for one shard."""
        return f"{self.source_uuid}.{self.target_uuid}.{shard.shard}.{shard.history_uuid}"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a shard has been copied.

    Attributes:
        at: Documents up to this sequence number are in the copy, or dead letters; -1 for none.
        tally: What they are; ``None`` where that is not known.
    """

    at: int = -1
    tally: Tally | None = field(default_factory=Tally)


class Journal:
    """Checkpoints in the cluster."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made = False
        self._lock = Lock()

    def load(
        self, pair: Pair, shards: Mapping[int, ShardState], via: Iterable[str] = ()
    ) -> dict[int, Checkpoint]:
        """The checkpoint of each shard.

        Args:
            pair: Source and copy.
            shards: The source's shards.
            via: UUIDs of other copies of the source whose checkpoints count too; what they stand
                for is not told.
        """
        pairs = [pair, *(replace(pair, target_uuid=uuid) for uuid in via)]
        keys = {(one, number): one.key(state) for one in pairs for number, state in shards.items()}
        found = self._read(keys.values())
        furthest = dict.fromkeys(shards, Checkpoint())
        for (one, number), key in keys.items():
            if key in found and int(found[key]["checkpoint"]) > furthest[number].at:
                tally = tally_from(found[key]) if one == pair else None
                furthest[number] = Checkpoint(int(found[key]["checkpoint"]), tally)
        return furthest

    def load_keys(self, keys: Iterable[str]) -> dict[str, int]:
        """Checkpoints by key; unknown keys are left out."""
        return {key: int(entry["checkpoint"]) for key, entry in self._read(keys).items()}

    def _read(self, keys: Iterable[str]) -> dict[str, JsonObject]:
        wanted = sorted(keys)
        found: dict[str, JsonObject] = {}
        for start in range(0, len(wanted), 1000):
            try:
                answer = self._cluster.query(
                    f"/{JOURNAL_INDEX}/_mget", {"ids": wanted[start : start + 1000]}
                )
            except ClusterError as error:
                if error.status == 404:
                    return {}
                raise
            for document in answer["docs"]:
                if document.get("found"):
                    found[document["_id"]] = document["_source"]
        return found

    def save(
        self,
        pair: Pair,
        shards: Mapping[int, ShardState],
        checkpoints: Mapping[int, Checkpoint],
    ) -> None:
        """Stores checkpoints of shards."""
        self._ensure()
        at = datetime.now(UTC).isoformat(timespec="seconds")
        lines: list[bytes] = []
        for number, checkpoint in checkpoints.items():
            entry = {
                "source": pair.source,
                "source_uuid": pair.source_uuid,
                "target": pair.target,
                "target_uuid": pair.target_uuid,
                "shard": number,
                "history_uuid": shards[number].history_uuid,
                "checkpoint": checkpoint.at,
                **(checkpoint.tally.to_dict() if checkpoint.tally else {}),
                "at": at,
            }
            lines.append(orjson.dumps({"index": {"_id": pair.key(shards[number])}}))
            lines.append(orjson.dumps(entry))
        if lines:
            body = b"\n".join(lines) + b"\n"
            patiently(lambda: self._cluster.bulk(JOURNAL_INDEX, body, filter_path="errors"))

    def _ensure(self) -> None:
        with self._lock:
            if not self._made:
                ensure_index(self._cluster, JOURNAL_INDEX, INDEX_BODY)
                self._made = True
