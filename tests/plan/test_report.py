"""What plans and status look like, at 80 and at 160 columns."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from tests.migrate.factory import history, port_history
from tests.plan.live import (
    NAMING,
    NOW,
    OPTIONS,
    copy_of,
    expanded,
    native,
    plan_for,
    state,
    superseded,
)
from ucaudit.plan.planner import make_plan
from ucaudit.report.plan import print_expansion, print_plan, print_problems, size
from ucaudit.report.status import print_status, status_document

CALL = "wallets.push"
ONE, TWO, THREE = (port_history(CALL, upto=n) for n in (1, 2, 3))


def console(width: int = 80) -> Console:
    return Console(file=StringIO(), width=width, highlight=False)


def text(made: Console) -> str:
    assert isinstance(made.file, StringIO)
    return made.file.getvalue()


LIVE = expanded(state(native(ONE, 1, 1, documents=1204, bytes=1_100_000), native(ONE, 1, 0)), ONE)
NARROW = """\
wallets.push   generation 1 -> 2, version 1 -> 3
  + template  ucaudit-wallets.push.g2
  + template  ucaudit-wallets.push.g2.from
  ~ mapping   http_logs_wallets.push-2026.11.23  version 1 -> 2
  ~ mapping   http_logs_wallets.push-2026.11.22  version 1 -> 2
  ~ template  ucaudit-wallets.push.g1
  ~ template  ucaudit-wallets.push.g1.from
  ~ backfill  http_logs_wallets.push-2026.11.22  1,204 documents, 1.1 MB
              -> ….g2-2026.11.22-from-g1-75d0f3e9
  ~ backfill  http_logs_wallets.push-2026.11.23  100 documents, 80 kB
              -> ….g2-2026.11.23-from-g1-54e1ed8a
              swapped after 2026-11-24 01:00 UTC
      cast requestJson.port to integer, failures become dead letters

