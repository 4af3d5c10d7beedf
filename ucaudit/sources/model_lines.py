"""Where the models and calls of a registry stand in the source code."""

from __future__ import annotations

import ast
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple


class Spot(NamedTuple):
    """A line of a file, from 1."""

    file: Path
    line: int


def model_spot(name: str, field: str | None = None) -> Spot | None:
    """The class that a definition is named after, or the line of its field.

    Args:
        name: Of the definition: module and qualified name, perhaps with type arguments.
        field: Name of a field as documents have it; its alias counts.

    Returns:
        ``None`` for what is no class with a source text, such as one made by ``create_model``.
    """
    found = _find_class(name.partition("[")[0])
    if found is None:
        return None
    if field is not None:
        attribute = _attribute(found, field)
        # Fields may be inherited.
        for owner in found.__mro__:
            spot = _class_spot(owner, attribute)
            if spot is not None:
                return spot
    return _class_spot(found)


def call_spot(target: str, call: str) -> Spot | None:
    """Where a call is declared: its name in the module of the registry, else that module.

    Args:
        target: The registry, ``package.module:attribute``.
        call: Full name of the call.
    """
    file = _file_of(target.partition(":")[0])
    if file is None:
        return None
    lines = [
        node.lineno
        for node in ast.walk(_tree(file))
        if isinstance(node, ast.Constant) and node.value == call
    ]
    return Spot(file, min(lines, default=1))


def _find_class(path: str) -> type[Any] | None:
    parts = path.split(".")
    for length in range(len(parts) - 1, 0, -1):
        module = sys.modules.get(".".join(parts[:length]))
        if module is not None:
            found: Any = module
            for part in parts[length:]:
                found = getattr(found, part, None)
            return found if isinstance(found, type) else None
    return None


def _attribute(cls: type[Any], field: str) -> str:
    """The attribute that documents call ``field``."""
    declared = getattr(cls, "model_fields", None) or getattr(cls, "__pydantic_fields__", {})
    for name, info in declared.items():
        aliases = (info.serialization_alias, info.validation_alias, info.alias)
        if name == field or field in aliases:
            return str(name)
    return field


def _class_spot(cls: type[Any], attribute: str | None = None) -> Spot | None:
    file = _file_of(cls.__module__)
    if file is None:
        return None
    body: list[ast.stmt] = _tree(file).body
    node: ast.ClassDef | None = None
    for part in cls.__qualname__.partition("[")[0].split("."):
        classes = (n for s in body for n in ast.walk(s) if isinstance(n, ast.ClassDef))
        node = next((n for n in classes if n.name == part), None)
        if node is None:
            return None
        body = node.body
    if attribute is None or node is None:
        return Spot(file, node.lineno) if node is not None else None
    for statement in body:
        target = statement.target if isinstance(statement, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and target.id == attribute:
            return Spot(file, statement.lineno)
    return None


def _file_of(module: str) -> Path | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    return Path(file) if file is not None and file.endswith(".py") else None


def _tree(file: Path) -> ast.Module:
    try:
        return _parsed(file, file.stat().st_mtime_ns)
    except (OSError, SyntaxError, ValueError):
        # The module was imported: its text has gone or changed since.
        return ast.Module([], [])


@lru_cache(maxsize=64)
def _parsed(file: Path, changed: int) -> ast.Module:
    del changed  # part of the key: a process may outlive the text
    return ast.parse(file.read_bytes())
