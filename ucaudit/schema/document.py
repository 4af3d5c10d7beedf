"""A JSON Schema document: pointers, references, and the errors they can make."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Final
from urllib.parse import unquote, urljoin

import orjson

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject, canonical
from ucaudit.schema.forms import FORMS

# Dialects by name without scheme, and whether what stands beside ``$ref`` says nothing there.
_DIALECTS = {
    "json-schema.org/draft/2020-12/schema": False,
    "json-schema.org/draft/2019-09/schema": False,
    "json-schema.org/draft-07/schema": True,
    "json-schema.org/draft-06/schema": True,
    "json-schema.org/draft-04/schema": True,
}
_BESIDE_REF = frozenset({"$ref", "x-audit", "title", "description", "default", "deprecated",
                         "readOnly", "writeOnly", "$defs", "definitions"})  # fmt: skip
DEFINITIONS = ("$defs", "definitions")
LIBRARY: Final = "/$defs/"
_LOCAL: Final = f"#{LIBRARY}"
_DYNAMIC: Final = ("$dynamicRef", "$recursiveRef")
# What a schema that stands alone has nowhere, as it is written without spaces.
_TIES: Final = tuple(
    f'"{key}":'.encode()
    for key in ("$id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$schema", *_DYNAMIC)
)
_REFERENCES: Final = ("$ref", *_DYNAMIC)
# jsonschema-rs refuses JSON of some 250 levels, orjson writes no more than 254.
_DEEPEST: Final = 230

# Keywords whose value is a schema, a list of schemas, or an object of schemas.
SUBSCHEMAS = (
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
        library: Holds the ``$defs`` of ``root``.
        shared: It is one of several that a source gives with the same ``$defs``, or holds these:
            sources look at what they read, so that each schema is checked when it is asked for.

    Raises:
        InputError: If it is not a JSON Schema, or of a dialect that is not known.
    """

    def __init__(
        self,
        root: Json,
        name: str = "schema",
        library: Document | None = None,
        *,
        shared: bool = False,
    ) -> None:
        self.root = root
        self.name = name
        self.library = library
        self._schemas: dict[str, Json] = {}
        self._anchors: dict[str, str] = {}
        self._ids: dict[str, str] = {}
        self._dynamic: Counter[str] = Counter()
        self._ref_alone = self._check_dialect()
        own = root if library is None else _without_definitions(root)
        self._untied = shared and _is_untied(own)
        if self._untied:
            self._check("", own)
        else:
            self._admit("", own)

    @cached_property
    def stands_alone(self) -> bool:
        """Whether it means the same as a part of any document with the same ``$defs``."""
        if self._untied:
            return True
        if self._anchors or self._ids or (isinstance(self.root, dict) and "$schema" in self.root):
            return False
        return all(
            str(schema.get("$ref", _LOCAL)).startswith(_LOCAL)
            and schema.keys().isdisjoint(_DYNAMIC)
            for schema in self.objects()
        )

    def objects(self) -> Iterator[JsonObject]:
        """Every subschema that is an object; not those in the library."""
        own = self.root if self.library is None else _without_definitions(self.root)
        return (schema for _, schema in walk(own) if isinstance(schema, dict))

    def at(self, pointer: str) -> Json:
        """The schema at ``pointer``, such as ``/properties/port``.

        Raises:
            KeyError: If nothing is there.
            InputError: If it is no schema.
        """
        known = self._schemas.get(pointer)
        if known is not None:
            return known
        home = self._home(pointer)
        if home is not self:
            return home.at(pointer)
        value = self._value(pointer)
        self._check(pointer, value)
        return value

    def _value(self, pointer: str) -> Json:
        value = self.root
        for token in pointer.split("/")[1:]:
            key = unescape(token) if "~" in token else token
            if isinstance(value, list) and key.isdecimal() and int(key) < len(value):
                value = value[int(key)]
            elif isinstance(value, dict):
                value = value[key]
            else:
                raise KeyError(pointer)
        return value

    def target(self, ref: str, at: str, keyword: str = "$ref") -> str:
        """The pointer that ``ref``, found at pointer ``at``, leads to.

        Raises:
            InputError: If it leads nowhere, out of the document, or to what is no schema.
        """
        base, fragment = self._base(ref, at)
        if base is None:
            raise InputError(
                "ref-remote",
                f"The reference {ref!r} leads out of the document.",
                where=f"{self.name}#{at}",
                why="schemas are read without fetching anything",
                fix="Bundle the schema into $defs, or give the folder that holds both files.",
            )
        local = not fragment or fragment.startswith("/")
        pointer = f"{base}{fragment}" if local else self._anchors.get(fragment)
        try:
            if pointer is None:
                raise KeyError(ref)  # noqa: TRY301  (both ways of failing say the same)
            home = self._home(pointer)
            value = home._schemas.get(pointer)  # noqa: SLF001  (its own kind)
            if value is None:
                value = home._value(pointer)  # noqa: SLF001
        except KeyError:
            raise InputError(
                "ref-unresolvable",
                f"The reference {ref!r} leads nowhere.",
                where=f"{self.name}#{at}/{keyword}",
                fix="Add the definition, or mend the reference.",
            ) from None
        home.admit(pointer, value)
        return pointer

    def targets(self, at: str, schema: JsonObject) -> list[str]:
        """The pointers that the references of ``schema``, which stands ``at``, lead to.

        Raises:
            InputError: As ``target``.
        """
        keywords = [keyword for keyword in _REFERENCES if keyword in schema]
        return [
            self.target(schema[keyword], at, keyword)
            for keyword in keywords
            if keyword == "$ref" or not self.is_dynamic(schema[keyword])
        ]

    def is_dynamic(self, ref: Json) -> bool:
        """Whether what the dynamic reference ``ref`` leads to depends on who refers there.

        With one anchor of its name in the document there is nothing to choose from.
        """
        name = str(ref).partition("#")[2] or "#"
        return self._dynamic[name] > (0 if name == "#" else 1)

    def admit(self, pointer: str, value: Json) -> None:
        """Takes what stands at ``pointer`` for a schema, as something refers to it.

        Raises:
            InputError: If it is none.
        """
        if pointer in self._schemas:
            return
        if self._untied:
            self._check(pointer, value)
        else:
            self._admit(pointer, value)

    def _home(self, pointer: str) -> Document:
        """The document that holds ``pointer``: this one, or its library."""
        inside = self.library is not None and pointer.startswith(LIBRARY)
        return self.library if inside and self.library is not None else self

    def _base(self, ref: str, at: str) -> tuple[str | None, str]:
        """Pointer of the resource that ``ref`` means, and the fragment within it."""
        uri, _, fragment = ref.partition("#")
        holders = [p for p in self._ids if at == p or at.startswith(f"{p}/")]
        holder = max(holders, key=len, default="")
        if not uri:
            return holder, unquote(fragment)
        whole = urljoin(self._ids.get(holder, ""), uri)
        found = (p for p, own in self._ids.items() if own in (uri, whole))
        return next(found, None), unquote(fragment)

    def _check_dialect(self) -> bool:
        """Whether the dialect ignores what stands beside ``$ref``."""
        dialect = self.root.get("$schema") if isinstance(self.root, dict) else None
        if dialect is None:
            return False
        known = _DIALECTS.get(str(dialect).rstrip("#").partition("://")[2])
        if known is None:
            raise InputError(
                "dialect-unknown",
                f"The JSON Schema dialect {dialect!r} is not known.",
                where=f"{self.name}#/$schema",
                fix="Use draft 4, 6, 7, 2019-09 or 2020-12.",
            )
        return known

    def _admit(self, start: str, root: Json) -> None:
        """Checks the schema ``root`` at pointer ``start`` and everything below."""
        for pointer, schema in walk(root, start):
            self._check(pointer, schema)
            if isinstance(schema, dict):
                self._name(pointer, schema)
                if self._ref_alone and "$ref" in schema:
                    own = {key: schema[key] for key in schema if key in _BESIDE_REF}
                    self._schemas[pointer] = own

    def _check(self, pointer: str, schema: Json) -> None:
        if not isinstance(schema, dict | bool):
            why = f"a schema is an object or a boolean, not {_shown(schema)}"
            raise self._not_a_schema(pointer, why)
        if pointer.count("/") > _DEEPEST:
            raise InputError(
                "schema-too-deep",
                "The schema is nested too deeply.",
                where=f"{self.name}#{pointer:.80}…",
                why=f"at most {_DEEPEST} steps, as JSON parsers and validators refuse more",
                fix="Give inner schemas a name in $defs and refer to them.",
            )
        if isinstance(schema, dict):
            self._check_keywords(pointer, schema)
        self._schemas[pointer] = schema

    def _check_keywords(self, pointer: str, schema: JsonObject) -> None:
        for keyword, value in schema.items():
            form = FORMS.get(keyword)
            if form is not None and not form.fits(value):
                raise self._not_a_schema(
                    f"{pointer}/{escape(keyword)}", f"it must be {form.words}, not {_shown(value)}"
                )

    def _name(self, pointer: str, schema: JsonObject) -> None:
        own = schema.get("$id", schema.get("id"))
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(schema.get(keyword), str):
                self._anchors[schema[keyword]] = pointer
                self._dynamic[schema[keyword]] += keyword == "$dynamicAnchor"
        self._dynamic["#"] += schema.get("$recursiveAnchor") is True
        if isinstance(own, str) and own.startswith("#"):
            self._anchors[own[1:]] = pointer
        elif isinstance(own, str) and own:
            self._ids[pointer] = own.partition("#")[0]

    def _not_a_schema(self, pointer: str, why: str) -> InputError:
        return InputError(
            "not-a-schema",
            "This is not a JSON Schema.",
            where=f"{self.name}#{pointer}",
            why=why,
            fix="Mend the schema; https://json-schema.org/draft/2020-12/schema describes the form.",
        )


