"""Configuration: ``[tool.ucaudit]`` in ``pyproject.toml``, or ``ucaudit.toml``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, get_args

from ucaudit.errors import InputError
from ucaudit.names import DEFAULT_PREFIX, Naming

Policy = Literal[
    "backward", "forward", "full", "backward_transitive", "forward_transitive", "full_transitive"
]
"""Directions that must not break, and whether they are kept with every released version."""
Reading = Literal["ignored", "literal"]
"""How readers treat fields that they do not know."""
Loudness = Literal["error", "warning", "info"]
RuleLevel = Literal["error", "warning", "info", "off"]
DefaultReading = Literal["breaks", "ok"]


@dataclass(frozen=True, slots=True)
class Config:
    """Every key of the configuration, with its default.

    Attributes:
        root: Folder of the configuration file; relative paths start here.
        source: Where the declared calls are: ``package.module:attribute`` or a path.
        schemas: Folder of the recorded history.
        prefix: What every audit index starts with.
        envelope: Path of a JSON Schema that replaces the built-in envelope.
        policy: Which directions a release must keep: ``backward``, ``forward`` or ``full``; with
            ``_transitive``, also to every released version.
        unknown: What an effect counts as that could not be decided; ``error`` takes it for a break.
        required_with_default: Whether a field that is required now and has a default breaks.
        unknown_fields: How readers treat fields that they do not know.
        levels: Rule to the level of its findings; ``off`` counts them without listing them.
        calls: Glob on call names to those of the five keys above, but ``unknown_fields``, that are
            otherwise there; a later glob that matches goes before an earlier one.
        url: Address of the cluster.
        shards: Primary shards of new audit indices.
        replicas: Replicas of new audit indices.
        prune_after_days: How long hidden sources are kept, at least.
        grace_hours: How long after its day an index may still get documents of it.
    """

    root: Path
    source: str | None = None
    schemas: str = "schemas"
    prefix: str = DEFAULT_PREFIX
    envelope: str | None = None
    policy: Policy = "full"
    unknown: Loudness = "warning"
    required_with_default: DefaultReading = "breaks"
    unknown_fields: Reading = "ignored"
    levels: Mapping[str, RuleLevel] = field(default_factory=dict)
    calls: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    url: str = "http://127.0.0.1:9200"
    shards: int = 1
    replicas: int = 1
    grace_hours: float = 1.0
    prune_after_days: float = 7.0

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
    table, place = _read(found), _Place(found)
    if found.name != "ucaudit.toml":
        table = table.get("tool", {}).get("ucaudit", table if path else {})
        place = place.below("tool").below("ucaudit")
    known = [key.name for key in fields(Config) if key.name != "root"]
    _check(table, known, place)
    return Config(root=found.parent, **table)


def _read(path: Path) -> dict[str, Any]:
    import tomllib  # noqa: PLC0415  (not every project has a configuration)

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


class _Place(NamedTuple):
    """A key of the configuration file, as TOML writes it."""

    file: Path
    key: str = ""

    def below(self, key: str) -> _Place:
        name = key if _BARE.match(key) else f'"{key}"'
        return self._replace(key=f"{self.key}.{name}" if self.key else name)

    def wrong(self, why: str) -> InputError:
        return InputError(
            "config-invalid",
            f"The configuration key {self.key} is wrong.",
            where=str(self.file),
            why=why,
            fix="Mend or delete the key.",
        )


_BARE: Final = re.compile(r"[A-Za-z0-9_-]+\Z")
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "shards": int,
    "replicas": int,
    "grace_hours": (int, float),
    "prune_after_days": (int, float),
}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "policy": get_args(Policy),
    "unknown": get_args(Loudness),
    "required_with_default": get_args(DefaultReading),
    "unknown_fields": get_args(Reading),
}
_TABLES: Final = ("levels", "calls")
_CALL_KEYS: Final = ("policy", "unknown", "required_with_default", "levels")


def _check(table: Mapping[str, Any], known: Iterable[str], place: _Place) -> None:
    for key, value in table.items():
        here = place.below(key)
        if key not in known:
            raise here.wrong(f"known keys are {', '.join(sorted(known))}")
        if key in _TABLES:
            _check_table(key, value, here)
        elif why := _why_wrong(key, value):
            raise here.wrong(why)


def _check_table(key: str, table: object, place: _Place) -> None:
    """Checks a table of the user's own keys: rules to levels, or globs to tables of settings."""
    if not isinstance(table, dict):
        raise place.wrong(f"{table!r} is not a table")
    for name, value in table.items():
        here = place.below(name)
        if key == "levels":
            if value not in get_args(RuleLevel):
                raise here.wrong(f"{value!r} is none of {', '.join(get_args(RuleLevel))}")
        elif isinstance(value, dict):
            _check(value, _CALL_KEYS, here)
        else:
            raise here.wrong(f"{value!r} is not a table")


def _why_wrong(key: str, value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, _TYPES.get(key, str)):
        return f"{value!r} is not a {'number' if key in _TYPES else 'string'}"
    if key in _CHOICES and value not in _CHOICES[key]:
        return f"{value!r} is none of {', '.join(_CHOICES[key])}"
    if isinstance(value, int | float) and value < (1 if key == "shards" else 0):
        return f"{value} is too small"
    return None
