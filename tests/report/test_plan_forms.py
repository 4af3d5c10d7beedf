"""A plan as a comment on a pull request, and as problems."""

from __future__ import annotations

import copy
from dataclasses import replace

from markdown_it import MarkdownIt

from tests.migrate.factory import port_history
from tests.plan.live import NAMING, expanded, native, plan_for, state
from ucaudit.report.markdown import LONGEST
from ucaudit.report.plan_comment import plan_comment
from ucaudit.report.problems import of_plan

CALL = "wallets.push"
ONE, TWO, THREE = (port_history(CALL, upto=n) for n in (1, 2, 3))


def html_of(plan):
    text = plan_comment(plan, [*of_plan(plan)], NAMING)
    assert len(text) <= LONGEST
    return MarkdownIt("gfm-like", {"linkify": False}).render(text)


def test_a_plan_as_a_comment():
    live = expanded(state(*(native(ONE, 1, days, documents=1204) for days in range(3))), ONE)
    html = html_of(plan_for(THREE, live))
    assert html.startswith("<!-- ucaudit plan -->\n<h3>✅ ucaudit plan: nothing is wrong</h3>")
    assert "3 indices to backfill (3,612 documents" in html
    cells = ["<code>wallets.push</code>", "1 → 2", "3,612",
             "cast requestJson.port to integer, failures become dead letters"]  # fmt: skip
    assert all(f"<td>{cell}</td>" in html for cell in cells)
    assert "3 backfills" in html
    assert "<summary>Every operation</summary>" in html
    assert "~ backfill  http_logs_wallets.push-2026.11.22" in html


def test_a_plan_with_nothing_to_do():
    html = html_of(plan_for(ONE, expanded(state(), ONE)))
    assert "Nothing to do: 1 call is as released." in html
    assert "<table>" not in html


def test_what_is_in_the_way_of_a_plan_is_an_error():
    plan = plan_for(ONE, state(*(native(ONE, 1, days, meta=None) for days in range(3))))
    problems = [*of_plan(plan)]
    assert [(p.level, p.call) for p in problems] == [("error", CALL)] * 3
    assert len({p.fingerprint for p in problems}) == 3
    assert {p.rule for p in problems} == {plan.problems[0].name}
    html = html_of(plan)
    assert "<h3>❌ ucaudit plan: 3 errors</h3>" in html
    assert "http_logs_wallets.push-2026.11.23" in html


def test_drift_is_a_warning_that_says_whether_it_is_mended():
    index = native(ONE, 1, 0)
    mapping = copy.deepcopy(index.mapping)
    mapping["properties"]["requestJson"]["properties"]["extra"] = {"type": "long"}
    live = expanded(state(replace(index, mapping=mapping)), ONE)
    problems = [*of_plan(plan_for(ONE, live))]
    assert [(p.rule, p.level) for p in problems] == [("drift-added", "warning")]
    assert "was changed by hand: requestJson.extra" in problems[0].message
