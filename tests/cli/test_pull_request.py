"""A change of a model, from the first check to the writer of the installed wheel."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import ROOT, Service

PROJECT = """
[build-system]
requires = ["hatchling", "ucaudit"]
build-backend = "hatchling.build"

[project]
name = "app"
version = "2.0"

[tool.hatch.build.hooks.ucaudit]
"""
WRITER = """
from datetime import UTC, datetime
import ucaudit
print(ucaudit.index_name("jobs.create", datetime(2026, 11, 25, 23, 30, tzinfo=UTC)))
"""


def python(service: Service, *arguments: str, cwd: Path, path: Path = ROOT) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**service.environment, "PYTHONPATH": f"{path}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return done.returncode, done.stdout + done.stderr


def build(service: Service) -> tuple[int, str]:
    arguments = ("-m", "build", "--wheel", "--no-isolation", "--outdir", "../dist")
    return python(service, *arguments, cwd=service.root)


def written_by_wheel(service: Service, place: Path) -> str:
    """Where the service of the wheel writes: installed alone, asked from an empty folder."""
    (wheel,) = (service.root.parent / "dist").glob("app-*.whl")
    options = ("--no-deps", "--no-index", "--quiet", "--disable-pip-version-check")
    target = place / "installed"
    install = ("-m", "pip", "install", *options, "--target", str(target), str(wheel))
    assert python(service, *install, cwd=place)[0] == 0
    wheel.unlink()
    (place / "elsewhere").mkdir()
    code, out = python(service, "-c", WRITER, cwd=place / "elsewhere", path=target)
    assert code == 0, out
    return out.strip()


def test_a_change_of_a_model_from_the_first_check_to_the_installed_wheel(service, tmp_path):
    (service.root / "pyproject.toml").write_text(PROJECT)
    service.commit("It is built by hatch")
    code, printed = build(service)
    assert code == 0, printed
    (tmp_path / "before").mkdir()
    assert written_by_wheel(service, tmp_path / "before") == "http_logs_jobs.create-2026.11.25"

    service.git("checkout", "-qb", "change")
    service.edit("size: str", "size: int")
    service.edit("port: str =", "port: int =")
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    assert done.code == 1
    found = {
        (p["rule"], p["level"], p["file"], p["line"]) for p in json.loads(done.out)["problems"]
    }
    calls = "app/calls.py"
    assert ("type-changed", "error", calls, service.line("port: int")) in found
    assert ("type-changed", "warning", calls, service.line("size: int")) in found
    assert "lock-stale" in {rule for rule, *_ in found}

    assert service.ucaudit("lock").code == 0
    done = service.ucaudit("check", "--against", "git:main", "--format", "json")
    (error,) = [p for p in json.loads(done.out)["problems"] if p["level"] == "error"]
    assert (done.code, error["line"]) == (1, service.line("port: int"))
    accept = ("--accept", error["fingerprint"], "--reason", "nobody else calls it")
    assert service.ucaudit("lock", *accept).code == 0
    service.commit()
    done = service.ucaudit("check", "--against", "git:main", "--format", "markdown")
    assert done.code == 0
    assert "generation 1 -\\> 2" in done.out
    assert "cast requestJson.size to integer" in done.out
    assert "accepted: nobody else calls it" in done.out
    code, printed = build(service)
    assert code == 1
    assert "starts generation 2, which is not released. [generation-unreleased]" in printed

    assert service.ucaudit("release", "2").code == 0
    service.commit("The second release")
    code, printed = build(service)
    assert code == 0, printed
    (tmp_path / "after").mkdir()
    assert written_by_wheel(service, tmp_path / "after") == "http_logs_jobs.create.g2-2026.11.25"
