"""Every rule by example: a line of (old, new, part) and what the diff says of it."""

from __future__ import annotations

import re
from typing import Any

import pytest

from ucaudit import diff_schemas
from ucaudit.diff.calls import diff_calls
from ucaudit.diff.rules import RULES
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.record import CallSchemas

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


def tagged(*tags: str) -> JsonObject:
    return {"anyOf": [obj("kind", kind={"const": tag}, **{tag: S}) for tag in tags]}


# fmt: off
TABLE: list[tuple[Any, Any, str, list[tuple[str, str, str, str]]]] = [
    (obj(), obj("a", a=S), "request",
     [("required-field-added", "$.a", "breaks", "ok")]),
    (obj("a", a=S), obj(), "request",
     [("required-field-removed", "$.a", "ok", "breaks")]),
    (obj(), obj(a=S), "request",
     [("optional-field-added", "$.a", "ok", "ok")]),
    (obj(a=S), obj(), "request",
     [("optional-field-removed", "$.a", "ok", "ok")]),
    (obj(a=S), {**obj(), "additionalProperties": False}, "request",
     [("optional-field-removed", "$.a", "breaks", "ok"), ("object-closed", "$", "ok", "ok")]),
    (obj("a", a=S), obj("b", b={**S, "x-audit": {"renamed_from": "a"}}), "request",
     [("field-renamed", "$.b", "breaks", "breaks")]),
    (obj(a=S), obj(b={**S, "x-audit": {"renamed_from": "a"}}), "request",
     [("field-renamed", "$.b", "ok", "ok")]),
    (obj(a=S), obj("a", a=S), "request",
     [("field-became-required", "$.a", "breaks", "ok")]),
    (obj("a", a=S), obj(a=S), "request",
     [("field-became-optional", "$.a", "ok", "breaks")]),
    (obj(a=S), obj(a=opt(S)), "request",
     [("nullable-added", "$.a", "ok", "breaks")]),
    (obj(a=opt(S)), obj(a=S), "request",
     [("nullable-removed", "$.a", "breaks", "ok")]),
    (obj(a=S), obj(a=I), "request",
     [("type-changed", "$.a", "breaks", "breaks")]),
    (obj(a=S), obj(a={"type": ["string", "integer"]}), "request",
     [("type-widened", "$.a", "ok", "breaks")]),
    (obj(a=I), obj(a=N), "request",
     [("type-widened", "$.a", "ok", "breaks")]),
    (obj(a=N), obj(a=I), "request",
     [("type-narrowed", "$.a", "breaks", "ok")]),
    (obj(a=S), obj(a={}), "request",
     [("type-widened", "$.a", "ok", "breaks")]),
    (obj(a={}), obj(a=S), "request",
     [("type-narrowed", "$.a", "breaks", "ok")]),
    (obj(a=S), obj(a=listed(S)), "request",
     [("single-to-list", "$.a", "breaks", "breaks")]),
    (obj(a=listed(S)), obj(a=S), "request",
     [("list-to-single", "$.a", "breaks", "breaks")]),
    (obj(a=free(S)), obj(a=obj("b", b=S)), "request",
     [("map-to-object", "$.a", "breaks", "ok")]),
    (obj(a=free(S)), obj(a=obj(b=S)), "request",
     [("map-to-object", "$.a", "ok", "ok")]),
    (obj(a=free(S)), obj(a=obj(b=I)), "request",
     [("map-to-object", "$.a", "breaks", "breaks")]),
    (obj(a=obj(b=S)), obj(a=free(S)), "request",
     [("object-to-map", "$.a", "ok", "ok")]),
    (obj(a={"enum": ["x"]}), obj(a={"enum": ["x", "y"]}), "request",
     [("enum-value-added", "$.a", "ok", "breaks")]),
    (obj(a={"enum": ["x", "y"]}), obj(a={"enum": ["x"]}), "request",
     [("enum-value-removed", "$.a", "breaks", "ok")]),
    (obj(a={"enum": ["x"]}), obj(a=S), "request",
     [("enum-opened", "$.a", "ok", "breaks")]),
    (obj(a=S), obj(a={"enum": ["x"]}), "request",
     [("enum-closed", "$.a", "breaks", "ok")]),
    (obj(a=tagged("x", "y")), obj(a=tagged("x", "y", "z")), "request",
     [("union-member-added", "$.a", "ok", "breaks")]),
    (obj(a=tagged("x", "y", "z")), obj(a=tagged("x", "y")), "request",
     [("union-member-removed", "$.a", "breaks", "ok")]),
    (obj(a={"anyOf": [obj("x", x=S), obj("y", y=S)]}),
     obj(a={"anyOf": [obj("x", x=S), obj("y", y=S), obj("x", "z", x=S, z=S)]}), "request",
     [("union-member-added", "$.a", "ok", "ok")]),
    (obj(a={"anyOf": [listed(S), listed(I)]}),
     obj(a={"anyOf": [listed(S), listed(I), listed(B)]}), "request",
     [("union-member-added", "$.a", "ok", "breaks")]),
    (obj(a={**I, "maximum": 9}), obj(a={**I, "maximum": 99}), "request",
     [("range-widened", "$.a", "ok", "breaks")]),
    (obj(a={**I, "format": "int64"}), obj(a={**I, "format": "int32"}), "request",
     [("range-narrowed", "$.a", "breaks", "ok")]),
    (obj(a={**I, "minimum": 1, "maximum": 5}), obj(a={**I, "minimum": 3, "maximum": 9}), "request",
     [("range-changed", "$.a", "breaks", "breaks")]),
    (obj(a={**S, "maxLength": 3}), obj(a={**S, "maxLength": 9}), "request",
     [("size-widened", "$.a", "ok", "breaks")]),
    (obj(a=listed(S)), obj(a={**listed(S), "maxItems": 3}), "request",
     [("size-narrowed", "$.a", "breaks", "ok")]),
    (obj(a={**S, "minLength": 1, "maxLength": 3}),
     obj(a={**S, "minLength": 2, "maxLength": 9}), "request",
     [("size-changed", "$.a", "breaks", "breaks")]),
    (obj(a=listed(S)), obj(a={**listed(S), "uniqueItems": True}), "request",
     [("unique-items-added", "$.a", "breaks", "ok")]),
    (obj(a={**listed(S), "uniqueItems": True}), obj(a=listed(S)), "request",
     [("unique-items-removed", "$.a", "ok", "breaks")]),
    (obj(a=S), obj(a={**S, "pattern": "^[a-z]*$"}), "request",
     [("constraint-changed", "$.a", "breaks", "ok")]),
    (obj(a={**S, "pattern": "^a"}), obj(a={**S, "pattern": "^b"}), "request",
     [("constraint-changed", "$.a", "breaks", "breaks")]),
    (obj(a={**I, "multipleOf": 4}), obj(a={**I, "multipleOf": 2}), "request",
     [("constraint-changed", "$.a", "ok", "breaks")]),
    (obj(a=free(S)), obj(a={**free(S), "propertyNames": {"pattern": "^[a-z]+$"}}), "request",
     [("constraint-changed", "$.a", "breaks", "ok")]),
    ({**obj(), "patternProperties": {"^x-": S}},
     {**obj(), "patternProperties": {"^x-": I}}, "request",
     [("type-changed", "${*}", "breaks", "breaks")]),
    (obj(a=S), obj(a={**S, "format": "date-time"}), "request",
     [("format-added", "$.a", "breaks", "ok")]),
    (obj(a={**S, "format": "uuid"}), obj(a=S), "request",
     [("format-removed", "$.a", "ok", "breaks")]),
    (obj(a={**S, "format": "date"}), obj(a={**S, "format": "date-time"}), "request",
     [("format-changed", "$.a", "breaks", "breaks")]),
    (obj(a={**S, "default": "x"}), obj(a={**S, "default": "y"}), "request",
     [("default-changed", "$.a", "ok", "ok")]),
    (obj(a=S), {**obj(a=S), "additionalProperties": False}, "request",
     [("object-closed", "$", "ok", "ok")]),
    ({**obj(a=S), "additionalProperties": True},
     {**obj(a=S), "additionalProperties": False}, "request",
     [("object-closed", "$", "breaks", "ok")]),
    ({**obj(a=S), "additionalProperties": False}, obj(a=S), "request",
     [("object-opened", "$", "ok", "ok")]),
    ({**obj(a=S), "additionalProperties": True}, {**obj(a=S), "additionalProperties": I}, "request",
     [("type-narrowed", "${*}", "breaks", "ok")]),
    (obj(a=S), {**obj(a=S), "additionalProperties": I}, "request",
     [("other-fields-restricted", "$", "ok", "ok")]),
    ({**obj(a=S), "additionalProperties": I}, obj(a=S), "request",
     [("other-fields-freed", "$", "ok", "ok")]),
    (obj(a=S), obj(a={**S, "x-audit": {"redact": True}}), "request",
     [("redaction-added", "$.a", "ok", "ok")]),
    (obj(a={**S, "writeOnly": True}), obj(a=S), "request",
     [("redaction-removed", "$.a", "ok", "ok")]),
    (obj(a=S), obj(a={**S, "x-audit": {"index": "text"}}), "request",
     [("index-hint-changed", "$.a", "ok", "ok")]),
    (obj(a=obj("b", b=S)), obj(a=obj(b=S)), "request",
     [("field-became-optional", "$.a.b", "ok", "breaks")]),
    (obj(a=listed(obj(b=I))), obj(a=listed(obj(b=S))), "request",
     [("type-changed", "$.a[*].b", "breaks", "breaks")]),
    (obj(a=free(I)), obj(a=free(S)), "request",
     [("type-changed", "$.a{*}", "breaks", "breaks")]),
    (obj("a"), obj("a", "b"), "request",
     [("required-field-added", "$.b", "breaks", "ok")]),
    (obj(a=S), obj(a=False), "request",
     [("type-narrowed", "$.a", "breaks", "ok")]),
    ({"type": "null"}, S, "request",
     [("type-changed", "$", "breaks", "breaks")]),
    # In a response the service sends: what broke old callers breaks new ones, and so on.
    (obj(a=S), {**obj(), "additionalProperties": False}, "response",
     [("optional-field-removed", "$.a", "ok", "breaks"), ("object-closed", "$", "ok", "ok")]),
    (obj("a", a=S), obj("b", b={**S, "x-audit": {"renamed_from": "a"}}), "response",
     [("field-renamed", "$.b", "breaks", "breaks")]),
    (obj(a=S), obj(a=opt(S)), "response",
     [("nullable-added", "$.a", "breaks", "ok")]),
    (obj(a=opt(S)), obj(a=S), "response",
     [("nullable-removed", "$.a", "ok", "breaks")]),
    (obj(a=S), obj(a=I), "response",
     [("type-changed", "$.a", "breaks", "breaks")]),
    (obj(a={"enum": ["x"]}), obj(a={"enum": ["x", "y"]}), "response",
     [("enum-value-added", "$.a", "breaks", "ok")]),
    (obj(a={"enum": ["x", "y"]}), obj(a={"enum": ["x"]}), "response",
     [("enum-value-removed", "$.a", "ok", "breaks")]),
    (obj(a={**I, "minimum": 1, "maximum": 5}), obj(a={**I, "minimum": 3, "maximum": 9}), "response",
     [("range-changed", "$.a", "breaks", "breaks")]),
    # An audit type has no callers.
    (obj(a=S), obj(a=I), "audit",
     [("type-changed", "$.a", "ok", "ok")]),
]
# fmt: on

