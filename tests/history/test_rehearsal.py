"""Migrations rehearsed without a cluster."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from ucaudit.history.rehearsal import rehearse, samples
from ucaudit.history.store import load_history
from ucaudit.history.version import CallHistory
from ucaudit.mapping.accepts import refusals
from ucaudit.mapping.envelope import REQUEST

CALLS = load_history(Path(__file__).parents[2] / "schemas").calls


@pytest.mark.parametrize("call", CALLS)
def test_samples_of_real_calls_are_what_their_mappings_take(call: str) -> None:
    for version in CALLS[call].versions:
        found = list(samples(version))
        assert found
        for document in found:
            assert document.keys() >= {REQUEST, "requestName"}
            assert list(refusals(version.mapping["properties"], document)) == []


def test_real_migrations_come_through() -> None:
    rehearsals = {name: rehearse(call) for name, call in CALLS.items()}
    migrated = {name for name, call in CALLS.items() if call.generation > 1}
    assert {name for name, rehearsal in rehearsals.items() if rehearsal} == migrated
    for rehearsal in rehearsals.values():
        assert rehearsal is None or (list(rehearsal.problems()) == [] and rehearsal.transformed)


def test_documents_of_every_version_of_the_generation_before_are_tried() -> None:
    history = CALLS["wallets.push"]
    assert [version.generation for version in history.versions] == [1, 1, 2, 3]
    for upto, old in ((4, history.versions[2:3]), (3, history.versions[:2])):
        rehearsal = rehearse(CallHistory(history.call, history.versions[:upto]))
        assert rehearsal is not None
        assert rehearsal.new == rehearsal.old + 1 == history.versions[upto - 1].generation
        tried = len(rehearsal.transformed) + len(rehearsal.letters)
        assert tried == sum(len(list(samples(version))) for version in old)


def test_documents_that_are_given_have_to_come_through() -> None:
    history = CALLS["app.license.new"]
    good, bad = ({"requestJson": {"port": port}} for port in ("443", "https"))
    rehearsal = rehearse(history, [good, bad])
    assert rehearsal is not None
    assert orjson.loads(rehearsal.transformed[0])["requestJson"] == {"port": 443}
    (problem,) = rehearsal.problems()
    assert "https" in problem
    assert "cast requestJson.port to integer" in problem