Plan: 2 templates to add, 2 templates to update, 2 mappings to update, 2 indices
to backfill (1,304 documents, 1.2 MB), nothing to delete.
1 index is copied now and swapped in once the day is over (or with --finish).
"""


def test_a_plan_at_80_columns() -> None:
    made = console()
    print_plan(made, plan_for(THREE, LIVE), NAMING)
    found = text(made)
    h8s = re.findall(r"-from-g1-([0-9a-f]{8})", found)
    assert found == NARROW.replace("75d0f3e9", h8s[0]).replace("54e1ed8a", h8s[1])


def test_a_plan_at_160_columns_has_one_line_for_each_index() -> None:
    made = console(160)
    print_plan(made, plan_for(THREE, LIVE), NAMING)
    (line,) = (
        line for line in text(made).splitlines() if "backfill  http" in line and "22" in line
    )
    assert line.startswith(
        "  ~ backfill  http_logs_wallets.push-2026.11.22  -> ….g2-2026.11.22-from"
    )
    assert line.endswith("1,204 documents, 1.1 MB")
    assert max(map(len, text(made).splitlines())) <= 160


def test_many_indices_are_summed_up() -> None:
    live = expanded(state(*(native(TWO, 1, days) for days in range(40))), THREE)
    made = console()
    print_plan(made, plan_for(THREE, live), NAMING)
    assert "    … and 34 more indices, 3,400 documents" in text(made)
    assert len(text(made).splitlines()) < 22


def test_a_thousand_calls_with_nothing_to_do_stay_short() -> None:
    calls = [port_history(f"call.n{n}", upto=1) for n in range(1000)]
    live = expanded(state(), *calls)
    plan = make_plan(history(*calls), live, NOW, OPTIONS)
    made = console()
    print_plan(made, plan, NAMING)
    print_status(made, plan)
    assert text(made) == (
        "Nothing to do: 1,000 calls are as released.\n"
        "1,000 more calls are as released (--all lists them).\n"
        "0 documents in 1,000 calls. Nothing is pending.\n"
    )
    made = console()
    print_status(made, plan, all_calls=True)
    assert len(text(made).splitlines()) == 1002


def test_status() -> None:
    source = native(TWO, 1, 1)
    swapped = copy_of(source, THREE, finished=True)
    live = expanded(state(superseded(source), swapped, native(TWO, 1, 0)), THREE)
    plan = plan_for(THREE, live)
    made = console()
    print_status(made, plan)
    assert text(made) == (
        "call          released  live   documents  pending                           dead\n"
        "wallets.push  v3 g2     v3 g2     g1 100  1 backfill (1 before the day is      0\n"
        "                                  g2 100  over)                                 \n"
        "200 documents in 1 call, 100 kept in hidden sources. 1 call is pending: ucaudit\n"
        "plan.\n"
    ).replace("ucaudit\nplan", "ucaudit \nplan")
    document = status_document(plan)
    assert document["calls"][0]["documents"] == {"1": 100, "2": 100}
    assert document["calls"][0]["backup"] == 100
    assert document["calls"][0]["pending"][0]["kind"] == "backfill"


def test_notices_are_grouped() -> None:
    plan = plan_for(ONE, state(*(native(ONE, 1, days, meta=None) for days in range(9))))
    made = console()
    print_problems(made, plan)
    lines = text(made).splitlines()
    assert lines[0].startswith("problem: An index has one of our names")
    assert "  and 3 more" in lines
    assert len(lines) == 12


@pytest.mark.parametrize(
    ("number", "shown"),
    [(0, "0 B"), (999, "999 B"), (1234, "1.2 kB"), (41_000_000, "41 MB"), (10**13, "10.0 TB")],
)
def test_size(number: int, shown: str) -> None:
    assert size(number) == shown


def test_calls_that_are_refused_or_ahead_are_not_as_released() -> None:
    other = port_history("files.browse", upto=1)
    live = expanded(state(native(ONE, 1, 1, meta=None)), ONE, other)
    plan = make_plan(history(ONE, other), live, NOW, OPTIONS)
    made = console()
    print_plan(made, plan, NAMING)
    print_status(made, plan)
    print_problems(made, plan)
    found = text(made)
    assert found.startswith("Nothing can be done: 1 call is as released, 1 refused.\n")
    assert "Nothing is pending" not in found
    assert "1 call is refused, see below." in " ".join(found.split())
    assert found.endswith("1 call is refused; nothing was changed.\n")
    ahead = make_plan(history(ONE, other), expanded(state(), THREE), NOW, OPTIONS)
    made = console()
    print_plan(made, ahead, NAMING)
    assert "as released" not in text(made)
    assert "1 call is left alone: the cluster is ahead.\n" in text(made)


def test_two_shapes_until_when() -> None:
    live = expanded(state(native(TWO, 1, 0), native(THREE, 2, 0)), THREE)
    for finish, until in ((False, "Until then 1 read"), (True, "Until this is done, 1 read")):
        made = console(100)
        print_plan(made, plan_for(THREE, live, finish=finish), NAMING)
        assert until in text(made)


def test_escaped_names_and_single_documents() -> None:
    call = "wallets/push all"
    two, three = port_history(call, upto=2), port_history(call, upto=3)
    live = expanded(state(native(two, 1, 1, documents=1, bytes=9)), three)
    made = console(100)
    print_plan(made, plan_for(three, live), NAMING)
    found = text(made)
    assert "  1 document, 9 B\n              -> ….g2-2026.11.22-from-g1-" in found
    assert "1 documents" not in found


def test_status_tells_held_copies_from_interrupted_ones() -> None:
    held, interrupted = native(TWO, 1, 1), native(TWO, 1, 2)
    copies = [copy_of(held, THREE, documents=97), copy_of(interrupted, THREE, documents=40)]
    h8s = [copy.name[-8:] for copy in copies]
    live = replace(
        expanded(state(held, interrupted, *copies), THREE),
        dead_letters={h8s[0]: 3, h8s[1]: 1},
    )
    made = console(160)
    print_status(made, plan_for(THREE, live))
    assert "2 backfills (1 held by dead letters, 1 to be resumed)" in text(made)
    assert "4 dead letters" in text(made)


def test_expanding_shows_what_it_does_and_the_rest_in_a_sentence() -> None:
    made = console(100)
    print_expansion(made, plan_for(THREE, LIVE), NAMING)
    found = text(made)
    assert "backfill  http" not in found
    assert "cast" not in found
    assert found.endswith(
        "Plan: 2 templates to add, 2 templates to update, 2 mappings to update.\n"
        "Left for ucaudit migrate: 2 indices to backfill (1,304 documents, 1.2 MB).\n"
    )
    made = console(100)
    print_expansion(made, plan_for(ONE, LIVE), NAMING)
    assert text(made) == "Nothing to expand.\n"
