"""Calls from pydantic, from folders of JSON Schemas, from git, and what goes wrong."""

from __future__ import annotations

import json
import subprocess
from typing import Generic, Literal, TypeVar

import pytest
from pydantic import BaseModel, Field, SecretStr

from ucaudit import Call, Registry
from ucaudit.errors import InputError
from ucaudit.history.files import write_files
from ucaudit.history.layout import Layout
from ucaudit.history.lock import lock
from ucaudit.history.release import release
from ucaudit.history.sources import load_pair, load_source, one_call
from ucaudit.history.store import load_history, load_open, plan_open
from ucaudit.schema.parsing import parse
from ucaudit.sources.models import describe
from ucaudit.sources.record import CallSchemas

T = TypeVar("T")


class Page(BaseModel, Generic[T]):
    items: list[T]


class File(BaseModel):
    path: str = Field(alias="filePath")
    size: int = 0


class Tree(BaseModel):
    children: list[Tree] = []


class Login(BaseModel):
    user: str
    password: SecretStr


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Owner(BaseModel):
    pet: Cat | Dog = Field(discriminator="kind")


def described(**parts):
    registry = Registry("t")
    registry.add(Call("t.call", **parts))
    return describe(registry)[0]


def test_both_contracts_of_a_model():
    call = described(request=File, response=File)
    assert set(call.parts["request"]) == {"in", "out"}
    assert set(call.parts["response"]) == {"out"}
    (shape,) = parse(call.parts["request"]["out"]).of("object")
    assert "filePath" in shape.properties


def test_definitions_are_named_by_module_and_arguments_and_refer_validly():
    call = described(response=Page[Page[File]])
    schema = call.parts["response"]["out"]
    assert all("test_sources." in name for name in schema["$defs"])
    assert any("[" in name for name in schema["$defs"])
    assert parse(schema).of("object")
    assert "[" not in schema["$ref"]
    assert call.shared == frozenset(schema["$defs"])


def test_names_do_not_depend_on_the_company():
    alone = described(request=Owner)
    registry = Registry("t")
    registry.add(Call("t.call", request=Owner))
    registry.add(Call("t.other", request=Page[Owner], response=Login))
    assert describe(registry)[0].parts == alone.parts


def test_a_discriminator_points_at_the_definitions():
    schema = described(request=Owner).parts["request"]["in"]
    (owner,) = [d for name, d in schema["$defs"].items() if name.endswith("Owner")]
    mapping = owner["properties"]["pet"]["discriminator"]["mapping"]
    assert set(mapping) == {"cat", "dog"}
    assert all(ref.startswith("#/$defs/") for ref in mapping.values())


def test_recursion_and_secrets():
    assert parse(described(request=Tree).parts["request"]["out"]).hash
    node = parse(described(request=Login).parts["request"]["out"])
    assert node.of("object")[0].properties["password"].redacted


def test_what_is_logged():
    call = described(request=Login, audit=File, response=File)
    assert call.logged == call.parts["audit"]["out"]
    assert call.logged_response is None
    assert described(request=Login, response=File, record_response=True).logged_response


def test_a_model_without_a_json_form_is_named():
    with pytest.raises(InputError) as caught:
        described(request=type)
    assert caught.value.name == "model-undescribable"
    assert "t.call" in str(caught.value.where)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))


def test_a_folder_of_schemas_with_shared_files(tmp_path):
    write(tmp_path / "common.json", {"$defs": {"Id": {"type": "string"}}, "type": "object"})
    write(
        tmp_path / "files.browse" / "request.json",
        {"type": "object", "properties": {"id": {"$ref": "../common.json#/$defs/Id"}}},
    )
    write(tmp_path / "files.browse" / "audit.json", {"type": "object"})
    (call,) = load_source(".", tmp_path).calls
    assert (call.name, set(call.parts)) == ("files.browse", {"request", "audit"})
    node = parse(call.parts["request"]["in"]).of("object")[0].properties["id"]
    assert node.kinds == {"string"}


def test_two_files_are_one_call(tmp_path):
    write(tmp_path / "old.json", {"type": "object"})
    write(tmp_path / "new.json", {"type": "object"})
    before, after = load_pair("old.json", "new.json", tmp_path)
    assert before.calls[0].name == after.calls[0].name == "new"


def test_a_git_revision_leaves_the_work_tree_alone(tmp_path):
    def git(*arguments):
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
        subprocess.run(
            ["git", *identity, *arguments], cwd=tmp_path, check=True, capture_output=True
        )

    git("init", "-q")
    write(tmp_path / "schemas" / "a" / "request.json", {"type": "string"})
    git("add", ".")
    git("commit", "-qm", "one")
    write(tmp_path / "schemas" / "a" / "request.json", {"type": "integer"})
    (then,) = load_source("git:HEAD:schemas", tmp_path).calls
    (now,) = load_source("schemas", tmp_path).calls
    assert then.parts["request"]["in"] == {"type": "string"}
    assert now.parts["request"]["in"] == {"type": "integer"}
    with pytest.raises(InputError) as caught:
        load_source("git:nowhere:schemas", tmp_path)
    assert caught.value.name == "revision-missing"


