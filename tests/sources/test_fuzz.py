"""Whatever an OpenAPI document holds, it is read or refused: nothing but InputError comes out."""

from __future__ import annotations

import copy
import gzip
import random
from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from ucaudit.errors import InputError
from ucaudit.schema.parsing import parse
from ucaudit.sources.openapi import load_openapi

LARGE = Path(__file__).parents[3] / "shared" / "data" / "openapi"
P, Q, CAT, DOG = (
    {"$ref": f"#/components/schemas/{name}"} for name in ("Pet", "Person", "Cat", "Dog")
)
SMALL = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/a/{id}": {
            "parameters": [{"$ref": "#/components/parameters/Id"}],
            "get": {
                "operationId": "getA",
                "parameters": [
                    {"name": "q", "in": "query", "schema": {"type": "integer", "nullable": True}},
                    {"name": "f", "in": "query", "content": {"application/json": {"schema": P}}},
                ],
                "responses": {"200": {"$ref": "#/components/responses/Ok"}, "default": {}},
            },
            "post": {
                "x-audit": {"retention_days": 3, "record_response": True, "schema": Q},
                "requestBody": {"$ref": "#/components/requestBodies/B"},
                "responses": {"2XX": {"content": {"text/plain": {"schema": {"type": "string"}}}}},
            },
        },
        "/b": {"$ref": "#/x-items/b"},
    },
    "x-items": {"b": {"put": {"operationId": "b", "responses": {"201": {}}}}},
    "components": {
        "parameters": {"Id": {"name": "id", "in": "path", "required": True, "schema": {}}},
        "responses": {"Ok": {"content": {"application/json": {"schema": P}}}},
        "requestBodies": {"B": {"required": True, "content": {"*/*": {"schema": P}}}},
        "schemas": {
            "Person": {
                "type": "object",
                "required": ["id", "pets"],
                "properties": {
                    "id": {"type": "integer", "format": "int64", "readOnly": True},
                    "pets": {"type": "array", "items": P},
                    "age": {"type": "number", "minimum": 0, "exclusiveMinimum": True},
                },
            },
            "Pet": {
                "oneOf": [CAT, DOG],
                "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}},
                "nullable": True,
            },
            "Cat": {"allOf": [Q, {"properties": {"kind": {"type": "string"}}}]},
            "Dog": {"properties": {"kind": {"enum": ["dog"], "example": "dog"}}},
        },
    },
}  # fmt: skip
JUNK = [
    None, True, False, 0, -1, 1.5, 2**63, "", "x", "#", "#/", "#/nowhere", "#anchor", "[", "∞",
    "http://x.org/y", "http://[", "other.json", "//", "file:///y", "\x00", "%zz", "a" * 300,
    "#/components/schemas/Pet", [], {}, [[]], [None], ["string", "null"], {"x": 1}, P, {"$ref": 5},
    {"$ref": ""}, {"$ref": "#/paths"}, {"$id": "a", "$ref": "#/b"}, {"$dynamicRef": "#x"},
    {"$schema": "x", "$id": "y"}, {"type": "object", "properties": {"a": []}},
]  # fmt: skip


def slots(document):
    """Every place of a value: its holder and key."""
    found, stack = [], [document]
    while stack:
        holder = stack.pop()
        keys = [*holder] if isinstance(holder, dict) else range(len(holder))
        found += [(holder, key) for key in keys]
        stack += [holder[key] for key in keys if isinstance(holder[key], dict | list)]
    return found


def mutated(document, chance):
    document = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 2, 4])):
        places = slots(document)
        (holder, key), (other, there) = chance.choice(places), chance.choice(places)
        act = chance.randrange(4)
        if act == 0:
            del holder[key]
        elif act == 1:
            holder[key] = copy.deepcopy(other[there])
        elif act == 2 and isinstance(holder, dict):
            holder[f"{chance.choice(JUNK)}"[:60]] = holder.pop(key)
        else:
            holder[key] = copy.deepcopy(chance.choice(JUNK))
    return document


def read(path):
    """Reads all of it; says how it ended."""
    try:
        for call in load_openapi(path):
            for contracts in call.parts.values():
                for schema in contracts.values():
                    parse(schema, call.origin)
    except InputError as error:
        return error.name if error.where and error.fix else f"{error.name} says too little"
    return "read"


@pytest.mark.parametrize("seed", range(4))
def test_a_small_document_with_errors(tmp_path, seed):
    chance = random.Random(seed)
    path, ends = tmp_path / "api.json", set()
    for _ in range(200):
        version = {"openapi": chance.choice(["3.0.3", "3.1.0"])}
        path.write_bytes(orjson.dumps(mutated({**SMALL, **version}, chance)))
        ends.add(read(path))
    assert not any("too little" in end for end in ends)
    assert {"read", "openapi-invalid", "not-a-schema", "ref-unresolvable"} <= ends


def test_a_large_document_with_errors(tmp_path):
    packed = LARGE / "stripe-2020-05-20.json.gz"
    if not packed.is_file():
        pytest.skip(f"no large document beside the checkout: {packed} is not there")
    document = orjson.loads(gzip.decompress(packed.read_bytes()))
    places, chance = slots(document), random.Random(1)
    path = tmp_path / "api.json"
    for _ in range(8):
        holder, key = chance.choice(places)
        kept, holder[key] = holder[key], chance.choice(JUNK)
        path.write_bytes(orjson.dumps(document))
        holder[key] = kept
        with suppress(InputError):
            load_openapi(path)


def test_bytes_that_are_damaged(tmp_path):
    chance = random.Random(2)
    whole = orjson.dumps(SMALL)
    for suffix in ("json", "yaml"):
        path = tmp_path / f"api.{suffix}"
        for _ in range(200):
            raw = bytearray(whole)
            for _ in range(3):
                raw[chance.randrange(len(raw))] = chance.randrange(256)
            path.write_bytes(bytes(raw[: chance.choice([len(raw), chance.randrange(len(raw))])]))
            read(path)
