"""Protobuf messages as JSON Schema: what the proto3 JSON mapping writes.

Parsers of that mapping take more than printers write (numbers for 64-bit integers and enums, the
field names of the ``.proto`` file, null for absent fields). Both contracts of a call say what
printers write: callers are printers too.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Any, Final

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.record import local_ref

# No format beside the pattern: one change of type would be two changes of the schema, and
# validators check the pattern only.
_INT64: Final[JsonObject] = {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,18})$"}
_UINT64: Final[JsonObject] = {"type": "string", "pattern": "^(0|[1-9][0-9]{0,19})$"}
_INT32: Final[JsonObject] = {"type": "integer", "format": "int32"}
_UINT32: Final[JsonObject] = {"type": "integer", "format": "uint32"}
_DOUBLE: Final[JsonObject] = {"type": "number", "format": "double"}
_FLOAT: Final[JsonObject] = {"type": "number", "format": "float"}
_BOOL: Final[JsonObject] = {"type": "boolean"}
_STRING: Final[JsonObject] = {"type": "string"}
_BYTES: Final[JsonObject] = {"type": "string", "format": "byte", "contentEncoding": "base64"}

# By number of FieldDescriptorProto.Type.
_MESSAGES: Final = (10, 11)
_ENUM: Final = 14
_SCALARS: Final[dict[int, JsonObject]] = {
    1: _DOUBLE, 2: _FLOAT, 3: _INT64, 4: _UINT64, 5: _INT32, 6: _UINT64, 7: _UINT32, 8: _BOOL,
    9: _STRING, 12: _BYTES, 13: _UINT32, 15: _INT32, 16: _INT64, 17: _INT32, 18: _INT64,
}  # fmt: skip
_REPEATED: Final = 3
_REQUIRED: Final = 2
_LEGACY_REQUIRED: Final = 3

_BOOL_TYPE: Final = 8
_STRING_TYPE: Final = 9
_BOOL_NAMES: Final[JsonObject] = {"enum": ["true", "false"]}
_INTEGER_NAMES: Final[JsonObject] = {"pattern": "^-?[0-9]+$"}


def _nullable(schema: JsonObject) -> JsonObject:
    return {**schema, "type": [schema["type"], "null"]}


_GOOGLE: Final = "google.protobuf."
_WELL_KNOWN: Final[dict[str, JsonObject]] = {
    "Any": {
        "type": "object",
        "properties": {"@type": _STRING},
        "required": ["@type"],
        "additionalProperties": True,
    },
    "Duration": {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"},
    "Empty": {"type": "object", "properties": {}},
    "FieldMask": _STRING,
    "ListValue": {"type": "array"},
    "NullValue": {"type": "null"},
    "Struct": {"type": "object"},
    "Timestamp": {"type": "string", "format": "date-time"},
    "Value": {},
    "BoolValue": _nullable(_BOOL),
    "BytesValue": _nullable(_BYTES),
    "DoubleValue": _nullable(_DOUBLE),
    "FloatValue": _nullable(_FLOAT),
    "Int32Value": _nullable(_INT32),
    "Int64Value": _nullable(_INT64),
    "StringValue": _nullable(_STRING),
    "UInt32Value": _nullable(_UINT32),
    "UInt64Value": _nullable(_UINT64),
}


class Messages:
    """Message and enum types of descriptor files, as definitions by full name.

    Args:
        files: ``FileDescriptorProto`` messages.
        origin: What errors call them.
    """

    def __init__(self, files: Iterable[Any], origin: str) -> None:
        self.definitions: JsonObject = {}
        self._origin = origin
        self._types: dict[str, tuple[Any, dict[tuple[int, ...], str], tuple[int, ...]]] = {}
        self._extensions: dict[str, list[tuple[str, Any]]] = defaultdict(list)
        self._waiting: list[str] = []
        for file in files:
            comments = _comments(file)
            prefix = f".{file.package}" if file.package else ""
            self._extend(file, prefix)
            for number, index, kind in _numbered(file, message=4, enum=5):
                self._register(kind, prefix, comments, (number, index))

    def schema(self, name: str, used_by: str) -> JsonObject:
        """What stands where the type ``name`` (with its leading dot) is used.

        Raises:
            InputError: If no file declares it.
        """
        full = name.removeprefix(".")
        if full.startswith(_GOOGLE) and full.removeprefix(_GOOGLE) in _WELL_KNOWN:
            return _WELL_KNOWN[full.removeprefix(_GOOGLE)]
        if name not in self._types:
            raise InputError(
                "descriptor-set-incomplete",
                f"The type {full!r} is declared nowhere.",
                where=f"{self._origin}, {used_by}",
                fix="Write the descriptor set with --include_imports.",
            )
        if full not in self.definitions:
            self.definitions[full] = None
            self._waiting.append(name)
        return {"$ref": local_ref(full)}

    def finish(self) -> None:
        """Describes all types that were used, and those that they use.

        Raises:
            InputError: As ``schema``.
        """
        while self._waiting:
            name = self._waiting.pop(0)
            full = name.removeprefix(".")
            declared, comments, path = self._types[name]
            if hasattr(declared, "field"):
                self.definitions[full] = self._message(full, declared, comments, path)
            else:
                values = list(dict.fromkeys(value.name for value in declared.value))
                self.definitions[full] = _noted({"type": "string", "enum": values}, comments, path)

    def _register(
        self,
        declared: Any,
        prefix: str,
        comments: dict[tuple[int, ...], str],
        path: tuple[int, ...],
    ) -> None:
        name = f"{prefix}.{declared.name}"
        self._types[name] = declared, comments, path
        if hasattr(declared, "nested_type"):
            self._extend(declared, name)
            for number, index, kind in _numbered(declared, nested=3, enum=4):
                self._register(kind, name, comments, (*path, number, index))

    def _extend(self, scope: Any, prefix: str) -> None:
        """Remembers the extensions declared in ``scope`` with the names that printers write."""
        for field in scope.extension:
            name = f"[{prefix.removeprefix('.')}.{field.name}]".replace("[.", "[")
            self._extensions[field.extendee].append((name, field))

    def _message(
        self, full: str, message: Any, comments: dict[tuple[int, ...], str], path: tuple[int, ...]
    ) -> JsonObject:
        fields: JsonObject = {}
        required: list[str] = []
        choices: dict[int, list[str]] = {}
        for index, field in enumerate(message.field):
            name = field.json_name or _camel(field.name)
            schema = _noted(self._field(full, field), comments, (*path, 2, index))
            if field.options.deprecated:
                schema["deprecated"] = True
            if getattr(field.options, "debug_redact", False):
                schema["x-audit"] = {"redact": True}
            fields[name] = {**schema, "x-proto-number": field.number}
            if _is_required(field):
                required.append(name)
            if field.HasField("oneof_index") and not field.proto3_optional:
                choices.setdefault(field.oneof_index, []).append(name)
        for name, field in self._extensions.get(f".{full}", ()):
            fields[name] = {**self._field(full, field), "x-proto-number": field.number}
        schema = _noted({"type": "object", "properties": fields}, comments, path)
        if required:
            schema["required"] = required
        # Each pair on its own: two fields that are never sent together need no other rule.
        pairs = [pair for names in choices.values() for pair in combinations(names, 2)]
        if pairs:
            schema["allOf"] = [{"not": {"required": list(pair)}} for pair in pairs]
        return schema

    def _field(self, owner: str, field: Any) -> JsonObject:
        where = f"{owner}.{field.name}"
        if field.type in _MESSAGES:
            entry = self._types.get(field.type_name)
            if entry is not None and entry[0].options.map_entry:
                return self._map(owner, entry[0])
            schema = self.schema(field.type_name, where)
        elif field.type == _ENUM:
            schema = self.schema(field.type_name, where)
        elif field.type in _SCALARS:
            schema = _SCALARS[field.type]
        else:
            raise self._damaged(f"the field {where} has a type of the number {field.type}")
        return {"type": "array", "items": schema} if field.label == _REPEATED else dict(schema)

    def _map(self, owner: str, entry: Any) -> JsonObject:
        by_name = {field.name: field for field in entry.field}
        if not {"key", "value"} <= by_name.keys():
            raise self._damaged(f"a map of {owner} lacks its key or value")
        schema: JsonObject = {
            "type": "object",
            "additionalProperties": self._field(owner, by_name["value"]),
        }
        key = by_name["key"].type
        if key != _STRING_TYPE:
            schema["propertyNames"] = _BOOL_NAMES if key == _BOOL_TYPE else _INTEGER_NAMES
        return schema

    def _damaged(self, why: str) -> InputError:
        return InputError(
            "not-a-descriptor-set",
            "The file is not a FileDescriptorSet.",
            where=self._origin,
            why=why,
            fix="Write it with protoc --descriptor_set_out=FILE --include_imports.",
        )


def _is_required(field: Any) -> bool:
    features = getattr(field.options, "features", None)
    presence = getattr(features, "field_presence", 0)
    return field.label == _REQUIRED or presence == _LEGACY_REQUIRED


def _numbered(owner: Any, *, enum: int, **messages: int) -> Iterator[tuple[int, int, Any]]:
    """The types declared in ``owner``, each with field number and index: its path for comments."""
    (number,) = messages.values()
    nested = owner.message_type if "message" in messages else owner.nested_type
    yield from ((number, index, kind) for index, kind in enumerate(nested))
    yield from ((enum, index, kind) for index, kind in enumerate(owner.enum_type))


def _comments(file: Any) -> dict[tuple[int, ...], str]:
    return {
        tuple(location.path): " ".join(location.leading_comments.split())
        for location in file.source_code_info.location
        if location.leading_comments.strip()
    }


def _noted(
    schema: JsonObject, comments: dict[tuple[int, ...], str], path: tuple[int, ...]
) -> JsonObject:
    return {**schema, "description": comments[path]} if path in comments else schema


def _camel(name: str) -> str:
    """``json_name`` as protoc makes it, for sets that lack it."""
    head, *rest = name.split("_")
    return head + "".join(word[:1].upper() + word[1:] for word in rest)
