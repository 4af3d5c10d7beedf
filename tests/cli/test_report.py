"""``ucaudit report`` in the repository of a service."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ucaudit.plan.plan import Plan
from ucaudit.report.status import status_document


def test_a_report_on_the_open_versions(service):
    service.edit("size: str", "size: int")
    assert service.ucaudit("lock").code == 0
    done = service.ucaudit("report")
    assert (done.code, done.out) == (0, "")
    assert done.err == "Wrote report.html (0.1 MB): 1 of 2 calls changed.\n"
    assert (service.root / "report.html").read_text().startswith("<!doctype html>")
    assert "1 of 2 calls changed" in service.ucaudit("report", "--against", "git:main").err
    named = service.ucaudit("report", "git:main:schemas", "app.calls:calls", "-o", "-")
    assert (named.code, named.err) == (0, "")
    assert "1 of 2 calls changed" in named.out


def test_nothing_changed(service):
    assert service.ucaudit("report", "-o", "a.html").err.endswith(": nothing changed.\n")


def test_the_saved_status_of_a_cluster(service):
    plan = Plan("c1", "9.1.0", datetime.now(UTC), "h", {})
    (service.root / "status.json").write_text(json.dumps(status_document(plan)))
    assert service.ucaudit("report", "--status-file", "status.json").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["-o", "no/such/folder.html"], "output-unwritable"),
        (["--against", "git:nowhere"], "revision-missing"),
        (["nowhere.json", "schemas"], "source-missing"),
        (["schemas"], "OLD needs NEW"),
        (["schemas", "schemas", "--against", "git:main"], "--against goes without"),
        (["--only", "x"], "--only goes with"),
        (["--status", "--status-file", "x"], "exclude each other"),
        (["--status-file", "ucaudit.toml"], "not-json"),
        (["--status-file", "accepted.json"], "status-unreadable"),
        (["--status-file", "half.json"], "status-unreadable"),
        (["--status-file", "nowhere.json"], "file-unreadable"),
    ],
)
def test_bad_input_is_one_clear_error_and_nothing_is_written(service, arguments, said):
    (service.root / "accepted.json").write_text("{}")
    (service.root / "half.json").write_text('{"format": "ucaudit.status/1", "calls": []}')
    done = service.ucaudit("report", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert not (service.root / "report.html").exists()
