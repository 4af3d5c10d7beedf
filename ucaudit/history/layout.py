"""How ``schemas/`` is laid out: which file holds what, and how its pieces refer to each other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote, unquote

from ucaudit.errors import InputError
from ucaudit.history.version import IndexEffect
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.names import file_part
from ucaudit.sources.reach import Reach
from ucaudit.sources.reading import read_json
from ucaudit.sources.record import CallSchemas, local_ref, referenced_name

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

    def type_file(self, name: str, contract: str) -> Path:
        """A shared type."""
        return self.types / f"{file_part(name)}.{contract}.json"

    def type_files(self) -> list[Path]:
        """Every file of a shared type, in order of file name."""
        found = (*self.types.glob("*.in.json"), *self.types.glob("*.out.json"))
        return sorted(found)

    def open_files(self) -> list[Path]:
        """Every open version, in order of file name."""
        found = (p for p in self.root.glob("*.json") if p.name != ACCEPTED_FILE)
        return sorted(p for p in found if p.is_file())


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


class Splitter:
    """Takes shared types out of schemas; a type that many calls share is looked at once."""

    def __init__(self) -> None:
        self._reach = Reach()
        # The originals are kept in the values: an address is its own only while it lives.
        self._redirected: dict[tuple[int, str, int], tuple[Json, Json, frozenset[str]]] = {}

    def split(
        self,
        schema: JsonObject,
        contract: str,
        shared: frozenset[str],
        types: dict[tuple[str, str], Json],
    ) -> JsonObject:
        """``schema`` without its shared definitions; those that it reaches go to ``types``."""
        definitions = schema.get("$defs", {})
        for name in self._reach.names(schema):
            if name in shared:
                types[name, contract] = self._type(definitions[name], contract, shared)
        own = {k: v for k, v in schema.items() if k != "$defs"}
        private = {n: d for n, d in definitions.items() if n not in shared}
        if private:
            own["$defs"] = private
        redirected: JsonObject = _redirect(own, contract, shared, "types/")
        return redirected

    def _type(self, definition: Json, contract: str, shared: frozenset[str]) -> Json:
        key = (id(definition), contract, id(shared))
        known = self._redirected.get(key)
        if known is None:
            redirected = _redirect(definition, contract, shared, "")
            known = self._redirected[key] = redirected, definition, shared
        return known[0]


def to_files(
    entry: OpenVersion, splitter: Splitter | None = None
) -> tuple[JsonObject, dict[tuple[str, str], Json]]:
    """An open version as its file, and the shared types that it uses by name and contract.

    Args:
        entry: The open version.
        splitter: One for all versions that may share types.
    """
    splitter = splitter or Splitter()
    types: dict[tuple[str, str], Json] = {}
    document: JsonObject = {
        "format": OPEN_FORMAT,
        "call": entry.schemas.name,
        "version": entry.version,
        "generation": entry.generation,
        "index": entry.index,
    }
    if entry.new_generation:
        document["new_generation"] = True
    if entry.schemas.renamed_from is not None:
        document["renamed_from"] = entry.schemas.renamed_from
    document["retention_days"] = entry.schemas.retention_days
    document["record_response"] = entry.schemas.record_response
    for part in PARTS:
        contracts = entry.schemas.parts.get(part)
        if contracts:
            document[part] = {
                contract: splitter.split(schema, contract, entry.schemas.shared, types)
                for contract, schema in contracts.items()
            }
    document["steps"] = entry.steps
    return document, types


def _redirect(value: Json, contract: str, shared: frozenset[str], base: str) -> Json:
    """``value`` with references to shared definitions turned into references to their files."""
    if isinstance(value, list):
        return [_redirect(item, contract, shared, base) for item in value]
    if isinstance(value, dict):
        return {k: _redirect(v, contract, shared, base) for k, v in value.items()}
    name = referenced_name(value)
    if name in shared:
        return quote(f"{base}{file_part(name)}.{contract}.json")
    return value


class TypeFiles:
    """The shared types of a layout, each file read once.

    Args:
        layout: Where they are.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._read: dict[str, tuple[Json, list[str]]] = {}

    def read(self, file: str, path: Path) -> tuple[Json, list[str]]:
        """The type in ``file``, and the files of the types that it refers to.

        Raises:
            InputError: If it is missing; ``path`` is who needs it.
        """
        if file not in self._read:
            target = self._layout.types / file
            if not target.is_file():
                name = unquote(file.removesuffix(".json").rpartition(".")[0])
                raise InputError(
                    "type-missing",
                    f"The shared type {name!r} is missing.",
                    where=str(path),
                    why=f"{target} is not there",
                    fix="Restore the file, or run ucaudit lock to write it anew.",
                )
            queue: list[str] = []
            self._read[file] = _localize(read_json(target), queue), queue
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
    document = read_json(path)
    if not isinstance(document, dict) or document.get("format") != OPEN_FORMAT:
        raise InputError(
            "not-an-open-version",
            "This is not an open version of a call.",
            where=str(path),
            why=f"its format is not {OPEN_FORMAT!r}",
            fix="Keep other files out of the folder, or run ucaudit lock to write it anew.",
        )
    try:
        return _open_version(document, path, types or TypeFiles(layout))
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(
            "open-version-damaged",
            "The open version is not as lock writes it.",
            where=str(path),
            why=f"{type(error).__name__}: {error}",
            fix="Run ucaudit lock to write it anew.",
        ) from error


def _open_version(document: JsonObject, path: Path, types: TypeFiles) -> OpenVersion:
    shared: set[str] = set()
    parts: dict[str, Mapping[str, JsonObject]] = {}
    for part in PARTS:
        if part in document:
            parts[part] = {
                contract: _join(schema, contract, types, shared, path)
                for contract, schema in document[part].items()
            }
    schemas = CallSchemas(
        name=document["call"],
        parts=parts,
        retention_days=document["retention_days"],
        record_response=document["record_response"],
        renamed_from=document.get("renamed_from"),
        shared=frozenset(shared),
        origin=str(path),
    )
    return OpenVersion(
        schemas,
        document["version"],
        document["generation"],
        document["index"],
        list(document["steps"]),
        document.get("new_generation", False),
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