def _is_untied(root: Json) -> bool:
    """Whether nothing in ``root`` has a name but definitions, or refers to anything else."""
    try:
        written = orjson.dumps(root)
    except TypeError:
        return False
    local = f'"$ref":"{_LOCAL}'.encode()
    return written.count(b'"$ref":') == written.count(local) and not any(
        tie in written for tie in (*_TIES, b'"id":"')
    )


def _shown(value: Json) -> str:
    """``value`` in an error: as JSON, if it is short."""
    if isinstance(value, dict | list):
        filled = "an object" if isinstance(value, dict) else "a list"
        return filled if value else canonical(value).decode()
    return f"{canonical(value).decode():.60}"


def _without_definitions(root: Json) -> Json:
    return {key: value for key, value in root.items() if key != "$defs"}


def walk(root: Json, at: str = "") -> Iterator[tuple[str, Json]]:
    """Every subschema of what stands ``at`` a pointer, the outer first.

    By a stack, as schemas may be deep.
    """
    stack: list[tuple[str, Json]] = [(at, root)]
    while stack:
        pointer, schema = stack.pop()
        yield pointer, schema
        if isinstance(schema, dict):
            stack.extend(reversed(list(_children(pointer, schema))))


def _children(pointer: str, schema: JsonObject) -> Iterator[tuple[str, Json]]:
    for keyword in SUBSCHEMAS:
        if keyword in schema:
            yield f"{pointer}/{keyword}", schema[keyword]
    items = schema.get("items")
    if isinstance(items, list):
        yield from ((f"{pointer}/items/{i}", item) for i, item in enumerate(items))
    elif "items" in schema:
        yield f"{pointer}/items", items
    for keyword in _SCHEMA_LIST:
        members = schema.get(keyword)
        if isinstance(members, list):
            yield from ((f"{pointer}/{keyword}/{i}", m) for i, m in enumerate(members))
    for keyword in _SCHEMA_MAP:
        members = schema.get(keyword)
        if isinstance(members, Mapping):
            yield from ((f"{pointer}/{keyword}/{escape(k)}", m) for k, m in members.items())
