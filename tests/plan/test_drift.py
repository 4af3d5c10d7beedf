"""What was changed by hand: told apart field by field, mended or kept; no cluster."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO
from typing import Any

import orjson
import pytest
from rich.console import Console

from tests.migrate.factory import port_history
from tests.plan.live import NAMING, expanded, names, native, plan_for, state
from ucaudit.cluster.state import LiveIndex, LiveState
from ucaudit.plan.drift import mapping_drift
from ucaudit.plan.operations import AddTemplate
from ucaudit.plan.plan import Plan
from ucaudit.plan.shapes import overlaid
from ucaudit.report.plan import print_plan
from ucaudit.report.status import print_status, status_document

CALL = "wallets.push"
ONE, TWO, THREE = (port_history(CALL, upto=n) for n in (1, 2, 3))
WANTED: dict[str, Any] = {
    "dynamic": False,
    "properties": {
        "requestJson": {
            "properties": {
                "port": {"type": "keyword", "ignore_above": 8191},
                "size": {"type": "long", "ignore_malformed": True},
                "spec": {"dynamic": False, "properties": {"at": {"type": "date"}}},
            }
        }
    },
}


def drifted(fields: dict[str, Any], **root: Any) -> list[tuple[str, bool, str]]:
    """What is told when ``requestJson`` has these fields instead."""
    live = {"dynamic": "false", **root, "properties": {"requestJson": {"properties": fields}}}
    found = mapping_drift(WANTED, live, call=CALL, index="i", anew="ANEW")
    return [(drift.describe(), drift.mended, drift.note) for drift in found]


FIELDS = WANTED["properties"]["requestJson"]["properties"]
PORT, SIZE, SPEC = FIELDS["port"], FIELDS["size"], FIELDS["spec"]
FIXED = "the engine cannot take it back in place; ANEW"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"port": {**PORT, "ignore_above": "8191"}}, None),
        ({"spec": {"type": "object", "dynamic": "false", **SPEC}}, None),
        ({"spec": {"properties": {"at": {"type": "date", "store": False}}}}, None),
        (
            {"port": {**PORT, "ignore_above": 256}},
            ("requestJson.port: ignore_above 8191 -> 256", True, ""),
        ),
        (
            {"port": {"type": "text", "fields": {"raw": PORT}}},
            ("requestJson.port: type keyword -> text", False, FIXED),
        ),
        (
            {"port": {**PORT, "fields": {"t": {"type": "text"}}}},
            ("requestJson.port.t: added by hand, a text field", False, "kept"),
        ),
        (
            {"extra": {"type": "acme_vector", "size": 3}},
            ("requestJson.extra: added by hand, an acme_vector field", False, "kept"),
        ),
        (
            {"size": {**SIZE, "meta": {"unit": "B"}}},
            ('requestJson.size: meta default -> {"unit":"B"}', False, "kept"),
        ),
        (
            {"size": {**SIZE, "doc_values": False}},
            ("requestJson.size: doc_values default -> false", False, FIXED),
        ),
        (
            {"size": {**SIZE, "index": "false"}},
            ("requestJson.size: index default -> false", False, FIXED),
        ),
        (
            {"spec": {**SPEC, "dynamic": "strict"}},
            ("requestJson.spec: dynamic default -> strict", True, ""),
        ),
    ],
)
def test_a_field_that_is_not_as_recorded(
    changed: dict[str, Any], told: tuple[str, bool, str] | None
) -> None:
    assert drifted({**FIELDS, **changed}) == ([told] if told else [])


def test_a_missing_field_is_mended() -> None:
    assert drifted({"port": PORT, "size": SIZE}) == [("requestJson.spec: missing", True, "")]


@pytest.mark.parametrize(
    ("root", "told"),
    [
        ({"dynamic": "true"}, ("mapping: dynamic false -> true", True, "")),
        (
            {"_source": {"enabled": False}},
            ('mapping: _source default -> {"enabled":false}', False, FIXED),
        ),
        (
            {"runtime": {"x": {"type": "long"}}},
            ('mapping: runtime default -> {"x":{"type":"long"}}', False, "kept"),
        ),
    ],
)
def test_the_root(root: dict[str, Any], told: tuple[str, bool, str]) -> None:
    assert drifted(FIELDS, **root) == [told]


def settled(*indices: LiveIndex) -> LiveState:
    return expanded(state(*indices), ONE)


def changed(days: int, **fields: Any) -> LiveIndex:
    """A daily index with these fields of the request by hand."""
    index = native(ONE, 1, days)
    assert index.mapping is not None
    by_hand = overlaid(index.mapping["properties"], {"requestJson": {"properties": fields}})
    return replace(index, mapping={"dynamic": "false", "properties": by_hand})


def shown(plan: Plan) -> str:
    made = Console(file=StringIO(), width=80, highlight=False)
    print_plan(made, plan, NAMING)
    print_status(made, plan)
    assert isinstance(made.file, StringIO)
    return made.file.getvalue()


SHORT = {"type": "keyword", "ignore_above": 256}
SCREEN = """\
wallets.push   generation 1, version 1
  ! drift     requestJson.place: added by hand, a geo_point field
              3 indices: kept
  ! drift     requestJson.port: ignore_above 1024 -> 256
              3 indices: mended
  ! drift     aliases.http_logs_wallets.push.g1: missing
              http_logs_wallets.push-2026.11.20: mended
  ~ mend      http_logs_wallets.push-2026.11.20  http_logs_wallets.push.g1
  ~ mend      http_logs_wallets.push-2026.11.21  mapping of version 1
  ~ mend      http_logs_wallets.push-2026.11.22  mapping of version 1
  ~ mend      http_logs_wallets.push-2026.11.23  mapping of version 1

