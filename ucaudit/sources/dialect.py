"""Keywords of older drafts and of OpenAPI 3.0, said in JSON Schema 2020-12."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a document spells its schemas.

    Attributes:
        name: For errors.
        ref_alone: Whether what stands beside ``$ref`` says nothing.
        openapi: Whether it is a dialect of OpenAPI, whose own annotations are left out.
        nullable: Whether ``nullable`` stands for a type of its own.
    """

    name: str
    ref_alone: bool = False
    openapi: bool = False
    nullable: bool = False


MODERN: Final = Dialect("JSON Schema 2020-12")
OPENAPI_30: Final = Dialect("OpenAPI 3.0", ref_alone=True, openapi=True, nullable=True)
OPENAPI_31: Final = Dialect("OpenAPI 3.1", openapi=True)
_JSON_SCHEMAS: Final = {
    "https://json-schema.org/draft/2020-12/schema": MODERN,
    "https://json-schema.org/draft/2019-09/schema": Dialect("draft 2019-09"),
    "http://json-schema.org/draft-07/schema": Dialect("draft 7", ref_alone=True),
    "http://json-schema.org/draft-06/schema": Dialect("draft 6", ref_alone=True),
    "http://json-schema.org/draft-04/schema": Dialect("draft 4", ref_alone=True),
    # The meta-schema of OpenAPI 3.1 adds annotations only.
    "https://spec.openapis.org/oas/3.1/dialect/base": MODERN,
}
_BESIDE_REF: Final = frozenset(
    {"$ref", "$defs", "definitions", "x-audit", "title", "description", "default", "deprecated",
     "examples", "readOnly", "writeOnly"}
)  # fmt: skip
_OPENAPI_NOTES: Final = frozenset({"xml", "externalDocs", "example", "nullable"})
# What says nothing of the value itself stays outside when null is added.
_OUTSIDE: Final = frozenset(
    {"title", "description", "default", "deprecated", "examples", "readOnly", "writeOnly",
     "x-audit"}
)  # fmt: skip


def dialect_of(schema: Json, where: str, default: Dialect = MODERN) -> Dialect:
    """The dialect that ``$schema`` names.

    Raises:
        InputError: If it is one that nobody here reads.
    """
    named = schema.get("$schema") if isinstance(schema, dict) else None
    if named is None:
        return default
    return named_dialect(named, f"{where}/$schema")


def named_dialect(named: Json, where: str) -> Dialect:
    """The dialect of this URI.

    Raises:
        InputError: If it is one that nobody here reads.
    """
    uri = str(named).rstrip("#")
    found = _JSON_SCHEMAS.get(uri) or _JSON_SCHEMAS.get(uri.replace("https:", "http:", 1))
    if found is None:
        raise InputError(
            "dialect-unknown",
            f"The JSON Schema dialect {named!r} is not known.",
            where=where,
            fix="Use draft 4, 6, 7, 2019-09 or 2020-12.",
        )
    return found


def own_keywords(schema: JsonObject, dialect: Dialect) -> JsonObject:
    """A copy of ``schema`` without what says nothing in its dialect."""
    if dialect.ref_alone and "$ref" in schema:
        schema = {key: value for key, value in schema.items() if key in _BESIDE_REF}
    if not dialect.openapi:
        return dict(schema)
    kept = {
        key: value
        for key, value in schema.items()
        if key not in _OPENAPI_NOTES and not (key.startswith("x-") and key != "x-audit")
    }
    if "example" in schema and "examples" not in schema:
        kept["examples"] = [schema["example"]]
    return kept


def modernise(own: JsonObject) -> None:
    """Respells, in place, the keywords whose form changed over the drafts."""
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(own.get(exclusive), bool):
            is_open = own.pop(exclusive)
            if is_open and bound in own:
                own[exclusive] = own.pop(bound)
    if isinstance(own.get("items"), list) and "prefixItems" not in own:
        prefix = own.pop("items")
        if prefix:
            own["prefixItems"] = prefix
        if "additionalItems" in own:
            own["items"] = own.pop("additionalItems")
    own.pop("additionalItems", None)
    dependencies = own.get("dependencies")
    if isinstance(dependencies, dict):
        del own["dependencies"]
        for name, needs in dependencies.items():
            keyword = "dependentRequired" if isinstance(needs, list) else "dependentSchemas"
            own[keyword] = {name: needs, **own.get(keyword, {})}


def with_null(own: JsonObject) -> JsonObject:
    """``own``, or null: what ``nullable: true`` means.

    OpenAPI 3.0.3 lets ``nullable`` act beside ``type`` only, and asks for null in ``enum``; hardly
    any document keeps to that, and their servers do send null.
    """
    inside = own.keys() - _OUTSIDE
    kind = own.get("type")
    if isinstance(kind, str) and not inside & {"allOf", "anyOf", "oneOf", "not", "$ref", "const"}:
        own["type"] = [kind, "null"]
        if isinstance(own.get("enum"), list) and None not in own["enum"]:
            own["enum"] = [*own["enum"], None]
        return own
    for keyword in ("anyOf", "oneOf"):
        if isinstance(own.get(keyword), list) and inside <= {keyword, "discriminator"}:
            own[keyword].append({"type": "null"})
            return own
    if not inside:
        return own
    outside = {key: own.pop(key) for key in [*own] if key in _OUTSIDE}
    return {"anyOf": [own, {"type": "null"}], **outside}