@pytest.mark.parametrize(
    ("files", "source", "name", "where"),
    [
        ({"a.json": "{\n  x"}, "a.json", "not-json", "a.json:2:3"),
        ({"a.json": "[]"}, "a.json", "not-a-schema", "a.json"),
        ({"a.json": {"$ref": "#/$defs/X"}}, "a.json", "ref-unresolvable", "a.json#/$ref"),
        ({"a.json": {"$ref": "b.json"}}, "a.json", "ref-unresolvable", "a.json"),
        ({"a.json": {"$ref": "http://example.org/b"}}, "a.json", "ref-remote", "a.json#"),
        ({}, "nowhere.json", "source-missing", "nowhere.json"),
        ({}, "nowhere", "source-missing", "nowhere"),
        ({"empty/readme.txt": ""}, "empty", "source-empty", "empty"),
        ({}, "no_such_module:calls", "source-import-failed", "no_such_module:calls"),
        ({"bad_source.py": "calls = 3"}, "bad_source:calls", "source-not-a-registry", "bad_source"),
        ({}, "git:HEAD", "source-unreadable", "git:HEAD"),
        ({"s/A/request.json": {}, "s/a/request.json": {}}, "s", "calls-collide", "A, a"),
    ],
)
def test_bad_sources_are_one_clear_error(tmp_path, files, source, name, where):
    for path, content in files.items():
        write(tmp_path / path, content)
    with pytest.raises(InputError) as caught:
        read_all(source, tmp_path)
    error = caught.value
    assert error.name == name
    assert where in str(error.where)
    assert error.fix


def read_all(source, root):
    return [
        parse(call.parts["request"]["in"], call.origin) for call in load_source(source, root).calls
    ]


def test_the_call_that_is_meant(tmp_path):
    write(tmp_path / "a" / "request.json", {})
    write(tmp_path / "b" / "request.json", {})
    calls = load_source(".", tmp_path).calls
    assert one_call(calls, "b", ".").name == "b"
    with pytest.raises(InputError, match="several calls"):
        one_call(calls, None, ".")
    with pytest.raises(InputError, match="no call 'c'"):
        one_call(calls, "c", ".")


def test_declared_calls_are_known_again_in_a_recorded_folder(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    source = (
        "from pydantic import BaseModel\nfrom ucaudit import Call, Registry\n"
        "class Type(BaseModel):\n    a: int\n"
        "class Root(BaseModel):\n    t: Type\n"
        "calls = Registry('s')\n"
        "calls.add(Call('a', request=Root))\ncalls.add(Call('b', audit=Type))\n"
    )
    write(tmp_path / "known_again.py", source)
    layout = Layout(tmp_path / "schemas")
    layout.root.mkdir()
    results = lock(load_source("known_again:calls", tmp_path).calls, {}, load_history(layout.root))
    write_files(plan_open(layout, [r.entry for r in results]))
    release(layout)
    for pair in (("known_again:calls", "schemas"), ("schemas", "known_again:calls")):
        before, after = load_pair(*pair, tmp_path)
        sides = zip(by_name(before), by_name(after), strict=True)
        assert all(old is new for old, new in sides)
        assert not before.accumulated
        assert not after.accumulated
    types = layout.types / "known_again.Type.out.json"
    types.write_text(types.read_text().replace("integer", "string"))
    before, after = load_pair("schemas", "known_again:calls", tmp_path)
    assert not any(old is new for old, new in zip(by_name(before), by_name(after), strict=True))
    assert before.accumulated.keys() == {"a", "b"}


def by_name(source):
    return sorted(source.calls, key=lambda call: call.name)


def test_recorded_history_knows_what_a_generation_has_accumulated(tmp_path):
    from ucaudit.diff.calls import diff_calls

    project = Layout(tmp_path / "schemas")
    project.root.mkdir()

    def declare(kind):
        fields = {"b": {"type": "string"}} | ({"a": {"type": kind}} if kind else {})
        schema = {"type": "object", "properties": fields}
        return CallSchemas("t.call", {"audit": {"out": schema}})

    for kind in ("string", None):
        results = lock([declare(kind)], load_open(project), load_history(project.root))
        write_files(plan_open(project, [r.entry for r in results]))
        release(project)
    recorded = load_source("schemas", tmp_path)
    again = [declare("integer")]
    # Against version 2 alone the field is new; the indices still hold it as a keyword.
    assert diff_calls(recorded.calls, again).effects.index == "put_mapping"
    assert diff_calls(recorded.calls, again, recorded.accumulated).effects.index == "reindex"
