"""Protobuf services, from .proto files and from descriptor sets."""

from __future__ import annotations

import builtins
import random
import subprocess
import sys
from contextlib import suppress

import pytest

from ucaudit.diff.calls import diff_calls
from ucaudit.errors import InputError
from ucaudit.history.sources import load_pair, load_source
from ucaudit.schema.parsing import parse

pytest.importorskip("grpc_tools", reason="needs the extra protobuf")

HEAD = 'syntax = "proto3";\npackage shop.v1;\n'
SERVICE = "service Shop { rpc Buy(Order) returns (Order); }\n"


@pytest.fixture
def load(write, tmp_path):
    def load(text, head=HEAD):
        write("shop.proto", head + text)
        return {call.name: call for call in load_source("shop.proto", tmp_path).calls}

    return load


@pytest.fixture
def fields(load):
    """The properties of a message ``Order`` with these fields."""

    def fields(text, head=HEAD):
        call = load(f"message Order {{ {text} }}\n{SERVICE}", head)["shop.v1.Shop.Buy"]
        schema = call.parts["request"]["in"]
        parse(schema)
        found = schema["$defs"]["shop.v1.Order"]["properties"]
        return {name: _without_number(field) for name, field in found.items()}

    return fields


def _without_number(field):
    return {key: value for key, value in field.items() if key != "x-proto-number"}


INT64 = {"type": "string", "pattern": "^-?(0|[1-9][0-9]{0,18})$"}


@pytest.mark.parametrize(
    ("declared", "schema"),
    [
        ("string", {"type": "string"}),
        ("bool", {"type": "boolean"}),
        ("double", {"type": "number", "format": "double"}),
        ("sint32", {"type": "integer", "format": "int32"}),
        ("fixed32", {"type": "integer", "format": "uint32"}),
        ("sfixed64", INT64),
        ("bytes", {"type": "string", "format": "byte", "contentEncoding": "base64"}),
        ("repeated int64", {"type": "array", "items": INT64}),
        ("map<string, int64>", {"type": "object", "additionalProperties": INT64}),
        (
            "map<fixed64, bool>",
            {
                "type": "object",
                "additionalProperties": {"type": "boolean"},
                "propertyNames": {"pattern": "^-?[0-9]+$"},
            },
        ),
        (
            "map<bool, string>",
            {
                "type": "object",
                "additionalProperties": {"type": "string"},
                "propertyNames": {"enum": ["true", "false"]},
            },
        ),
        ("google.protobuf.Int64Value", {**INT64, "type": ["string", "null"]}),
        ("google.protobuf.Timestamp", {"type": "string", "format": "date-time"}),
        (
            "google.protobuf.Duration",
            {"type": "string", "pattern": r"^-?[0-9]{1,12}(\.[0-9]{1,9})?s$"},
        ),
        ("google.protobuf.FieldMask", {"type": "string"}),
        ("google.protobuf.Struct", {"type": "object"}),
        ("google.protobuf.Value", {}),
        ("google.protobuf.ListValue", {"type": "array"}),
        ("google.protobuf.NullValue", {"type": "null"}),
        ("google.protobuf.Empty", {"type": "object", "properties": {}}),
    ],
)
def test_types(fields, declared, schema):
    files = ("timestamp", "wrappers", "struct", "duration", "field_mask", "empty")
    imports = "".join(
        f'import "google/protobuf/{file}.proto";\n'
        for file in files
        if declared.startswith("google")
    )
    assert fields(f"{declared} the_field = 7;", HEAD + imports) == {"theField": schema}


def test_the_number_of_a_field_is_kept_and_changes_nothing(load):
    old = load(f"message Order {{ string a = 1; }} {SERVICE}")
    new = load(f"message Order {{ string a = 2; }} {SERVICE}")
    (field,) = (
        old["shop.v1.Shop.Buy"]
        .parts["request"]["in"]["$defs"]["shop.v1.Order"]["properties"]
        .values()
    )
    assert field["x-proto-number"] == 1
    assert not diff_calls(old.values(), new.values()).findings


