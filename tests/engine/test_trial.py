"""What is said of documents without an engine, and what one says; the ready-made tests ask it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.engine.asking import create, write
from tests.engine.otherwise import foretold_otherwise
from tests.service import CALLS, Service
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.options import connection_options
from ucaudit.cluster.trial import refusals as asked
from ucaudit.mapping.accepts import refusals
from ucaudit.mapping.compile import compile_fields
from ucaudit.schema.parsing import parse

pytest_plugins = ["pytester"]

SCHEMAS: dict[str, Any] = {
    "string": {"type": "string"},
    "text": {"type": "string", "x-audit": {"index": "text"}},
    "date": {"type": "string", "format": "date-time"},
    "ip": {"type": "string", "format": "ipv4"},
    "integer": {"type": "integer"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "object": {
        "type": "object",
        "properties": {"a": {"type": "string"}, "b.c": {"type": "integer"}},
    },
    "nested": {
        "type": "array",
        "items": {
            "type": "object",
            "properties": {"a": {"type": "integer"}},
            "x-audit": {"index": "nested"},
        },
    },
    "map": {"type": "object", "additionalProperties": {"type": "string"}},
    "anything": {},
    "none": {"type": "string", "x-audit": {"index": "none"}},
}
VALUES: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 2**70, 1e308, "", "a", "true", "2026-11-25", "192.0.2.1", "x" * 9000),
    *([], {}, [None], [[]], [1, "a"], [{}], [{}, 1], [[{"a": 1}]]),
    *({"a": "b"}, {"a": {}}, {"a": [{}]}, {"a": None}, {"a": [["b"]]}, {"z": {"": 1}}, {"z": 1}),
    *({"b": 1}, {"b": {"c": 1}}, {"b": {"c": {}}}, {"b.c": 1}, {"b.c": {}}, {"b.c.d": 1}),
    *({"": 1}, {" ": 1}, {"a": {"": 1}}, {"a..b": 1}, {".": 1}, {"_id": 1}, {"a": {"_id": "b"}}),
)


def test_documents_are_judged_as_the_engine_does(es: Elasticsearch, engine_prefix: str) -> None:
    roots = {name: parse(schema) for name, schema in SCHEMAS.items()}
    compiled = compile_fields(roots)
    documents = {f"{name} {i}": {name: v} for name in SCHEMAS for i, v in enumerate(VALUES)}
    documents |= {f"root {i}": v for i, v in enumerate(VALUES) if isinstance(v, dict)}
    create(es, f"{engine_prefix}trial", compiled.properties, compiled.settings)
    refused = write(es, f"{engine_prefix}trial", documents)
    wrong = []
    for key, document in documents.items():
        said = list(refusals(compiled.properties, document))
        otherwise = bool(said) != (key in refused)
        if otherwise and not foretold_otherwise(es, said, refused.get(key)):
            wrong.append(f"{json.dumps(document):.80}: said {said}, engine {refused.get(key)}")
    assert not wrong, "\n".join(wrong)
    assert 50 < len(refused) < len(documents) - 50


def test_an_engine_says_what_it_refuses_and_keeps_nothing(ucaudit_engine_url: str) -> None:
    cluster = Cluster(connection_options(url=ucaudit_engine_url))
    mapping = {"properties": {"a": {"type": "long"}}}
    assert asked(cluster, mapping, {}) == []
    (why,) = asked(cluster, mapping, {}, [b'{"a": 1}', b'{"a": {}}', b'{"b": {}}'])
    assert "failed to parse field [a] of type [long]" in why
    (why,) = asked(cluster, {"properties": {"a": {"type": "lang"}}}, {})
    assert why.startswith("it refuses the mapping: ")
    assert "lang" in why
    assert cluster.get("/ucaudit-trial-*") == {}
    cluster.close()


def test_the_ready_made_tests_ask_an_engine(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ucaudit_engine_url: str
) -> None:
    service = Service(pytester.path / "service")
    service.release()
    service.declare(CALLS.replace("port: str", "port: int"))
    service.ucaudit("lock")
    tests = service.root / "tests"
    tests.mkdir()
    (tests / "test_ucaudit.py").write_text("from ucaudit.testing import *\n")
    fixture = "@pytest.fixture(scope='session')\ndef ucaudit_tests_url(ucaudit_engine_url):\n"
    conftest = f"import pytest\n{fixture}    return ucaudit_engine_url\n"
    (tests / "conftest.py").write_text(conftest)
    monkeypatch.chdir(service.root)
    monkeypatch.setenv("UCAUDIT_TEST_URL", ucaudit_engine_url)
    arguments = ("-p", "no:cacheprovider", "-k", "limits or migrations", "-rP", "tests")
    result = pytester.runpytest_subprocess(*arguments)
    result.assert_outcomes(passed=2, deselected=2)
    assert "jobs.create: " in result.stdout.str()
