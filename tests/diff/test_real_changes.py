"""Changes that a real service made, against what an expert said of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.schema.documents import validator
from ucaudit import diff_schemas
from ucaudit.diff.model import Diff

CASES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[1] / "data" / "ucloud").glob("*.json"))
}
# Where we say something else than the expert, and why: (direction, ours, expert's) by case.
DISAGREEMENTS = {
    # An audit type is what the service writes for itself: it has no callers to break.
    "22-files-updateAcl": ("forward", "ok", "breaks"),
}
INDEX_WORDS = {
    "none": "none",
    "relaxed": "none",
    "additive": "put_mapping",
    "reindex": "reindex",
}


def _diff(case: dict[str, Any]) -> Diff:
    return diff_schemas(case["before"], case["after"], part=case["part"], name=case["call"])


def _senders(part: str) -> dict[str, tuple[str, str]]:
    """Direction to the sender's and the reader's schema, as keys of a case."""
    return {
        "request": {"backward": ("before", "after"), "forward": ("after", "before")},
        "response": {"backward": ("after", "before"), "forward": ("before", "after")},
        "audit": {},
    }[part]


@pytest.fixture(params=CASES, ids=str)
def case(request: pytest.FixtureRequest) -> dict[str, Any]:
    return CASES[str(request.param)]


def test_there_are_twenty_six() -> None:
    assert len(CASES) == 26


def test_directions_agree_with_the_expert(case: dict[str, Any]) -> None:
    verdict, effects = case["expert_verdict"], _diff(case).effects
    expected = {
        "backward": "breaks" if verdict["api_breaking_for_old_clients"] else "ok",
        "forward": "breaks" if verdict["api_breaking_for_old_servers"] else "ok",
    }
    if case["id"] in DISAGREEMENTS:
        direction, ours, experts = DISAGREEMENTS[case["id"]]
        assert expected[direction] == experts, "the expert agrees by now: drop the entry"
        expected[direction] = ours
    assert {"backward": effects.backward, "forward": effects.forward} == expected


def test_the_index_verdict_agrees_with_the_expert(case: dict[str, Any]) -> None:
    verdict = case["expert_verdict"]
    accepted = [
        verdict.get("index_if_response_were_indexed", verdict["index"]),
        *verdict.get("index_also_acceptable", []),
    ]
    assert _diff(case).effects.index in {INDEX_WORDS[word] for word in accepted}


def test_every_break_is_proven(case: dict[str, Any]) -> None:
    for finding in _diff(case).findings:
        for direction, (sender, reader) in _senders(case["part"]).items():
            assert getattr(finding.effects, direction) != "unknown", finding.message
            if getattr(finding.effects, direction) == "breaks":
                witness = finding.witnesses[direction]
                assert validator(case[sender], lenient=False).is_valid(witness.document)
                assert not validator(case[reader]).is_valid(witness.document)


@pytest.mark.parametrize("side", ["before", "after"])
def test_the_sample_documents_are_valid(case: dict[str, Any], side: str) -> None:
    judge = validator(case[side], lenient=False)
    for document in case[f"docs_{side}"]:
        assert judge.is_valid(document), next(judge.iter_errors(document)).message


def test_an_ok_direction_takes_the_sample_documents(case: dict[str, Any]) -> None:
    effects = _diff(case).effects
    for direction, (sender, reader) in _senders(case["part"]).items():
        if getattr(effects, direction) == "ok":
            for document in case[f"docs_{sender}"]:
                assert validator(case[reader]).is_valid(document)