def test_messages_and_enums_are_shared_types_by_full_name(load):
    calls = load(
        """
        // An order.
        message Order { Kind kind = 1; repeated Order parts = 2 [json_name = "pieces"]; Line l = 3;
          message Line {
            string name = 1 [deprecated = true];
            string key = 2 [debug_redact = true];
          }
        }
        enum Kind { option allow_alias = true; NONE = 0; SMALL = 1; LITTLE = 1; }
        message Unused {}
        service Shop {
          rpc Buy(Order) returns (stream Order.Line);
          rpc Sell(Order) returns (Order);
        }
        """
    )
    assert sorted(calls) == ["shop.v1.Shop.Buy", "shop.v1.Shop.Sell"]
    (buy, sell) = calls.values()
    definitions = buy.parts["request"]["in"]["$defs"]
    assert definitions is sell.parts["response"]["out"]["$defs"]
    assert buy.shared == {"shop.v1.Order", "shop.v1.Order.Line", "shop.v1.Kind"}
    assert definitions["shop.v1.Kind"] == {"type": "string", "enum": ["NONE", "SMALL", "LITTLE"]}
    order = definitions["shop.v1.Order"]
    assert order["description"] == "An order."
    assert order["properties"]["pieces"]["items"] == {"$ref": "#/$defs/shop.v1.Order"}
    line = definitions["shop.v1.Order.Line"]["properties"]
    assert line["name"]["deprecated"]
    assert line["key"]["x-audit"] == {"redact": True}
    assert buy.parts["response"]["out"]["$ref"] == "#/$defs/shop.v1.Order.Line"


def test_one_of_several_fields(load):
    calls = load(
        "message Order { oneof pay { string card = 1; string cash = 2; } optional string a = 3; }"
        + SERVICE
    )
    order = calls["shop.v1.Shop.Buy"].parts["request"]["in"]["$defs"]["shop.v1.Order"]
    assert order["allOf"] == [{"not": {"required": ["card", "cash"]}}]
    assert "required" not in order


@pytest.mark.parametrize(
    ("syntax", "field"),
    [
        ('syntax = "proto2"', "required string a = 1;"),
        ('edition = "2023"', "string a = 1 [features.field_presence = LEGACY_REQUIRED];"),
    ],
)
def test_required_fields(load, syntax, field):
    head = f"{syntax}; package shop.v1;"
    calls = load(f"message Order {{ {field} }} {SERVICE}", head)
    order = calls["shop.v1.Shop.Buy"].parts["request"]["in"]["$defs"]["shop.v1.Order"]
    assert order["required"] == ["a"]


def test_extensions_have_the_names_that_printers_write(fields):
    text = (
        "optional string id = 1; extensions 100 to 199;"
        " extend Order { repeated int32 inner = 101; }"
    )
    head = 'syntax = "proto2";\npackage shop.v1;\nextend Order { optional string note = 100; }\n'
    found = fields(text, head)
    assert list(found) == ["id", "[shop.v1.note]", "[shop.v1.Order.inner]"]
    assert found["[shop.v1.note]"] == {"type": "string"}
    assert found["[shop.v1.Order.inner]"]["items"] == {"type": "integer", "format": "int32"}


def test_a_new_member_of_a_oneof_is_one_cause(load):
    old = load(f"message Order {{ oneof way {{ string a = 1; string b = 2; }} }}\n{SERVICE}")
    new = load(
        f"message Order {{ oneof way {{ string a = 1; string b = 2; string c = 3; }} }}\n{SERVICE}"
    )
    diff = diff_calls([*old.values()], [*new.values()])
    assert [finding.rule for finding in diff.findings] == ["optional-field-added"]
    assert (diff.effects.backward, diff.effects.forward) == ("ok", "ok")


def test_imports_are_found_from_the_root_and_beside_the_file(write, tmp_path):
    write("api/types/money.proto", f"{HEAD} message Money {{ int64 units = 1; }}")
    write("api/order.proto", f'{HEAD} import "types/money.proto"; message Order {{ Money m = 1; }}')
    service = f'{HEAD} import "api/order.proto"; import "vendored/x.proto"; {SERVICE}'
    write("api/shop.proto", service)
    write("third_party/vendored/x.proto", HEAD)
    (call,) = load_source("api/shop.proto", tmp_path).calls
    assert call.shared == {"shop.v1.Order", "shop.v1.Money"}
    assert [c.name for c in load_source("api", tmp_path).calls] == [call.name]