CALL_RULES = {name for name, rule in RULES.items() if rule.family in ("calls", "audit")} - {
    "redaction-added",
    "redaction-removed",
}


def _said(old: Any, new: Any, part: Any) -> list[tuple[str, str, str, str]]:
    return [
        (f.rule, f.occurrences[0].path, f.effects.backward, f.effects.forward)
        for f in diff_schemas(old, new, part=part).findings
    ]


@pytest.mark.parametrize(("old", "new", "part", "expected"), TABLE)
def test_a_change_is_named(
    old: Any, new: Any, part: str, expected: list[tuple[str, str, str, str]]
) -> None:
    assert _said(old, new, part) == expected


@pytest.mark.parametrize(("old", "new", "part", "expected"), TABLE)
def test_the_change_made_backwards_is_the_mirror(
    old: Any, new: Any, part: str, expected: list[tuple[str, str, str, str]]
) -> None:
    # A name given up is remembered by the new side only.
    rules = [rule for rule, *_ in expected if rule != "field-renamed"]
    if rules:
        assert sorted(rule for rule, *_ in _said(new, old, part)) == sorted(
            RULES[rule].mirror for rule in rules
        )


def test_the_table_has_every_rule() -> None:
    named = {rule for *_, expected in TABLE for rule, *_ in expected}
    assert named == set(RULES) - CALL_RULES - {"mapping-changed"}


