"""The project uses itself on its example: what ``schemas/`` holds is what the releases say."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.ucloud import RELEASES, calls
from examples.ucloud.record import record
from ucaudit.diff.calls import diff_calls
from ucaudit.history.sources import load_source
from ucaudit.history.store import load_history
from ucaudit.sources.models import describe

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = ROOT / "schemas"


def files(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*.json")}


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    folder = tmp_path_factory.mktemp("again")
    record(folder)
    return folder


def test_replaying_the_releases_writes_the_same_files(again):
    recorded, replayed = files(SCHEMAS), files(again)
    assert sorted(recorded) == sorted(replayed), "run: python -m examples.ucloud.record schemas"
    assert [path for path in recorded if recorded[path] != replayed[path]] == []


def test_recorded_and_declared_are_the_same():
    recorded = load_source("schemas", ROOT)
    diff = diff_calls(recorded.calls, describe(calls), recorded.accumulated)
    assert diff.findings == []
    assert len(diff.calls) >= 12


def test_the_history_has_what_a_history_has():
    history = load_history(SCHEMAS).calls
    counts = [len(call.versions) for call in history.values()]
    assert sum(2 <= count <= 4 for count in counts) >= 12
    assert {v.index for call in history.values() for v in call.versions} == {
        "none",
        "put_mapping",
        "reindex",
    }
    assert max(call.generation for call in history.values()) == 3
    assert {v.label for call in history.values() for v in call.versions} == set(RELEASES)
