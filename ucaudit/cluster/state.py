"""What a cluster holds, as plain data: planners read this and never the cluster itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ucaudit.jsontypes import JsonObject


@dataclass(frozen=True, slots=True)
class LiveIndex:
    """One index as the cluster shows it.

    Attributes:
        name: Its name.
        uuid: Its UUID: an index made anew under the same name has another one.
        aliases: Names of its aliases.
        meta: ``_meta.ucaudit`` of its mapping, or ``None`` if it has none.
        hidden: Whether wildcards pass it by.
        write_blocked: Whether ``index.blocks.write`` is set.
        blocks: Other blocks that are set, such as ``read_only``.
        closed: Whether it is closed.
        frozen: Whether searches pass it by until it is unfrozen (Elasticsearch 7 and 8).
        red: Whether a primary shard of it is not assigned.
        shards: Primary shards.
        replicas: Replicas of each.
        refresh: ``index.refresh_interval``, or ``None`` for the default.
        limits: Limits on its mapping that are set (``index.mapping.total_fields.limit`` …).
        created: When it was made, in milliseconds since 1970.
        documents: Documents that a search finds now (nested ones are not counted).
        bytes: Size of the primaries.
        mapping: The whole mapping, but for our mark, where it is needed; ``None`` where it is as
            recorded. Indices with equal mappings share one object.
    """

    name: str
    uuid: str
    aliases: frozenset[str] = frozenset()
    meta: JsonObject | None = None
    hidden: bool = False
    write_blocked: bool = False
    blocks: tuple[str, ...] = ()
    closed: bool = False
    frozen: bool = False
    red: bool = False
    shards: int = 1
    replicas: int = 1
    refresh: str | None = None
    limits: Mapping[str, int] = field(default_factory=dict)
    created: int = 0
    documents: int = 0
    bytes: int = 0
    mapping: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class LiveTemplate:
    """An index template, component template or legacy template.

    Attributes:
        name: Its name.
        patterns: Index patterns; empty for a component.
        priority: ``priority``, or ``order`` of a legacy template.
        meta: ``_meta.ucaudit``, or ``None`` if it is not ours.
        settings: Settings it gives to indices, flat (``index.number_of_shards``).
        body: The whole of it as JSON, if it is ours and was read.
    """

    name: str
    patterns: tuple[str, ...] = ()
    priority: int = 0
    meta: JsonObject | None = None
    settings: Mapping[str, object] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class ShardState:
    """Sequence numbers of a primary shard.

    Attributes:
        shard: Its number.
        history_uuid: Changes when sequence numbers start to mean something else.
        max_seq_no: Highest number given out.
        global_checkpoint: Up to here nothing is rolled back any more.
    """

    shard: int
    history_uuid: str
    max_seq_no: int
    global_checkpoint: int


@dataclass(frozen=True, slots=True)
class Capacity:
    """Room in a cluster; ``None`` where it does not say.

    Attributes:
        shards: Shards that may still be made.
        bytes: Disk space that is free on all nodes together.
    """

    shards: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class LiveState:
    """Everything that a plan is made from.

    Attributes:
        cluster_id: UUID of the cluster.
        version: Version of the oldest node.
        indices: Indices under our prefix, by name.
        templates: Index templates, by name.
        components: Our component templates, by name.
        legacy: Legacy index templates, by name.
        late: Superseded index -> operations in it that were not looked at yet.
        dead_letters: ``h8`` of a copy -> its dead letters.
        capacity: Room for more.
        product: ``Elasticsearch`` or ``OpenSearch``.
    """

    cluster_id: str
    version: str
    indices: Mapping[str, LiveIndex] = field(default_factory=dict)
    templates: Mapping[str, LiveTemplate] = field(default_factory=dict)
    components: Mapping[str, LiveTemplate] = field(default_factory=dict)
    legacy: Mapping[str, LiveTemplate] = field(default_factory=dict)
    late: Mapping[str, int] = field(default_factory=dict)
    dead_letters: Mapping[str, int] = field(default_factory=dict)
    capacity: Capacity = Capacity()
    product: str = "Elasticsearch"
