"""A folder of JSON Schemas: ``<call>/request.json``, ``response.json``, ``audit.json``."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import orjson

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.names import check_call_names
from ucaudit.schema.document import Document, escape
from ucaudit.sources.record import CallSchemas

_PARTS = ("request", "response", "audit")


def read_json(path: Path) -> Json:
    """The JSON in ``path``.

    Raises:
        InputError: If it is missing, not JSON, or not UTF-8; with line and column.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise InputError(
            "file-unreadable",
            "The file cannot be read.",
            where=str(path),
            why=error.strerror or str(error),
            fix="Name a file that exists and that you may read.",
        ) from error
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise InputError(
            "not-json",
            "The file is not JSON.",
            where=f"{path}:{error.lineno}:{error.colno}",
            why=error.msg,
            fix="Mend the file at that line and column.",
        ) from error


def load_schema(path: Path) -> JsonObject:
    """One JSON Schema with everything that it refers to in other files bundled in.

    Raises:
        InputError: If a file or a reference cannot be read, or it is not a JSON Schema.
    """
    schema = read_json(path)
    Document(schema, str(path))
    bundle: JsonObject = {}
    bundled = _bundle(schema, path.resolve(), "", bundle)
    if not isinstance(bundled, dict) or not bundle:
        return schema  # type: ignore[no-any-return]
    keyword = "definitions" if "definitions" in bundled and "$defs" not in bundled else "$defs"
    return {**bundled, keyword: {**bundled.get(keyword, {}), **bundle}}


def load_folder(folder: Path) -> list[CallSchemas]:
    """The calls of a folder.

    Raises:
        InputError: If there is none, or one of them cannot be read.
    """
    calls = []
    for child in sorted(folder.iterdir()):
        if not child.is_dir():
            continue
        present = {part: child / f"{part}.json" for part in _PARTS}
        files = {part: path for part, path in present.items() if path.is_file()}
        if files:
            calls.append(_call(unquote(child.name), files))
    if not calls:
        raise InputError(
            "source-empty",
            "The folder holds no calls.",
            where=str(folder),
            why="no <call>/request.json, response.json or audit.json was found below it",
            fix="Name a folder of JSON Schemas, a schemas/ folder of ucaudit, or module:attribute.",
        )
    check_call_names([call.name for call in calls])
    return calls


def _call(name: str, files: dict[str, Path]) -> CallSchemas:
    parts: dict[str, dict[str, JsonObject]] = {}
    for part, path in files.items():
        schema = load_schema(path)
        parts[part] = {"in": schema, "out": schema} if part == "request" else {"out": schema}
    origin = str(next(iter(files.values())).parent)
    return CallSchemas(name=name, parts=parts, origin=origin)


def _bundle(schema: Json, path: Path, prefix: str, bundle: JsonObject) -> Json:
    """``schema`` with references to other files turned into references to ``bundle``."""
    if isinstance(schema, list):
        return [_bundle(item, path, prefix, bundle) for item in schema]
    if not isinstance(schema, dict):
        return schema
    result: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "$ref" and isinstance(value, str):
            result[key] = _rebase(value, path, prefix, bundle)
        else:
            result[key] = _bundle(value, path, prefix, bundle)
    return result


def _rebase(ref: str, path: Path, prefix: str, bundle: JsonObject) -> str:
    file, _, fragment = ref.partition("#")
    if "://" in file:
        return ref
    if not file:
        return f"#{prefix}{fragment}" if prefix else ref
    target = (path.parent / unquote(file)).resolve()
    name = PurePosixPath(target.name).stem
    if name not in bundle:
        if not target.is_file():
            raise InputError(
                "ref-unresolvable",
                f"The reference {ref!r} leads to a file that is not there.",
                where=str(path),
                why=str(target),
                fix="Add the file, or mend the reference.",
            )
        bundle[name] = {}
        loaded = read_json(target)
        Document(loaded, str(target))
        bundle[name] = _bundle(loaded, target, f"/$defs/{escape(name)}", bundle)
    return f"#/$defs/{escape(name)}{fragment}"
