"""Every rule: named as the table says, mirrored, with an example that gives exactly that rule."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.diff.shorthand import I, S, listed, obj, tagged
from tests.diff.table import TABLE
from tests.schema.documents import validator
from ucaudit import compile_mapping, diff_schemas
from ucaudit.diff.rules import ALL, RULES, Rule, find_rule
from ucaudit.diff.rules.running import run_example
from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject, sha256
from ucaudit.mapping.accepts import refusals

CALL_RULES = {rule.name for rule in ALL if rule.example.part == "calls"}


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


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [(old, new, said) for old, new, part, said in TABLE if part == "request"],
)
def test_in_a_response_the_directions_swap(
    old: Any, new: Any, expected: list[tuple[str, str, str, str]]
) -> None:
    swapped = [(rule, path, forward, backward) for rule, path, backward, forward in expected]
    assert sorted(_said(old, new, "response")) == sorted(swapped)


def test_the_table_has_every_rule() -> None:
    assert {rule for *_, expected in TABLE for rule, *_ in expected} == set(RULES) - CALL_RULES


def _rules(rule: Rule) -> list[str]:
    return [finding.rule for finding in run_example(rule.example).findings]


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_an_example_gives_its_rule_and_no_other(rule: Rule) -> None:
    diff = run_example(rule.example)
    assert [finding.rule for finding in diff.findings] == [rule.name]
    assert diff.findings[0].effects == rule.effects
    directions = ("backward", "forward") if rule.example.part == "request" else ()
    for direction in directions:
        proven = direction in diff.findings[0].witnesses
        assert proven == (getattr(rule.effects, direction) == "breaks")


@pytest.mark.parametrize(("old", "new"), [case[:2] for case in TABLE])
def test_a_new_index_is_asked_for_with_a_document(old: Any, new: Any) -> None:
    """One that its side may write, and that the mapping refuses if the engine takes the update."""
    mapping = compile_mapping(old, bare=True)["mappings"].get("properties", {})
    for finding in diff_schemas(old, new).findings:
        if finding.effects.index != "reindex":
            continue
        witness = finding.witnesses["index"]
        schema = old if witness.accepted_by == "old" else new
        assert validator(schema).is_valid(witness.document)
        if "takes no" in witness.error and witness.accepted_by == "new":
            assert list(refusals(mapping, witness.document))


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_a_rule_without_a_mirror_says_why(rule: Rule) -> None:
    assert bool(rule.mirror) != bool(rule.no_mirror)
    if rule.mirror:
        mirror = RULES[rule.mirror]
        assert (mirror.mirror, mirror.family) == (rule.name, rule.family)
        back = run_example(rule.example.swapped()).findings
        assert [finding.rule for finding in back] == [rule.mirror]


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.name)
def test_a_rule_explains_itself(rule: Rule) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", rule.name)
    assert len(rule.name) <= 25
    assert len(rule.summary) <= 51
    assert rule.summary[-1] not in ".:"
    assert 1 <= len(re.findall(r"\.(?= |$)", rule.explanation)) <= 3
    assert rule.safe_way.endswith(".")


def test_there_are_many_and_each_once() -> None:
    assert len(ALL) == len(RULES) >= 80


def test_an_unknown_rule_is_one_error_with_those_spelled_alike() -> None:
    with pytest.raises(InputError) as error:
        find_rule("type-change")
    assert error.value.name == "rule-unknown"
    assert "type-changed" in str(error.value.why)


# Finer rules must not make two findings of one edit.
@pytest.mark.parametrize(
    ("old", "new", "rules"),
    [
        # A format that only hides a value is its redaction.
        (S, {**S, "format": "password"}, ["redaction-added"]),
        (S, {**S, "writeOnly": True}, ["redaction-added"]),
        ({**S, "format": "password"}, {**S, "format": "uuid"},
         ["format-changed", "redaction-removed"]),
        # A default that comes with freedom says nothing more.
        (obj("a", a=S), obj(a={**S, "default": "x"}), ["field-became-optional"]),
        (obj(a={**S, "default": "x"}), obj("a", a=S), ["field-became-required"]),
        # An integer format is two limits at once.
        ({**I, "format": "int32"}, {**I, "format": "int64"}, ["integer-format-widened"]),
        ({**I, "format": "int32"}, I, ["range-widened"]),
        # One form that becomes three.
        (tagged("x"), tagged("x", "y", "z"), ["union-introduced"]),
        # A tuple instead of a list, however many places it has.
        (listed(S), {"type": "array", "prefixItems": [I, I, I]}, ["list-to-tuple"]),
        # Two keywords are two edits.
        (S, {**S, "pattern": "^a", "maxLength": 9}, ["max-length-added", "pattern-added"]),
        # Marks that are not set say nothing.
        (S, {**S, "deprecated": False, "readOnly": False, "writeOnly": False}, []),
    ],
)  # fmt: skip
def test_an_edit_is_one_finding(old: Any, new: Any, rules: list[str]) -> None:
    assert sorted(f.rule for f in diff_schemas(old, new).findings) == rules


# What was decided under the name of the rule that it was part of is found again.
def test_a_rule_that_was_split_keeps_its_causes() -> None:
    (finding,) = diff_schemas(obj(a={"type": "number"}), obj(a=I), name="c").findings
    cause = ["type-narrowed", "c", "/properties/a", {"type": "number"}, {"type": "integer"}]
    assert (finding.rule, finding.id) == ("number-to-integer", sha256(cause)[:16])


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
    def refusing(name: str) -> Any:
        # What refuses itself further below cannot be unrolled: no algebra has an opinion on it.
        inner = obj(name, c={"not": {"$ref": "#/$defs/X"}})
        return {**obj(a=S), "not": {"$ref": "#/$defs/X"}, "$defs": {"X": inner}}

    effects = diff_schemas(refusing("d"), refusing("e")).effects
    assert (effects.backward, effects.forward) == ("unknown", "unknown")
