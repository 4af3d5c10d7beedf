"""The commands plan, migrate and status as a person meets them."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import document, port_history

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)
OLD, NEW = port_history(CALL, upto=1), port_history(CALL, upto=3)


def test_the_way_of_a_release(bench: Bench, run: Run, tmp_path: Path) -> None:
    bench.load(days=(2,), documents=20)
    code, out, _ = run(OLD, "plan", "--check")
    assert (code, out) == (0, "Nothing to do: 1 call is as released.\n")
    code, out, _ = run(NEW, "plan", "--check")
    assert code == 1
    lines = out.splitlines()
    assert lines[0] == f"{CALL}   generation 1 -> 2, version 1 -> 3"
    assert f"  ~ mapping   {bench.daily(1, 2)}  version 1 -> 2" in lines
    assert any(
        line.startswith(f"  ~ backfill  {bench.daily(1, 2)}  20 documents") for line in lines
    )
    assert "      cast requestJson.port to integer, failures become dead letters" in lines
    assert "1 index to backfill (20" in out.replace("\n", " ")
    code, out, err = run(NEW, "migrate")
    assert code == 3
    assert "[not-confirmed]" in err
    code, _, _ = run(NEW, "migrate", "--expand", "--yes")
    assert code == 0
    path = tmp_path / "a.plan"
    code, _, err = run(NEW, "plan", "-o", str(path))
    assert f"migrate {path}" in err
    code, out, _ = run(NEW, "migrate", str(path), "--yes")
    assert code == 0
    assert f"{CALL}  1 swapped in  20 documents copied" in out
    code, _, err = run(NEW, "migrate", str(path), "--yes")
    assert code == 3
    assert "[plan-stale]" in err
    code, out, _ = run(NEW, "migrate", "--yes")
    assert (code, out) == (0, "Nothing to do: 1 call is as released.\n")
    code, out, _ = run(NEW, "status", "--check")
    assert code == 0
    assert "g2 20" in out
    assert "Nothing is pending." in out


def test_json(bench: Bench, run: Run) -> None:
    bench.load(days=(2, 0), documents=10)
    bench.write(bench.daily(1, 2), {"bad": document(1, port="bad")})
    plan = orjson.loads(run(NEW, "plan", "--format", "json")[1])
    assert plan["format"] == "ucaudit.plan/1"
    assert plan["summary"]["backfills"] == 2
    assert [call["call"] for call in plan["calls"]] == [CALL]
    code, out, _ = run(NEW, "migrate", "--yes", "--format", "json")
    assert code == 1
    outcome = orjson.loads(out)
    assert outcome["format"] == "ucaudit.run/1"
    states = {index["index"]: index["state"] for index in outcome["calls"][0]["indices"]}
    assert states == {bench.daily(1, 2): "held", bench.daily(1, 0): "waiting"}
    code, out, _ = run(NEW, "status", "--format", "json", "--check")
    assert code == 1
    status = orjson.loads(out)
    assert status["format"] == "ucaudit.status/1"
    (call,) = status["calls"]
    assert call["released"] == call["live"] == {"version": 3, "generation": 2}
    assert call["documents"] == {"1": 21}
    assert call["dead_letters"] == 1
    assert [pending["due"] for pending in call["pending"]] == [True, False]
    code, out, _ = run(NEW, "migrate", "--yes", "--accept-dead-letters", "1", "--finish")
    assert code == 0
    assert "2 swapped in" in out


@pytest.mark.parametrize(
    ("arguments", "code", "name"),
    [
        (("plan", "--url", "http://127.0.0.1:9"), 3, "cluster-unreachable"),
        (("migrate", "--url", "http://127.0.0.1:9", "--yes"), 3, "cluster-unreachable"),
        (("status", "--url", "nonsense"), 2, "url-invalid"),
        (("plan", "--only", "nothing.*"), 2, "unknown-call"),
        (("migrate", "/nowhere.plan"), 2, "plan-unreadable"),
        (("migrate", "--accept-dead-letters", "some"), 2, "neither a number nor"),
        (("migrate", "--lock-timeout", "-1"), 2, "lock-timeout"),
    ],
)
def test_refusals(run: Run, arguments: tuple[str, ...], code: int, name: str) -> None:
    found, _, err = run(NEW, *arguments)
    assert found == code
    assert name in err


@pytest.mark.parametrize("command", ["plan", "migrate", "status"])
def test_help_has_an_example(run: Run, command: str) -> None:
    code, out, _ = run(NEW, command, "--help")
    assert code == 0
    assert f"\n    ucaudit {command}" in out
    assert "UCAUDIT_URL" in out


def test_one_bad_index_can_be_left_out(bench: Bench, run: Run, tmp_path: Path) -> None:
    bench.load(days=(2,), documents=3)
    bench.es.indices.close(index=bench.daily(1, 2))
    path = tmp_path / "a.plan"
    code, out, err = run(NEW, "plan", "-o", str(path), "--format", "json")
    assert code == 3
    assert [problem["name"] for problem in orjson.loads(out)["problems"]] == ["index-not-usable"]
    assert "[index-not-usable]" in err
    assert "nothing was changed" in err
    assert not path.exists()
    code, out, err = run(NEW, "migrate", "--yes")
    assert (code, "[index-not-usable]" in err) == (3, True)
    code, out, _ = run(NEW, "status")
    assert "Nothing is pending" not in out
    for command in (("plan",), ("migrate", "--yes"), ("status", "--check")):
        assert run(NEW, *command, "--exclude", "wallets.*")[0] == 0
    assert run(NEW, "plan", "--exclude", "nothing.*")[0] == 2


def test_a_saved_plan_is_expanded_first_and_carried_out_then(
    bench: Bench, run: Run, tmp_path: Path
) -> None:
    bench.load(days=(2,), documents=3)
    path = tmp_path / "a.plan"
    code, _, err = run(NEW, "plan", "--only", CALL, "-o", str(path))
    assert code == 0
    config = f"--config {tmp_path / 'ucaudit.toml'}"
    assert f"ucaudit {config} migrate {path}" in err
    assert run(NEW, "migrate", str(path), "--expand", "--yes")[0] == 0
    bench.write(bench.daily(2, 0), {"new": document(1, port=1)})
    code, out, _ = run(NEW, "migrate", str(path), "--yes")
    assert code == 0
    assert "1 swapped in" in out


def test_the_command_to_go_on_with_names_the_cluster(bench: Bench, run: Run) -> None:
    bench.load(days=(2,), documents=3)
    bench.write(bench.daily(1, 2), {"bad": document(1, port="bad")})
    url = bench.cluster.options.urls[0]
    code, out, _ = run(NEW, "migrate", "--yes", "--url", url, "--exclude", "x*", "--finish")
    assert code == 2
    code, out, _ = run(NEW, "migrate", "--yes", "--url", url, "--only", CALL, "--finish")
    assert code == 1
    assert f"--finish --only {CALL} --accept-dead-letters all --url {url}" in out
