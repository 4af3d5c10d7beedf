"""The demonstration, killed in the middle: every acknowledged document is still found once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from examples.ucloud import demo

ROOT = Path(demo.__file__).resolve().parents[2]
DOCUMENTS = 6000


@pytest.fixture
def project(tmp_path, es, engine_prefix, ucaudit_engine_url):
    project = demo.Project(tmp_path, ucaudit_engine_url)
    (tmp_path / "ucaudit.toml").write_text(f'prefix = "{engine_prefix}"\nreplicas = 0\n')
    return project


def start_migration(project):
    environment = {**os.environ, "UCAUDIT_URL": project.url, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "ucaudit", "migrate", "--finish", "--yes"]
    return subprocess.Popen(
        [*command, "--accept-dead-letters", "all"],
        cwd=project.folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def swapped_in(es, prefix):
    """How many backfilled copies readers see."""
    names = es.indices.get_alias(index=f"{prefix}*-from-g*", expand_wildcards="all")
    return sum(any(a.endswith("-all") for a in entry["aliases"]) for entry in names.body.values())


def copies(es, prefix):
    found = es.indices.get_alias(index=f"{prefix}*-from-g*", expand_wildcards="all")
    return len(found.body)


def test_a_killed_migration_is_finished_by_the_next_run(es, engine_prefix, project, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.chdir(project.folder)
    ledger = demo.load(es, project, DOCUMENTS)
    project.release("2023.1")
    assert project.run("migrate", "--expand", "--yes", show=False) == 0
    demo.new_software(es, project, DOCUMENTS, ledger)
    for wanted in (1, 12):
        runner = start_migration(project)
        deadline = time.monotonic() + 120
        while copies(es, engine_prefix) < wanted and runner.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        assert runner.poll() is None, "the migration ended before it could be killed"
        runner.kill()
        runner.wait()
        halfway = {p.call: p for p in demo.prove(es, project, ledger)}
        # Whatever was under way, readers have every document, and none twice.
        assert not [p for p in halfway.values() if p.missing or p.twice]
    in_between = swapped_in(es, engine_prefix)
    finish = start_migration(project)
    assert finish.wait(300) in (0, 1)
    proofs = list(demo.prove(es, project, ledger))
    assert [p for p in proofs if not p.holds] == []
    assert sum(p.acknowledged for p in proofs) == DOCUMENTS
    assert swapped_in(es, engine_prefix) > in_between
    assert project.run("migrate", "--yes", show=False) == 0
    # Dead letters stay something to look at, also when they were accepted.
    expected = int(any(p.dead_letters for p in proofs))
    assert project.run("status", "--check", show=False) == expected
