"""A temporary service: its repository, its declared calls, and ``ucaudit`` as a process."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from io import BytesIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

import pytest

from ucaudit.cli import main

ROOT = Path(__file__).resolve().parents[2]
CALLS = '''"""The calls of the service."""

from pydantic import BaseModel, Field

from ucaudit import Call, Registry


class Base(BaseModel):
    project: str


class Create(Base):
    """What a caller sends to start a job."""

    name: str
    port: str = Field(alias="jobPort")


class CreateAudit(BaseModel):
    name: str
    size: str


calls = Registry("app")
calls.add(Call("jobs.create", request=Create, audit=CreateAudit))
calls.add(Call("jobs.stop", request=Base))
'''


@dataclass
class Done:
    """A finished process."""

    code: int
    out: str
    err: str


@dataclass
class Service:
    """A repository in an empty folder, with pydantic calls in ``app/calls.py``."""

    root: Path
    environment: dict[str, str]

    def ucaudit(self, *arguments: str, **environment: str) -> Done:
        """Runs it in this process; the modules of the service are imported anew."""
        out, err = (TextIOWrapper(BytesIO(), write_through=True) for _ in range(2))
        environment = {**self.environment, **environment}
        with (
            patch.dict(os.environ, environment, clear=True),
            patch.object(sys, "path", [*sys.path]),
            patch.object(sys, "dont_write_bytecode", new=True),
            contextlib.chdir(self.root),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            code = main(list(arguments))
        for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
            del sys.modules[name]
        written = [stream.buffer.getvalue().decode() for stream in (out, err)]
        assert "Traceback" not in "".join(written)
        return Done(code, *written)

    def process(self, *arguments: str, **environment: str) -> Done:
        """Runs it as a process of its own, as CI does."""
        done = subprocess.run(
            [sys.executable, "-m", "ucaudit", *arguments],
            cwd=self.root,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def git(self, *arguments: str, cwd: Path | None = None) -> str:
        person = ("-c", "user.name=a", "-c", "user.email=a@localhost")
        done = subprocess.run(
            ["git", *person, *arguments],
            cwd=cwd or self.root,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def commit(self, message: str = "A change") -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", message)

    def edit(self, old: str, new: str, file: str = "app/calls.py") -> None:
        path = self.root / file
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    def line(self, text: str, file: str = "app/calls.py") -> int:
        """The line, from 1, that holds ``text``."""
        lines = (self.root / file).read_text().splitlines()
        return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.fixture(scope="session")
def released_service(tmp_path_factory):
    """The service with its first version released and committed on ``main``; not to be touched."""
    root = tmp_path_factory.mktemp("released") / "service"
    (root / "app").mkdir(parents=True)
    (root / "app" / "__init__.py").touch()
    (root / "app" / "calls.py").write_text(CALLS)
    (root / ".gitignore").write_text("__pycache__/\n")
    (root / "ucaudit.toml").write_text('source = "app.calls:calls"\n')
    (root / "schemas").mkdir()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("UCAUDIT_", "GIT_"))}
    kept.pop("FORCE_COLOR", None)
    # Texts that change within a second would be taken from their cached bytecode.
    kept |= {"PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1"}
    made = Service(root, kept)
    made.git("init", "-q", "-b", "main")
    assert made.ucaudit("lock").code == 0
    assert made.ucaudit("release", "1").code == 0
    made.commit("The first release")
    return made


@pytest.fixture
def service(released_service, tmp_path):
    """The service with its first version released and committed on ``main``."""
    root = tmp_path / "service"
    shutil.copytree(released_service.root, root)
    return Service(root, released_service.environment)
