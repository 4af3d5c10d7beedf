"""The generations that a wheel was built with: a small file beside its code.

A writer asks for the first one while its service starts, so that nothing but the standard library
is imported here, and little of that: ``importlib.resources`` alone takes longer to import than all
the rest. The loaders behind it are asked instead.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import lru_cache
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final, NamedTuple

from ucaudit.errors import InputError

if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec

FORMAT: Final = "ucaudit.baked/1"
FOLDER: Final = "_ucaudit"
"""Folder of the recorded history within a package; holds ``schemas/`` too."""
NAMES_FILE: Final = "names.json"
INDEX: Final = "ucaudit_baked"
"""Folder at the top of the path with a file for each package that a history was baked into."""


class Baked(NamedTuple):
    """What a package says of the indices that it writes to.

    Attributes:
        place: Where that is said.
        prefix: What every audit index starts with.
        generations: Call to the generation of its newest released version.
        opened: Call to the generation that its open version starts, where that is not released.
    """

    place: str
    prefix: str
    generations: Mapping[str, int]
    opened: Mapping[str, int]

    def holds(self, call: str) -> bool:
        """Whether the package was built with the call."""
        return call in self.generations or call in self.opened


def baked_with(call: str) -> Baked | None:
    """The package on the path that was built with ``call``; ``None`` if there is none.

    Archives on the path are not looked through; a package in one has to be named.

    Raises:
        InputError: If two packages disagree about the call, or one cannot be read.
    """
    found = [baked for baked in _on_path(tuple(sys.path)) if baked.holds(call)]
    for other in found[1:]:
        if _said_of(call, other) != _said_of(call, found[0]):
            raise InputError(
                "call-baked-twice",
                f"Two packages were built with the call {call!r}, and they disagree.",
                where=f"{found[0].place}, {other.place}",
                fix="Name the package: ucaudit.index_name(call, at, package=…).",
            )
    return found[0] if found else None


@lru_cache(maxsize=64)
def baked_in(package: str) -> Baked | None:
    """What is baked into ``package``, which is not imported; ``None`` if nothing is.

    Raises:
        InputError: If there is no such package, or what it holds cannot be read.
    """
    return _read(package_spec(package))


def package_spec(package: str) -> ModuleSpec:
    """Where ``package`` is.

    Raises:
        InputError: If there is no such package.
    """
    why = "it cannot be imported"
    try:
        spec = find_spec(package)
    except (ImportError, ValueError) as error:
        spec, why = None, str(error)
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            "package-missing",
            f"There is no package {package!r}.",
            where=package,
            why=why if spec is None else "it is a module, not a package",
            fix="Name the package that the schemas were baked into.",
        )
    return spec


def _read(spec: ModuleSpec) -> Baked | None:
    for folder in spec.submodule_search_locations or ():
        place = os.path.join(folder, FOLDER, NAMES_FILE)  # noqa: PTH118  (pathlib is slow to import)
        raw = _bytes(spec, place)
        if raw is not None:
            return _parse(raw, place)
    return None


def _said_of(call: str, baked: Baked) -> tuple[object, ...]:
    return baked.prefix, baked.generations.get(call), baked.opened.get(call)


def _bytes(spec: ModuleSpec, place: str) -> bytes | None:
    get_data = getattr(spec.loader, "get_data", None)  # Knows zip files, too.
    try:
        if get_data is not None:
            raw: bytes = get_data(place)
            return raw
        with open(place, "rb") as file:  # noqa: PTH123  (as above)
            return file.read()
    except OSError:
        return None


@lru_cache(maxsize=8)
def _on_path(places: tuple[str, ...]) -> tuple[Baked, ...]:
    names: dict[str, None] = {}
    for place in places:
        with suppress(OSError):  # Paths may name archives, and folders that are not there.
            names |= dict.fromkeys(sorted(os.listdir(f"{place or '.'}/{INDEX}")))  # noqa: PTH208  (as above)
    return tuple(baked for name in names if (baked := _left_in(name)) is not None)


def _left_in(package: str) -> Baked | None:
    """What is baked into a package that an index names, unless it was removed by hand since."""
    try:
        return baked_in(package)
    except InputError as error:
        if error.name == "package-missing":
            return None
        raise


def _parse(raw: bytes, place: str) -> Baked:
    try:
        document = json.loads(raw)
        if document["format"] != FORMAT:
            raise _unreadable(place, f"its format is {document['format']!r}, not {FORMAT!r}")
        return Baked(
            place, str(document["prefix"]), dict(document["generations"]), dict(document["open"])
        )
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable(place, f"{type(error).__name__}: {error}") from error


def _unreadable(place: str, why: str) -> InputError:
    return InputError(
        "baked-unreadable",
        "What the package was built with cannot be read.",
        where=place,
        why=why,
        fix="Build the package anew, with the ucaudit that it runs with.",
    )