def _call(name: str = "a.b", **options: Any) -> CallSchemas:
    parts = options.pop("parts", {"request": obj(a=S)})
    contracts = {part: {"in": schema, "out": schema} for part, schema in parts.items()}
    return CallSchemas(name=name, parts=contracts, **options)


@pytest.mark.parametrize(
    ("old", "new", "rule", "backward", "forward"),
    [
        ([], [_call()], "call-added", "ok", "ok"),
        ([_call()], [], "call-removed", "breaks", "ok"),
        ([_call()], [_call("a.c", renamed_from="a.b")], "call-renamed", "breaks", "breaks"),
        ([_call()], [_call(retention_days=9)], "retention-changed", "ok", "ok"),
        ([_call()], [_call(record_response=True)], "recording-added", "ok", "ok"),
        ([_call(record_response=True)], [_call()], "recording-removed", "ok", "ok"),
        ([_call(parts={})], [_call()], "part-added", "ok", "ok"),
        ([_call()], [_call(parts={})], "part-removed", "ok", "ok"),
    ],
)
def test_a_change_of_a_call_is_named(
    old: list[CallSchemas], new: list[CallSchemas], rule: str, backward: str, forward: str
) -> None:
    finding = next(f for f in diff_calls(old, new).findings if f.rule == rule)
    assert (finding.effects.backward, finding.effects.forward) == (backward, forward)


