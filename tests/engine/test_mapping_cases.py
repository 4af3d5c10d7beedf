"""Schemas and documents that once went wrong, or whose treatment the engine had to decide."""

from __future__ import annotations

from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.engine.asking import create, missed, write
from tests.engine.leaves import Leaf, leaves
from tests.engine.otherwise import taken
from tests.engine.pairs import Pair
from tests.engine.trials import disagreements
from tests.engines import on_opensearch
from ucaudit import compile_mapping
from ucaudit.mapping.compile import MOST_NESTED_OBJECTS, compile_fields
from ucaudit.schema.parsing import parse

STRING = {"type": "string"}
INTEGER = {"type": "integer"}


def nested(levels: int, leaf: Any) -> Any:
    for _ in range(levels):
        leaf = {"k": leaf}
    return leaf


def nested_schema(levels: int) -> Any:
    schema: Any = STRING
    for _ in range(levels):
        schema = {"type": "object", "properties": {"k": schema}}
    return schema


def fields(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


SERVED: dict[str, tuple[Any, list[Any]]] = {
    "a map deeper than the 20 levels of flattened": (
        {"type": "object", "additionalProperties": True},
        [nested(levels, "x") for levels in (20, 21, 300)],
    ),
    "long keys and long values together in a map": (
        {"type": "object", "additionalProperties": STRING},
        [{"k" * 20_000: "x" * 4096}, {"é" * 10_000: "é" * 4096}, {"k": "x" * 50_000}],
    ),
    "keys of a map that no field could have": (
        {"type": "object", "additionalProperties": STRING},
        [{key: "x"} for key in ("", " ", ".", "a..b", ".a", "a.", "_id", "*", "\n")],
    ),
    "scalars in a map are found as they are spelled": (
        {"type": "object", "additionalProperties": True},
        [{"k": value} for value in (1, 1.0, 1e30, 2**70, True, "true", [1, [2]], None)],
    ),
    "NUL in a declared name below free keys": (
        {"type": "object", "additionalProperties": fields(**{"\0": STRING})},
        [{"k": {"\0": "x"}}],
    ),
    "names with dots": (
        fields(**{"a.b": STRING, "a.c.d": INTEGER, "e": STRING}),
        [{"a.b": "x", "a.c.d": 1, "e": "y"}, {"a.b": "x", "zz.y": 1}],
    ),
    "a name with a dot beside a field named like its first part": (
        fields(**{"a.b": STRING, "a": STRING}),
        [{"a.b": "x", "a": "y"}],
    ),
    "a name with a dot beside free fields": (
        {**fields(**{"a.b": STRING}), "additionalProperties": True},
        [{"a.b": "x", "a": 5}],
    ),
    "declared names that the engine refuses": (
        fields(o=fields(**{"": STRING}), p=fields(**{" ": STRING}), q=fields(**{"a..b": STRING})),
        [{"o": {"": "x"}, "p": {" ": "x"}, "q": {"a..b": "x"}}],
    ),
    "the engine's own names inside an object": (
        fields(_id=STRING, _source=STRING, _ignored=INTEGER, __proto__=STRING),
        [{"_id": "x", "_source": "y", "_ignored": 1, "__proto__": "z"}],
    ),
    "one alternative sends under free names what another declares": (
        {
            "anyOf": [
                {**fields(a=STRING), "additionalProperties": INTEGER},
                fields(b=fields(c=STRING)),
                fields(d=STRING),
            ]
        },
        [{"a": "x", "b": 5, "d": 7}, {"b": {"c": "x"}}, {"d": "y"}],
    ),
    "an object that declares nothing and takes everything": (
        {"type": "object", "properties": {}, "additionalProperties": True},
        [{"a": 1, "": 2, "b.c": [{"d": "x"}]}],
    ),
    "a list whose further places are free": (
        {"type": "array", "prefixItems": [STRING]},
        [["x", {"y": 1}, 2]],
    ),
    "numbers and strings in one field": (
        {"type": ["string", "number", "boolean"]},
        ["1", 1, 1.0, 1.50, 1e30, 2**70, True, "true"],
    ),
    "integers beyond 64 bits, and with a fraction of zero": (INTEGER, [2**70, -(2**63), 1.0, 1e3]),
    "strings too long for a term": (STRING, ["x" * 40_000, "é" * 8191, "\U0001f600" * 8191]),
    "lone surrogates and NUL in strings": (STRING, ["\ud83d", "a\0b", ""]),
    "moments": (
        {"type": "string", "format": "date-time"},
        [
            "2020-01-02T03:04:05.123456Z",
            "2020-01-02T03:04:05.123456",
            "2020-01-02T03:04:05+01:00",
            "0001-01-01T00:00:00Z",
            "9999-12-31T23:59:59.999999Z",
            "2020-01-02t03:04:05z",
            "2016-12-31T23:59:60Z",
            "+12020-01-02T00:00:00Z",
            "2020-01-02 03:04:05",
        ],
    ),
    "addresses": (
        {"type": "string", "format": "ipv6"},
        ["::1", "fe80::1%eth0", "2001:DB8::1", "::ffff:1.2.3.4", "10.0.0.0/8", ""],
    ),
    "more fields than an index has room for": (
        {"type": "object", "properties": {f"f{i}": STRING for i in range(6000)}},
        [{f"f{i}": "x" for i in range(6000)}],
    ),
    "fields deeper than a mapping may be": (nested_schema(60), [nested(60, "x")]),
    "roots that are no objects": (
        {"anyOf": [{"type": "array", "items": {"type": "array", "items": INTEGER}}, {"const": 1}]},
        [[[1, 2], [3]], [], 1],
    ),
    "no value but null": ({"type": "null"}, [None]),
}


@pytest.mark.parametrize("name", SERVED)
def test_served(es: Elasticsearch, engine_prefix: str, name: str) -> None:
    schema, documents = SERVED[name]
    pair = Pair(name, schema, documents, schema, [])
    assert disagreements(es, f"{engine_prefix}served", pair) == []


def test_bare(es: Elasticsearch, engine_prefix: str) -> None:
    """Whole documents of the schema itself, where they are objects."""
    tried = 0
    for number, (schema, documents) in enumerate(SERVED.values()):
        values = {str(i): value for i, value in enumerate(documents) if isinstance(value, dict)}
        if values:
            _bare(es, f"{engine_prefix}{number}", schema, values)
            tried += 1
    assert tried > 10


def _bare(es: Elasticsearch, index: str, schema: Any, documents: dict[str, Any]) -> None:
    compiled = compile_mapping(schema, bare=True)
    es.indices.create(
        index=index,
        mappings=compiled["mappings"],
        settings={"number_of_shards": 1, "number_of_replicas": 0, **compiled["settings"]},
    )
    properties = compiled["mappings"].get("properties", {})
    documents = taken(es, properties, documents)
    assert write(es, index, documents) == {}, schema
    wanted = {key: list(leaves(properties, value)) for key, value in documents.items()}
    assert missed(es, index, wanted) == []


@pytest.mark.parametrize(
    "schema",
    [True, {"type": "object"}, {"type": "object", "additionalProperties": STRING}, fields(_id={})],
    ids=str,
)
def test_a_bare_root_takes_every_name(es: Elasticsearch, engine_prefix: str, schema: Any) -> None:
    names = ("", " ", ".", "a..b", "_id", "_source", "_doc_count", "\0")
    _bare(es, f"{engine_prefix}bare", schema, {str(i): {n: "x"} for i, n in enumerate(names)})


@pytest.mark.parametrize("levels", [19, 25, 38])
def test_settings_make_room_for_depth(es: Elasticsearch, engine_prefix: str, levels: int) -> None:
    _bare(es, f"{engine_prefix}deep", nested_schema(levels), {"1": nested(levels, "x")})


def test_settings_make_room_for_fields(es: Elasticsearch, engine_prefix: str) -> None:
    schema = {"type": "object", "properties": {f"f{i}": STRING for i in range(1500)}}
    _bare(es, f"{engine_prefix}wide", schema, {"1": {f"f{i}": f"x{i}" for i in range(1500)}})


def test_settings_make_room_for_nested_objects(es: Elasticsearch, engine_prefix: str) -> None:
    items = {"type": "array", "items": {**fields(x=INTEGER), "x-audit": {"index": "nested"}}}
    schema = {"type": "object", "properties": {f"n{i}": items for i in range(60)}}
    assert MOST_NESTED_OBJECTS > 10_000
    document = {"n0": [{"x": 1}] * 10_001, "n59": [{"x": 2}]}
    compiled = compile_mapping(schema, bare=True)
    es.indices.create(index=f"{engine_prefix}n", **compiled)
    assert write(es, f"{engine_prefix}n", {"1": document}) == {}
    assert missed(es, f"{engine_prefix}n", {"1": [Leaf("n59.x", 2, nested="n59")]}) == []


def test_redacted_values_are_not_found(es: Elasticsearch, engine_prefix: str) -> None:
    secret = {"type": "string", "x-audit": {"redact": True}}
    schema = fields(
        user=STRING,
        password={"type": "string", "format": "password"},
        tokens={"type": "array", "items": secret},
        maybe={"anyOf": [secret, {"type": "null"}]},
        accounts={"type": "object", "additionalProperties": fields(pin=secret, id=STRING)},
    )
    document = {
        "user": "alice",
        "password": "hush",
        "tokens": ["hush"],
        "maybe": "hush",
        "accounts": {"a": {"pin": "hush", "id": "1"}},
    }
    index = f"{engine_prefix}secret"
    properties = compile_fields({"r": parse(schema)}).properties
    create(es, index, properties)
    assert write(es, index, {"1": {"r": document}}) == {}
    assert es.count(index=index, query={"query_string": {"query": "hush"}})["count"] == 0
    assert es.count(index=index, query={"query_string": {"query": "alice"}})["count"] == 1
    for path in ("r.password", "r.tokens", "r.maybe", "r.accounts.a.pin"):
        assert es.count(index=index, query={"term": {path: "hush"}})["count"] == 0


REFUSED = {
    "NUL in a key of a map": ({"type": "object", "additionalProperties": STRING}, {"a\0b": "x"}),
    "a key longer than a term": (
        {"type": "object", "additionalProperties": STRING},
        {"k" * 40_000: "x"},
    ),
    "an undeclared name that is blank": (fields(a=STRING), {" ": "x"}),
    "an undeclared name inside a declared plain field": (fields(a=STRING), {"a.b": "x"}),
}


TAKEN_BY_OPENSEARCH = ("NUL in a key of a map", "an undeclared name that is blank")


@pytest.mark.parametrize("name", REFUSED)
def test_names_that_the_engine_cannot_take(
    es: Elasticsearch, engine_prefix: str, name: str
) -> None:
    """What promise 1 excepts, so that a change of the engine or of ours is noticed."""
    if name in TAKEN_BY_OPENSEARCH and on_opensearch(es):
        pytest.skip("OpenSearch takes it")
    schema, value = REFUSED[name]
    index = f"{engine_prefix}refused"
    create(es, index, compile_fields({"r": parse(schema)}).properties)
    assert set(write(es, index, {"1": {"r": value}})) == {"1"}


@pytest.mark.parametrize("schema", [True, {"type": "object"}], ids=["free", "map"])
def test_depth_ends_where_the_engine_reads_no_further(
    es: Elasticsearch, engine_prefix: str, schema: Any
) -> None:
    if on_opensearch(es) and schema is not True:
        pytest.skip("flat_object of OpenSearch takes minutes for 990 levels")
    index = f"{engine_prefix}depth"
    create(es, index, compile_fields({"r": parse(schema)}).properties)
    documents = {
        str(levels): b'{"r":' + b'{"k":' * levels + b"1" + b"}" * levels + b"}"
        for levels in (990, 1010)
    }
    refused = write(es, index, documents)
    assert set(refused) == {"1010"}
    assert "exceeds the maximum allowed (1000" in refused["1010"]
