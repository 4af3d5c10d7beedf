"""Plans on paper."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import orjson
import pytest

from tests.migrate.factory import port_history
from tests.plan.live import copy_of, expanded, native, plan_for, state, superseded
from ucaudit.errors import InputError, RefusedError
from ucaudit.plan.operations import from_dict
from ucaudit.plan.planfile import SavedPlan, load_plan, plan_document

CALL = "wallets.push"
TWO, THREE = port_history(CALL, upto=2), port_history(CALL, upto=3)


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
        (expanded(state(native(TWO, 1, 1)), THREE), "template ucaudit-guard is new"),
        (replace(state(native(TWO, 1, 1)), cluster_id="other"), "another cluster"),
    ],
)
def test_what_has_changed_is_named(saved: SavedPlan, live: object, says: str) -> None:
    with pytest.raises(RefusedError, match=says) as raised:
        saved.check_against(plan_for(THREE, live))  # type: ignore[arg-type]
    assert raised.value.name == "plan-stale"


def test_another_history_is_named(saved: SavedPlan) -> None:
    with pytest.raises(RefusedError, match="history differs"):
        saved.check_against(plan_for(port_history(CALL, upto=4), state(native(TWO, 1, 1))))


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
