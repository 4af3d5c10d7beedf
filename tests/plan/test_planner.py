"""History and live state -> operations, as tables; no cluster."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.migrate.factory import CAST, STRING, history, port_history, version
from tests.plan.live import (
    NAMING,
    NOW,
    OPTIONS,
    at,
    copy_of,
    expanded,
    lines,
    names,
    native,
    plan_for,
    state,
    superseded,
)
from ucaudit.cluster.state import Capacity, LiveState, LiveTemplate
from ucaudit.errors import RefusedError
from ucaudit.history.version import CallHistory
from ucaudit.plan import planner
from ucaudit.plan.operations import Backfill, FinishSwap, PutMapping, SyncLate
from ucaudit.plan.planner import make_plan
from ucaudit.plan.scope import Scope
from ucaudit.plan.shapes import overlaid

CALL = "wallets.push"
ONE, TWO, THREE, FOUR = (port_history(CALL, upto=n) for n in (1, 2, 3, 4))


def settled(call: CallHistory, *indices: object, **more: object) -> LiveState:
    return expanded(state(*indices, **more), call)  # type: ignore[arg-type]


def test_an_empty_cluster_gets_the_templates_of_every_generation() -> None:
    assert lines(plan_for(THREE, state())) == [
        "+ template ucaudit-envelope-" + lines(plan_for(ONE, state()))[0][-16:],
        "+ template ucaudit-guard",
        "+ template ucaudit-wallets.push.g1",
        "+ template ucaudit-wallets.push.g1.from",
        "+ template ucaudit-wallets.push.g2",
        "+ template ucaudit-wallets.push.g2.from",
    ]


def test_nothing_to_do() -> None:
    plan = plan_for(THREE, settled(THREE, native(THREE, 2, 1)))
    assert plan.empty
    assert plan.calls[0].documents == {2: 100}


def test_a_new_field_is_put_into_live_indices() -> None:
    old = native(ONE, 1, 1)
    plan = plan_for(TWO, settled(TWO, old))
    (operation,) = plan.operations()
    assert isinstance(operation, PutMapping)
    assert operation.describe() == f"~ mapping {old.name}  version 1 -> 2"
    assert operation.properties["requestJson"]["properties"].keys() == {"note"}
    assert operation.meta["version"] == 2
    assert operation.settings == {}


def test_a_limit_that_the_mapping_needs_is_raised_first() -> None:
    limit = {"index.mapping.total_fields.limit": 2000}
    wide = version(CALL, 2, 1, {"port": STRING, "note": STRING}, parent=ONE.newest, settings=limit)
    call = CallHistory(CALL, (ONE.newest, wide))
    (operation,) = plan_for(call, settled(call, native(ONE, 1, 1))).operations()
    assert isinstance(operation, PutMapping)
    assert operation.settings == limit


def test_a_new_generation_is_backfilled_closed_days_first_newest_first() -> None:
    live = settled(THREE, *(native(TWO, 1, days) for days in (0, 1, 5, 2)))
    fills = list(plan_for(THREE, live).operations())
    assert all(isinstance(fill, Backfill) for fill in fills)
    assert [fill.subject()[-10:] for fill in fills] == [
        "2026.11.22",
        "2026.11.21",
        "2026.11.18",
        "2026.11.23",
    ]
    assert [fill.due for fill in fills if isinstance(fill, Backfill)] == [True, True, True, False]
    first = fills[0]
    assert isinstance(first, Backfill)
    assert first.steps == (CAST,)
    assert first.target == f"http_logs_wallets.push.g2-2026.11.22-from-g1-{first.h8}"
    assert first.due_at == "2026-11-23T01:00+00:00"


@pytest.mark.parametrize(("hours", "due"), [(0.5, False), (1.5, True)])
def test_grace_is_waited_for(hours: float, due: bool) -> None:
    now = NOW.replace(hour=0) + (at(0) - at(0))
    moment = now.replace(hour=int(hours), minute=int(hours % 1 * 60))
    live = settled(THREE, native(TWO, 1, 1))
    (fill,) = make_plan(history(THREE), live, moment, OPTIONS).operations()
    assert isinstance(fill, Backfill)
    assert fill.due is due


def test_finish_does_not_wait() -> None:
    (fill,) = plan_for(THREE, settled(THREE, native(TWO, 1, 0)), finish=True).operations()
    assert isinstance(fill, Backfill)
    assert fill.due


def test_an_unfinished_copy_is_resumed() -> None:
    source = native(TWO, 1, 1)
    target = copy_of(source, THREE, documents=40)
    (fill,) = plan_for(THREE, settled(THREE, source, target)).operations()
    assert isinstance(fill, Backfill)
    assert (fill.target_uuid, fill.copied) == (target.uuid, 40)


def test_an_unfinished_copy_made_by_other_steps_is_deleted_first() -> None:
    source = native(TWO, 1, 1)
    *older, newest = THREE.versions
    mended = CallHistory(CALL, (*older, replace(newest, steps=({**CAST, "on_failure": "null"},))))
    stale = copy_of(source, THREE)
    plan = plan_for(mended, settled(mended, source, stale))
    first, second = plan.operations()
    assert first.describe().startswith(f"- delete {stale.name}")
    assert first.destructive
    assert isinstance(second, Backfill)
    assert plan.summary()["deletions"] == 1


def test_a_copy_whose_source_is_gone_is_left_alone() -> None:
    orphan = copy_of(native(TWO, 1, 1), THREE)
    plan = plan_for(THREE, settled(THREE, orphan))
    assert plan.empty
    assert names(plan.warnings) == ["copy-without-source"]


def test_a_superseded_source_is_left_alone() -> None:
    source = native(TWO, 1, 1)
    plan = plan_for(
        THREE, settled(THREE, superseded(source), copy_of(source, THREE, finished=True))
    )
    assert plan.empty
    assert plan.calls[0].documents == {2: 100}
    assert plan.calls[0].backup == 100


def test_late_documents_are_copied() -> None:
    source = native(TWO, 1, 1)
    target = copy_of(source, THREE, finished=True)
    live = settled(THREE, superseded(source), target, late={source.name: 3})
    (operation,) = plan_for(THREE, live).operations()
    assert isinstance(operation, SyncLate)
    assert operation.target == target.name
    assert operation.steps == (CAST,)


def test_late_documents_of_a_chain_go_to_its_end() -> None:
    first = native(TWO, 1, 1)
    second = copy_of(first, THREE, finished=True)
    third = copy_of(second, FOUR, finished=True)
    live = settled(FOUR, superseded(first), superseded(second), third, late={first.name: 1})
    (operation,) = plan_for(FOUR, live).operations()
    assert isinstance(operation, SyncLate)
    assert operation.target == third.name
    assert operation.steps == FOUR.steps(1, 3)
    assert set(operation.via) == {second.uuid, third.uuid}


@pytest.mark.parametrize(
    ("source_change", "target_change"),
    [
        ({}, {"hidden": True}),
        ({"write_blocked": True}, {}),
        ({"hidden": False}, {}),
        ({"aliases": frozenset({NAMING.base(CALL)})}, {}),
    ],
)
def test_an_interrupted_swap_is_finished(
    source_change: dict[str, object], target_change: dict[str, object]
) -> None:
    source = native(TWO, 1, 1)
    target = replace(copy_of(source, THREE, finished=True), **target_change)  # type: ignore[arg-type]
    hidden = replace(superseded(source), **source_change)  # type: ignore[arg-type]
    (operation,) = plan_for(THREE, settled(THREE, hidden, target)).operations()
    assert isinstance(operation, FinishSwap)
    assert operation.source_generation == 1


def test_an_index_of_the_guard_is_mapped_seen_and_backfilled_without_steps() -> None:
    made = native(
        THREE, 2, 1, meta={"guard": True}, aliases=frozenset(), mapping={"dynamic": "false"}
    )
    before = plan_for(TWO, settled(TWO, made))
    assert before.empty
    assert names(before.warnings) == ["generation-unknown"]
    assert before.calls[0].waiting == {made.name: 100}
    mapping, aliases, fill = plan_for(THREE, settled(THREE, made)).operations()
    assert isinstance(mapping, PutMapping)
    assert mapping.meta["guard"] is True
    assert aliases.kind == "add_aliases"
    assert isinstance(fill, Backfill)
    assert fill.steps == ()
    assert fill.target == f"http_logs_wallets.push.g2-2026.11.22-from-g2-{fill.h8}"


@pytest.mark.parametrize(
    ("meta", "why"),
    [
        (None, "does not carry _meta.ucaudit"),
        ({"call": "other", "generation": 1}, "belongs to other"),
        ({"call": CALL, "generation": 7}, "generation 7"),
    ],
)
def test_an_index_that_is_not_ours_is_refused(meta: dict[str, object] | None, why: str) -> None:
    plan = plan_for(ONE, state(native(ONE, 1, 1, meta=meta)))
    assert names(plan.problems) == ["index-not-ours"]
    assert plan.calls[0].operations == ()
    with pytest.raises(RefusedError, match="not ours") as raised:
        plan.check()
    assert why in (raised.value.why or "")


@pytest.mark.parametrize(
    "change", [{"closed": True}, {"frozen": True}, {"red": True}, {"blocks": ("read_only",)}]
)
def test_an_unusable_index_is_refused(change: dict[str, object]) -> None:
    plan = plan_for(ONE, settled(ONE, native(ONE, 1, 1, **change)))
    assert names(plan.problems) == ["index-not-usable"]


def test_a_mapping_that_drifted_is_refused() -> None:
    drifted = {"properties": {"requestJson": {"properties": {"note": {"type": "long"}}}}}
    plan = plan_for(TWO, settled(TWO, native(ONE, 1, 1, mapping=drifted)))
    assert names(plan.problems) == ["mapping-drifted"]
    assert "requestJson.note" in plan.problems[0].where


def test_an_index_that_is_copied_anyway_keeps_the_mapping_it_drifted_to() -> None:
    index = native(ONE, 1, 1)
    assert index.mapping is not None
    note = {"requestJson": {"properties": {"note": {"type": "long"}}}}
    drifted = {"dynamic": "false", "properties": overlaid(index.mapping["properties"], note)}
    plan = plan_for(THREE, settled(THREE, replace(index, mapping=drifted)))
    assert plan.problems == ()
    assert names(plan.warnings) == ["mapping-drifted"]
    assert [op.kind for op in plan.operations()] == ["backfill"]


def test_versions_that_do_not_fit_into_one_index_are_not_taken_for_drift() -> None:
    envelope = {"type": "object", "properties": {"responseCode": {"type": "string"}}}
    call = CallHistory(CALL, (ONE.newest, replace(TWO.newest, envelope=envelope)))
    plan = plan_for(call, settled(call, native(ONE, 1, 1)))
    (problem,) = plan.problems
    assert problem.name == "versions-incompatible"
    assert "responseCode" in problem.where
    assert problem.why.startswith("from version 1 to 2, ")
    assert "new generation" in problem.fix


def test_no_advice_begins_with_deleting() -> None:
    source = Path(planner.__file__).parent
    text = "".join(path.read_text() for path in source.glob("*.py"))
    assert not re.search(r"fix=\(?\s*f?\"Delete", text)


def test_another_digest_under_the_same_number_is_refused() -> None:
    other = CallHistory(CALL, (version(CALL, 1, 1, {"port": STRING}, salt="other"),))
    plan = plan_for(other, settled(ONE, native(ONE, 1, 1)))
    assert set(names(plan.problems)) == {"other-digest"}


def test_a_descendant_warns_and_changes_nothing() -> None:
    plan = plan_for(ONE, settled(THREE, native(TWO, 1, 1), native(THREE, 2, 0)))
    assert names(plan.warnings) == ["cluster-ahead"]
    assert plan.problems == ()
    assert plan.empty
    assert plan.calls[0].ahead
    assert plan.calls[0].live_version == 3


def test_a_stranger_of_a_higher_number_is_refused() -> None:
    first = version(CALL, 1, 1, {"port": STRING}, salt="other")
    second = version(CALL, 2, 1, {"port": STRING}, parent=first)
    plan = plan_for(ONE, settled(CallHistory(CALL, (first, second))))
    assert set(names(plan.problems)) == {"other-digest"}


def test_a_name_that_the_alias_needs_is_refused() -> None:
    taken = replace(native(ONE, 1, 1), name=NAMING.base(CALL))
    assert names(plan_for(ONE, state(taken)).problems) == ["alias-taken"]


def template(name: str, pattern: str, priority: int, **settings: object) -> LiveTemplate:
    return LiveTemplate(name, (pattern,), priority, None, settings)


def test_a_template_that_wins_over_ours_is_refused() -> None:
    live = replace(state(), templates={"x": template("x", "http_logs_*", 500)})
    assert names(plan_for(ONE, live).problems) == ["template-competes"]


def test_a_template_under_our_name_is_refused() -> None:
    name = NAMING.template(CALL, 1)
    live = replace(state(), templates={name: template(name, "zzz*", 1)})
    assert names(plan_for(ONE, live).problems) == ["template-not-ours"]
    for_others = plan_for(ONE, settled(ONE))
    assert for_others.empty
    prefixed = make_plan(
        history(ONE), settled(ONE), NOW, replace(OPTIONS, naming=replace(NAMING, prefix="x_"))
    )
    assert set(names(prefixed.problems)) == {"template-not-ours"}
    assert "another prefix" in prefixed.problems[0].why


def test_settings_of_templates_that_ours_disable_are_inherited() -> None:
    legacy = {
        "low": template("low", "http_logs_*", 0, **{"index.number_of_shards": "3"}),
        "high": template("high", "http_*", 5, **{"index.codec": "best_compression"}),
        "else": template("else", "other-*", 9, **{"index.number_of_shards": "7"}),
    }
    live = replace(state(), legacy=legacy)
    bodies = {op.subject(): op.to_dict()["body"] for op in plan_for(ONE, live).operations()}
    settings = bodies["ucaudit-wallets.push.g1"]["template"]["settings"]
    assert settings["index.number_of_shards"] == "3"
    assert settings["index.codec"] == "best_compression"
    # A composable template of somebody else had disabled the legacy ones before.
    theirs = {"theirs": template("theirs", "http_logs_*", 10, **{"index.number_of_shards": "2"})}
    live = replace(live, templates=theirs)
    bodies = {op.subject(): op.to_dict()["body"] for op in plan_for(ONE, live).operations()}
    settings = bodies["ucaudit-wallets.push.g1"]["template"]["settings"]
    assert settings["index.number_of_shards"] == "2"
    assert "index.codec" not in settings


def test_templates_of_copies_are_hidden_and_have_no_alias() -> None:
    bodies = {op.subject(): op.to_dict()["body"] for op in plan_for(ONE, state()).operations()}
    body = bodies["ucaudit-wallets.push.g1.from"]
    assert body["template"]["settings"]["index.hidden"] is True
    assert "aliases" not in body["template"]
    assert body["priority"] > bodies["ucaudit-wallets.push.g1"]["priority"]
    assert body["index_patterns"] == ["http_logs_wallets.push-2*-from-g*"]


def test_the_guard_keeps_patterns_of_calls_that_this_checkout_does_not_know() -> None:
    other = port_history("files.browse", upto=1)
    live = settled(ONE, native(ONE, 1, 1))
    plan = plan_for(other, live)
    (guard,) = (op for op in plan.operations() if op.subject() == "ucaudit-guard")
    assert guard.to_dict()["body"]["index_patterns"] == [
        "http_logs_files.browse.g*-2*",
        "http_logs_wallets.push.g*-2*",
    ]


def test_only_limits_the_plan() -> None:
    other = port_history("files.browse", upto=1)
    plan = make_plan(history(ONE, other), state(), NOW, replace(OPTIONS, scope=Scope(("files.*",))))
    assert [call.call for call in plan.calls] == ["files.browse"]
    assert {op.call for op in plan.operations()} == {None, "files.browse"}


def test_no_room_is_refused() -> None:
    live = settled(THREE, native(TWO, 1, 1), native(TWO, 1, 2))
    room = plan_for(THREE, replace(live, capacity=Capacity(shards=4, bytes=320_000)))
    assert room.problems == ()
    full = plan_for(THREE, replace(live, capacity=Capacity(shards=3, bytes=319_999)))
    assert names(full.problems) == ["shard-limit", "disk-full"]


@pytest.mark.parametrize(
    ("scope", "calls"),
    [
        (Scope(), ["a.b", "a.c", "d.e"]),
        (Scope(("a.*", "d.e")), ["a.b", "a.c", "d.e"]),
        (Scope(("a.*",), ("*.c",)), ["a.b"]),
        (Scope((), ("a.*", "d.*")), []),
        (Scope(("A.*",)), []),
    ],
)
def test_scope(scope: Scope, calls: list[str]) -> None:
    assert [call for call in ("a.b", "a.c", "d.e") if call in scope] == calls
    assert Scope(("a.*", "x"), ("y*",)).idle(["a.b"]) == ["x", "y*"]
