"""Files to read sources from."""

from __future__ import annotations

import json
import subprocess

import pytest


@pytest.fixture
def write(tmp_path):
    """Writes a file below the test's folder: text or bytes as they are, all else as JSON."""

    def write(path, content):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            file.write_bytes(content)
        else:
            file.write_text(content if isinstance(content, str) else json.dumps(content))
        return file

    return write


@pytest.fixture
def git(tmp_path):
    """Runs git in the test's folder, which becomes a repository."""

    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True
        )

    git("init", "-q", "-b", "main")
    return git
