"""Live states made by hand, as a cluster would show them after our own operations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ucaudit.cluster.state import LiveIndex, LiveState, LiveTemplate
from ucaudit.history.version import CallHistory, History
from ucaudit.names import Naming
from ucaudit.plan.members import copy_alias, h8_of
from ucaudit.plan.meta import copy_meta
from ucaudit.plan.operations import AddTemplate, PutTemplate
from ucaudit.plan.plan import Plan
from ucaudit.plan.planner import Options, make_plan
from ucaudit.plan.shapes import shape_of
from ucaudit.plan.templates import read_aliases
from ucaudit.transform.digest import steps_digest

NAMING = Naming()
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OPTIONS = Options(naming=NAMING)


def at(days: int) -> datetime:
    """That many days before now."""
    return NOW - timedelta(days=days)


def native(call: CallHistory, generation: int, days: int, **more: Any) -> LiveIndex:
    """A daily index as its template makes it."""
    shape = shape_of(call, generation)
    assert shape is not None
    name = NAMING.daily(call.call, generation, at(days))
    index = LiveIndex(
        name=name,
        uuid=f"uuid-{name}",
        aliases=frozenset(read_aliases(NAMING, call.call, generation)),
        meta=shape.meta,
        documents=100,
        bytes=80_000,
        mapping={"dynamic": "false", **shape.mapping()},
    )
    return replace(index, **more)


def copy_of(
    source: LiveIndex, call: CallHistory, *, finished: bool = False, **more: Any
) -> LiveIndex:
    """The copy of ``source`` in the call's current generation."""
    parsed = NAMING.parser([call.call]).parse(source.name)
    assert parsed is not None
    generation = call.generation
    steps = call.steps(parsed.generation, generation) if parsed.generation < generation else ()
    h8 = h8_of(source.uuid, steps_digest(steps))
    shape = shape_of(call, generation)
    assert shape is not None
    name = NAMING.copy(parsed, generation, h8)
    meta = copy_meta(
        shape.meta,
        source=source.name,
        source_uuid=source.uuid,
        source_blocked=False,
        sources=tuple((source.meta or {}).get("sources", ())),
        steps=steps_digest(steps),
    )
    seen = read_aliases(NAMING, call.call, generation) if finished else ()
    index = LiveIndex(
        name=name,
        uuid=f"uuid-{name}",
        aliases=frozenset((*seen, copy_alias(h8))),
        meta=meta,
        hidden=not finished,
        documents=100,
    )
    return replace(index, **more)


def superseded(source: LiveIndex) -> LiveIndex:
    """``source`` after it was swapped out."""
    return replace(source, aliases=frozenset(), hidden=True)


def state(*indices: LiveIndex, **more: Any) -> LiveState:
    """A cluster with these indices and no templates."""
    return LiveState("cluster-1", "9.1.10", {index.name: index for index in indices}, **more)


def expanded(live: LiveState, *calls: CallHistory) -> LiveState:
    """``live`` with all templates of ``calls``."""
    plan = make_plan(History({call.call: call for call in calls}), live, NOW, OPTIONS)
    templates = dict(live.templates)
    components = dict(live.components)
    for operation in plan.operations():
        if isinstance(operation, AddTemplate | PutTemplate):
            body = operation.body
            there = components if operation.component else templates
            there[operation.name] = LiveTemplate(
                operation.name,
                tuple(body.get("index_patterns", ())),
                body.get("priority", 0),
                body["_meta"]["ucaudit"],
            )
    return replace(live, templates=templates, components=components)


def plan_for(call: CallHistory, live: LiveState, **options: Any) -> Plan:
    """The plan for one call."""
    history = History({call.call: call})
    return make_plan(history, live, NOW, replace(OPTIONS, **options))


def lines(plan: Plan) -> list[str]:
    """What the plan does, in lines."""
    return [operation.describe() for operation in plan.operations()]


def names(found: Iterable[Any]) -> list[str]:
    """Names of notices."""
    return [notice.name for notice in found]
