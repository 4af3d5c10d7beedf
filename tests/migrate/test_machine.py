"""The machine of one index: states and next steps as a table, and walks through all states."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from ucaudit.cluster.state import LiveIndex
from ucaudit.migrate.machine import Facts, Job, Step, View, next_step

ALIAS = "http_logs_c"
JOB = Job("source", "s", "target", ALIAS, due=True, attempt="me", h8="12345678")
SOURCE = LiveIndex("source", "s", frozenset({ALIAS}), {}, replicas=1)
MARK = {"source": {"index": "source", "uuid": "s"}}
FRESH = LiveIndex("target", "t", frozenset(), MARK, hidden=True, replicas=0, refresh="-1")
READY = replace(FRESH, replicas=1, refresh=None)
CLAIMED = replace(SOURCE, aliases=frozenset({ALIAS, JOB.claim}))
BLOCKED = replace(CLAIMED, write_blocked=True)
OTHERS = replace(SOURCE, aliases=frozenset({ALIAS, JOB.claims + "other"}), write_blocked=True)
HIDDEN = replace(BLOCKED, hidden=True)
OUT = replace(SOURCE, aliases=frozenset(), hidden=True, write_blocked=True)
IN = replace(READY, aliases=frozenset({ALIAS}))
UP = Facts(caught_up=True)
SURE = Facts(caught_up=True, verified=True)
HELD = Facts(caught_up=True, held=True)


@pytest.mark.parametrize(
    ("source", "target", "facts", "due", "step"),
    [
        (SOURCE, None, Facts(), True, Step.CREATE),
        (SOURCE, FRESH, Facts(), True, Step.COPY),
        (SOURCE, FRESH, UP, False, Step.WAIT),
        (SOURCE, FRESH, HELD, True, Step.HOLD),
        (SOURCE, FRESH, UP, True, Step.RESTORE),
        (SOURCE, READY, UP, True, Step.CLAIM),
        (CLAIMED, READY, UP, True, Step.BLOCK),
        (BLOCKED, READY, UP, True, Step.VERIFY),
        (BLOCKED, READY, SURE, True, Step.HIDE),
        (HIDDEN, READY, SURE, True, Step.SWAP),
        (OUT, IN, SURE, True, Step.UNHIDE),
        (OUT, replace(IN, hidden=False), SURE, True, Step.UNBLOCK),
        (replace(OUT, write_blocked=False), replace(IN, hidden=False), SURE, True, Step.DONE),
        (replace(OUT, hidden=False), IN, SURE, True, Step.HIDE),
        (OTHERS, READY, Facts(), True, Step.REOPEN),
        (OTHERS, None, Facts(), True, Step.REOPEN),
        (BLOCKED, READY, HELD, True, Step.REOPEN),
        (BLOCKED, READY, UP, False, Step.REOPEN),
        (None, FRESH, Facts(), True, Step.LOST),
        (replace(SOURCE, uuid="again"), FRESH, Facts(), True, Step.LOST),
        (SOURCE, replace(FRESH, meta={}), Facts(), True, Step.STRANGE),
        (SOURCE, replace(FRESH, meta=None), Facts(), True, Step.STRANGE),
    ],
)
def test_next_step(
    source: LiveIndex | None,
    target: LiveIndex | None,
    facts: Facts,
    due: bool,
    step: Step,
) -> None:
    assert next_step(replace(JOB, due=due), View(source, target), facts) is step


def test_a_block_that_was_there_before_stays() -> None:
    before = {"source": {"index": "source", "uuid": "s", "blocked": True}}
    target = replace(IN, hidden=False, meta=before)
    assert next_step(JOB, View(OUT, target), SURE) is Step.DONE


def act(step: Step, view: View, facts: Facts) -> tuple[View, Facts]:  # noqa: C901
    """What carrying out a step does to the cluster: the model of the rim."""
    source, target = view.source, view.target
    assert source is not None
    claims = {alias for alias in source.aliases if alias.startswith(JOB.claims)}
    if step is Step.CREATE:
        target = FRESH
    elif step is Step.COPY:
        facts = replace(facts, caught_up=True)
    elif step is Step.REOPEN:
        source = replace(source, aliases=source.aliases - claims, write_blocked=False, hidden=False)
        facts = replace(facts, verified=False)
    elif step is Step.CLAIM:
        source = replace(source, aliases=source.aliases - claims | {JOB.claim})
    elif step is Step.BLOCK:
        source = replace(source, write_blocked=True)
    elif step is Step.VERIFY:
        facts = replace(facts, verified=True)
    elif step is Step.HIDE:
        source = replace(source, hidden=True)
    elif step is Step.UNBLOCK:
        source = replace(source, write_blocked=False)
    if target is not None:
        if step is Step.RESTORE:
            target = replace(target, replicas=source.replicas, refresh=source.refresh)
        elif step is Step.SWAP:
            source = replace(source, aliases=source.aliases - {ALIAS, JOB.claim})
            target = replace(target, aliases=target.aliases | {ALIAS})
        elif step is Step.UNHIDE:
            target = replace(target, hidden=False)
    return View(source, target), facts


SOURCES = [
    replace(SOURCE, aliases=frozenset({ALIAS, *claim}), hidden=hidden, write_blocked=blocked)
    for claim, hidden, blocked in product(
        [(), (JOB.claim,), (JOB.claims + "other",)], [False, True], [False, True]
    )
]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("target", [None, FRESH, READY, replace(READY, hidden=False)])
def test_from_every_state_the_swap_is_reached_in_the_right_order(
    source: LiveIndex, target: LiveIndex | None
) -> None:
    view, facts, steps = View(source, target), Facts(), []
    while (step := next_step(JOB, view, facts)) is not Step.DONE:
        steps.append(step)
        assert len(steps) < 20, steps
        if step is Step.SWAP:
            assert view.source is not None
            assert view.source.write_blocked
            assert view.source.hidden
            assert facts.verified
        view, facts = act(step, view, facts)
    assert steps.count(Step.SWAP) == 1
    assert view.source is not None
    assert view.target is not None
    assert not view.target.hidden
    assert (view.source.hidden, view.source.write_blocked) == (True, False)
