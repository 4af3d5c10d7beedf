"""What commands write of a cluster, held against ``ucaudit schema``."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats import validate
from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import document, port_history

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)
OLD, NEW = port_history(CALL, upto=1), port_history(CALL, upto=3)
JSON = ("--format", "json")


def test_the_way_of_a_release_in_json(bench: Bench, run: Run, tmp_path: Path) -> None:
    bench.load(days=(3, 2, 0), documents=10)
    bench.write(bench.daily(1, 2), {"bad": document(1, port="bad")})
    plan = validate(run(NEW, "plan", *JSON)[1], "plan")
    assert plan["summary"]["backfills"] == 3
    path = tmp_path / "a.plan"
    run(NEW, "plan", "-o", str(path))
    validate(path.read_bytes(), "plan")
    ran = validate(run(NEW, "migrate", "--yes", *JSON)[1], "run")
    assert ran["summary"]["reasons"]
    assert validate(run(NEW, "status", *JSON)[1], "status")["calls"][0]["pending"]
    verified = validate(run(NEW, "verify", *JSON)[1], "verify")
    assert verified["calls"][0]["copies"]
    letters = validate(run(NEW, "dead-letters", "list", *JSON)[1], "dead-letters")
    assert letters["summary"]["dead_letters"] == 1
    validate(run(NEW, "dead-letters", "retry", "--yes", *JSON)[1], "dead-letters")
    validate(run(NEW, "force-unlock", "--yes", *JSON)[1], "force-unlock")
    validate(run(NEW, "baseline", "--dry-run", *JSON)[1], "baseline")
    validate(run(NEW, "doctor", *JSON)[1], "doctor")
    validate(run(NEW, "rollback", CALL, "--dry-run", *JSON)[1], "plan")
    assert validate(run(NEW, "rollback", CALL, "--yes", *JSON)[1], "run")["summary"]["back"] == 1
    assert validate(run(NEW, "status", *JSON)[1], "status")["calls"][0]["pinned"] == 1
    run(NEW, "migrate", "--forward", "--yes")
    validate(run(NEW, "prune", "--older-than", "0", "--dry-run", *JSON)[1], "prune")
    pruned = validate(run(NEW, "prune", "--older-than", "0", "--yes", *JSON)[1], "prune")
    assert pruned["summary"]["sources"] == 1


def test_a_plan_in_every_format_and_in_a_file(bench: Bench, run: Run, tmp_path: Path) -> None:
    bench.load(days=(2,), documents=10)
    code, out, _ = run(NEW, "plan", "--format", "markdown")
    assert (code, out.startswith("<!-- ucaudit plan -->\n### ")) == (0, True)
    assert f"| `{CALL}` | 1 → 2 |" in out
    assert "cast requestJson.port to integer" in out
    for format_, begins in (("sarif", "{"), ("gitlab", "["), ("junit", "<?xml"), ("text", CALL)):
        path = tmp_path / format_
        code, out, _ = run(NEW, "plan", "--format", format_, "--output", str(path))
        assert (code, out) == (0, "")
        assert path.read_text().startswith(begins)
    code, out, err = run(NEW, "plan", "--output", "no/such/folder/file")
    assert (code, out, "output-unwritable" in err) == (2, "", True)
