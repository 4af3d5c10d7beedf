"""Independent validators of the schemas of one side, compiled when one is first asked for.

Documents that share their definitions are compiled together, each as a field of one schema, as
compiling a large document takes long enough once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.document import Document, walk
from ucaudit.schema.shapes import INTEGER_FORMATS


@dataclass(frozen=True, slots=True)
class Problem:
    """What a validator says against a document.

    Attributes:
        path: Keys and places that lead to the value.
        kind: The keyword, with what it asks for.
        message: The same in words.
    """

    path: list[str | int]
    kind: Any
    message: str


@dataclass(frozen=True, slots=True)
class Validator:
    """Validates documents of one schema."""

    _compiled: Any
    _field: str | None

    def takes(self, document: Json) -> bool:
        """Whether the schema accepts ``document``."""
        return bool(self._compiled.is_valid(self._whole(document)))

    def problems(self, document: Json) -> Iterator[Problem]:
        """Why the schema refuses ``document``."""
        above = 0 if self._field is None else 1
        for error in self._compiled.iter_errors(self._whole(document)):
            yield Problem(list(error.instance_path)[above:], error.kind, error.message)

    def _whole(self, document: Json) -> Json:
        return document if self._field is None else {self._field: document}


class Validators:
    """The validators of one side.

    Args:
        documents: All schemas of the side.
    """

    def __init__(self, documents: Iterable[Document]) -> None:
        self._fields: dict[Document, str] = {}
        self._families: dict[Document, list[Document]] = {}
        self._compiled: dict[tuple[Document, bool], Any] = {}
        for document in documents:
            if document.library is not None and document.stands_alone:
                family = self._families.setdefault(document.library, [])
                self._fields[document] = str(len(family))
                family.append(document)

    def of(self, document: Document, *, lenient: bool) -> Validator | None:
        """The validator of ``document``; ``None`` where the library cannot make one.

        Args:
            document: One of the side's.
            lenient: Read ``oneOf`` as ``anyOf``.
        """
        field = self._fields.get(document)
        compiled = self._compile(
            document if field is None else document.library or document, lenient
        )
        return Validator(compiled, field) if compiled is not None else None

    def _compile(self, holder: Document, lenient: bool) -> Any:
        key = holder, lenient
        if key not in self._compiled:
            members = self._families.get(holder, [])
            schema = _joined(holder, members) if members else holder.root
            written = _written(schema)
            if lenient and b'"oneOf":' not in written:
                self._compiled[key] = self._compile(holder, lenient=False)
            else:
                odd = lenient or any(sign in written for sign in _ODD)
                self._compiled[key] = _compile(lower(schema, lenient=lenient) if odd else schema)
        return self._compiled[key]


def _joined(library: Document, members: Iterable[Document]) -> JsonObject:
    fields = {
        str(index): {key: value for key, value in document.root.items() if key != "$defs"}
        for index, document in enumerate(members)
    }
    return {**library.root, "properties": fields}


def _compile(schema: Json) -> Any:
    import jsonschema_rs  # noqa: PLC0415  (where nothing changed, nothing is proven)

    try:
        return jsonschema_rs.validator_for(schema, validate_formats=True, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return None


def lower(schema: Json, *, lenient: bool = False) -> Json:
    """``schema`` as validators check it.

    Integer formats are written as bounds; without a dialect, older spellings as in 2020-12.

    Args:
        schema: A JSON Schema.
        lenient: Read ``oneOf`` as ``anyOf``.
    """
    lowered = _copy(schema)
    modern = isinstance(schema, dict) and "$schema" not in schema
    for _, part in walk(lowered):
        if not isinstance(part, dict):
            continue
        if part.get("format") in INTEGER_FORMATS:
            _bound(part)
        if modern:
            _modernize(part)
        if lenient and "oneOf" in part:
            part["allOf"] = [*part.get("allOf", []), {"anyOf": part.pop("oneOf")}]
    return lowered


def _copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _written(schema: Json) -> bytes:
    """``schema`` as JSON, in which all keywords are found that ``lower`` looks for."""
    try:
        return orjson.dumps(schema)
    except TypeError:
        return b'"oneOf":' + b"".join(_ODD)


# What validators read otherwise, as it is written without spaces.
_ODD: Final = (
    *(f'"format":"{name}"'.encode() for name in INTEGER_FORMATS),
    *(f'"{name}":{said}'.encode() for name in ("exclusiveMinimum", "exclusiveMaximum")
      for said in ("true", "false")),
    b'"items":[',
)  # fmt: skip


def _modernize(part: JsonObject) -> None:
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(part.get(exclusive), bool) and part.pop(exclusive) and limit in part:
            part[exclusive] = part.pop(limit)
    if isinstance(part.get("items"), list):
        part["prefixItems"] = part.pop("items")
        if "additionalItems" in part:
            part["items"] = part.pop("additionalItems")


def _bound(part: JsonObject) -> None:
    low, high = INTEGER_FORMATS[part["format"]]
    kinds = part.get("type")
    if kinds != "integer" and not (isinstance(kinds, list) and "integer" in kinds):
        return
    part["minimum"] = max(low, part.get("minimum", low))
    part["maximum"] = min(high, part.get("maximum", high))
