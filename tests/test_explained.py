"""Every name that the code gives to what went wrong has one explanation, and none is left over."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import jsonschema_rs
import pytest

import ucaudit
from ucaudit.cli import main
from ucaudit.diff.rules import RULES
from ucaudit.errors import InputError
from ucaudit.explained import explain, explanations
from ucaudit.report.formats import schema_of

ROOT = Path(ucaudit.__file__).parent
NAMED = frozenset(
    {"InputError", "RefusedError", "StoppedError", "InterruptedRun", "Notice", "Remark", "Check"}
)


def trees() -> Iterator[ast.Module]:
    for path in sorted(ROOT.rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))


def given_names() -> set[str]:
    """Names written where an error, a notice, a remark or a check is made."""
    found = set()
    for tree in trees():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id in NAMED:
                named = [keyword.value for keyword in node.keywords if keyword.arg == "name"]
                first = node.args[5:6] if node.func.id == "Check" else node.args[:1]
                found |= {name for value in (*named, *first) for name in constants(value)}
    return found


def constants(value: ast.expr) -> Iterator[str]:
    """A name as it stands, or either of two."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.IfExp):
        yield from constants(value.body)
        yield from constants(value.orelse)


def test_every_name_is_explained():
    names = given_names()
    assert len(names) > 150
    assert sorted(names - explanations().keys()) == []


def test_no_explanation_is_left_over():
    strings = {
        node.value
        for tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(explanations().keys() - strings) == []


@pytest.mark.parametrize("name", sorted(explanations()))
def test_an_explanation_is_whole(name):
    one = explanations()[name]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert name not in RULES
    for text in (one.means, one.do):
        assert text[-1] in ".`", text
        assert text.count("`") % 2 == 0
    assert len(one.means) > 20


def test_explain_on_screen(capfd, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["explain", "plan-stale"]) == 0
    out = capfd.readouterr().out
    assert out.startswith("plan-stale  Planning")
    assert "do: Make the plan anew" in out
    assert main(["explain", "--all"]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert sum(line.startswith("plan-stale ") for line in lines) == 1
    assert max(map(len, lines)) <= 80


def test_explain_as_json(capfd):
    assert main(["explain", "--all", "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    jsonschema_rs.validate(schema_of("explain"), document)
    assert [one["name"] for one in document["errors"]] == list(explanations())


def test_an_unknown_name_has_neighbours():
    with pytest.raises(InputError) as caught:
        explain("plan-stail")
    assert caught.value.name == "name-unknown"
    assert "plan-stale" in str(caught.value.why)


@pytest.mark.parametrize(
    ("arguments", "where"),
    [
        (["statsu"], "ucaudit"),
        (["status", "--nothing"], "ucaudit status"),
        (["diff", "one"], "ucaudit diff"),
        (["explain"], "ucaudit explain"),
        (["sandbox", "up", "--port", "x"], "ucaudit sandbox up"),
    ],
)
def test_a_misused_command_line_has_the_shape_of_all_errors(arguments, where, capfd):
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert lines[0].startswith("error: ")
    assert "[usage]" in err
    assert f"  where  {where}" in lines
    assert f"    fix  See: {where} --help" in lines
    assert lines[-1] == "    see  ucaudit explain usage"


@pytest.mark.parametrize("arguments", [[], ["sandbox"], ["dead-letters"]])
def test_a_group_alone_shows_its_help(arguments, capfd):
    main(arguments)
    text = "".join(capfd.readouterr())
    assert text.startswith(f"Usage: {' '.join(['ucaudit', *arguments])}")
    assert "error" not in text.partition("Options:")[0]


def test_a_command_that_is_spelled_alike(capfd):
    assert main(["statsu"]) == 2
    assert "Did you mean 'status'?" in capfd.readouterr().err
    assert main(["-"]) == 2
    assert main([""]) == 2
