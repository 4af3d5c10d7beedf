"""OpenAPI documents as calls."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from ucaudit.diff.calls import diff_calls
from ucaudit.errors import InputError
from ucaudit.history.files import write_files
from ucaudit.history.layout import Layout
from ucaudit.history.lock import lock
from ucaudit.history.release import release
from ucaudit.history.sources import load_pair, load_source
from ucaudit.history.store import load_history, load_open, plan_open
from ucaudit.schema.parsing import parse
from ucaudit.sources.openapi import load_openapi

LARGE = Path(__file__).parents[3] / "shared" / "data" / "openapi"


def api(paths, schemas=None, version="3.0.3", **rest):
    components = {"schemas": schemas or {}, **rest.pop("components", {})}
    info = {"title": "t", "version": "1"}
    return {"openapi": version, "info": info, "paths": paths, "components": components, **rest}


def operation(request=None, response=None, **rest):
    """An operation with JSON bodies."""
    body = {}
    if request is not None:
        body["requestBody"] = {"content": {"application/json": {"schema": request}}}
    answer = {"description": "ok"}
    if response is not None:
        answer["content"] = {"application/json": {"schema": response}}
    return {**body, "responses": {"200": answer}, **rest}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.fixture
def load(write):
    def load(document, name="api.json"):
        return {call.name: call for call in load_openapi(write(name, document))}

    return load


@pytest.fixture
def request_of(load):
    """The schema of the body of a document's only operation."""

    def request_of(schema, version="3.0.3", schemas=None):
        document = api({"/a": {"post": operation(schema)}}, schemas, version)
        (call,) = load(document).values()
        return call.parts["request"]["in"]["properties"]["body"]

    return request_of


def test_calls_are_named_by_operation_id_else_by_method_and_path(load):
    item = {"get": operation(), "post": operation(operationId="files.create")}
    calls = load(api({"/v1/files/{id}": item, "/": {"get": operation()}}))
    assert sorted(calls) == ["files.create", "get.", "get.v1.files.{id}"]


