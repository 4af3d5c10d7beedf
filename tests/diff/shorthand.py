"""Short names for the schemas that tests write most."""

from __future__ import annotations

from typing import Any

from ucaudit.jsontypes import JsonObject

S = {"type": "string"}
I = {"type": "integer"}  # noqa: E741
N = {"type": "number"}
B = {"type": "boolean"}


def obj(*required: str, **fields: Any) -> JsonObject:
    schema: JsonObject = {"type": "object", "properties": fields}
    return {**schema, "required": list(required)} if required else schema


def listed(items: Any) -> JsonObject:
    return {"type": "array", "items": items}


def free(values: Any) -> JsonObject:
    return {"type": "object", "additionalProperties": values}


def opt(inner: Any) -> JsonObject:
    return {"anyOf": [inner, {"type": "null"}]}


def tagged(*tags: str, by: str = "kind") -> JsonObject:
    return {"anyOf": [obj(by, **{by: {"const": tag}, tag: S}) for tag in tags]}


TEAM = obj(user=S, team=S, role=S)
