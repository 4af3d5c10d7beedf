"""JSON Schemas: one file, or ``<call>/request.json``, ``response.json``, ``audit.json``.

Drafts 4 to 2020-12, in JSON or YAML, respelled in 2020-12. What a schema refers to in other files
becomes a definition of its own; references within the file stay as they are.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final
from urllib.parse import unquote

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject
from ucaudit.names import check_call_names
from ucaudit.schema.document import Document
from ucaudit.sources.bundle import Bundle
from ucaudit.sources.dialect import MODERN
from ucaudit.sources.files import Files, Place
from ucaudit.sources.reading import TEXT_SUFFIXES
from ucaudit.sources.record import CallSchemas

_PARTS: Final = ("request", "response", "audit")


def load_schema(path: Path) -> JsonObject:
    """One JSON Schema with everything that it refers to in other files bundled in.

    Raises:
        InputError: If a file or a reference cannot be read, or it is not a JSON Schema.
    """
    home = path.resolve()
    files = Files()
    schema = files.root(home)
    Document(schema, str(path))
    bundle = Bundle(files, MODERN, home=home)
    for keyword in ("$defs", "definitions"):
        for name in schema.get(keyword, {}) if isinstance(schema, dict) else ():
            bundle.reserve(Place(home).below(keyword, name), str(name))
    converted = bundle.add(schema, Place(home))
    bundle.finish()
    if bundle.definitions:
        own = converted.get("$defs", {})
        converted = {**converted, "$defs": {**own, **bundle.definitions}}
    return converted  # type: ignore[no-any-return]


def load_folder(folder: Path) -> list[CallSchemas]:
    """The calls of a folder.

    Raises:
        InputError: If there is none, or one of them cannot be read.
    """
    calls = []
    for child in sorted(folder.iterdir()):
        files = _part_files(child) if child.is_dir() else {}
        if files:
            calls.append(_call(unquote(child.name), files))
    if not calls:
        raise InputError(
            "source-empty",
            "The folder holds no calls.",
            where=str(folder),
            why="no <call>/request.json, response.json or audit.json was found below it, "
            "and no .proto file",
            fix="Name a folder of JSON Schemas, a schemas/ folder of ucaudit, the OpenAPI document "
            "itself, or module:attribute.",
        )
    check_call_names([call.name for call in calls])
    return calls


def _part_files(folder: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for part in _PARTS:
        files = [p for s in TEXT_SUFFIXES if (p := folder / f"{part}{s}").is_file()]
        if len(files) > 1:
            raise InputError(
                "source-ambiguous",
                f"The {part} of this call is written twice.",
                where=", ".join(str(file) for file in files),
                fix="Keep one of the files.",
            )
        if files:
            found[part] = files[0]
    return found


def _call(name: str, files: dict[str, Path]) -> CallSchemas:
    parts: dict[str, dict[str, JsonObject]] = {}
    for part, path in files.items():
        schema = load_schema(path)
        parts[part] = {"in": schema, "out": schema} if part == "request" else {"out": schema}
    origin = str(next(iter(files.values())).parent)
    return CallSchemas(name=name, parts=parts, origin=origin)


def one_file(path: Path, part: str) -> CallSchemas:
    """A bare JSON Schema as a call that is named like its file.

    Raises:
        InputError: As ``load_schema``.
    """
    schema = load_schema(path)
    contracts = {"in": schema, "out": schema} if part == "request" else {"out": schema}
    return CallSchemas(
        name=path.stem,
        parts={part: contracts},
        record_response=part == "response",
        origin=str(path),
    )
