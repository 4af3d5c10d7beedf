"""``lock --check`` notices everything that is out of date, however fast it is where nothing is."""

from __future__ import annotations

import json
import sys

import pytest

from ucaudit.cli import main
from ucaudit.mapping.envelope import ENVELOPE

SERVICE = """
from typing import Annotated
from pydantic import BaseModel, Field
from ucaudit import Call, Registry

class Owner(BaseModel):
    name: str

class Request(BaseModel):
    size: int = 0
    owner: Owner

class Reply(BaseModel):
    owners: list[Owner]

calls = Registry("service")
calls.add(Call("a.call", request=Request, response=Reply))
calls.add(Call("b.call", request=Owner))
"""
CONFIG = 'source = "stale_service:calls"\n'
OWNER = "types/stale_service.Owner.out.json"


class Project:
    def __init__(self, root):
        self.root = root
        self.declare(SERVICE)
        (root / "ucaudit.toml").write_text(CONFIG)

    def declare(self, source):
        (self.root / "stale_service.py").write_text(source)

    def run(self, *arguments):
        sys.modules.pop("stale_service", None)
        return main(list(arguments))

    def edit(self, file, **changes):
        path = self.root / "schemas" / file
        path.write_text(json.dumps({**json.loads(path.read_text()), **changes}, indent=2))


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Two calls: two released versions of ``a.call``, one of ``b.call``; all is up to date."""
    monkeypatch.chdir(tmp_path)
    # A file that changes within a second must not be taken for its compiled self.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path))
    project = Project(tmp_path)
    project.declare(SERVICE.replace("size: int = 0\n", ""))
    for source in (SERVICE.replace("size: int = 0\n", ""), SERVICE):
        project.declare(source)
        assert project.run("init") == project.run("lock") == project.run("release") == 0
    assert project.run("lock", "--check") == 0
    return project


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("size: int = 0", "size: str = ''"),
        ("size: int = 0", "size: int"),
        ("size: int = 0", "size: Annotated[int, Field(le=5)] = 0"),
        ("size: int = 0", "size: int = Field(0, validation_alias='s')"),
        ("size: int = 0", "size: int = Field(0, serialization_alias='s')"),
        ("size: int = 0", "size: int = Field(0, json_schema_extra={'x-audit': {'redact': True}})"),
        ("size: int = 0", "size: int = 0\n    model_config = {'extra': 'forbid'}"),
        ("name: str", "name: str | None"),
        ("owners: list[Owner]", "owners: dict[str, Owner]"),
        ("class Owner", "class Person(BaseModel):\n    name: str\n\nclass Owner"),
        ("request=Owner", "request=Reply"),
        ("request=Owner", "request=Owner, response=Reply"),
        ("request=Owner", "request=Owner, audit=Reply"),
        ("request=Owner", "request=Owner, retention_days=5"),
        ("request=Owner", "request=Owner, record_response=True"),
        ("request=Owner", "request=Owner, renamed_from='c.call'"),
        ("response=Reply))", "response=Reply))\ncalls.add(Call('c.call', request=Reply))"),
        ("calls.add(Call('b.call', request=Owner))", ""),
    ],
)
def test_a_change_of_what_is_declared(project, old, new, capfd):
    changed = SERVICE.replace('"', "'").replace(old, new)
    assert changed != SERVICE.replace('"', "'")
    project.declare(changed)
    unseen = old == "class Owner"  # A model that no call uses is nobody's change.
    assert project.run("lock", "--check") == (0 if unseen else 1)
    assert project.run("lock") == 0
    assert project.run("lock", "--check") == 0


def test_a_field_that_is_described_in_other_words_is_no_change(project):
    project.declare(SERVICE.replace("size: int = 0", "size: int = Field(0, description='Bytes.')"))
    assert project.run("lock", "--check") == 0


def test_a_respelled_type_is_no_change_and_stays(project):
    path = project.root / "schemas" / OWNER
    path.write_text(path.read_text().replace('"title": "Owner"', '"title": "Other"'))
    assert project.run("lock", "--check") == 0


@pytest.mark.parametrize(
    "damage",
    [
        lambda p: p.edit("a.call.json", version=1),
        lambda p: p.edit("a.call.json", generation=2),
        lambda p: p.edit("a.call.json", index="reindex"),
        lambda p: p.edit("a.call.json", retention_days=3),
        lambda p: p.edit("a.call.json", record_response=True),
        lambda p: p.edit("a.call.json", renamed_from="z"),
        lambda p: p.edit("a.call.json", new_generation=True),
        lambda p: p.edit("a.call.json", steps=[{"set": "requestJson.a", "value": 1}]),
        lambda p: p.edit("a.call.json", request={"in": {}, "out": {}}),
        lambda p: p.edit("a.call.json", audit={"out": {}}),
        lambda p: p.edit("a.call.json", more=1),
        lambda p: p.edit("a.call.json", format="other"),
        lambda p: p.edit("a.call.json", call="b.call"),
        lambda p: p.edit("a.call.json"),  # without its last line break
        lambda p: (p.root / "schemas" / "a.call.json").write_text("<<<<<<< HEAD\n"),
        lambda p: (p.root / "schemas" / "a.call.json").unlink(),
        lambda p: (p.root / "schemas" / "z.json").write_text("{}"),
        lambda p: p.edit(OWNER, properties={"name": {"type": "integer"}}),
        lambda p: (p.root / "schemas" / OWNER).write_text("<<<<<<< HEAD\n"),
        lambda p: (p.root / "schemas" / OWNER).unlink(),
        lambda p: (p.root / "schemas" / "types" / "Z.in.json").write_text("{}"),
    ],
)
def test_a_change_of_what_is_recorded(project, damage):
    files = {p: p.read_bytes() for p in (project.root / "schemas").rglob("*.json")}
    damage(project)
    assert project.run("lock", "--check") == 1
    assert project.run("lock") == 0
    after = {p: p.read_bytes() for p in (project.root / "schemas").rglob("*.json")}
    assert after == files


@pytest.mark.parametrize("number", [1, 2])
@pytest.mark.parametrize(
    "change",
    [
        {"parts": {}},
        {"retention_days": 5},
        {"record_response": True},
        {"envelope": {"type": "object"}},
        {"mapping": {}},
        {"settings": {"a": 1}},
        {"generation": 2},
        {"parent": "1:0"},
        {"version": 3},
        {"call": "b.call"},
    ],
)
def test_a_change_of_what_was_released(project, number, change, capfd):
    project.edit(f"history/a.call/{number:04}.json", **change)
    assert project.run("lock", "--check") == 2
    assert "history-edited" in (err := capfd.readouterr().err) or "history-gap" in err


def test_a_digest_of_another_algorithm_is_no_tampering(project, capfd):
    project.edit("history/a.call/0002.json", digest="9:abc")
    assert project.run("lock", "--check") == 2
    assert "digest-unknown" in capfd.readouterr().err


def test_a_released_version_that_is_gone(project, capfd):
    (project.root / "schemas/history/a.call/0001.json").unlink()
    assert project.run("lock", "--check") == 2
    assert "history-gap" in capfd.readouterr().err


def test_the_newest_released_version_is_gone(project):
    (project.root / "schemas/history/a.call/0002.json").unlink()
    assert project.run("lock", "--check") == 0  # Version 2 is open again.
    assert project.run("release") == 0
    assert (project.root / "schemas/history/a.call/0002.json").is_file()


def test_another_envelope(project):
    envelope = {**ENVELOPE, "properties": {**ENVELOPE["properties"], "region": {}}}
    (project.root / "envelope.json").write_text(json.dumps(envelope))
    (project.root / "ucaudit.toml").write_text(f'{CONFIG}envelope = "envelope.json"\n')
    assert project.run("lock", "--check") == 1
    assert project.run("lock") == project.run("release") == project.run("lock", "--check") == 0
    (project.root / "envelope.json").write_text(json.dumps({**envelope, "required": []}))
    assert project.run("lock", "--check") == 1


def test_another_folder(project):
    (project.root / "ucaudit.toml").write_text(f'{CONFIG}schemas = "recorded"\n')
    assert project.run("init") == 0
    assert project.run("lock", "--check") == 1


def test_what_is_out_of_date_is_said(project, capfd):
    (project.root / "schemas" / OWNER).write_text("{}\n")
    project.edit("b.call.json")
    capfd.readouterr()
    assert project.run("lock", "--check") == 1
    out, err = capfd.readouterr()
    assert "2 files would be written" in out
    assert f"note: out of date: b.call.json, {OWNER}" in err


def test_a_damaged_type_is_said_once(project, capfd):
    (project.root / "schemas" / OWNER).write_text("<<<<<<< HEAD\n")
    capfd.readouterr()
    assert project.run("lock") == 0
    assert capfd.readouterr().err.count("not-json") == 1


def test_a_verdict_of_an_open_version_is_never_believed(project):
    project.declare(SERVICE.replace("size: int = 0", "size: str = ''"))
    assert project.run("lock") == 0
    written = (project.root / "schemas/a.call.json").read_bytes()
    project.edit("a.call.json", index="none", generation=1, steps=[])
    assert project.run("lock", "--check") == 1
    assert project.run("lock") == 0
    assert (project.root / "schemas/a.call.json").read_bytes() == written
