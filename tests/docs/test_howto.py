"""The how-tos that need no cluster, followed word by word in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.walk import ROOT, Walk, programs


@pytest.mark.parametrize("page", ["rename", "type-change", "split", "report"])
def test_a_howto(tmp_path: Path, page: str) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "ucaudit.toml").write_text('source = "app:calls"\n')
    environment = programs(tmp_path / "bin")
    Walk(folder, ROOT / f"docs/howto/{page}.md", environment, {}).follow()


def test_the_example_of_the_python_api(tmp_path: Path) -> None:
    text = (ROOT / "docs/reference/python.md").read_text(encoding="utf-8")
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    assert code is not None
    expected = re.findall(r"# (\w+)$", code[1], re.MULTILINE)
    done = subprocess.run(
        [sys.executable, "-c", code[1]],
        cwd=tmp_path,
        env=programs(tmp_path / "bin"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[:2] == expected == ["reindex", "breaks"]
