"""``ucaudit rule``: one rule with its example run, all of them, or none of that name."""

from __future__ import annotations

import json

import pytest

from ucaudit.cli import main
from ucaudit.diff.rules import ALL, RULES


@pytest.fixture
def run(capfd, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(*arguments):
        code = main(["rule", *arguments])
        return code, *capfd.readouterr()

    return run


def test_a_rule_is_explained_with_its_example_run(run):
    code, out, err = run("type-changed")
    assert (code, err) == (0, "")
    rule = RULES["type-changed"]
    flat = " ".join(out.split())
    assert rule.explanation in flat
    assert f"Safe way: {rule.safe_way}" in flat
    assert "backward breaks · forward breaks · index reindex" in flat
    assert 'backward: {"value":"a"}' in out


@pytest.mark.parametrize("name", RULES)
def test_each_rule_fits_a_narrow_terminal(name, run):
    code, out, err = run(name)
    assert (code, err) == (0, "")
    assert out.startswith(name)
    assert max(map(len, out.splitlines())) <= 80


def test_a_rule_as_json(run):
    code, out, _ = run("redaction-removed", "--format", "json")
    document = json.loads(out)
    assert (code, document["format"], document["rule"]) == (
        0,
        "ucaudit.rule/1",
        "redaction-removed",
    )
    assert document["mirror"] == "redaction-added"
    (finding,) = document["findings"]
    assert (finding["rule"], finding["effects"]) == (document["rule"], document["effects"])


def test_all_rules_fit_a_narrow_terminal_one_line_each(run):
    code, out, err = run("--all")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert max(map(len, lines)) <= 80
    named = [line.split()[0] for line in lines if line.startswith("  ")]
    assert named == [rule.name for rule in ALL]
    assert f"{len(ALL)} rules." in out


def test_all_rules_as_json(run):
    code, out, _ = run("--all", "--format", "json")
    document = json.loads(out)
    assert (code, document["format"]) == (0, "ucaudit.rules/1")
    assert [rule["rule"] for rule in document["rules"]] == [*RULES]


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["type-chagned"], "type-changed"),
        (["qqqq"], "no rule is spelled like it"),
        ([], "Name one rule"),
        (["type-changed", "--all"], "Name one rule"),
    ],
)
def test_what_is_not_one_rule_is_one_clear_error(arguments, text, run):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert text in err
    assert "Traceback" not in err
