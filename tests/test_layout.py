"""Imports point up only: each package uses those before it in this list; no cycles."""

from __future__ import annotations

import ast
from pathlib import Path

import ucaudit

ORDER = (
    "errors",
    "jsontypes",
    "explained",
    "names",
    "config",
    "calls",
    "schema",
    "sources",
    "mapping",
    "diff",
    "transform",
    "history",
    "cluster",
    "plan",
    "migrate",
    "report",
    "doctor",
    "sandbox",
    "cli",
)
ROOT = Path(ucaudit.__file__).parent
# They are entry points: what they import, they import when it is used.
RIM = {"__init__", "__main__", "_pytest_entry", "pytest_plugin", "testing", "hatch_hook"}


def imported(path: Path) -> set[str]:
    """The packages of ucaudit that a module imports, wherever in the module."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = []
        if isinstance(node, ast.ImportFrom) and node.module:
            names = [node.module]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        for name in names:
            if name.startswith("ucaudit."):
                found.add(name.split(".")[1])
    return found


def test_imports_point_up_only():
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        own = path.relative_to(ROOT).parts[0].removesuffix(".py")
        if own in RIM:
            continue
        assert own in ORDER, f"{own} has no place in the layout"
        below = set(ORDER[ORDER.index(own) + 1 :])
        wrong += [f"{path.relative_to(ROOT)} imports {name}" for name in imported(path) & below]
    assert wrong == []
