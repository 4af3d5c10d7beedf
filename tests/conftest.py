"""What the tests share: a genuine engine, and names on it that no other test uses."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.cleaning import remove_all
from tests.engines import engine_client

_ENGINE_TESTS = Path(__file__).parent / "engine"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test under tests/engine/ with ``engine``."""
    for item in items:
        if _ENGINE_TESTS in item.path.parents:
            item.add_marker("engine")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """One process runs all tests of the engine, which share its one lock, beside the others."""
    from xdist.scheduler import LoadScopeScheduling

    class OneForTheEngine(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith("tests/engine/test_credentials.py"):
                return "secured engine"  # It has one of its own.
            return "engine" if nodeid.startswith("tests/engine/") else nodeid

    return OneForTheEngine(config, log)


@pytest.fixture(scope="session")
def es_session(ucaudit_engine_url: str) -> Iterator[Elasticsearch]:
    """A client of the engine that the whole run shares."""
    with engine_client(ucaudit_engine_url) as client:
        yield client


@pytest.fixture
def es(request: pytest.FixtureRequest) -> Elasticsearch:
    """A client of the shared engine, for tests marked ``engine``."""
    if request.node.get_closest_marker("engine") is None:
        pytest.fail("a test that uses `es` must be marked `engine`", pytrace=False)
    client: Elasticsearch = request.getfixturevalue("es_session")
    return client


@pytest.fixture
def engine_prefix(es: Elasticsearch) -> Iterator[str]:
    """A prefix for index names, such as ``t3f9a_http_logs_``, that is this test's alone.

    Indices, aliases and templates whose name or pattern holds it are removed afterwards.
    """
    token = f"t{secrets.token_hex(4)}_"
    yield f"{token}http_logs_"
    remove_all(es, token)
