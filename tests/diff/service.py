"""A service of forty calls that share types, written in each form that a source may have."""

from __future__ import annotations

import copy
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, Field, create_model

from ucaudit import Call, Registry
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.models import describe
from ucaudit.sources.record import CallSchemas, local_ref

CALLS = 40
T = TypeVar("T")


@dataclass(frozen=True)
class Member:
    """A field: a type (a name, or a verb with what it takes), and what is said of it."""

    type: Any
    required: bool = False
    renamed_from: str | None = None


Types = dict[str, dict[str, Member]]

TYPES: Types = {
    "Page": {
        "items": Member(("list", "T"), required=True),
        "next": Member("str"),
        "count": Member("int"),
    },
    "File": {
        "path": Member("str", required=True),
        "size": Member(("max", 100)),
        "kind": Member(("enum", ("plain", "folder", "link"))),
        "tags": Member(("list", "str")),
        "owner": Member("User"),
    },
    "User": {
        "name": Member("str", required=True),
        "mail": Member("str"),
        "team": Member("Team"),
    },
    "Team": {
        "title": Member("str"),
        "parent": Member("Team"),
        "members": Member(("list", "User")),
    },
    "Limit": {"cpu": Member("int"), "memory": Member("int")},
    "Quota": {"limits": Member(("map", "Limit")), "since": Member("str")},
    "Circle": {"form": Member(("const", "circle"), required=True), "radius": Member("int")},
    "Square": {"form": Member(("const", "square"), required=True), "side": Member("int")},
    "Line": {"form": Member(("const", "line"), required=True), "length": Member("int")},
    "Drawing": {
        "title": Member("str"),
        "first": Member(("union", ("Circle", "Square"))),
        "author": Member("User"),
    },
}
# What the calls take, one after the other and again from the start.
ROOTS = (
    ("page", "File"),
    ("page", "User"),
    "File",
    "Team",
    "Quota",
    "Drawing",
    ("list", "Drawing"),
    ("map", "File"),
)


def edited(types: Types, owner: str, **members: Member | None) -> Types:
    """The types with members of one of them replaced, added or (``None``) taken away."""
    changed = copy.deepcopy(types)
    for name, member in members.items():
        if member is None:
            del changed[owner][name]
        else:
            changed[owner][name] = member
    return changed


def renamed(types: Types, owner: str, old: str, new: str) -> Types:
    """The types with a member that declares its old name."""
    members = {
        new if name == old else name: replace(m, renamed_from=old) if name == old else m
        for name, m in types[owner].items()
    }
    return {**types, owner: members}


def call_names() -> list[str]:
    return [f"files.call{i:02}" for i in range(CALLS)]


def roots() -> list[Any]:
    return [ROOTS[i % len(ROOTS)] for i in range(CALLS)]


class Spelling:
    """How the new side spells what the old side says, too.

    Args:
        prefix: Where the definitions are, and how their names begin.
        words: What descriptions say.
        backwards: Whether calls and definitions come in reverse order.
    """

    def __init__(self, prefix: str = "", words: str = "", *, backwards: bool = False) -> None:
        self.prefix, self.words, self.backwards = prefix, words, backwards

    def order(self, things: Any) -> list[Any]:
        return list(things)[:: -1 if self.backwards else 1]


PLAIN = Spelling()


