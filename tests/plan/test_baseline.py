"""Which word is said of an index of a time before ucaudit, and why. No engine."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from tests.migrate.factory import STRING, port_history
from tests.plan.live import NAMING, NOW, OPTIONS, at, names, state
from ucaudit.cluster.state import LiveIndex
from ucaudit.history.version import History
from ucaudit.plan.baseline import Baseline, Seen, make_baseline
from ucaudit.plan.brownfield import adopting_properties, is_readable, suits
from ucaudit.plan.meta import adopted_meta
from ucaudit.plan.shapes import Shape, shape_of

CALL = "wallets.push"
ONE = port_history(CALL, upto=1)


def shape() -> Shape:
    found = shape_of(ONE, 1)
    assert found is not None
    return found


def live(**root: Any) -> dict[str, Any]:
    """A mapping that serves, as the cluster would show it."""
    return {"dynamic": "true", **deepcopy(shape().mapping()), **root}


def request(mapping: dict[str, Any]) -> dict[str, Any]:
    """The fields of the call's own data in a mapping."""
    fields: dict[str, Any] = mapping["properties"]["requestJson"]
    return fields


@pytest.mark.parametrize(
    "root",
    [
        {},
        {"dynamic": "strict"},
        {"date_detection": True, "numeric_detection": True},
        {"dynamic_templates": [{"s": {"mapping": {"type": "keyword"}}}]},
        {"runtime": {"other": {"type": "long"}}},
    ],
)
def test_what_the_root_says_of_new_fields_does_not_matter(root: dict[str, Any]) -> None:
    assert suits(live(**root), shape()).index == "none"


@pytest.mark.parametrize(
    ("root", "why"),
    [
        ({"enabled": False}, "nothing of its documents is indexed"),
        ({"subobjects": False}, "dots in their names"),
        ({"runtime": {"requestJson.port": {"type": "long"}}}, "a runtime field hides"),
    ],
)
def test_what_no_mapping_request_can_mend(root: dict[str, Any], why: str) -> None:
    verdict = suits(live(**root), shape())
    assert verdict.index == "reindex"
    assert why in verdict.changes[0].reason


def test_a_missing_field_is_added_where_no_document_can_hold_it() -> None:
    mapping = live()
    del request(mapping)["properties"]["port"]
    assert suits(mapping, shape()).index == "put_mapping"
    body = adopting_properties(mapping, shape())
    assert body == {"requestJson": {"properties": {"port": STRING}}}
    # An index that did not map by itself may hold it, and never indexed it.
    for where in (mapping, request(mapping)):
        was = where.get("dynamic")
        where["dynamic"] = "false"
        (change,) = (c for c in suits(mapping, shape()).changes if c.path == "requestJson.port")
        assert (change.kind, "unindexed" in change.reason) == ("refused", True)
        where["dynamic"] = was or "true"


def test_objects_with_a_will_of_their_own_are_settled() -> None:
    mapping = live()
    request(mapping)["dynamic"] = "strict"
    request(mapping)["properties"]["extra"] = {"type": "nested", "dynamic": "true"}
    del request(mapping)["properties"]["host"]
    verdict = suits(mapping, shape())
    assert {change.path for change in verdict.changes} >= {"requestJson", "requestJson.extra"}
    assert adopting_properties(mapping, shape()) == {
        "requestJson": {
            "dynamic": False,
            "properties": {"extra": {"type": "nested", "dynamic": False}, "host": STRING},
        }
    }


def test_types_that_the_first_document_chose() -> None:
    mapping = live()
    fields = request(mapping)["properties"]
    fields["port"] = {"type": "long"}
    fields["host"] = {"type": "text", "fields": {"keyword": {"type": "keyword"}}}
    verdict = suits(mapping, shape())
    assert verdict.index == "reindex"
    assert {c.path: (c.live, c.wanted) for c in verdict.changes} == {
        "requestJson.port": ({"type": "long"}, STRING),
        "requestJson.host": ({"type": "text"}, STRING),
    }


@pytest.mark.parametrize(
    "mapping",
    [None, [], {"properties": []}, {"properties": {"a": 1}}, {"properties": {"a": {"fields": 1}}}],
)
def test_what_is_no_mapping(mapping: object) -> None:
    assert not is_readable(mapping)


def test_types_of_vendors_are_kept() -> None:
    mapping = live()
    mapping["properties"]["theirs"] = {"type": "aggregate_metric_x", "metrics": ["max"]}
    assert is_readable(mapping)
    assert suits(mapping, shape()).index == "none"


def baseline(*mappings: Any, upto: int = 1, **more: Any) -> Baseline:
    """The baseline of days that have these mappings, today first."""
    indices = [
        LiveIndex(NAMING.daily(CALL, 1, at(days)), f"uuid-{days}", documents=10, bytes=1000, **more)
        for days in range(len(mappings))
    ]
    seen = Seen(dict(zip((i.name for i in indices), mappings, strict=True)), {})
    history = History({CALL: port_history(CALL, upto=upto)})
    return make_baseline(history, state(*indices), seen, NOW, OPTIONS)


def test_days_that_disagree_in_the_same_way_are_one_entry() -> None:
    number, text = live(_meta={"owner": "x"}), live()
    request(number)["properties"]["port"] = {"type": "long"}
    request(text)["properties"]["port"] = {"type": "text"}
    found = baseline(text, number, live(), number, text, number)
    (call,) = found.calls
    assert [(g.need, len(g.adoptions)) for g in call.groups()] == [
        ("serves", 1),
        ("backfill", 2),
        ("backfill", 3),
    ]
    assert found.summary() | {"bytes": 0} == {
        "calls": 1,
        "indices": 6,
        "serves": 1,
        "put_mapping": 0,
        "backfill": 5,
        "left_alone": 0,
        "managed": 0,
        "documents": 60,
        "backfill_documents": 50,
        "backfill_bytes": 5000,
        "templates": 4,
        "bytes": 0,
    }
    bodies = {a.index: a.body for a in found.adoptions()}
    marks = {body["_meta"]["ucaudit"]["generation"] for body in bodies.values()}
    assert marks == {0, 1}
    assert [b["_meta"].get("owner") for b in bodies.values()].count("x") == 3
    assert all(body["dynamic"] is False for body in bodies.values())


def test_an_older_name_is_copied_whatever_its_mapping() -> None:
    (adoption,) = baseline(live(), upto=3).adoptions()
    assert (adoption.need, adoption.meta) == ("backfill", adopted_meta(CALL, None))
    assert adoption.why == "its documents are older than generation 2"


@pytest.mark.parametrize(
    ("mapping", "more", "name"),
    [
        (None, {}, "mapping-unreadable"),
        ({"properties": {"a": 1}}, {}, "mapping-unreadable"),
        (live(), {"closed": True}, "index-not-usable"),
        (live(), {"blocks": ("read_only_allow_delete",)}, "index-not-usable"),
        (live(), {"meta": {"call": "other", "generation": 1}}, "index-claimed"),
        (live(), {"meta": {"version": "x"}}, "index-claimed"),
        ({"_source": {"enabled": "false"}}, {}, "documents-not-kept"),
        ({"_source": {"excludes": ["a.*"]}}, {}, "documents-not-kept"),
    ],
)
def test_what_is_left_alone(mapping: Any, more: dict[str, Any], name: str) -> None:
    found = baseline(mapping, **more)
    assert names(found.left()) == [name]
    assert found.empty


def test_a_write_block_is_no_obstacle() -> None:
    (adoption,) = baseline(live(), write_blocked=True).adoptions()
    assert adoption.need == "serves"