Plan: 4 drifted indices to mend, nothing to delete.
call          released  live   documents  pending    dead
wallets.push  v1 g1     v1 g1     g1 400  4 to mend     0
wallets.push
  ! drift     requestJson.place: added by hand, a geo_point field
              3 indices: kept
  ! drift     requestJson.port: ignore_above 1024 -> 256
              3 indices: mended
  ! drift     aliases.http_logs_wallets.push.g1: missing
              http_logs_wallets.push-2026.11.20: mended
400 documents in 1 call. 1 call is pending: ucaudit plan.
"""


def test_the_same_drift_of_several_days_is_one_line() -> None:
    index = native(ONE, 1, 3)
    unseen = replace(index, aliases=index.aliases - {NAMING.generation_alias(CALL, 1)})
    days = [changed(n, port=SHORT, place={"type": "geo_point"}) for n in range(3)]
    plan = plan_for(ONE, settled(*days, unseen))
    text = shown(plan)
    # Mends of indices come in the order of the indices.
    assert sorted(text.splitlines()) == sorted(SCREEN.splitlines())
    document = status_document(plan)
    assert document["summary"]["drift"] == 7
    assert plan.to_dict()["drift"] == document["drift"]
    assert {
        "call": CALL,
        "index": days[0].name,
        "template": None,
        "path": "requestJson.port",
        "parameter": "ignore_above",
        "kind": "changed",
        "wanted": 1024,
        "live": 256,
        "mended": True,
        "note": "",
    } in document["drift"]


def test_drift_that_stays_is_nothing_to_do_but_said() -> None:
    plan = plan_for(ONE, settled(changed(1, place={"type": "geo_point"})))
    assert plan.empty
    assert "Nothing to do: drift is kept in 1 call.\n" in shown(plan)
    assert "Nothing is pending, drift is shown above." in shown(plan)


@pytest.mark.parametrize("properties", [[], "x", None, {"a": []}, {"a": {"type": 7}}])
def test_a_mapping_that_is_none_is_refused_and_said(properties: Any) -> None:
    plan = plan_for(ONE, settled(native(ONE, 1, 1, mapping={"properties": properties})))
    assert names(plan.problems) == ["mapping-unreadable"]
    assert plan.problems[0].where == native(ONE, 1, 1).name
    assert plan.refused == {CALL}


def test_a_release_stands_on_what_is_mended() -> None:
    mend, change = plan_for(TWO, expanded(state(changed(1, port=SHORT)), TWO)).operations()
    assert mend.to_dict()["properties"]["requestJson"]["properties"].keys() == {"port"}
    assert change.to_dict()["properties"]["requestJson"]["properties"].keys() == {"note"}


def test_a_template_whose_mark_is_intact() -> None:
    live = settled()
    name = NAMING.template(CALL, 1)
    (body,) = (
        orjson.loads(orjson.dumps(operation.body))
        for operation in plan_for(ONE, state()).operations()
        if isinstance(operation, AddTemplate) and operation.name == name
    )
    there = replace(live.templates[name], body=orjson.dumps(body))
    same = replace(live, templates={**live.templates, name: there})
    assert plan_for(ONE, same).empty
    body["template"]["mappings"]["properties"]["requestJson"]["properties"]["port"] = SHORT
    there = replace(there, body=orjson.dumps({**body, "priority": 501}))
    plan = plan_for(ONE, replace(live, templates={**live.templates, name: there}))
    assert [drift.describe() for drift in plan.drift()] == [
        "mappings.requestJson.port: ignore_above 1024 -> 256",
        "priority: 500 -> 501",
    ]
    assert [operation.kind for operation in plan.operations()] == ["mend_template"]