def test_a_descriptor_set_is_the_same_as_its_files(write, tmp_path):
    write("shop.proto", f"{HEAD} message Order {{ string a = 1; }} {SERVICE}")
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", "--descriptor_set_out=shop.binpb"]
    subprocess.run([*command, "shop.proto"], cwd=tmp_path, check=True)
    old, new = load_pair("shop.proto", "shop.binpb", tmp_path)
    assert len(new.calls) == 1
    assert not diff_calls(old.calls, new.calls).findings


@pytest.mark.parametrize(
    ("file", "content", "name", "where"),
    [
        ("a.proto", f"{HEAD}message A {{ strin a = 1; }}", "proto-invalid", "a.proto:3:13"),
        ("a.proto", f'{HEAD}import "gone.proto";', "proto-invalid", "a.proto:3:1"),
        ("a.proto", f"{HEAD}message A {{}}", "source-empty", "a.proto"),
        ("a.proto", "", "source-empty", "a.proto"),
        ("a.proto", b"\xff\xfe\x00", "proto-invalid", "a.proto:1:1"),
        ("a.binpb", b"\xff\xfe\x00", "not-a-descriptor-set", "a.binpb"),
        ("a.binpb", b"", "not-a-descriptor-set", "a.binpb"),
        ("a.pb", b"\x7fELF" + bytes(range(256)), "not-a-descriptor-set", "a.pb"),
        ("a.pb", b"\x0a\x03\x0a\x01x", "not-a-descriptor-set", "a.pb"),
        ("a.desc", b'{"openapi": "3.0.0"}', "not-a-descriptor-set", "a.desc"),
    ],
)
def test_bad_files_are_one_clear_error(write, tmp_path, file, content, name, where):
    write(file, content)
    with pytest.raises(InputError) as caught:
        load_source(file, tmp_path)
    assert caught.value.name == name
    assert where in str(caught.value.where)
    assert caught.value.fix


def test_damaged_sets_are_read_or_refused(write, tmp_path):
    message = "message Order { map<string, Order> a = 1; oneof x { Kind b = 2; int64 c = 3; } }"
    write("a.proto", f"{HEAD} {message} enum Kind {{ NONE = 0; }} {SERVICE}")
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", "--descriptor_set_out=a.pb"]
    subprocess.run([*command, "a.proto"], cwd=tmp_path, check=True)
    whole, chance, ends = (tmp_path / "a.pb").read_bytes(), random.Random(1), set()
    for _ in range(500):
        raw = bytearray(whole)
        raw[chance.randrange(len(raw))] = chance.randrange(256)
        write("a.pb", bytes(raw))
        with suppress(InputError):
            ends.add(len(load_source("a.pb", tmp_path).calls))
    assert 1 in ends


def test_a_set_without_its_imports_says_what_is_missing(write, tmp_path):
    write("b.proto", f"{HEAD} message Order {{}}")
    write("a.proto", f'{HEAD} import "b.proto"; {SERVICE}')
    command = [sys.executable, "-m", "grpc_tools.protoc", "-I.", "--descriptor_set_out=a.pb"]
    subprocess.run([*command, "a.proto"], cwd=tmp_path, check=True)
    with pytest.raises(InputError) as caught:
        load_source("a.pb", tmp_path)
    assert caught.value.name == "descriptor-set-incomplete"
    assert "shop.v1.Order" in caught.value.what


def test_the_extra_is_named_where_it_is_missing(write, tmp_path, monkeypatch):
    write("a.proto", HEAD)
    write("a.pb", b"x")
    original = builtins.__import__

    def without(name, *rest):
        if name.startswith("google.protobuf"):
            raise ImportError(name)
        return original(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.setattr("ucaudit.sources.protobuf.find_spec", lambda _: None)
    for file in ("a.pb", "a.proto"):
        with pytest.raises(InputError) as caught:
            load_source(file, tmp_path)
        assert caught.value.name == "extra-missing"
        assert "ucaudit[protobuf]" in caught.value.fix