class _Json:
    """Definitions as JSON Schema; a generic type is one definition for each argument."""

    def __init__(self, types: Types, spelling: Spelling, generic: str, ref: Any) -> None:
        self.types, self.spelling, self.generic, self.ref = types, spelling, generic, ref
        self.found: JsonObject = {}

    def schema(self, kind: Any, argument: str = "") -> JsonObject:
        if kind == "T":
            return self.schema(argument)
        if isinstance(kind, str):
            plain = {"str": {"type": "string"}, "int": {"type": "integer"}}
            return dict(plain[kind]) if kind in plain else self._definition(kind, kind, "")
        verb, inner = kind
        if verb == "page":
            return self._definition(self.generic.format(inner), "Page", inner)
        if verb == "union":
            return {"oneOf": [self.schema(member) for member in inner]}
        return {
            "list": lambda: {"type": "array", "items": self.schema(inner, argument)},
            "map": lambda: {"type": "object", "additionalProperties": self.schema(inner)},
            "opt": lambda: {"anyOf": [self.schema(inner), {"type": "null"}]},
            "max": lambda: {"type": "integer", "maximum": inner},
            "enum": lambda: {"type": "string", "enum": list(inner)},
            "const": lambda: {"const": inner, "type": "string"},
        }[verb]()

    def _definition(self, name: str, owner: str, argument: str) -> JsonObject:
        full = self.spelling.prefix + name
        if full not in self.found:
            self.found[full] = {}
            self.found[full] = self._object(owner, argument)
        return {"$ref": self.ref(full)}

    def _object(self, owner: str, argument: str) -> JsonObject:
        fields = {}
        for name, member in self.types[owner].items():
            fields[name] = self.schema(member.type, argument)
            if member.renamed_from is not None:
                fields[name]["x-audit"] = {"renamed_from": member.renamed_from}
            if self.spelling.words:
                fields[name]["description"] = f"{self.spelling.words} {name}"
        required = [name for name, member in self.types[owner].items() if member.required]
        title = {"title": f"Page[{argument}]"} if argument else {}
        return {"type": "object", "properties": fields, "required": required, **title}

    def definitions(self) -> JsonObject:
        return {name: self.found[name] for name in self.spelling.order(self.found)}


def json_schema(types: Types, spelling: Spelling = PLAIN) -> list[CallSchemas]:
    """Calls whose schemas have their own ``$defs``."""
    calls = []
    for name, kind in spelling.order(zip(call_names(), roots(), strict=True)):
        writer = _Json(types, spelling, "Page[{}]", local_ref)
        root: JsonObject = {"type": "object", "properties": {"data": writer.schema(kind)}}
        root["$defs"] = writer.definitions()
        calls.append(CallSchemas(name, {"request": {"in": root, "out": root}}))
    return calls


def openapi(types: Types, spelling: Spelling = PLAIN) -> JsonObject:
    """A document whose components are shared; FastAPI spells ``Page[File]`` so."""
    writer = _Json(types, spelling, "Page_{}_", lambda name: f"#/components/schemas/{name}")
    paths: JsonObject = {}
    for name, kind in spelling.order(zip(call_names(), roots(), strict=True)):
        body = {"type": "object", "properties": {"data": writer.schema(kind)}}
        content = {"application/json": {"schema": body}}
        operation = {"operationId": name, "requestBody": {"content": content}, "responses": {}}
        paths[f"/{name}"] = {"post": operation}
    info = {"title": spelling.words or "Files", "version": "1"}
    schemas = {"schemas": writer.definitions()}
    return {"openapi": "3.1.0", "info": info, "paths": paths, "components": schemas}


class _Models:
    """Definitions as pydantic models of one module."""

    def __init__(self, types: Types, spelling: Spelling) -> None:
        self.types, self.spelling = types, spelling
        self.module = spelling.prefix.rstrip(".") or "app"
        self.made: dict[str, Any] = {}
        for name in spelling.order(types):
            self.model(name)
        for made in self.made.values():
            made.model_rebuild(_types_namespace=self.made)

    def model(self, name: str) -> Any:
        if name not in self.made:
            base = (BaseModel, Generic[T]) if name == "Page" else BaseModel
            self.made[name] = None
            members = self.types[name].items()
            fields: dict[str, Any] = {field: self._field(m, field) for field, m in members}
            self.made[name] = create_model(
                name, __base__=base, __module__=self.module, __qualname__=name, **fields
            )
        return self.made[name]

    def _field(self, member: Member, name: str) -> Any:
        limit = member.type[1] if member.type[0] == "max" else None
        extra = {"x-audit": {"renamed_from": member.renamed_from}} if member.renamed_from else None
        words = f"{self.spelling.words} {name}" if self.spelling.words else None
        kind = self.annotation(member.type)
        options: Any = {"le": limit, "json_schema_extra": extra, "description": words}
        if member.required:
            return kind, Field(**options)
        # Left out of what callers must send, without a default that would be a finding too.
        return kind, Field(default_factory=lambda: None, **options)

    def annotation(self, kind: Any) -> Any:
        if isinstance(kind, str):
            return {"str": str, "int": int, "T": T}.get(kind) or self._named(kind)
        verb, inner = kind
        if verb == "page":
            return self.model("Page")[self.model(inner)]
        if verb == "union":
            return reduce(lambda a, b: a | b, [self.model(member) for member in inner])
        if verb in ("enum", "const"):
            return Literal[inner]
        return {
            "list": lambda: list[self.annotation(inner)],  # type: ignore[misc]
            "map": lambda: dict[str, self.annotation(inner)],  # type: ignore[misc]
            "opt": lambda: self.annotation(inner) | None,
            "max": lambda: int,
        }[verb]()

    def _named(self, name: str) -> Any:
        return self.made.get(name) or (name if name in self.made else self.model(name))


