"""A service that has declared nothing: its calls are recorded from what is stored, and adopted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import orjson
import pytest
from elasticsearch import Elasticsearch

from tests.migrate.factory import days_ago
from ucaudit.cli import main

Run = Callable[..., tuple[int, str, str]]
PRIVATE = {f"/home/user-{n}/file": n for n in range(3)}


@pytest.fixture
def run(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    ucaudit_engine_url: str,
    engine_prefix: str,
) -> Run:
    config = tmp_path / "ucaudit.toml"
    config.write_text(f'prefix = "{engine_prefix}"\nreplicas = 0\n')
    monkeypatch.setenv("UCAUDIT_URL", ucaudit_engine_url)
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["--config", str(config), *arguments])
        return code, *capfd.readouterr()

    return run


def write(es: Elasticsearch, index: str, *requests: object, name: str = "Jobs.Create") -> None:
    operations: list[object] = []
    for number, request in enumerate(requests):
        operations.append({"create": {"_id": f"{index[-2:]}-{number}"}})
        operations.append(
            {
                "@timestamp": "2026-11-01T00:00:00Z",
                "requestName": name,
                "responseCode": 200,
                "requestJson": request,
            }
        )
    answer = es.bulk(index=index, operations=operations, refresh=True)
    assert not answer["errors"], answer


def test_from_what_is_stored_to_a_managed_call(
    es: Elasticsearch, engine_prefix: str, run: Run, tmp_path: Path
) -> None:
    old, new = (f"{engine_prefix}jobs.create-{days_ago(n):%Y.%m.%d}" for n in (3, 2))
    write(es, old, {"port": "8080", "limits": {"cpu": 1}}, {"port": "1718a", "tags": ["a", "b"]})
    write(es, new, {"port": 8080, "limits": {"cpu": 1.5}}, {"port": 9, "stdin": None})
    es.indices.create(
        index=f"{engine_prefix}jobs.create-{days_ago(1):%Y.%m.%d}",
        mappings={"properties": {"requestJson": {"properties": {"rare": {"type": "boolean"}}}}},
    )
    (tmp_path / "schemas").mkdir()
    code, out, err = run("lock", "--from-index")
    assert code == 0, err
    assert "Jobs.Create: from 4 documents of 3 newest indices" in err
    schema = orjson.loads((tmp_path / "schemas" / "Jobs.Create.json").read_bytes())["audit"]["out"]
    assert schema["properties"] == {
        "limits": {"type": "object", "properties": {"cpu": {"type": "number"}}},
        "port": {"type": ["integer", "string"]},
        "rare": {"type": "boolean"},
        "stdin": {},
        "tags": {"type": "array", "items": {"type": "string"}},
    }
    # Again: what is recorded stays as it is, and nothing is written.
    code, out, _ = run("lock", "--from-index", "--check")
    assert code == 0, out
    assert run("release", "found")[0] == 0
    code, out, err = run("baseline", "--yes")
    assert code == 0, err
    code, out, err = run("migrate", "--finish", "--yes")
    assert code == 0, (out, err)
    found = es.search(index=f"{engine_prefix}jobs.create", size=10)["hits"]["hits"]
    assert sorted(hit["_id"] for hit in found) == sorted(
        f"{index[-2:]}-{n}" for index in (old, new) for n in range(2)
    )
    assert (
        es.count(index=f"{engine_prefix}jobs.create", query={"term": {"requestJson.port": "8080"}})[
            "count"
        ]
        == 2
    )
    assert run("status", "--check")[0] == 0


def test_refusals(run: Run, tmp_path: Path) -> None:
    code, _, err = run("lock", "--from-index")
    assert (code, "[nothing-stored]" in err) == (2, True)
    code, _, err = run("lock", "--from-index", "--source", "app:calls")
    assert (code, "[usage]" in err) == (2, True)
    code, _, err = run("lock", "--from-index", "--url", "http://127.0.0.1:1")
    assert (code, "[cluster-unreachable]" in err) == (3, True), err
    assert not (tmp_path / "schemas").exists()
