"""How ``schemas/`` is laid out: which file holds what, and how its pieces refer to each other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from ucaudit.errors import InputError
from ucaudit.history.files import json_files
from ucaudit.history.version import IndexEffect
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.names import file_part
from ucaudit.sources.reading import parse_json, read_json
from ucaudit.sources.record import CallSchemas, local_ref

OPEN_FORMAT: Final = "ucaudit.call/1"
VERSION_FORMAT: Final = "ucaudit.version/1"
ACCEPTED_FILE: Final = "accepted.json"
PARTS: Final = ("request", "response", "audit")


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below a folder of recorded history."""

    root: Path

    @property
    def types(self) -> Path:
        """Folder of the shared types."""
        return self.root / "types"

    @property
    def accepted_file(self) -> Path:
        """The findings that the project accepts."""
        return self.root / ACCEPTED_FILE

    def open_file(self, call: str) -> Path:
        """The open version of a call."""
        name = f"{file_part(call)}.json"
        if name.lower() == ACCEPTED_FILE:
            # A call may have that name too, and some file systems do not tell capitals apart.
            name = f"%{ord(name[0]):02x}{name[1:]}"
        return self.root / name

    def history_folder(self, call: str) -> Path:
        """The released versions of a call."""
        return self.root / "history" / file_part(call)

    def version_file(self, call: str, number: int) -> Path:
        """One released version."""
        return self.history_folder(call) / f"{number:04}.json"

    def type_files(self) -> list[Path]:
        """Every file of a shared type, in order of file name."""
        return [p for p in json_files(self.types) if p.name.endswith((".in.json", ".out.json"))]

    def open_files(self) -> list[Path]:
        """Every open version, in order of file name."""
        return [path for path in json_files(self.root) if path.name != ACCEPTED_FILE]


def type_name(name: str, contract: str) -> str:
    """Name of the file of a shared type."""
    return f"{file_part(name)}.{contract}.json"


@dataclass(slots=True)
class OpenVersion:
    """A file of ``schemas/``: a call as it may be released next, or as it was released last.

    Attributes:
        schemas: The call.
        version: The number it will have, or has.
        generation: Prospective generation, or its generation.
        index: What it asks of the audit index of the version before.
        steps: Transform steps, with open questions among them.
        new_generation: Whether a person asked for a generation of its own.
    """

    schemas: CallSchemas
    version: int
    generation: int
    index: IndexEffect
    steps: list[JsonObject] = field(default_factory=list)
    new_generation: bool = False


def is_recorded(folder: Path) -> bool:
    """Whether ``folder`` is a folder of recorded history (it holds open versions)."""
    for path in Layout(folder).open_files():
        document = read_json(path)
        return isinstance(document, dict) and document.get("format") == OPEN_FORMAT
    return False


class TypeFiles:
    """The shared types of a layout, each file parsed once.

    Args:
        layout: Where they are.
        files: What was read of them before, by path within the layout.
    """

    def __init__(self, layout: Layout, files: Mapping[str, bytes] | None = None) -> None:
        self._layout = layout
        self._files = files or {}
        self._read: dict[str, tuple[Json, list[str]]] = {}

    def read(self, file: str, path: Path) -> tuple[Json, list[str]]:
        """The type in ``file``, and the files of the types that it refers to.

        Raises:
            InputError: If it is missing; ``path`` is who needs it.
        """
        if file not in self._read:
            target = self._layout.types / file
            raw = self._files.get(f"types/{file}")
            if raw is None and not target.is_file():
                name = unquote(file.removesuffix(".json").rpartition(".")[0])
                raise InputError(
                    "type-missing",
                    f"The shared type {name!r} is missing.",
                    where=str(path),
                    why=f"{target} is not there",
                    fix="Restore the file, or run ucaudit lock to write it anew.",
                )
            queue: list[str] = []
            self._read[file] = (
                _localize(read_json(target) if raw is None else parse_json(raw, target), queue),
                queue,
            )
        return self._read[file]


def from_file(path: Path, layout: Layout, types: TypeFiles | None = None) -> OpenVersion:
    """Reads an open version and the shared types that it uses.

    Args:
        path: The file.
        layout: The folder that it belongs to.
        types: One for all files of the folder.

    Raises:
        InputError: If a file is missing, or is not what it should be.
    """
    types = types or TypeFiles(layout)
    return from_document(read_json(path), path, lambda open_: join(open_, path, types))


def from_document(
    document: Json, path: Path, schemas: Callable[[JsonObject], CallSchemas]
) -> OpenVersion:
    """An open version from its file.

    Args:
        document: What the file holds.
        path: The file.
        schemas: Gives the call that the document describes.

    Raises:
        InputError: If it is not what it should be.
    """
    if not isinstance(document, dict) or document.get("format") != OPEN_FORMAT:
        raise InputError(
            "not-an-open-version",
            "This is not an open version of a call.",
            where=str(path),
            why=f"its format is not {OPEN_FORMAT!r}",
            fix="Keep other files out of the folder, or run ucaudit lock to write it anew.",
        )
    try:
        return OpenVersion(
            schemas(document),
            document["version"],
            document["generation"],
            document["index"],
            list(document["steps"]),
            document.get("new_generation", False),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "open-version-damaged",
            "The open version is not as lock writes it.",
            where=str(path),
            why=f"{type(error).__name__}: {error}",
            fix="Run ucaudit lock to write it anew.",
        ) from error


def join(document: JsonObject, path: Path, types: TypeFiles) -> CallSchemas:
    """The call of an open version, with the shared types that it uses.

    Raises:
        InputError: If a type is missing, or is not JSON.
    """
    shared: set[str] = set()
    parts: dict[str, Mapping[str, JsonObject]] = {}
    for part in PARTS:
        if part in document:
            parts[part] = {
                contract: _join(schema, contract, types, shared, path)
                for contract, schema in document[part].items()
            }
    return CallSchemas(
        name=document["call"],
        parts=parts,
        retention_days=document["retention_days"],
        record_response=document["record_response"],
        renamed_from=document.get("renamed_from"),
        shared=frozenset(shared),
        origin=str(path),
    )


def _join(
    schema: JsonObject, contract: str, types: TypeFiles, shared: set[str], path: Path
) -> JsonObject:
    found: JsonObject = {}
    queue: list[str] = []
    joined = _localize(schema, queue)
    seen = set(queue)
    while queue:
        file = queue.pop()
        name = unquote(file.removesuffix(f".{contract}.json"))
        found[name], needed = types.read(file, path)
        queue.extend(set(needed) - seen)
        seen.update(needed)
        shared.add(name)
    if not found:
        return joined  # type: ignore[no-any-return]
    definitions = {**joined.get("$defs", {}), **{n: found[n] for n in sorted(found)}}
    return {**joined, "$defs": definitions}


def _localize(value: Json, queue: list[str]) -> Json:
    """``value`` with references to type files turned into local ones; the files go to ``queue``."""
    if isinstance(value, list):
        return [_localize(item, queue) for item in value]
    if isinstance(value, dict):
        return {k: _localize(v, queue) for k, v in value.items()}
    if isinstance(value, str) and value.endswith((".in.json", ".out.json")):
        file = unquote(value).removeprefix("types/")
        queue.append(file)
        stem = file.removesuffix(".json").rpartition(".")[0]
        return local_ref(unquote(stem))
    return value