def test_a_request_is_its_parameters_by_name_and_its_body(load):
    parameters = [
        {"name": "limit", "in": "query", "schema": {"type": "integer"}, "description": "How many"},
        {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string"}},
        {"name": "Authorization", "in": "header", "schema": {"type": "string"}},
        {"name": "filter", "in": "query", "content": {"application/json": {"schema": ref("F")}}},
    ]
    item = {
        "parameters": [{"$ref": "#/components/parameters/Id"}, {**parameters[0], "schema": {}}],
        "post": operation({"type": "string"}, parameters=parameters),
    }
    shared = {"Id": {"name": "id", "in": "path", "schema": {"type": "string"}}}
    document = api({"/a/{id}": item}, {"F": {}}, components={"parameters": shared})
    (call,) = load(document).values()
    schema = call.parts["request"]["in"]
    assert schema["properties"] == {
        "id": {"type": "string"},
        "limit": {"type": "integer", "description": "How many"},
        "filter": {"$ref": "#/$defs/F"},
        "X-Trace": {"type": "string"},
        "body": {"type": "string"},
    }
    assert schema["required"] == ["id", "X-Trace"]


def test_a_first_parameter_is_one_field_more(load):
    body = {"type": "object", "properties": {"a": {"type": "string"}}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer"}}
    old = load(api({"/a": {"post": operation(body)}})).values()
    new = load(api({"/a": {"post": operation(body, parameters=[limit])}})).values()
    assert [f.effects.backward for f in diff_calls(old, new).findings] == ["ok"]


def test_parameters_of_one_name_are_told_apart(load):
    places = [{"name": "id", "in": where, "schema": {}} for where in ("cookie", "path")]
    taken = {"name": "body", "in": "query", "schema": {}}
    (call,) = load(api({"/{id}": {"post": operation({}, parameters=[*places, taken])}})).values()
    assert [*call.parts["request"]["in"]["properties"]] == ["id", "body_query", "id_cookie", "body"]


@pytest.mark.parametrize(
    ("responses", "expected"),
    [
        ({"201": "a", "200": "b", "default": "e"}, "b"),
        ({"204": None, "2XX": "r", "404": "e"}, "r"),
        ({"404": "e", "default": "d"}, "d"),
        ({"204": None, "default": "e"}, None),
        ({"404": "e"}, None),
        ({}, None),
    ],
)
def test_the_response_is_the_first_success_with_a_body(load, responses, expected):
    written = {
        code: {"content": {"text/plain": {"schema": {"title": title}}} if title else {}}
        for code, title in responses.items()
    }
    (call,) = load(api({"/a": {"get": {"responses": written}}})).values()
    response = call.parts.get("response", {}).get("out", {})
    assert response.get("title") == expected


def test_json_is_read_before_other_media_types(load):
    types = ["*/*", "text/xml", "application/x-www-form-urlencoded", "application/hal+json"]
    for end in range(1, 5):
        content = {t: {"schema": {"title": t}} for t in types[:end]}
        document = api({"/a": {"post": {"requestBody": {"content": content}, "responses": {}}}})
        (call,) = load(document).values()
        assert call.parts["request"]["in"]["properties"]["body"]["title"] == types[end - 1]


def test_all_calls_share_one_object_of_definitions(load):
    schemas = {"A": {"properties": {"b": ref("B")}}, "B": {"properties": {"a": ref("A")}}, "C": {}}
    paths = {f"/{i}": {"post": operation(ref("A"), ref("B"))} for i in range(3)}
    calls = load(api(paths, schemas))
    shared = {
        id(schema["$defs"])
        for call in calls.values()
        for contracts in call.parts.values()
        for schema in contracts.values()
    }
    assert len(shared) == 1
    assert all(call.shared == {"A", "B"} for call in calls.values())
    for call in calls.values():
        parse(call.parts["response"]["out"])


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ({"type": "string", "nullable": True}, {"type": ["string", "null"]}),
        (
            {"type": "string", "nullable": True, "enum": ["a"]},
            {"type": ["string", "null"], "enum": ["a", None]},
        ),
        ({"type": "string", "nullable": False}, {"type": "string"}),
        ({"nullable": True}, {}),
        (
            {"allOf": [ref("A")], "nullable": True, "description": "d"},
            {"anyOf": [{"allOf": [{"$ref": "#/$defs/A"}]}, {"type": "null"}], "description": "d"},
        ),
        (
            {"anyOf": [ref("A")], "nullable": True},
            {"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]},
        ),
        (
            {"type": "number", "minimum": 1, "exclusiveMinimum": True, "maximum": 2},
            {"type": "number", "exclusiveMinimum": 1, "maximum": 2},
        ),
        ({"maximum": 1, "exclusiveMaximum": False}, {"maximum": 1}),
        ({"example": {"$ref": "x"}}, {"examples": [{"$ref": "x"}]}),
        ({**ref("A"), "maxLength": 3, "title": "d"}, {"$ref": "#/$defs/A", "title": "d"}),
        ({"xml": {}, "x-other": 1, "x-audit": {"redact": True}}, {"x-audit": {"redact": True}}),
        (
            {"properties": {"nullable": {"type": "string", "nullable": True}}},
            {"properties": {"nullable": {"type": ["string", "null"]}}},
        ),
    ],
)  # fmt: skip
def test_the_dialect_of_30(request_of, written, read):
    assert request_of(written, schemas={"A": {"type": "string"}}) == read


def test_the_dialect_of_31(request_of):
    schema = {"type": ["string", "null"], "exclusiveMinimum": 3, "const": {"$ref": "data"}}
    beside = {**ref("A"), "maxLength": 3}
    assert request_of(schema, "3.1.0") == schema
    assert request_of(beside, "3.1.0", {"A": {}}) == {"$ref": "#/$defs/A", "maxLength": 3}


def test_names_and_anchors_of_31(request_of):
    schemas = {
        "A": {
            "$id": "https://example.org/a",
            "$ref": "#/$defs/In",
            "$defs": {"In": {"title": "in"}},
        },
        "B": {"$anchor": "here", "title": "b"},
    }
    named = {"allOf": [{"$ref": "https://example.org/a"}, {"$ref": "#here"}]}
    assert request_of(named, "3.1.0", schemas) == {
        "allOf": [{"$ref": "#/$defs/A"}, {"$ref": "#/$defs/B"}]
    }


def test_a_discriminator_lists_references_by_tag(request_of):
    union = {
        "oneOf": [ref("Cat"), ref("Dog")],
        "discriminator": {"propertyName": "kind", "mapping": {"cat": "Cat"}},
    }
    kinds = {name: {"type": "object"} for name in ("Cat", "Dog")}
    assert request_of(union, schemas=kinds)["discriminator"] == {
        "propertyName": "kind",
        "mapping": {"cat": "#/$defs/Cat", "Dog": "#/$defs/Dog"},
    }


def test_fields_that_only_the_server_writes_are_required_of_the_server(load):
    user = {
        "required": ["id", "password"],
        "properties": {"id": {"readOnly": True}, "password": {"writeOnly": True}},
    }
    (call,) = load(api({"/a": {"post": operation(ref("U"), ref("U"))}}, {"U": user})).values()
    assert call.parts["request"]["in"]["$defs"]["U"]["required"] == ["password"]
    assert call.parts["response"]["out"]["$defs"]["U"]["required"] == ["id"]


def test_what_an_operation_says_of_its_audit(load):
    said = {"retention_days": 9, "record_response": True, "renamed_from": "old", "schema": ref("A")}
    document = api({"/a": {"post": operation({}, ref("A"), **{"x-audit": said})}}, {"A": {}})
    (call,) = load(document).values()
    assert (call.retention_days, call.record_response, call.renamed_from) == (9, True, "old")
    assert call.logged == {"$ref": "#/$defs/A", "$defs": {"A": {}}}


def test_references_to_other_files_in_yaml(write):
    write("parts/pet.yaml", "type: object\nproperties:\n  tag: {$ref: 'tags.json#/$defs/Tag'}\n")
    write("parts/tags.json", {"$defs": {"Tag": {"type": "string"}}})
    write("parts/paths.yml", "get:\n  responses:\n    200:\n      $ref: '../api.yaml#/x-ok'\n")
    path = write(
        "api.yaml",
        """
openapi: 3.0.3
paths:
  /pets: {$ref: parts/paths.yml}
x-ok:
  content:
    application/json:
      schema: {$ref: parts/pet.yaml}
""",
    )
    (call,) = load_openapi(path)
    assert call.parts["response"]["out"] == {
        "$ref": "#/$defs/pet",
        "$defs": {
            "pet": {"type": "object", "properties": {"tag": {"$ref": "#/$defs/Tag"}}},
            "Tag": {"type": "string"},
        },
    }


def test_definitions_of_one_name_in_two_files_are_two(write):
    write("other.json", {"$defs": {"A": {"title": "other"}}})
    both = {"allOf": [ref("A"), {"$ref": "other.json#/$defs/A"}]}
    path = write("api.json", api({"/a": {"post": operation(both)}}, {"A": {"title": "own"}}))
    (call,) = load_openapi(path)
    titles = {name: d["title"] for name, d in call.parts["request"]["in"]["$defs"].items()}
    assert titles == {"A": "own", "other.A": "other"}


def test_locking_writes_each_type_once_and_only_what_is_used(write, tmp_path):
    schemas = {
        "A": {"type": "object", "properties": {"b": ref("B")}},
        "B": {"type": "object", "properties": {"a": ref("A")}},
        "C": {"type": "object", "properties": {"c": {"type": "string"}}},
    }
    paths = {"/a": {"post": operation(ref("A"))}, "/c": {"post": operation(ref("C"), ref("C"))}}
    write("api.json", api(paths, schemas))
    layout = Layout(tmp_path / "schemas")
    layout.root.mkdir()

    def run():
        declared = load_source("api.json", tmp_path).calls
        results = lock(declared, load_open(layout), load_history(layout.root))
        changes = plan_open(layout, [r.entry for r in results])
        write_files(changes)
        return changes

    run()
    assert sorted(p.name for p in layout.types.iterdir()) == [
        f"{name}.{contract}.json" for name in "ABC" for contract in ("in", "out")
    ]
    assert run() == {}
    (first, second) = release(layout)
    assert sorted(first.parts["request"]["in"]["$defs"]) == ["A", "B"]
    assert sorted(second.parts["request"]["in"]["$defs"]) == ["C"]
    assert run() == {}
    recorded = load_source("schemas", tmp_path).calls
    assert not diff_calls(recorded, load_source("api.json", tmp_path).calls).findings


def test_two_documents_are_two_sets_of_calls(write, tmp_path):
    paths = {"/a": {"get": operation()}, "/b": {"get": operation()}}
    write("old.json", api({"/a": paths["/a"]}))
    write("new.json", api(paths))
    old, new = load_pair("old.json", "new.json", tmp_path)
    assert [c.status for c in diff_calls(old.calls, new.calls).calls] == ["unchanged", "added"]


def post(schema):
    return api({"/a": {"post": operation(schema)}})


@pytest.mark.parametrize(
    ("document", "name", "where"),
    [
        ({"swagger": "2.0", "paths": {}}, "openapi-version-unknown", "#/swagger"),
        ({"openapi": "4.0", "paths": {}}, "openapi-version-unknown", "#/openapi"),
        ({"openapi": "3.1.0", "jsonSchemaDialect": "x"}, "dialect-unknown", "#/jsonSchemaDialect"),
        (api({}), "source-empty", "api.json"),
        (api([]), "openapi-invalid", "#/paths"),
        (api({"/a": {"get": 3}}), "openapi-invalid", "#/paths/~1a/get"),
        (api({"/a": {"get": operation(operationId=3)}}), "openapi-invalid", "/get/operationId"),
        (api({"/a": {"get": operation(parameters={})}}), "openapi-invalid", "/get/parameters"),
        (api({"/a": {"get": operation(parameters=[{}])}}), "openapi-invalid", "/0/name"),
        (
            api({"/a": {"get": operation(parameters=[{"name": "a", "in": "body"}])}}),
            "openapi-invalid",
            "/parameters/0/in",
        ),
        (post(ref("Gone")), "ref-unresolvable", "/content/application~1json/schema/$ref"),
        (post({"items": {"$ref": "gone.json"}}), "ref-unresolvable", "/schema/items/$ref"),
        (post({"$ref": 3}), "ref-unresolvable", "/schema/$ref"),
        (post({"$ref": "a" * 5000}), "ref-unresolvable", "/schema/$ref"),
        (post({"$ref": "https://example.org/a.json"}), "ref-remote", "/schema/$ref"),
        (post({"$dynamicRef": "a.json#x"}), "ref-dynamic", "/schema"),
        (post({"$recursiveRef": "#"}), "ref-dynamic", "/schema"),
        (api({"/a": {"$ref": "#/paths/~1b"}, "/b": {"$ref": "#/paths/~1a"}}), "ref-cycle", "~1a"),
        (
            api({"/a": {"get": operation(**{"x-audit": {"days": 3}})}}),
            "openapi-invalid",
            "/get/x-audit/days",
        ),
        (
            api({"/a": {"get": operation(**{"x-audit": {"retention_days": 0}})}}),
            "openapi-invalid",
            "/get/x-audit/retention_days",
        ),
    ],
)  # fmt: skip
def test_bad_documents_are_one_clear_error(write, document, name, where):
    with pytest.raises(InputError) as caught:
        load_openapi(write("api.json", document))
    assert caught.value.name == name
    assert where in str(caught.value.where)
    assert caught.value.fix


def test_an_operation_id_that_is_used_twice_names_both_places(write):
    twin = {"get": operation(operationId="a")}
    with pytest.raises(InputError) as caught:
        load_openapi(write("api.json", api({"/a": twin, "/b": twin})))
    assert caught.value.name == "call-declared-twice"
    assert "#/paths/~1a/get" in caught.value.where
    assert "#/paths/~1b/get" in caught.value.where


def test_a_deep_schema_is_refused(write):
    schema = {}
    for _ in range(240):
        schema = {"not": schema}
    with pytest.raises(InputError) as caught:
        load_openapi(write("api.json", post(schema)))
    assert caught.value.name == "schema-too-deep"


@pytest.mark.parametrize("date", ["2020-05-20", "2022-04-12"])
def test_a_large_document(write, date):
    packed = LARGE / f"stripe-{date}.json.gz"
    if not packed.is_file():
        pytest.skip(f"no large document beside the checkout: {packed} is not there")
    raw = gzip.decompress(packed.read_bytes())
    document = json.loads(raw)
    calls = load_openapi(write("api.json", raw))
    assert len(calls) == sum(len(item) for item in document["paths"].values())
    definitions = calls[0].parts["request"]["in"]["$defs"]
    assert all(call.parts["request"]["in"]["$defs"] is definitions for call in calls)
    assert definitions.keys() <= document["components"]["schemas"].keys()
