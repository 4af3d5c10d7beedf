"""Calls as a whole: they come, go, are renamed, recorded and kept otherwise; policies."""

from __future__ import annotations

import pytest

from ucaudit.diff.calls import diff_calls
from ucaudit.sources.record import CallSchemas

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def schema(**properties):
    return {"type": "object", "properties": properties}


def call(name="a.call", request=None, response=None, audit=None, **options):
    parts = {}
    if request is not None:
        parts["request"] = {"in": request, "out": request}
    if response is not None:
        parts["response"] = {"out": response}
    if audit is not None:
        parts["audit"] = {"out": audit}
    return CallSchemas(name, parts, **options)


def rules(diff):
    return {finding.rule: finding for finding in diff.findings}


def test_calls_come_and_go():
    diff = diff_calls([call("a"), call("b")], [call("b"), call("c")])
    assert [(c.call, c.status) for c in diff.calls] == [
        ("a", "removed"),
        ("b", "unchanged"),
        ("c", "added"),
    ]
    found = rules(diff)
    assert found["call-removed"].effects.backward == "breaks"
    assert found["call-added"].effects.backward == "ok"


def test_a_declared_rename_is_followed_into_the_call():
    new = call("b", request=schema(port=INTEGER), renamed_from="a")
    diff = diff_calls([call("a", request=schema(port=STRING))], [new])
    (entry,) = diff.calls
    assert (entry.call, entry.status, entry.renamed_from) == ("b", "renamed", "a")
    assert {"call-renamed", "type-changed"} <= set(rules(diff))


def test_recording_a_response_is_one_cause_of_all_its_fields():
    old = call(response=schema(a=STRING))
    new = call(response=schema(a=STRING, b=INTEGER), record_response=True)
    found = rules(diff_calls([old], [new]))
    assert found["recording-added"].effects.index == "put_mapping"
    assert found["optional-field-added"].effects.index == "none"
    assert not any(rule.startswith("mapping-") for rule in found)


def test_an_audit_type_that_takes_the_place_of_the_request_is_one_cause():
    old = call(request=schema(a=STRING))
    new = call(request=schema(a=STRING), audit=schema(a=INTEGER, b=STRING))
    found = rules(diff_calls([old], [new]))
    assert found["audit-type-added"].effects.index == "reindex"
    assert not any(rule.startswith("mapping-") for rule in found)


def test_a_change_that_only_the_stored_form_shows_is_a_finding_of_the_index():
    same = schema(a=STRING)
    old = CallSchemas("a", {"request": {"in": same, "out": schema(a=STRING)}})
    new = CallSchemas("a", {"request": {"in": same, "out": schema(a=INTEGER)}})
    (finding,) = diff_calls([old], [new]).findings
    assert (finding.rule, finding.effects.index) == ("mapping-type-changed", "reindex")
    assert finding.old["field"] == "requestJson.a"


def test_retention_has_no_effect():
    (finding,) = diff_calls([call()], [call(retention_days=30)]).findings
    assert (finding.rule, finding.old, finding.new, finding.level) == (
        "retention-shortened",
        180,
        30,
        "info",
    )


def test_one_cause_in_many_calls_is_one_finding():
    def calls(kind):
        shared = {"$ref": "#/$defs/Port", "$defs": {"Port": schema(number=kind)}}
        return [call(f"c{i}", request=shared) for i in range(20)]

    diff = diff_calls(calls(STRING), calls(INTEGER))
    (finding,) = diff.findings
    assert (finding.owner, finding.pointer) == ("Port", "/properties/number")
    assert {o.call for o in finding.occurrences} == {f"c{i}" for i in range(20)}


@pytest.mark.parametrize(
    ("policy", "level"), [("full", "error"), ("forward", "error"), ("backward", "warning")]
)
def test_the_policy_decides_what_is_an_error(policy, level):
    old = call(request=schema(a={"enum": ["x"]}))
    new = call(request=schema(a={"enum": ["x", "y"]}))
    (finding,) = diff_calls([old], [new], policy=policy).findings
    assert (finding.effects.backward, finding.effects.forward) == ("ok", "breaks")
    assert finding.level == level


def test_a_removed_redaction_is_an_error_whatever_the_policy():
    hidden = {**STRING, "x-audit": {"redact": True}}
    (finding,) = diff_calls(
        [call(request=schema(a=hidden))], [call(request=schema(a=STRING))], policy="backward"
    ).findings
    assert (finding.rule, finding.level) == ("redaction-removed", "error")
    assert finding.effects.index == "put_mapping"
