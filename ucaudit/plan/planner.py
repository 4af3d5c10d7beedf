"""History and live state -> plan. Pure: asks no cluster, reads no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ucaudit.cluster.state import LiveState, LiveTemplate
from ucaudit.history.version import CallHistory, History
from ucaudit.jsontypes import JsonObject, sha256
from ucaudit.names import GUARD_TEMPLATE, Naming
from ucaudit.plan.drift import Drift
from ucaudit.plan.fingerprint import expanded, of_cluster, of_histories, of_operations
from ucaudit.plan.indices import IndexPlanner
from ucaudit.plan.lineage import Standing, standing_of
from ucaudit.plan.members import Membership, memberships
from ucaudit.plan.meta import mark_of
from ucaudit.plan.operations import Backfill, Operation
from ucaudit.plan.pins import live_pin, pin_notices
from ucaudit.plan.plan import CallPlan, Notice, Plan
from ucaudit.plan.scope import Scope
from ucaudit.plan.shapes import Shape, shape_of
from ucaudit.plan.strangers import strange_notices
from ucaudit.plan.template_drift import TemplateWork, put_component, put_template
from ucaudit.plan.templates import (
    PRIORITY,
    Defaults,
    competitors,
    component_template,
    copy_template,
    guard_template,
    index_settings,
    index_template,
    inherited,
)


@dataclass(frozen=True, slots=True)
class Options:
    """What a plan is made for, besides history and cluster.

    Attributes:
        naming: How indices are named.
        defaults: Settings of new indices that no template decides.
        grace: How long after its day an index may still get documents.
        scope: Which calls are meant.
        finish: Whether to swap indices in before their day is over.
        pins: Call -> generation that it shall be kept at from now on.
        forward: Whether calls that are kept at an earlier generation shall go on.
    """

    naming: Naming = field(default_factory=Naming)
    defaults: Defaults = field(default_factory=Defaults)
    grace: timedelta = timedelta(hours=1)
    scope: Scope = field(default_factory=Scope)
    finish: bool = False
    pins: Mapping[str, int] = field(default_factory=dict)
    forward: bool = False


def make_plan(history: History, live: LiveState, now: datetime, options: Options) -> Plan:
    """What brings the cluster to the released history."""
    naming = options.naming
    chosen = [call for name, call in sorted(history.calls.items()) if name in options.scope]
    found = memberships(live, naming, history.calls)
    planned = [_CallPlanner(call, found[call.call], live, now, options).plan() for call in chosen]
    problems = [problem for result in planned for problem in result.problems]
    operations = [op for result in planned for op in result.call.operations]
    problems += _no_room(operations, live)
    shared = _shared(history, planned, live, options)
    made_from, once_expanded = _fingerprint(live, found, chosen, operations, options)
    return Plan(
        cluster_id=live.cluster_id,
        cluster_version=live.version,
        made_at=now,
        history=sha256(of_histories(chosen)),
        fingerprint=made_from,
        expanded=once_expanded,
        scope=options.scope,
        finish=options.finish,
        shared=shared.operations,
        shared_drift=shared.drift,
        calls=tuple(result.call for result in planned),
        problems=tuple(problems),
        warnings=tuple(warning for result in planned for warning in result.warnings),
    )


def _no_room(operations: list[Operation], live: LiveState) -> Iterable[Notice]:
    """Copies are made beside their sources: there must be room for both."""
    fills = [op for op in operations if isinstance(op, Backfill)]
    room = live.capacity
    sources = [live.indices[fill.source] for fill in fills if fill.target_uuid is None]
    shards = sum(source.shards * (1 + source.replicas) for source in sources)
    if room.shards is not None and shards > room.shards:
        yield Notice(
            "shard-limit",
            "The cluster's limit of shards leaves no room for the copies.",
            where=f"{len(sources):,} indices",
            why=f"they need {shards:,} shards, and {max(room.shards, 0):,} are left",
            fix="Raise cluster.max_shards_per_node, or migrate some calls at a time (--only).",
        )
    needed = sum(source.bytes * (1 + source.replicas) for source in sources)
    if room.bytes is not None and needed > room.bytes:
        yield Notice(
            "disk-full",
            "The disks have no room for the copies.",
            where=f"{len(sources):,} indices",
            why=f"they need about {needed:,} bytes, and {room.bytes:,} are free",
            fix="Make room, or migrate some calls at a time (--only, --exclude).",
        )


def _fingerprint(
    live: LiveState,
    found: dict[str, Membership],
    chosen: list[CallHistory],
    operations: list[Operation],
    options: Options,
) -> tuple[dict[str, str], dict[str, str]]:
    """What the plan is made from, and what differs of it once the plan itself has expanded."""
    naming, defaults = options.naming, options.defaults
    before = {
        "the configuration": sha256([naming.prefix, defaults.shards, defaults.replicas])[:16],
        **of_histories(chosen),
        **of_operations(operations),
        **of_cluster(live, found, chosen, naming),
    }
    after = of_cluster(expanded(live, operations), found, chosen, naming)
    return before, {thing: value for thing, value in after.items() if before.get(thing) != value}


@dataclass(slots=True)
class _Planned:
    call: CallPlan
    shapes: list[Shape]
    problems: list[Notice]
    warnings: list[Notice]


class _CallPlanner:
    """Makes the plan of one call."""

    def __init__(
        self,
        history: CallHistory,
        membership: Membership,
        live: LiveState,
        now: datetime,
        options: Options,
    ) -> None:
        self.history = history
        self.membership = membership
        self.live = live
        self.now = now
        self.options = options
        self.problems: list[Notice] = []
        self.warnings: list[Notice] = []
        self.pin = self._pin()

    def _pin(self) -> int | None:
        """The generation that the call is kept at, if that is not the newest one."""
        call = self.history.call
        pin = None if self.options.forward else live_pin(self.live, self.options.naming, call)
        pin = self.options.pins.get(call, pin)
        return pin if pin is not None and pin < self.history.generation else None

    def plan(self) -> _Planned:
        naming, history = self.options.naming, self.history
        generations = sorted({v.generation for v in history.versions})
        shapes = [shape for g in generations if (shape := shape_of(history, g)) is not None]
        standing = standing_of(history, self.membership, self.live, naming)
        problems, warnings = strange_notices(history.call, self.membership, self.live)
        self.problems += [*standing.problems, *problems, *self._taken_names()]
        self.warnings += [*standing.warnings, *warnings]
        self.warnings += pin_notices(self.history, self.membership, self.pin)
        operations: list[Operation] = []
        drift: list[Drift] = []
        indices = IndexPlanner(
            history, self.membership, self.live, self.now, self.options, self.pin
        )
        if not standing.ahead and not self.problems:
            templates = self._templates(shapes)
            operations += [*templates.operations, *indices.operations()]
            drift += [*templates.drift, *indices.drift]
            self.problems += indices.problems
            self.warnings += indices.warnings
        return _Planned(
            self._call_plan(standing, tuple(operations), tuple(drift)),
            [] if standing.ahead else shapes,
            self.problems,
            self.warnings,
        )

    def _call_plan(
        self, standing: Standing, operations: tuple[Operation, ...], drift: tuple[Drift, ...]
    ) -> CallPlan:
        documents: dict[int, int] = {}
        waiting: dict[str, int] = {}
        backup = 0
        for member in self.membership.members:
            count = member.index.documents
            if member.uuid in self.membership.successors:
                backup += count
            elif member.read:
                generation = member.name.generation
                documents[generation] = documents.get(generation, 0) + count
            elif not member.name.is_copy:
                waiting[member.index.name] = count
        copies = [m.name.h8 for m in self.membership.members if m.name.h8]
        return CallPlan(
            call=self.history.call,
            version=self.history.newest.number,
            generation=self.history.generation,
            live_version=standing.version,
            live_generation=standing.generation,
            ahead=standing.ahead,
            pinned=self.pin,
            documents=documents,
            backup=backup,
            waiting=waiting,
            dead_letters=sum(self.live.dead_letters.get(h8, 0) for h8 in copies),
            operations=operations,
            drift=drift,
        )

    def _templates(self, shapes: list[Shape]) -> TemplateWork:
        work = TemplateWork()
        naming, options = self.options.naming, self.options
        for shape in shapes:
            settings = index_settings(shape, naming, options.defaults, self.live)
            number = shape.generation
            bodies = {
                naming.template(shape.call, number): index_template(
                    shape, naming, settings, self.pin
                ),
                naming.copy_template(shape.call, number): copy_template(shape, naming, settings),
            }
            for name, body in bodies.items():
                work += put_template(self.live, name, body, shape.call)
        return work

    def _taken_names(self) -> Iterable[Notice]:
        naming, call = self.options.naming, self.history.call
        numbers = {v.generation for v in self.history.versions}
        aliases = {naming.base(call), naming.all_alias(call)}
        aliases |= {naming.generation_alias(call, number) for number in numbers}
        for alias in sorted(aliases & set(self.live.indices)):
            yield Notice(
                "alias-taken",
                "An index has the name that the call's read alias needs.",
                where=alias,
                fix="Choose another prefix in the configuration, leave the call "
                "out (--exclude), or reindex the index under another name.",
                call=call,
            )
        for number in sorted(numbers):
            for template in competitors(naming.stem(call, number), self.live):
                yield Notice(
                    "template-competes",
                    "A template of somebody else would win over ours.",
                    where=template.name,
                    why=f"it matches {naming.stem(call, number)}-… with priority "
                    f"{template.priority}; ours has {PRIORITY}",
                    fix="Lower its priority below 400, narrow its patterns, or "
                    "leave the call out (--exclude).",
                    call=call,
                )
            patterns = {
                naming.template(call, number): naming.pattern(call, number),
                naming.copy_template(call, number): naming.copy_pattern(call, number),
            }
            for name, pattern in patterns.items():
                reason = _not_ours(self.live.templates.get(name), call, pattern)
                if reason:
                    yield Notice(
                        "template-not-ours",
                        "A template has one of our names, but is not ours.",
                        where=name,
                        why=reason,
                        fix="Leave the call out (--exclude), or use the prefix that it was made "
                        "for. If nobody needs the template, delete it.",
                        call=call,
                    )


def _not_ours(template: LiveTemplate | None, call: str, pattern: str) -> str:
    if template is None:
        return ""
    mark = mark_of(template.meta)
    if mark is None or mark.call != call:
        return "its _meta.ucaudit does not name this call"
    if pattern not in template.patterns:
        return f"it is for {', '.join(template.patterns)}: another prefix"
    return ""


def _shared(
    history: History, planned: list[_Planned], live: LiveState, options: Options
) -> TemplateWork:
    work = TemplateWork()
    wanted = {e.name: e for result in planned for shape in result.shapes for e in shape.envelopes}
    for name, envelope in sorted(wanted.items()):
        work += put_component(live, name, component_template(envelope))
    if any(result.shapes for result in planned):
        work += put_template(live, GUARD_TEMPLATE, _guard(history, live, options), None)
    return work


def _guard(history: History, live: LiveState, options: Options) -> JsonObject:
    naming, defaults = options.naming, options.defaults
    there = live.templates.get(GUARD_TEMPLATE)
    settings = {
        "index.number_of_shards": defaults.shards,
        "index.number_of_replicas": defaults.replicas,
        **inherited(f"{naming.prefix}call.g2", live),
    }
    # Patterns are only ever added: a checkout that knows fewer calls must not disarm the guard.
    patterns = {naming.guard_pattern(call) for call in history.calls}
    return guard_template(patterns.union(there.patterns if there else ()), settings)
