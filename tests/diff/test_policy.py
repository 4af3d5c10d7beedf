"""How loud findings are: what a project guards, allows, overrides; older released versions."""

from __future__ import annotations

import pytest

from ucaudit.config import Config
from ucaudit.diff.api import diff_schemas
from ucaudit.diff.calls import diff_calls
from ucaudit.diff.policy import CallPolicy, Policies, apply_policy
from ucaudit.diff.transitive import Released, add_released, transitive_calls
from ucaudit.errors import InputError
from ucaudit.sources.record import CallSchemas

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def obj(*required, **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def call(request, name="a.call", **options):
    return CallSchemas(name, {"request": {"in": request, "out": request}}, **options)


def response(schema, name="a.call"):
    return CallSchemas(name, {"response": {"out": schema}})


def judged(old, new, general=None, **overrides):
    diff = diff_calls(old, new)
    apply_policy(diff, Policies(general or CallPolicy(), overrides))
    return diff


def levels(diff):
    return {finding.rule: finding.level for finding in diff.findings}


# What breaks old callers, what breaks new ones, and what nobody can decide.
BACKWARD = (obj(), obj("a", a=STRING))
FORWARD = (obj("a", a=STRING), obj(a=STRING))
UNKNOWN = (
    obj(a={"type": "string", "pattern": "^(?=a)(?!b).*$"}),
    obj(a={"type": "string", "pattern": "^(?=a)(?!c).*$"}),
)


def test_the_undecided_pair_of_this_file_is_one():
    (finding,) = diff_schemas(*UNKNOWN).findings
    assert "unknown" in finding.effects.to_dict().values()
    assert "breaks" not in finding.effects.to_dict().values()


@pytest.mark.parametrize(
    ("pair", "policy", "unknown", "level"),
    [
        (BACKWARD, "full", "warning", "error"),
        (BACKWARD, "backward", "warning", "error"),
        (BACKWARD, "forward", "warning", "warning"),
        (FORWARD, "backward", "warning", "warning"),
        (FORWARD, "forward_transitive", "warning", "error"),
        (FORWARD, "full_transitive", "info", "error"),
        (UNKNOWN, "full", "warning", "warning"),
        (UNKNOWN, "full", "error", "error"),
        (UNKNOWN, "full", "info", "info"),
    ],
)
def test_levels_follow_from_effects_and_policy(pair, policy, unknown, level):
    diff = judged([call(pair[0])], [call(pair[1])], CallPolicy(policy, unknown))
    assert [f.level for f in diff.findings] == [level]


def test_what_is_undecided_in_a_direction_that_nobody_guards_is_no_error():
    (finding,) = diff_schemas(*UNKNOWN).findings
    finding.effects = finding.effects.__class__("unknown", "ok")
    assert CallPolicy("forward", "error").level(finding) == "warning"
    assert CallPolicy("backward", "error").level(finding) == "error"


@pytest.mark.parametrize(
    ("old", "new", "made", "level"),
    [
        # Old callers do not send it; the new service puts the default in its place.
        (obj(), obj("a", a={**STRING, "default": "x"}), call, "info"),
        (obj(a=STRING), obj("a", a={**STRING, "default": "x"}), call, "info"),
        # Old services do not answer it; new callers put the default in its place.
        (obj(), obj("a", a={**STRING, "default": "x"}), response, "info"),
        # No default, or null as one.
        (obj(), obj("a", a=STRING), call, "error"),
        (obj(), obj("a", a={"type": ["string", "null"], "default": None}), call, "info"),
        # An old service that refuses what it does not know is not helped by a default.
        (
            {**obj(), "additionalProperties": False},
            {**obj("a", a={**STRING, "default": "x"}), "additionalProperties": False},
            call,
            "error",
        ),
    ],
)
def test_a_default_may_stand_in_for_a_field_that_is_required_now(old, new, made, level):
    strict = judged([made(old)], [made(new)])
    assert [f.level for f in strict.findings] == ["error"]
    lenient = judged([made(old)], [made(new)], CallPolicy(required_with_default="ok"))
    assert [f.level for f in lenient.findings] == [level]
    assert lenient.findings[0].effects == strict.findings[0].effects
    assert lenient.findings[0].witnesses.keys() == strict.findings[0].witnesses.keys() != set()


def test_a_default_helps_old_callers_of_closed_services_where_only_they_are_guarded():
    closed = {"additionalProperties": False}
    old, new = {**obj(), **closed}, {**obj("a", a={**STRING, "default": "x"}), **closed}
    policy = CallPolicy("backward", required_with_default="ok")
    assert [f.level for f in judged([call(old)], [call(new)], policy).findings] == ["warning"]


def test_a_default_in_one_of_two_calls_of_a_cause_is_none():
    def calls(*fields):
        schema = {"title": "Shared", **obj(*fields, a=STRING)}
        return [call(schema, "one"), call(schema, "two")]

    new = calls("a")
    new[0] = call({"title": "Shared", **obj("a", a={**STRING, "default": "x"})}, "one")
    old = [call({"title": "Shared", **obj()}, name) for name in ("one", "two")]
    (finding,) = judged(old, new, CallPolicy(required_with_default="ok")).findings
    assert len(finding.occurrences) == 2
    assert finding.level == "error"


def test_a_rule_has_the_level_it_is_given():
    old = call(obj(a={**STRING, "default": "x"}, b={**STRING, "x-audit": {"redact": True}}))
    new = call(obj(a={**STRING, "default": "y"}, b=STRING))
    assert levels(judged([old], [new])) == {"default-changed": "info", "redaction-removed": "error"}
    own = CallPolicy(levels={"default-changed": "error", "redaction-removed": "warning"})
    assert levels(judged([old], [new], own)) == {
        "default-changed": "error",
        "redaction-removed": "warning",
    }


def test_what_is_off_is_counted_and_not_listed():
    diff = judged([call(BACKWARD[0])], [call(BACKWARD[1])],
                  CallPolicy(levels={"required-field-added": "off"}))  # fmt: skip
    assert (diff.findings, diff.off, diff.calls[0].findings) == ([], 1, [])
    document = diff.to_dict()
    assert document["summary"]["off"] == 1
    assert (document["calls"][0]["status"], document["calls"][0]["backward"]) == (
        "changed",
        "breaks",
    )


def test_nothing_is_said_of_off_where_nothing_is():
    assert "off" not in judged([call(BACKWARD[0])], [call(BACKWARD[1])]).to_dict()["summary"]


def test_overrides_apply_in_their_order_key_by_key():
    policies = Policies(
        CallPolicy("full", levels={"default-changed": "off"}),
        {
            "files.*": {"policy": "backward", "levels": {"call-removed": "info"}},
            "files.browse": {"unknown": "error", "levels": {"default-changed": "warning"}},
            "*": {"required_with_default": "ok"},
        },
    )
    assert policies.of_call("jobs.run") == CallPolicy(
        "full", "warning", "ok", {"default-changed": "off"}
    )
    assert policies.of_call("files.browse") == CallPolicy(
        "backward", "error", "ok", {"default-changed": "warning", "call-removed": "info"}
    )


def test_a_cause_is_as_loud_as_in_its_loudest_call():
    def calls(kind):
        shared = {"$ref": "#/$defs/Port", "$defs": {"Port": obj(number=kind)}}
        return [call(shared, name) for name in ("files.a", "jobs.b")]

    off = {"levels": {"type-changed": "off"}}
    quiet = judged(calls(STRING), calls(INTEGER), **{"files.*": off})
    assert [f.level for f in quiet.findings] == ["error"]
    silent = judged(calls(STRING), calls(INTEGER), **{"*": off})
    assert (silent.findings, silent.off) == ([], 1)


def test_unknown_rules_are_refused_with_their_key_and_what_is_close(tmp_path):
    config = Config(root=tmp_path, calls={"a.*": {"levels": {"type-chnged": "off"}}})
    with pytest.raises(InputError) as caught:
        Policies.of(config)
    assert 'calls."a.*".levels.type-chnged' in str(caught.value)
    assert "type-changed" in str(caught.value)


def transitive(old, new, *released, policy="full_transitive"):
    diff = diff_calls(old, new)
    policies = Policies(CallPolicy(policy))
    olds, calls = {c.name: c for c in old}, {c.name: c for c in new}
    kept = [c.call for c in transitive_calls(diff, policies)]
    versions = [Released(number, one) for number, one in enumerate(released, 1)]
    add_released(diff, olds, calls, dict.fromkeys(kept, versions), policies)
    apply_policy(diff, policies)
    return diff


def by_versions(diff):
    return {f.rule: f.versions for f in diff.findings}


V1, V2 = call(obj(a=STRING)), call(obj())
V3 = call(obj(a=INTEGER))


def test_a_field_that_comes_back_with_another_type_breaks_the_version_that_had_it():
    diff = transitive([V2], [V3], V1, V2)
    assert by_versions(diff) == {"type-changed": [1], "optional-field-added": None}
    finding = diff.findings[0]
    assert (finding.level, finding.effects.index) == ("error", "none")
    assert finding.witnesses.keys() == {"backward", "forward"}
    assert finding.id in diff.calls[0].findings
    assert diff.calls[0].effects.backward == "breaks"
    assert finding.to_dict()["versions"] == [1]
    assert "versions" not in diff.findings[1].to_dict()


def test_versions_that_show_the_same_are_listed_once():
    later = call(obj(a=STRING, c=STRING))
    assert by_versions(transitive([V2], [V3], V1, later, V1, V2))["type-changed"] == [1, 2, 3]


def test_only_guarded_directions_are_asked_of_older_versions():
    wider = call(obj(a={"type": ["string", "integer"]}))
    diff = transitive([V2], [wider], V1, V2, policy="backward_transitive")
    assert by_versions(diff) == {"optional-field-added": None}
    diff = transitive([V2], [wider], V1, V2, policy="forward_transitive")
    assert by_versions(diff)["type-widened"] == [1]
    assert diff.findings[0].effects.to_dict() == {
        "backward": "ok",
        "forward": "breaks",
        "index": "none",
    }


def test_what_the_old_side_shows_is_not_said_of_older_versions():
    diff = transitive([V1], [V3], V1, call(obj(a=STRING, b=STRING)))
    assert by_versions(diff) == {"type-changed": None}


def test_older_versions_are_not_asked_of_calls_that_did_not_change_nor_without_transitive():
    assert transitive([V3], [V3], V1).findings == []
    assert by_versions(transitive([V2], [V3], V1, policy="full")) == {"optional-field-added": None}


def test_a_call_that_comes_back_is_held_against_what_it_was():
    diff = transitive([], [V3], V1)
    assert by_versions(diff) == {"type-changed": [1], "call-added": None}


def test_a_cause_that_one_call_shows_of_old_versions_only_is_one_finding():
    def both(first, second):
        return [
            call({"title": "Shared", **obj(**first)}, "one"),
            call({"title": "Shared", **obj(**second)}, "two"),
        ]

    old, new = both({"a": STRING}, {}), both({"a": INTEGER}, {"a": INTEGER})
    diff = diff_calls(old, new)
    policies = Policies(CallPolicy("full_transitive"))
    released = {"two": [Released(1, both({}, {"a": STRING})[1])]}
    olds, news = {c.name: c for c in old}, {c.name: c for c in new}
    add_released(diff, olds, news, released, policies)
    finding = next(f for f in diff.findings if f.rule == "type-changed")
    assert finding.versions is None
    assert [o.call for o in finding.occurrences] == ["one", "two"]
