"""What a plan was made from, thing by thing, so that a saved plan can name what changed since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from ucaudit.cluster.state import LiveState, LiveTemplate
from ucaudit.history.version import CallHistory
from ucaudit.jsontypes import sha256
from ucaudit.names import Naming
from ucaudit.plan.members import Membership
from ucaudit.plan.operations import (
    AddAliases,
    Backfill,
    MendMapping,
    MendSettings,
    Operation,
    PutMapping,
    PutTemplate,
    SyncLate,
)
from ucaudit.transform.digest import steps_digest

CLUSTER: Final = "cluster"
INDEX: Final = "index "
TRANSFORM: Final = "the transform of "
DRIFT: Final = "the drift of "
AS_WANTED: Final = " as wanted"


def of_histories(calls: Iterable[CallHistory]) -> dict[str, str]:
    """What is recorded of each call."""
    return {
        f"the recorded history of {call.call}": sha256(
            [[v.number, v.generation, v.digest, v.steps_digest] for v in call.versions]
        )[:16]
        for call in calls
    }


def of_operations(operations: Iterable[Operation]) -> dict[str, str]:
    """What copying does, the source of Python functions included, and what templates shall be.

    A template also depends on templates of others, whose settings are kept; what is mended, on what
    somebody changed.
    """
    prints: dict[str, str] = {}
    for op in operations:
        if isinstance(op, Backfill | SyncLate):
            between = f"generation {op.source_generation} to {op.generation}"
            prints[f"{TRANSFORM}{op.call} from {between}"] = steps_digest(op.steps)[:16]
        elif isinstance(op, PutTemplate) and op.call is not None:
            prints[f"template {op.name}{AS_WANTED}"] = op.body["_meta"]["ucaudit"]["template"]
        elif isinstance(op, MendMapping):
            prints[f"{DRIFT}{op.index}"] = sha256(op.properties)[:16]
        elif isinstance(op, MendSettings):
            prints[f"{DRIFT}the limits of {op.index}"] = sha256(op.settings)[:16]
    return prints


def of_cluster(
    live: LiveState, found: Mapping[str, Membership], calls: Iterable[CallHistory], naming: Naming
) -> dict[str, str]:
    """The calls' indices and templates; documents may come and go.

    The guard is left out: it serves other calls too, and is only ever widened.
    """
    prints = {CLUSTER: live.cluster_id}
    for history in calls:
        membership = found[history.call]
        names = [m.index.name for m in membership.members] + [s for s, _ in membership.strangers]
        prints |= {f"{INDEX}{name}": _index(live, name, naming) for name in names}
        for generation in {v.generation for v in history.versions}:
            for name in (
                naming.template(history.call, generation),
                naming.copy_template(history.call, generation),
            ):
                if template := live.templates.get(name):
                    prints[f"template {name}"] = _template(template)
    return prints


def expanded(live: LiveState, operations: Iterable[Operation]) -> LiveState:
    """``live`` as it is once the expanding operations are done."""
    indices, templates = dict(live.indices), dict(live.templates)
    for op in operations:
        if isinstance(op, PutTemplate) and not op.component:
            patterns, meta = tuple(op.body["index_patterns"]), op.body["_meta"]["ucaudit"]
            templates[op.name] = LiveTemplate(op.name, patterns, op.body["priority"], meta)
        elif isinstance(op, PutMapping):
            indices[op.index] = replace(indices[op.index], meta=op.meta)
        elif isinstance(op, AddAliases):
            there = indices[op.index]
            indices[op.index] = replace(there, aliases=there.aliases.union(op.aliases))
    return replace(live, indices=indices, templates=templates)


def _index(live: LiveState, name: str, naming: Naming) -> str:
    index = live.indices[name]
    return sha256(
        [
            index.uuid,
            sorted(a for a in index.aliases if a.startswith((naming.prefix, "ucaudit-"))),
            index.meta,
            [index.hidden, index.write_blocked, list(index.blocks), index.closed],
            index.shards,
        ]
    )[:16]


def _template(template: LiveTemplate) -> str:
    return sha256([template.meta, list(template.patterns), template.priority])[:16]
