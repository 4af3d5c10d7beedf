"""Configuration: ``[tool.ucaudit]`` in ``pyproject.toml``, or ``ucaudit.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, get_args

from ucaudit.errors import InputError
from ucaudit.names import DEFAULT_PREFIX, Naming

Policy = Literal["backward", "forward", "full"]
Reading = Literal["ignored", "literal"]


@dataclass(frozen=True, slots=True)
class Config:
    """Every key of the configuration, with its default.

    Attributes:
        root: Folder of the configuration file; relative paths start here.
        source: Where the declared calls are: ``package.module:attribute`` or a path.
        schemas: Folder of the recorded history.
        prefix: What every audit index starts with.
        envelope: Path of a JSON Schema that replaces the built-in envelope.
        policy: Which directions a release must keep: ``backward``, ``forward`` or ``full``.
        url: Address of the cluster.
        shards: Primary shards of new audit indices.
        replicas: Replicas of new audit indices.
        grace_hours: How long after its day an index may still get documents of it.
    """

    root: Path
    source: str | None = None
    schemas: str = "schemas"
    prefix: str = DEFAULT_PREFIX
    envelope: str | None = None
    policy: Policy = "full"
    url: str = "http://127.0.0.1:9200"
    shards: int = 1
    replicas: int = 1
    grace_hours: float = 1.0

    @property
    def naming(self) -> Naming:
        """How indices are named."""
        return Naming(self.prefix)

    @property
    def schemas_path(self) -> Path:
        """The folder of the recorded history."""
        return self.root / self.schemas


def find_config(start: Path) -> Path | None:
    """The nearest ``ucaudit.toml`` or ``pyproject.toml`` with our table, at or above ``start``."""
    for folder in [start, *start.parents]:
        own = folder / "ucaudit.toml"
        if own.is_file():
            return own
        shared = folder / "pyproject.toml"
        if shared.is_file() and "ucaudit" in _read(shared).get("tool", {}):
            return shared
    return None


def load_config(path: Path | None = None, *, start: Path | None = None) -> Config:
    """Reads the configuration.

    Args:
        path: The file to read; by default the nearest one is found.
        start: Where the search begins; by default the working directory.

    Raises:
        InputError: If the file is missing or unreadable, or holds an unknown key or a wrong value.
    """
    start = (start or Path.cwd()).resolve()
    found = path.resolve() if path else find_config(start)
    if found is None:
        return Config(root=start)
    table = _read(found)
    if found.name != "ucaudit.toml":
        table = table.get("tool", {}).get("ucaudit", table if path else {})
    return Config(root=found.parent, **_checked(table, found))


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(
            "config-unreadable",
            "The configuration cannot be read.",
            where=str(path),
            why=str(error),
            fix="Mend the file, or name another one with --config.",
        ) from error


_TYPES: dict[str, type | tuple[type, ...]] = {
    "shards": int,
    "replicas": int,
    "grace_hours": (int, float),
}
_CHOICES = {"policy": get_args(Policy)}


def _checked(table: dict[str, Any], path: Path) -> dict[str, Any]:
    known = {field.name for field in fields(Config)} - {"root"}
    for key, value in table.items():
        why = None
        if key not in known:
            why = f"known keys are {', '.join(sorted(known))}"
        elif isinstance(value, bool) or not isinstance(value, _TYPES.get(key, str)):
            why = f"{value!r} is not a {'number' if key in _TYPES else 'string'}"
        elif key in _CHOICES and value not in _CHOICES[key]:
            why = f"{value!r} is none of {', '.join(_CHOICES[key])}"
        elif isinstance(value, int | float) and value < (1 if key == "shards" else 0):
            why = f"{value} is too small"
        if why:
            raise InputError(
                "config-invalid",
                f"The configuration key {key!r} is wrong.",
                where=str(path),
                why=why,
                fix="Mend or delete the key.",
            )
    return table
