"""Loaders that other packages register."""

from __future__ import annotations

import sys
from zipfile import ZipFile

import pytest

from ucaudit.errors import InputError
from ucaudit.history.sources import load_source
from ucaudit.sources import detect
from ucaudit.sources.plugins import GROUP, plugins
from ucaudit.sources.record import CallSchemas

MODULE = """
from ucaudit.errors import InputError
from ucaudit.sources.record import CallSchemas
def load(path):
    if path.suffix == ".rpc":
        return [CallSchemas(path.read_text(), {"request": {"in": {}, "out": {}}})]
def fail(path):
    raise RuntimeError("broken inside")
def refuse(path):
    raise InputError("rpc-invalid", "Not an rpc file.", where=str(path), fix="Write one.")
def wrong(path):
    return "calls"
"""


@pytest.fixture
def register(write, tmp_path, monkeypatch):
    """Installs a distribution with these entry points."""

    def register(**points):
        write("loader_of_rpc.py", MODULE)
        lines = "".join(f"{name} = {value}\n" for name, value in points.items())
        info = "rpc_sources-1.0.dist-info"
        write(f"{info}/METADATA", "Metadata-Version: 2.1\nName: rpc-sources\nVersion: 1.0\n")
        write(f"{info}/entry_points.txt", f"[{GROUP}]\n{lines}")
        monkeypatch.syspath_prepend(str(tmp_path))
        sys.modules.pop("loader_of_rpc", None)

    return register


def test_a_loader_reads_its_own_kind_and_leaves_the_rest(register, write, tmp_path):
    register(rpc="loader_of_rpc:load")
    write("a.rpc", "files.browse")
    write("b.json", {"type": "string"})
    assert [c.name for c in load_source("a.rpc", tmp_path).calls] == ["files.browse"]
    assert load_source("b.json", tmp_path).calls[0].parts["request"]["in"] == {"type": "string"}
    write("c.xml", "")
    with pytest.raises(InputError, match="the loader 'rpc'"):
        load_source("c.xml", tmp_path)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("loader_of_rpc:fail", "RuntimeError: broken inside"),
        ("loader_of_rpc:gone", "gone"),
        ("no_such_module_at_all:load", "no_such_module_at_all"),
        ("loader_of_rpc:wrong", "not a list of CallSchemas"),
    ],
)
def test_a_broken_loader_is_an_error_that_names_its_distribution(
    register, write, tmp_path, value, said
):
    register(rpc=value)
    write("a.json", {})
    with pytest.raises(InputError) as caught:
        load_source("a.json", tmp_path)
    assert caught.value.name == "source-plugin-failed"
    assert "rpc-sources" in caught.value.what
    assert said in caught.value.why


def test_what_a_loader_says_of_bad_input_is_shown_as_it_is(register, write, tmp_path):
    register(rpc="loader_of_rpc:refuse")
    write("a.rpc", "x")
    with pytest.raises(InputError) as caught:
        load_source("a.rpc", tmp_path)
    assert caught.value.name == "rpc-invalid"


def test_loaders_are_asked_in_order_of_name(register):
    before = plugins()
    register(b="loader_of_rpc:load", a="loader_of_rpc:load")
    assert [point.name for point in plugins() if point not in before] == ["a", "b"]


def test_a_loader_in_an_archive_is_found(tmp_path, monkeypatch):
    archive = tmp_path / "rpc_sources.zip"
    with ZipFile(archive, "w") as file:
        file.writestr("rpc_sources-1.0.dist-info/METADATA", "Name: rpc-sources\nVersion: 1.0\n")
        file.writestr("rpc_sources-1.0.dist-info/entry_points.txt", f"[{GROUP}]\nzipped = m:f\n")
    monkeypatch.syspath_prepend(str(archive))
    assert "zipped" in [point.name for point in plugins()]


def test_our_own_recorded_history_is_nobody_elses(register, write, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(detect, "ask_plugins", lambda path, _: asked.append(path))
    write("schemas/a.json", {"format": "ucaudit.call/1", "call": "a", "version": 1,
                             "generation": 1, "index": "none", "retention_days": 1,
                             "record_response": False, "steps": []})  # fmt: skip
    (call,) = load_source("schemas", tmp_path).calls
    assert isinstance(call, CallSchemas)
    assert not asked
