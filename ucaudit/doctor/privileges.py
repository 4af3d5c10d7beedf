"""Which privileges commands need, and whether the credentials have them.

Tried on a secured Elasticsearch: with ``MIGRATE`` every command works, with ``READ`` those that
change nothing. Documents are written to copies and to ucaudit's own indices only, never to the
indices that writers write to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ucaudit.cluster.client import OPENSEARCH, Cluster
from ucaudit.cluster.failures import ClusterError
from ucaudit.doctor.finding import Check
from ucaudit.jsontypes import JsonObject
from ucaudit.names import DEAD_LETTER_INDEX, JOURNAL_INDEX, LOCK_INDEX

_OWN: Final = "ucaudit-*"


@dataclass(frozen=True, slots=True)
class Role:
    """What a kind of work needs.

    Attributes:
        cluster: Privileges on the cluster.
        indices: Index patterns to privileges; ``{prefix}`` stands for the configured prefix.
    """

    cluster: tuple[str, ...]
    indices: Mapping[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def body(self, prefix: str) -> JsonObject:
        """The role as Elasticsearch takes it (``PUT /_security/role/NAME``)."""
        return {
            "cluster": list(self.cluster),
            "indices": [
                {
                    "names": [name.format(prefix=prefix) for name in names],
                    "privileges": list(privileges),
                }
                for names, privileges in self.indices.items()
            ],
        }


READ: Final = Role(
    cluster=("monitor",),
    indices={("{prefix}*", _OWN): ("read", "view_index_metadata", "monitor")},
)
MIGRATE: Final = Role(
    cluster=("monitor", "manage_index_templates"),
    indices={
        ("{prefix}*", _OWN): ("read", "manage"),
        (
            "{prefix}*-from-g*",
            "ucaudit-copy-*",
            JOURNAL_INDEX,
            LOCK_INDEX,
            DEAD_LETTER_INDEX,
        ): ("write",),
    },
)
WRITER: Final = Role(cluster=(), indices={("{prefix}*",): ("create_doc", "auto_configure")})


def privileges(cluster: Cluster, prefix: str) -> Check:
    """Whether the credentials may do what ``migrate`` and all others need.

    Raises:
        ClusterError: If the cluster does not answer.
    """
    try:
        lacks = list(_lacking(cluster, MIGRATE, prefix))
        if not lacks:
            return Check("privileges", "ok", "for every command")
        lacks_reading = list(_lacking(cluster, READ, prefix))
    except ClusterError as error:
        if error.status not in (400, 404, 405):
            raise
        if cluster.server().product == OPENSEARCH:
            return Check("privileges", "skipped", "OpenSearch does not say which are there")
        return Check("privileges", "ok", "this server does not ask for any")
    fix = "Grant them, or use other credentials; docs: least-privilege roles."
    if lacks_reading:
        what = "The credentials lack what every command needs."
        return Check("privileges", "problem", what, "; ".join(lacks_reading), fix, "not-permitted")
    what = "The credentials may look, but not migrate."
    return Check("privileges", "warning", what, "; ".join(lacks), fix, "not-permitted")


def _lacking(cluster: Cluster, role: Role, prefix: str) -> Iterator[str]:
    wanted = role.body(prefix)
    answer = cluster.query(
        "/_security/user/_has_privileges",
        {"cluster": wanted["cluster"], "index": wanted["indices"]},
    )
    if missing := _denied(answer["cluster"]):
        yield f"{', '.join(missing)} on the cluster"
    for entry in wanted["indices"]:
        found: dict[tuple[str, ...], list[str]] = {}
        for name in entry["names"]:
            has = {p: answer["index"][name][p] for p in entry["privileges"]}
            if missing := _denied(has):
                found.setdefault(missing, []).append(name)
        for missing, names in found.items():
            yield f"{', '.join(missing)} on {', '.join(names)}"


def _denied(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(privilege for privilege, granted in answer.items() if not granted)
