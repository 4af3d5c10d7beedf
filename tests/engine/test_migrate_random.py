"""Random stories on a genuine engine; `scripts/bench/stories` tells many more of them."""

from __future__ import annotations

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engine.story import Story
from ucaudit.cluster import client
from ucaudit.migrate import lock

STORIES = 6


def test_nothing_is_lost_and_nothing_is_twice(
    ucaudit_engine_url: str, es: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "LEASE", 0.4)
    monkeypatch.setattr(client, "pause", lambda _seconds: None)
    Story.url, Story.es = ucaudit_engine_url, es
    Story.told.clear()
    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=STORIES,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Story.told["stories"] >= STORIES // 2
    assert Story.told["checks"] > 6 * STORIES
    assert Story.told["runs"] > STORIES
