"""What the tests share: a genuine engine, and names on it that no other test uses."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch, NotFoundError

_ENGINE_TESTS = Path(__file__).parent / "engine"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test under tests/engine/ with ``engine``."""
    for item in items:
        if _ENGINE_TESTS in item.path.parents:
            item.add_marker("engine")


@pytest.fixture(scope="session")
def es_session(ucaudit_engine_url: str) -> Iterator[Elasticsearch]:
    """A client of the engine that the whole run shares."""
    with Elasticsearch(ucaudit_engine_url, request_timeout=60) as client:
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
    _remove_all(es, token)


def _remove_all(es: Elasticsearch, token: str) -> None:
    # Aliases go with their indices. Names are listed first: engines refuse to delete by wildcard.
    found = es.indices.get(
        index=f"*{token}*", expand_wildcards="all", features="aliases", allow_no_indices=True
    )
    for name in found:
        es.options(ignore_status=404).indices.delete(index=name)
    templates = es.indices.get_index_template().body["index_templates"]
    components: set[str] = set()
    for entry in templates:
        content = entry["index_template"]
        if any(token in text for text in (entry["name"], *content["index_patterns"])):
            components.update(content["composed_of"])
            es.indices.delete_index_template(name=entry["name"])
    legacy = es.indices.get_template().body
    for name, content in legacy.items():
        if any(token in text for text in (name, *content["index_patterns"])):
            es.indices.delete_template(name=name)
    still_used = {
        name
        for entry in es.indices.get_index_template().body["index_templates"]
        for name in entry["index_template"]["composed_of"]
    }
    for name in _component_names(es):
        if token in name or (name in components and name not in still_used):
            es.options(ignore_status=404).cluster.delete_component_template(name=name)


def _component_names(es: Elasticsearch) -> list[str]:
    try:
        found = es.cluster.get_component_template().body["component_templates"]
    except NotFoundError:
        return []
    return [entry["name"] for entry in found]
