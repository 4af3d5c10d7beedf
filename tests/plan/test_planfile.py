"""Plans on paper."""

from __future__ import annotations

import linecache
from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from tests.migrate.factory import history, port_history
from tests.plan.live import NOW, OPTIONS, copy_of, expanded, native, plan_for, state, superseded
from ucaudit.errors import InputError, RefusedError
from ucaudit.history.version import CallHistory
from ucaudit.plan.mending import TOTAL_FIELDS
from ucaudit.plan.operations import from_dict
from ucaudit.plan.planfile import SavedPlan, load_plan, plan_document
from ucaudit.plan.planner import make_plan
from ucaudit.plan.scope import Scope

CALL = "wallets.push"
ONE, TWO, THREE = (port_history(CALL, upto=n) for n in (1, 2, 3))


@pytest.fixture
def saved(tmp_path: Path) -> SavedPlan:
    path = tmp_path / "a.plan"
    path.write_text(plan_document(plan_for(THREE, state(native(TWO, 1, 1)))))
    return load_plan(path)


def test_operations_come_back_as_they_were(saved: SavedPlan) -> None:
    assert saved.operations() == list(plan_for(THREE, state(native(TWO, 1, 1))).operations())


def test_every_kind_of_operation_survives_json() -> None:
    source = native(TWO, 1, 1)
    target = copy_of(source, THREE, finished=True, hidden=True)
    live = replace(
        state(
            superseded(source),
            target,
            native(port_history(CALL, upto=1), 1, 2, aliases=frozenset()),
            native(port_history(CALL, upto=1), 1, 4, limits={TOTAL_FIELDS: 1}),
            native(port_history(CALL, upto=1), 1, 5, mapping={}),
            native(THREE, 2, 3, meta={"guard": True}, aliases=frozenset()),
            copy_of(source, THREE, name=f"{target.name[:-8]}00000000", uuid="other"),
        ),
        late={source.name: 1},
    )
    operations = list(plan_for(THREE, live).operations())
    kinds = {operation.kind for operation in operations}
    assert kinds >= {
        "add_template",
        "put_mapping",
        "add_aliases",
        "mend_aliases",
        "mend_mapping",
        "mend_settings",
        "backfill",
        "sync_late",
        "finish_swap",
    }
    for operation in operations:
        assert from_dict(orjson.loads(orjson.dumps(operation.to_dict()))) == operation


def test_more_documents_are_no_change(saved: SavedPlan) -> None:
    saved.check_against(plan_for(THREE, state(native(TWO, 1, 1, documents=9, bytes=9))))


@pytest.mark.parametrize(
    ("live", "says"),
    [
        (state(), "2026.11.22 is gone"),
        (state(native(TWO, 1, 1), native(TWO, 1, 2)), "2026.11.21 is new"),
        (state(native(TWO, 1, 1, uuid="again")), "2026.11.22 has changed"),
        (state(native(TWO, 1, 1, hidden=True)), "2026.11.22 has changed"),
        (
            replace(expanded(state(), ONE), indices=state(native(TWO, 1, 1)).indices),
            "template ucaudit-wallets.push.g1 is new",
        ),
        (replace(state(native(TWO, 1, 1)), cluster_id="other"), "another cluster"),
    ],
)
def test_what_has_changed_is_named(saved: SavedPlan, live: object, says: str) -> None:
    with pytest.raises(RefusedError, match=says) as raised:
        saved.check_against(plan_for(THREE, live))  # type: ignore[arg-type]
    assert raised.value.name == "plan-stale"


def test_another_history_is_named(saved: SavedPlan) -> None:
    with pytest.raises(RefusedError, match=r"the recorded history of wallets.push has changed"):
        saved.check_against(plan_for(port_history(CALL, upto=4), state(native(TWO, 1, 1))))


def test_what_the_plan_itself_expanded_is_no_change(saved: SavedPlan) -> None:
    source = native(TWO, 1, 1)
    once_expanded = expanded(state(source), THREE)
    saved.check_against(plan_for(THREE, once_expanded))
    deployed = replace(once_expanded, indices=state(source, native(THREE, 2, 0)).indices)
    saved.check_against(plan_for(THREE, deployed))
    resumed = replace(once_expanded, indices=state(source, copy_of(source, THREE)).indices)
    saved.check_against(plan_for(THREE, resumed))


def test_mappings_and_aliases_that_the_plan_put_are_no_change(tmp_path: Path) -> None:
    before = native(port_history(CALL, upto=1), 1, 1, aliases=frozenset())
    path = tmp_path / "a.plan"
    path.write_text(plan_document(plan_for(TWO, state(before))))
    saved = load_plan(path)
    saved.check_against(plan_for(TWO, expanded(state(native(TWO, 1, 1)), TWO)))
    with pytest.raises(RefusedError, match=r"2026.11.22 has changed"):
        saved.check_against(plan_for(TWO, state(native(TWO, 1, 1, aliases=frozenset()))))


def test_another_call_that_is_released_is_no_change(tmp_path: Path) -> None:
    path = tmp_path / "a.plan"
    live, chosen = state(native(TWO, 1, 1)), replace(OPTIONS, scope=Scope(("wallets.*",)))
    path.write_text(plan_document(make_plan(history(THREE), live, NOW, chosen)))
    two_calls = history(THREE, port_history("files.browse"))
    load_plan(path).check_against(make_plan(two_calls, live, NOW, chosen))
    with pytest.raises(RefusedError, match=r"the recorded history of files.browse is new"):
        load_plan(path).check_against(make_plan(two_calls, live, NOW, OPTIONS))


def test_another_source_of_a_python_step_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "python_step_of_a_plan.py"
    module.write_text("def mend(document):\n    return document\n")
    monkeypatch.syspath_prepend(tmp_path)
    *older, newest = THREE.versions
    call = CallHistory(
        CALL, (*older, replace(newest, steps=({"python": "python_step_of_a_plan:mend"},)))
    )
    live = state(native(TWO, 1, 1))
    path = tmp_path / "a.plan"
    path.write_text(plan_document(plan_for(call, live)))
    load_plan(path).check_against(plan_for(call, live))
    module.write_text("def mend(document):\n    return {}\n")
    linecache.checkcache()
    with pytest.raises(
        RefusedError, match=r"the transform of wallets.push from generation 1 to 2 has changed"
    ):
        load_plan(path).check_against(plan_for(call, live))


@pytest.mark.parametrize("text", ["", "[1]", '{"format": "ucaudit.diff/1"}', "\x00"])
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.plan"
    path.write_text(text)
    with pytest.raises(InputError) as raised:
        load_plan(path)
    assert raised.value.name == "plan-unreadable"


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_plan(tmp_path / "none")


def test_an_edited_plan_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.plan"
    text = plan_document(plan_for(THREE, state(native(TWO, 1, 1))))
    path.write_text(text.replace('"documents": 100', '"documents": 1'))
    with pytest.raises(RefusedError) as raised:
        load_plan(path)
    assert raised.value.name == "plan-edited"
