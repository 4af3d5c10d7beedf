"""What is on the cluster: templates, indices, room, the lock, dead letters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError, refusal
from ucaudit.cluster.state import LiveState
from ucaudit.doctor.finding import Check, State, of_error
from ucaudit.doctor.privileges import privileges
from ucaudit.doctor.server import mismatch, server
from ucaudit.errors import UcauditError
from ucaudit.history.version import History
from ucaudit.migrate.lock import Holder, read_holder
from ucaudit.migrate.preflight import with_refused_settings
from ucaudit.migrate.survey import survey
from ucaudit.plan.plan import Notice, Plan
from ucaudit.plan.planner import Options, make_plan
from ucaudit.report.words import count, counted

TOPICS: Final = (
    "server",
    "privileges",
    "templates",
    "indices",
    "migration",
    "shards",
    "disk",
    "lock",
    "dead letters",
)
_TEMPLATES: Final = frozenset(
    {"template-competes", "template-not-ours", "settings-refused", "settings-untried"}
)
_ROOM: Final = {"shards": "shard-limit", "disk": "disk-full"}
_DAYS: Final = 7  # of new indices that should still fit
_HEALTH: Final[Mapping[str, State]] = {"yellow": "warning", "red": "problem"}


def examine(cluster: Cluster, history: History | None, options: Options) -> Iterator[Check]:
    """Looks at everything on the cluster; what cannot be looked at is said, too.

    Args:
        cluster: The cluster.
        history: The released versions; ``None`` if there are none or they cannot be read.
        options: What plans are made for.
    """
    prefix = options.naming.prefix
    first = server(cluster)
    yield first
    if first.state == "problem" and first.name != "not-permitted":
        yield from skipped(TOPICS[1:], "the server is of no use")
        return
    yield from _attempt("privileges", cluster, lambda: [privileges(cluster, prefix)])
    if first.state == "problem":
        yield from skipped(TOPICS[2:], "it is not permitted")
        return
    if check := mismatch(cluster.server()):
        yield check
    yield from _attempt("templates", cluster, lambda: _planned(cluster, history, options))
    yield from _attempt("lock", cluster, lambda: [_lock(read_holder(cluster))])


def skipped(topics: Iterable[str], why: str) -> Iterator[Check]:
    """Checks that were not made."""
    for topic in topics:
        yield Check(topic, "skipped", f"not looked at: {why}")


def _attempt(topic: str, cluster: Cluster, look: Callable[[], Sequence[Check]]) -> Sequence[Check]:
    """What a look finds, or the error that it met."""
    try:
        return look()
    except ClusterError as error:
        return [of_error(topic, refusal(error, cluster.shown))]
    except UcauditError as error:
        return [of_error(topic, error)]


def _planned(cluster: Cluster, history: History | None, options: Options) -> Sequence[Check]:
    """Checks that rest on the live state, and on a plan where there is something to plan for."""
    live = survey(cluster, history or History(), options.naming)
    plan = make_plan(history or History(), live, datetime.now(UTC), options)
    plan = with_refused_settings(cluster, plan)
    health = _health(cluster)
    checks = [_shards(plan, live, health, options), _disk(plan, live, health), _letters(plan)]
    if history is None:
        return [*skipped(TOPICS[2:5], "nothing is released"), *checks]
    return [_templates(plan, live), _indices(plan, live), _migration(plan), *checks]


def _of_notices(topic: str, state: State, notices: Sequence[Notice]) -> Check:
    first, more = notices[0], len(notices) - 1
    why = first.where + (f": {first.why}" if first.why else "")
    why += f"; {more:,} more" if more else ""
    return Check(topic, state, first.what, why, first.fix, first.name)


def _templates(plan: Plan, live: LiveState) -> Check:
    if found := [p for p in plan.problems if p.name in _TEMPLATES]:
        return _of_notices("templates", "problem", found)
    if found := [w for w in plan.warnings if w.name in _TEMPLATES]:
        return _of_notices("templates", "warning", found)
    ours = sum(template.meta is not None for template in live.templates.values())
    return Check("templates", "ok", f"{ours:,} of ours, none competes with them")


def _indices(plan: Plan, live: LiveState) -> Check:
    elsewhere = _TEMPLATES | set(_ROOM.values())
    if found := [p for p in plan.problems if p.name not in elsewhere]:
        return _of_notices("indices", "problem", found)
    if found := [w for w in plan.warnings if w.name not in elsewhere]:
        return _of_notices("indices", "warning", found)
    if drift := list(plan.drift()):
        return Check(
            "indices",
            "warning",
            f"{count(len(drift), 'thing')} changed by hand on the cluster.",
            fix="See ucaudit status; migrate mends what can be mended.",
            name="drift",
        )
    return Check("indices", "ok", counted(len(live.indices), "audit index", plural="audit indices"))


def _migration(plan: Plan) -> Check:
    pending = sum(bool(call.operations) for call in plan.calls)
    if plan.empty:
        return Check("migration", "ok", "nothing is pending")
    what = counted(pending, "call", "pending", verb=True) or "shared templates are pending"
    return Check("migration", "ok", f"{what}: ucaudit plan")


def _shards(plan: Plan, live: LiveState, health: Mapping[str, Check], options: Options) -> Check:
    if found := [p for p in plan.problems if p.name == _ROOM["shards"]]:
        return _of_notices("shards", "problem", found)
    room = live.capacity.shards
    if room is None:
        return health.get("shards", Check("shards", "skipped", "the server does not say its limit"))
    a_day = len(plan.calls) * options.defaults.shards * (1 + options.defaults.replicas)
    if a_day and room < _DAYS * a_day:
        return Check(
            "shards",
            "problem" if room < a_day else "warning",
            f"{count(max(room, 0), 'shard')} left until the limit, and a day's indices take up to "
            f"{a_day:,}.",
            fix="Delete old indices, roll them up, or raise cluster.max_shards_per_node.",
            name="shard-limit",
        )
    return health.get("shards", Check("shards", "ok", f"{room:,} more fit under the limit"))


def _disk(plan: Plan, live: LiveState, health: Mapping[str, Check]) -> Check:
    if found := [p for p in plan.problems if p.name == _ROOM["disk"]]:
        return _of_notices("disk", "problem", found)
    free = live.capacity.bytes
    if free is None:
        return health.get("disk", Check("disk", "skipped", "the server does not say"))
    return health.get("disk", Check("disk", "ok", f"{free / 1e9:,.1f} GB free"))


def _health(cluster: Cluster) -> Mapping[str, Check]:
    """What the server itself says of disks and shards, where it is not content."""
    try:
        report = cluster.get("/_health_report", verbose=False)
    except ClusterError as error:
        if error.status in (400, 404, 405):
            return {}  # OpenSearch has none
        raise
    found: dict[str, Check] = {}
    for topic, indicates, name in (
        ("disk", "disk", "disk-health"),
        ("shards", "shards_capacity", "shards-health"),
    ):
        indicator = report.get("indicators", {}).get(indicates, {})
        state = _HEALTH.get(indicator.get("status", ""))
        if state is not None:
            fix = "Make room; GET /_health_report says where."
            found[topic] = Check(topic, state, indicator["symptom"], fix=fix, name=name)
    return found


def _lock(holder: Holder | None) -> Check:
    if holder is None:
        return Check("lock", "ok", "nobody holds it")
    if holder.dead():
        return Check(
            "lock",
            "warning",
            "The run that holds the lock is gone; the next one takes it over.",
            holder.shown(),
            "Run ucaudit migrate again, or free it: ucaudit force-unlock",
            "locked",
        )
    return Check("lock", "ok", f"held by {holder.shown()}")


def _letters(plan: Plan) -> Check:
    letters = sum(call.dead_letters for call in plan.calls)
    if not letters:
        return Check("dead letters", "ok", "none")
    return Check(
        "dead letters",
        "warning",
        f"{count(letters, 'document')} could not be migrated, kept aside.",
        fix="ucaudit dead-letters list; mend the steps, then ucaudit dead-letters retry",
        name="dead-letters",
    )
