"""Loaders of other packages: entry points of the group ``ucaudit.sources``.

A loader is a function ``(path: Path) -> list[CallSchemas] | None``. It is asked for every file and
folder but our own recorded history, before the built-in loaders, in order of its name; ``None``
means that the path is not its kind. An :class:`ucaudit.errors.InputError` that it raises is shown
as it is. In the ``pyproject.toml`` of a package::

    [project.entry-points."ucaudit.sources"]
    asyncapi = "my_package.loader:load"
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ucaudit.errors import InputError
from ucaudit.sources.record import CallSchemas

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP: Final = "ucaudit.sources"


def plugins() -> list[EntryPoint]:
    """The registered loaders, in order of name."""
    if not any(map(_may_register, sys.path)):
        return []
    from importlib.metadata import entry_points  # noqa: PLC0415  (slow, and nearly never needed)

    return sorted(entry_points(group=GROUP), key=lambda point: point.name)


def _may_register(place: str) -> bool:
    """Whether a distribution in a place on the path may name our group."""
    if not Path(place or ".").is_dir():
        return Path(place).exists()  # An archive: importlib.metadata opens it.
    with os.scandir(place or ".") as entries:
        infos = [entry.path for entry in entries if entry.name.endswith("-info")]
    return any(_names_group(Path(info, "entry_points.txt")) for info in infos)


def _names_group(file: Path) -> bool:
    try:
        return GROUP.encode() in file.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return False


def ask_plugins(path: Path, points: Iterable[EntryPoint]) -> list[CallSchemas] | None:
    """What the first loader that knows ``path`` makes of it.

    Raises:
        InputError: If a loader cannot be imported, fails, or gives something else; it names the
            distribution.
    """
    for point in points:
        try:
            found: Any = point.load()(path)
        except InputError:
            raise
        except Exception as error:
            raise _broken(point, path, f"{type(error).__name__}: {error}") from error
        if found is None:
            continue
        if not isinstance(found, list) or not all(isinstance(c, CallSchemas) for c in found):
            raise _broken(point, path, f"it gave {found!r:.60}, not a list of CallSchemas")
        return found
    return None


def _broken(point: EntryPoint, path: Path, why: str) -> InputError:
    owner = point.dist.name if point.dist is not None else "an unknown distribution"
    return InputError(
        "source-plugin-failed",
        f"The source loader {point.name!r} of {owner} failed.",
        where=f"{point.value}, {path}",
        why=why,
        fix=f"Mend, update or uninstall {owner}.",
    )
