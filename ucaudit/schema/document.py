"""A JSON Schema document: pointers, references, and the errors they can make."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject

_DIALECTS = (
    "https://json-schema.org/draft/2020-12/schema",
    "https://json-schema.org/draft/2019-09/schema",
    "http://json-schema.org/draft-07/schema",
    "http://json-schema.org/draft-06/schema",
    "http://json-schema.org/draft-04/schema",
)
_KINDS = frozenset({"null", "boolean", "integer", "number", "string", "array", "object"})
DEFINITIONS = ("$defs", "definitions")

# Keywords whose value is a schema, a list of schemas, or an object of schemas.
_SCHEMA = (
    "additionalProperties",
    "propertyNames",
    "unevaluatedProperties",
    "unevaluatedItems",
    "additionalItems",
    "contains",
    "not",
    "if",
    "then",
    "else",
)
_SCHEMA_LIST = ("allOf", "anyOf", "oneOf", "prefixItems")
_SCHEMA_MAP = ("properties", "patternProperties", "dependentSchemas", "$defs", "definitions")


def escape(token: str) -> str:
    """``token`` as one step of a JSON pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape(token: str) -> str:
    """One step of a JSON pointer as the key it stands for."""
    return token.replace("~1", "/").replace("~0", "~")


class Document:
    """A self-contained JSON Schema.

    Args:
        root: The schema, parsed from JSON.
        name: What errors call it: a file, or a call and part.

    Raises:
        InputError: If it is not a JSON Schema, or of a dialect that is not known.
    """

    def __init__(self, root: Json, name: str = "schema") -> None:
        self.root = root
        self.name = name
        self._anchors: dict[str, str] = {}
        self._check()

    def at(self, pointer: str) -> Json:
        """The value at ``pointer``, such as ``/properties/port``.

        Raises:
            KeyError: If there is none.
        """
        value = self.root
        for token in pointer.split("/")[1:]:
            key = unescape(token)
            if isinstance(value, list) and key.isdigit() and int(key) < len(value):
                value = value[int(key)]
            elif isinstance(value, dict):
                value = value[key]
            else:
                raise KeyError(pointer)
        return value

    def target(self, ref: str, at: str) -> str:
        """The pointer that ``ref``, found at pointer ``at``, leads to.

        Raises:
            InputError: If it leads nowhere, or out of the document.
        """
        own_id = self.root.get("$id") if isinstance(self.root, dict) else None
        if isinstance(own_id, str) and own_id and ref.startswith(own_id.rstrip("#")):
            ref = "#" + ref[len(own_id.rstrip("#")) :].lstrip("#")
        if not ref.startswith("#"):
            raise InputError(
                "ref-remote",
                f"The reference {ref!r} leads out of the document.",
                where=f"{self.name}#{at}",
                why="schemas are read without fetching anything",
                fix="Bundle the schema into $defs, or give the folder that holds both files.",
            )
        fragment = unquote(ref[1:])
        pointer = fragment if fragment.startswith("/") or not fragment else None
        if pointer is None:
            pointer = self._anchors.get(fragment)
        try:
            if pointer is None:
                raise KeyError(ref)  # noqa: TRY301  (both ways of failing say the same)
            self.at(pointer)
        except KeyError:
            raise InputError(
                "ref-unresolvable",
                f"The reference {ref!r} leads nowhere.",
                where=f"{self.name}#{at}/$ref",
                fix="Add the definition, or mend the reference.",
            ) from None
        return pointer

    def _check(self) -> None:
        if not isinstance(self.root, dict | bool):
            raise self._not_a_schema(
                "", f"a schema is an object or a boolean, not {self.root!r:.60}"
            )
        if isinstance(self.root, dict):
            dialect = self.root.get("$schema")
            if dialect is not None and str(dialect).rstrip("#") not in _DIALECTS:
                raise InputError(
                    "dialect-unknown",
                    f"The JSON Schema dialect {dialect!r} is not known.",
                    where=f"{self.name}#/$schema",
                    fix="Use draft 4, 6, 7, 2019-09 or 2020-12.",
                )
        for pointer, schema in walk(self.root):
            if isinstance(schema, dict):
                self._check_keywords(pointer, schema)
            elif not isinstance(schema, bool):
                raise self._not_a_schema(pointer, f"{schema!r:.60} is no schema")

    def _check_keywords(self, pointer: str, schema: JsonObject) -> None:
        kinds = schema.get("type", [])
        for kind in [kinds] if isinstance(kinds, str) else kinds:
            if not isinstance(kind, str) or kind not in _KINDS:
                raise self._not_a_schema(f"{pointer}/type", f"{kind!r} is not a JSON type")
        for keyword in _SCHEMA_MAP:
            if not isinstance(schema.get(keyword, {}), dict):
                raise self._not_a_schema(f"{pointer}/{keyword}", "it must be an object of schemas")
        for keyword in (*_SCHEMA_LIST, "enum", "required"):
            if not isinstance(schema.get(keyword, []), list):
                raise self._not_a_schema(f"{pointer}/{keyword}", "it must be a list")
        if not isinstance(schema.get("$ref", ""), str):
            raise self._not_a_schema(f"{pointer}/$ref", "it must be a string")
        anchor = schema.get("$anchor")
        if isinstance(anchor, str):
            self._anchors[anchor] = pointer

    def _not_a_schema(self, pointer: str, why: str) -> InputError:
        return InputError(
            "not-a-schema",
            "This is not a JSON Schema.",
            where=f"{self.name}#{pointer}",
            why=why,
            fix="Mend the schema; https://json-schema.org/draft/2020-12/schema describes the form.",
        )


def walk(root: Json) -> Iterator[tuple[str, Json]]:
    """Every subschema with its pointer, the root first; by a stack, as schemas may be deep."""
    stack: list[tuple[str, Json]] = [("", root)]
    while stack:
        pointer, schema = stack.pop()
        yield pointer, schema
        if isinstance(schema, dict):
            stack.extend(reversed(list(_children(pointer, schema))))


def _children(pointer: str, schema: JsonObject) -> Iterator[tuple[str, Json]]:
    for keyword in _SCHEMA:
        if keyword in schema:
            yield f"{pointer}/{keyword}", schema[keyword]
    items = schema.get("items")
    if isinstance(items, list):
        yield from ((f"{pointer}/items/{i}", item) for i, item in enumerate(items))
    elif items is not None:
        yield f"{pointer}/items", items
    for keyword in _SCHEMA_LIST:
        members = schema.get(keyword)
        if isinstance(members, list):
            yield from ((f"{pointer}/{keyword}/{i}", m) for i, m in enumerate(members))
    for keyword in _SCHEMA_MAP:
        members = schema.get(keyword)
        if isinstance(members, Mapping):
            yield from ((f"{pointer}/{keyword}/{escape(k)}", m) for k, m in members.items())
