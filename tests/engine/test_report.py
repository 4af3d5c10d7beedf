"""``ucaudit report --status``: the cluster gets a page."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.formats import validate
from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import port_history
from tests.report.html.subjects import packed, write_calls

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)
NEW = port_history(CALL, upto=3)


def test_the_cluster_is_asked(bench: Bench, run: Run, tmp_path: Path) -> None:
    bench.load(days=(2, 0), documents=10)
    for side in ("old", "new"):
        write_calls(tmp_path / side, a={"type": "object"})
    page = tmp_path / "report.html"
    code, out, err = run(NEW, "report", "old", "new", "--status", "-o", str(page))
    assert (code, out) == (0, "")
    assert err.endswith(": nothing changed.\n")
    (call,) = packed(page.read_text(), "overview")["status"]["calls"]
    assert call["documents"] == {"1": 20}
    assert {step["kind"] for step in call["pending"]} > {"backfill"}
    _, status, _ = run(NEW, "status", "--format", "json")
    saved = tmp_path / "status.json"
    saved.write_text(status)
    code, _, _ = run(NEW, "report", "old", "new", "--status-file", str(saved), "-o", str(page))
    assert code == 0
    assert packed(page.read_text(), "overview")["status"] == validate(status, "status")


def test_a_cluster_that_does_not_answer_leaves_no_file(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "report.html"
    options = ("--url", "http://127.0.0.1:9", "--timeout", "1", "-o", str(page))
    code, out, err = run(NEW, "report", "old", "new", "--status", *options)
    assert (code, out) == (3, "")
    assert "unreachable" in err
    assert not page.exists()
