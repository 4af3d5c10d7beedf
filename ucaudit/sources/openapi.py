"""OpenAPI 3.0 and 3.1: each operation is a call.

A call is named by its ``operationId``, else by method and path (``get.v1.files.{id}``). Its request
is one object: every parameter under its name, and the body under ``body``. That form does not
depend on whether there are parameters, so that a first optional parameter is one field more and not
another shape. Its response is the body of the first 2xx response that has one. Where a body has
several media types, the JSON one is read.

Callbacks and webhooks are requests to somebody else, and no calls. How parameters are serialised
(``style``, ``explode``) is not looked at: the audit log holds their values.

``x-audit`` in an operation sets what a :class:`ucaudit.Call` sets: ``retention_days``,
``record_response``, ``renamed_from``, and ``schema``, the schema of what is logged instead of the
request. In a parameter or schema it holds the hints of that field, such as ``{"redact": true}``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.sources.bundle import Bundle
from ucaudit.sources.dialect import OPENAPI_30, OPENAPI_31, Dialect, named_dialect
from ucaudit.sources.files import Files, Place
from ucaudit.sources.operations import METHODS, Reader, invalid
from ucaudit.sources.record import CallSchemas

_OPTIONS: Final = {
    "retention_days": "a whole number of days, at least 1",
    "record_response": "true or false",
    "renamed_from": "the name of a call",
    "schema": "a schema",
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a document.

    Attributes:
        name: Name of the call.
        place: Where the operation stands.
        item: Where its path item stands.
    """

    name: str
    place: Place
    item: Place


def load_openapi(path: Path, document: Json = None) -> list[CallSchemas]:
    """The operations of an OpenAPI document as calls, in order of name.

    All schemas of all calls refer to one and the same ``$defs`` object.

    Args:
        path: The document.
        document: What is in it, if it was read already.

    Raises:
        InputError: If the document is not OpenAPI 3.0 or 3.1, two operations have one name, or a
            reference leads nowhere.
    """
    path = path.resolve()
    files = Files({path: document} if document is not None else None)
    dialect = _dialect(files.root(path), path)
    operations = _named(Reader(files, Bundle(files, dialect)), path)
    if not operations:
        raise InputError(
            "source-empty",
            "The OpenAPI document has no operations.",
            where=str(path),
            fix="Describe the operations under paths.",
        )
    written, described = _describe(operations, path, files, dialect, "writeOnly")
    sent = written
    if described:
        # What is marked readOnly is required in what is written only.
        sent, _ = _describe(operations, path, files, dialect, "readOnly")
    return [_joined(inner, outer) for inner, outer in zip(sent, written, strict=True)]


def _describe(
    operations: list[Operation], path: Path, files: Files, dialect: Dialect, unsent: str
) -> tuple[list[CallSchemas], bool]:
    bundle = Bundle(files, dialect, unsent=unsent)
    for name in _components(files.root(path)):
        bundle.reserve(Place(path).below("components", "schemas", name), name)
    reader = Reader(files, bundle)
    calls = [_call(operation, reader) for operation in operations]
    bundle.finish()
    names = frozenset(bundle.definitions)
    if not names:
        calls = [_bare(call) for call in calls]
    return [replace(call, shared=names) for call in calls], bundle.marked


def _joined(sent: CallSchemas, written: CallSchemas) -> CallSchemas:
    request = {"in": sent.parts["request"]["out"], "out": written.parts["request"]["out"]}
    parts = {**written.parts, "request": request}
    return replace(written, parts=parts)


def _bare(call: CallSchemas) -> CallSchemas:
    """``call`` without its ``$defs``, which turned out to be empty."""
    parts = {
        part: {"out": {key: value for key, value in contracts["out"].items() if key != "$defs"}}
        for part, contracts in call.parts.items()
    }
    return replace(call, parts=parts)


def _dialect(root: Json, path: Path) -> Dialect:
    if "swagger" in root:
        raise InputError(
            "openapi-version-unknown",
            "Swagger 2.0 documents are not read.",
            where=f"{path}#/swagger",
            why=f"swagger is {root['swagger']!r:.40}",
            fix="Convert the document to OpenAPI 3 (swagger2openapi does it) and name the result.",
        )
    version = str(root.get("openapi"))
    dialect = {"3.0": OPENAPI_30, "3.1": OPENAPI_31}.get(".".join(version.split(".")[:2]))
    if dialect is None:
        raise InputError(
            "openapi-version-unknown",
            "This version of OpenAPI is not read.",
            where=f"{path}#/openapi",
            why=f"it is {version!r:.40}",
            fix="Use OpenAPI 3.0 or 3.1; write the version as a string.",
        )
    if "jsonSchemaDialect" in root:
        named_dialect(root["jsonSchemaDialect"], f"{path}#/jsonSchemaDialect")
    return dialect


def _components(root: JsonObject) -> list[str]:
    components = root.get("components")
    schemas = components.get("schemas") if isinstance(components, dict) else None
    return [str(name) for name in schemas] if isinstance(schemas, dict) else []


def _named(reader: Reader, path: Path) -> list[Operation]:
    found: dict[str, Operation] = {}
    for operation in _operations(reader, path):
        twin = found.get(operation.name)
        if twin is not None:
            raise InputError(
                "call-declared-twice",
                f"Two operations are called {operation.name!r}.",
                where=f"{twin.place} and {operation.place}",
                fix="Give one of the two another operationId.",
            )
        found[operation.name] = operation
    return [found[name] for name in sorted(found)]


def _operations(reader: Reader, path: Path) -> Iterator[Operation]:
    start = Place(path).below("paths")
    paths = reader.object(reader.files.root(path).get("paths", {}), start)
    for route, written in paths.items():
        if route.startswith("x-"):
            continue
        item, at = reader.follow(written, start.below(route))
        for method in METHODS:
            if method not in item:
                continue
            place = at.below(method)
            operation = reader.object(item[method], place)
            name = operation.get("operationId", f"{method}.{route.strip().removeprefix('/')}"
                                 .replace("/", "."))  # fmt: skip
            if not isinstance(name, str) or not name.strip():
                raise invalid(place.below("operationId"), "operationId must be a name")
            yield Operation(name, place, at)


def _call(operation: Operation, reader: Reader) -> CallSchemas:
    place = operation.place
    options = _options(reader, place)
    parts = {"request": {"out": reader.request(place, operation.item)}}
    response = reader.response(place)
    if response is not None:
        parts["response"] = {"out": response}
    if "schema" in options:
        at = place.below("x-audit", "schema")
        parts["audit"] = {"out": reader.whole(options["schema"], at)}
    return CallSchemas(
        name=operation.name,
        parts=parts,
        retention_days=options.get("retention_days", 180),
        record_response=options.get("record_response", False),
        renamed_from=options.get("renamed_from"),
        origin=str(place),
    )


def _options(reader: Reader, place: Place) -> JsonObject:
    """What ``x-audit`` of an operation sets."""
    written = reader.files.at(place).get("x-audit")
    if written is None:
        return {}
    at = place.below("x-audit")
    options = reader.object(written, at)
    for key, value in options.items():
        fits = {
            "retention_days": isinstance(value, int) and not isinstance(value, bool) and value > 0,
            "record_response": isinstance(value, bool),
            "renamed_from": isinstance(value, str) and bool(value),
            "schema": isinstance(value, dict | bool),
        }.get(key)
        if fits is None:
            raise invalid(at.below(key), f"x-audit of an operation knows {', '.join(_OPTIONS)}")
        if not fits:
            raise invalid(at.below(key), f"it must be {_OPTIONS[key]}")
    return options