def test_what_only_the_mapping_shows_is_named() -> None:
    live = {"properties": {"requestJson": {"properties": {"a": {"type": "long"}}}}}
    diff = diff_calls([_call()], [_call()], {"a.b": live})
    assert [f.rule for f in diff.findings] == ["mapping-changed"]
    assert diff.effects.index == "reindex"


@pytest.mark.parametrize("name", RULES)
def test_a_rule_has_a_mirror_that_points_back(name: str) -> None:
    rule = RULES[name]
    assert RULES[rule.mirror].mirror == name
    assert RULES[rule.mirror].family == rule.family
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", name)
    assert rule.summary
    assert rule.safe_way


def test_rule_names_are_unique() -> None:
    from ucaudit.diff import rules

    names = [row[0] for row in rules._TABLE]
    assert len(names) == len(set(names)) == len(RULES)


# The owner is the definition that holds the change, without type arguments.
def test_one_edit_of_a_shared_type_is_one_finding() -> None:
    def page(kind: str) -> JsonObject:
        item = {"type": "object", "properties": {"id": {"type": kind}}}
        return {
            **obj(one={"$ref": "#/$defs/Item"}, more=listed({"$ref": "#/$defs/Item"})),
            "$defs": {"Item": item},
        }

    (finding,) = diff_schemas(page("string"), page("integer")).findings
    assert (finding.owner, finding.pointer) == ("Item", "/properties/id")
    assert [o.path for o in finding.occurrences] == ["$.one.id", "$.more[*].id"]


def test_recursion_is_compared_once_and_breaks_in_a_cycle() -> None:
    def tree(kind: str) -> JsonObject:
        fields = {"name": {"type": kind}, "children": listed({"$ref": "#/$defs/Tree"})}
        return {"$ref": "#/$defs/Tree", "$defs": {"Tree": obj("name", **fields)}}

    (finding,) = diff_schemas(tree("string"), tree("integer")).findings
    assert finding.owner == "Tree"
    assert finding.effects.backward == finding.effects.forward == "breaks"


def test_what_another_member_takes_is_no_break() -> None:
    old = {"anyOf": [obj("a", a=S), obj("a", "b", a=S, b=S)]}
    new = {"anyOf": [obj("a", a=S), obj("a", "b", a=S, b=I)]}
    # The old second member is one of the first, which ignores b; the new one likewise.
    assert diff_schemas(old, new).effects.backward == "ok"
    assert diff_schemas(old, new).effects.forward == "ok"
    strict = {"anyOf": [{**m, "additionalProperties": False} for m in old["anyOf"]]}
    other = {"anyOf": [{**m, "additionalProperties": False} for m in new["anyOf"]]}
    assert diff_schemas(strict, other).effects.backward == "breaks"


def test_what_no_rule_explains_is_unknown_not_ok() -> None:
    old = {**obj(a=S, b=S), "not": {"$ref": "#/$defs/X"}, "$defs": {"X": obj("c", "d", c=S)}}
    new = {**old, "$defs": {"X": obj("c", "e", c=S)}}
    effects = diff_schemas(old, new).effects
    assert (effects.backward, effects.forward) == ("unknown", "unknown")
