"""doctor on a genuine engine: what competes, what lacks room, who holds the lock."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.engines import on_opensearch
from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import make_run
from tests.migrate.factory import document, history, port_history
from ucaudit.doctor import live, project
from ucaudit.migrate.lock import Holder

bench = pytest.fixture(make_bench)
ONE, THREE = port_history(CALL, upto=1), port_history(CALL, upto=3)


@pytest.fixture
def doctor(bench: Bench, tmp_path, monkeypatch, capfd):
    """Runs doctor with a history; returns exit code and checks by topic."""
    run = make_run(bench, tmp_path, monkeypatch, capfd)

    def examine(call: Any) -> tuple[int, dict[str, Any]]:
        monkeypatch.setattr(project, "load_history", lambda *_: history(call))
        code, out, _ = run(call, "doctor", "--format", "json")
        return code, {check["check"]: check for check in json.loads(out)["checks"]}

    return examine


def test_a_sound_cluster(bench: Bench, doctor) -> None:
    bench.migrate(ONE)
    code, checks = doctor(ONE)
    assert code == 0
    for topic in ("server", "templates", "indices", "migration", "shards", "disk"):
        assert checks[topic]["state"] == "ok", checks[topic]
    assert checks["server"]["what"].startswith(("Elasticsearch ", "OpenSearch "))
    privileges = "skipped" if on_opensearch(bench.es) else "ok"
    assert checks["privileges"]["state"] == privileges
    code, checks = doctor(THREE)
    assert checks["migration"]["what"] == "1 call is pending: ucaudit plan"


def test_a_template_that_competes_and_an_index_that_is_not_ours(bench: Bench, doctor) -> None:
    base = bench.naming.base(CALL)
    bench.es.indices.put_index_template(
        name=f"{base}-theirs", index_patterns=[f"{base}*"], priority=900
    )
    code, checks = doctor(ONE)
    assert (code, checks["templates"]["state"]) == (1, "problem")
    assert checks["templates"]["name"] == "template-competes"
    assert f"{base}-theirs" in checks["templates"]["why"]
    bench.es.indices.delete_index_template(name=f"{base}-theirs")
    bench.es.indices.create(index=bench.daily(1, 2))
    code, checks = doctor(ONE)
    assert (code, checks["indices"]["name"]) == (1, "index-not-ours")
    assert "baseline" in checks["indices"]["fix"]


def test_drift_and_dead_letters(bench: Bench, doctor) -> None:
    bench.load(days=(2,), documents=1)
    bench.es.indices.put_mapping(
        index=bench.daily(1, 2), properties={"place": {"type": "geo_point"}}
    )
    code, checks = doctor(ONE)
    assert (code, checks["indices"]["state"], checks["indices"]["name"]) == (0, "warning", "drift")
    bench.write(bench.daily(1, 2), {"bad": document(1, port="none")})
    bench.migrate(THREE, accepted=None)
    _, checks = doctor(THREE)
    assert checks["dead letters"]["state"] == "warning"
    assert "could not be migrated" in checks["dead letters"]["what"]


def test_no_room_for_tomorrow(bench: Bench, doctor, monkeypatch) -> None:
    bench.migrate(ONE)
    survey = live.survey
    rooms = {"shards": 3, "bytes": None}

    def cramped(*arguments: Any) -> Any:
        from dataclasses import replace

        from ucaudit.cluster.state import Capacity

        return replace(survey(*arguments), capacity=Capacity(**rooms))

    monkeypatch.setattr(live, "survey", cramped)
    code, checks = doctor(ONE)
    assert (code, checks["shards"]["state"], checks["shards"]["name"]) == (
        0,
        "warning",
        "shard-limit",
    )
    assert checks["disk"]["state"] == "skipped"
    rooms["shards"] = 0
    code, checks = doctor(ONE)
    assert (code, checks["shards"]["state"]) == (1, "problem")


def test_a_run_that_is_gone_holds_the_lock(bench: Bench, doctor, monkeypatch) -> None:
    import socket

    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    holder = Holder("x", socket.gethostname(), gone.pid, "ucaudit migrate", "2026-01-01", 0, 1)
    monkeypatch.setattr(live, "read_holder", lambda _cluster: holder)
    code, checks = doctor(ONE)
    assert (code, checks["lock"]["state"], checks["lock"]["name"]) == (0, "warning", "locked")
    assert "force-unlock" in checks["lock"]["fix"]