def pydantic(types: Types, spelling: Spelling = PLAIN) -> list[CallSchemas]:
    """Declared calls: every request is a model, and the shared ones are fields of it."""
    models = _Models(types, spelling)
    registry = Registry("files")
    for name, kind in spelling.order(zip(call_names(), roots(), strict=True)):
        title = f"Request{name[-2:]}"
        made = create_model(title, __module__=models.module, data=(models.annotation(kind), ...))
        registry.add(Call(name, request=made))
    return describe(registry)


class _Proto:
    """Definitions as protobuf messages; what proto3 does not have is left out."""

    def __init__(self, types: Types, spelling: Spelling) -> None:
        self.types, self.spelling = types, spelling

    def text(self) -> str:
        names = [name for name in self.types if name != "Page"]
        messages = [self._message(name, self.types[name]) for name in self.spelling.order(names)]
        messages += [self._page(inner) for verb, inner in ROOTS[:2] if verb == "page"]
        calls = []
        for name, kind in zip(call_names(), roots(), strict=True):
            short = name.partition(".")[2].capitalize()
            messages.append(f"message {short}Request {{ {self._typed(kind)} data = 1; }}")
            calls.append(f"rpc {short}({short}Request) returns (Nothing);")
        service = f"service Files {{ {' '.join(self.spelling.order(calls))} }}"
        head = 'syntax = "proto3";\npackage files;\nmessage Nothing {}\n'
        return head + "\n".join([*messages, service])

    def _page(self, inner: str) -> str:
        return self._message(f"PageOf{inner}", self.types["Page"], inner)

    def _message(self, name: str, members: dict[str, Member], argument: str = "") -> str:
        lines = [
            self._enum(m.type[1], field) for field, m in members.items() if m.type[0] == "enum"
        ]
        for number, (field, member) in enumerate(members.items(), 1):
            if self.spelling.words:
                lines.append(f"// {self.spelling.words} {field}")
            kind = self._typed(argument if member.type == "T" else member.type, argument)
            kind = kind if member.type[0] != "enum" else field.capitalize()
            lines.append(f"{kind} {field} = {number};" if kind else "")
            if member.type[0] == "union":
                choices = [
                    f"{self.spelling.prefix}{inner} {inner.lower()} = {number * 100 + i};"
                    for i, inner in enumerate(member.type[1])
                ]
                lines[-1] = f"oneof {field} {{ {' '.join(choices)} }}"
        return f"message {self._name(name)} {{\n" + "\n".join(lines) + "\n}"

    def _enum(self, values: tuple[str, ...], field: str) -> str:
        entries = " ".join(f"{value.upper()} = {i};" for i, value in enumerate(values))
        return f"enum {field.capitalize()} {{ {entries} }}"

    def _name(self, name: str) -> str:
        return self.spelling.prefix + name

    def _typed(self, kind: Any, argument: str = "") -> str:
        if isinstance(kind, str):
            plain = {"str": "string", "int": "int32"}
            return plain.get(kind) or self._name(argument if kind == "T" else kind)
        verb, inner = kind
        return {
            "page": lambda: self._name(f"PageOf{inner}"),
            "list": lambda: f"repeated {self._typed(inner, argument)}",
            "map": lambda: f"map<string, {self._typed(inner)}>",
            "max": lambda: "int32",
            "const": lambda: "string",
            "enum": lambda: "",
            "union": lambda: "",
        }[verb]()


def protobuf(types: Types, spelling: Spelling = PLAIN) -> str:
    """A ``.proto`` file; messages are shared by name."""
    return _Proto(types, spelling).text()
