"""A small service with audited calls, in a folder of its own, that is built as a wheel."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from copy import copy
from pathlib import Path

CALLS = """
from pydantic import BaseModel
from ucaudit import Call, Registry

class Create(BaseModel):
    port: str
    host: str = "localhost"

class Browse(BaseModel):
    path: str

calls = Registry("app")
calls.add(Call("jobs.create", request=Create))
calls.add(Call("files.browse", request=Browse))
"""
INTEGER_PORT = CALLS.replace("port: str", "port: int")
"""A breaking change: the audit index of ``jobs.create`` needs a second generation."""
PROJECT = """
[build-system]
requires = ["hatchling", "ucaudit"]
build-backend = "hatchling.build"

[project]
name = "files-service"
version = "1.0"

[tool.hatch.build.hooks.ucaudit]
{options}
[tool.ucaudit]
source = "files_service.calls:calls"
"""


class Service:
    """A checkout of the service.

    Args:
        root: An empty folder.
        options: Of the build hook, as TOML.
    """

    def __init__(self, root: Path, options: str = "") -> None:
        self.root = root
        self.package = root / "src" / "files_service"
        self.package.mkdir(parents=True)
        (self.package / "__init__.py").touch()
        self.configure(options)
        self.declare(CALLS)

    def copied(self, root: Path) -> Service:
        """The same in another folder."""
        shutil.copytree(self.root, root)
        other = copy(self)
        other.root, other.package = root, root / "src" / "files_service"
        return other

    def configure(self, options: str) -> None:
        """Writes the project's configuration."""
        (self.root / "pyproject.toml").write_text(PROJECT.format(options=options))

    def declare(self, source: str) -> None:
        """Says what the calls are now."""
        (self.package / "calls.py").write_text(source)

    def python(self, *arguments: str, path: str = "src") -> subprocess.CompletedProcess[str]:
        """Runs Python in the checkout, with the service on its path."""
        known = os.environ.get("PYTHONPATH", "")
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.root,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [path, known]))},
            capture_output=True,
            text=True,
            check=False,
        )

    def ucaudit(self, *arguments: str, code: int = 0) -> str:
        """Runs a command that must end with ``code``; gives what it printed."""
        done = self.python("-m", "ucaudit", *arguments)
        printed = done.stdout + done.stderr
        assert done.returncode == code, printed
        assert "Traceback" not in printed
        return printed

    def release(self) -> None:
        """Records the calls as they are, and releases them."""
        self.ucaudit("init")
        self.ucaudit("lock")
        self.ucaudit("release")

    def build(self, *, code: int = 0) -> str:
        """Builds the wheel into ``dist``, without the network; gives what was printed."""
        done = self.python("-m", "hatchling", "build", "--target", "wheel", path="")
        printed = done.stdout + done.stderr
        assert done.returncode == code, printed
        assert "Traceback" not in printed
        return printed

    def baked(self, place: Path) -> dict[str, object]:
        """What an installed wheel says of its generations."""
        names: dict[str, object] = json.loads(
            (place / "files_service" / "_ucaudit" / "names.json").read_text()
        )
        return names
