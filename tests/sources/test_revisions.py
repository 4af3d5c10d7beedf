"""Sources at a git revision; the work tree stays as it is."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from ucaudit.errors import InputError
from ucaudit.history.sources import load_source
from ucaudit.sources.revisions import find_revision

MODELS = """
from pydantic import BaseModel
class Request(BaseModel):
    {field}: {kind}
"""
CALLS = """
from ucaudit import Call, Registry
from shop_at_revision.models import Request
print("said at import")
calls = Registry("shop")
calls.add(Call("shop.buy", request=Request, response=list[Request], retention_days=7))
"""


def request(source, root):
    (call,) = load_source(source, root).calls
    schema = call.parts["request"]["in"]
    return schema.get("properties") or next(iter(schema["$defs"].values()))["properties"]


def work_tree(root):
    return sorted(p for p in root.rglob("*") if ".git" not in p.parts)


@pytest.fixture
def shop(write, git, tmp_path):
    """A package at two states: tag v1, and the work tree."""
    write("app/shop_at_revision/__init__.py", "")
    write("app/shop_at_revision/calls.py", CALLS)
    write("app/shop_at_revision/models.py", MODELS.format(field="count", kind="int"))
    git("add", ".")
    git("commit", "-qm", "one")
    git("tag", "v1")
    write("app/shop_at_revision/models.py", MODELS.format(field="count", kind="str"))
    write("app/shop_at_revision/later.py", CALLS)
    return tmp_path / "app"


def test_declared_calls_at_a_revision(shop, tmp_path):
    before = work_tree(tmp_path)
    target = "shop_at_revision.calls:calls"
    assert request(f"git:v1:{target}", shop)["count"]["type"] == "integer"
    (call,) = load_source(f"git:v1:{target}", shop).calls
    assert (call.name, call.retention_days) == ("shop.buy", 7)
    assert call.shared == {"shop_at_revision.models.Request"}
    assert call.parts["request"]["out"]["$defs"].keys() == call.shared
    assert work_tree(tmp_path) == before


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("shop_at_revision.later:calls", "No module named"),
        ("shop_at_revision.calls:gone", "gone"),
        ("shop_at_revision.models:Request", "is a"),
        ("json:dumps", "registry"),
    ],
)
def test_declared_calls_that_cannot_be_imported(shop, target, said):
    with pytest.raises(InputError) as caught:
        load_source(f"git:v1:{target}", shop)
    assert caught.value.name in ("source-import-failed", "source-not-a-registry")
    assert said in str(caught.value)
    assert caught.value.fix


def test_a_module_of_the_work_tree_is_not_taken_for_the_revision(shop, write, monkeypatch):
    write("app/only_here.py", CALLS.replace("shop_at_revision.models", "pydantic")
          .replace("import Request", "import BaseModel as Request"))  # fmt: skip
    monkeypatch.syspath_prepend(str(shop))
    with pytest.raises(InputError) as caught:
        load_source("git:v1:only_here:calls", shop)
    assert "No module named 'only_here'" in str(caught.value)


def test_a_module_that_ends_the_process_is_an_error(shop, write, git):
    write("app/shop_at_revision/models.py", "import os\nos._exit(3)\n")
    git("commit", "-qam", "two")
    with pytest.raises(InputError, match="exit code 3"):
        load_source("git:main:shop_at_revision.calls:calls", shop)


def test_references_are_followed_at_the_same_revision(write, git, tmp_path):
    write("api/openapi.yaml", "openapi: 3.1.0\npaths:\n  /a: {$ref: ../shared/a.yaml}\n")
    write("shared/a.yaml", "get:\n  parameters:\n  - {name: then, in: query}\n")
    write(".gitattributes", "shared export-ignore\n")
    git("add", ".")
    git("commit", "-qm", "one")
    write("shared/a.yaml", "get:\n  parameters:\n  - {name: now, in: query}\n")
    (then,) = load_source("git:HEAD:openapi.yaml", tmp_path / "api").calls
    (now,) = load_source("openapi.yaml", tmp_path / "api").calls
    assert [*then.parts["request"]["in"]["properties"]] == ["then"]
    assert [*now.parts["request"]["in"]["properties"]] == ["now"]
    assert then.origin == "git:HEAD:openapi.yaml#/paths/~1a/get" or "shared/a.yaml" in then.origin


def test_protobuf_at_a_revision(write, git, tmp_path):
    pytest.importorskip("grpc_tools", reason="needs the extra protobuf")
    write("a/types.proto", 'syntax = "proto3"; message A {}')
    service = 'import "a/types.proto"; service S { rpc M(A) returns (A); }'
    write("a/s.proto", f'syntax = "proto3"; {service}')
    git("add", ".")
    git("commit", "-qm", "one")
    shutil.rmtree(tmp_path / "a")
    assert [c.name for c in load_source("git:HEAD:a/s.proto", tmp_path).calls] == ["S.M"]
    assert [c.name for c in load_source("git:HEAD:a", tmp_path).calls] == ["S.M"]


def test_errors_name_the_revision_and_not_a_temporary_folder(write, git, tmp_path):
    write("bad.yaml", "a: [1\n")
    git("add", ".")
    git("commit", "-qm", "one")
    with pytest.raises(InputError) as caught:
        load_source("git:main:bad.yaml", tmp_path)
    assert caught.value.where == "git:main:bad.yaml:2:1"


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("git:nowhere:a.json", "revision-missing"),
        ("git:--help:a.json", "revision-missing"),
        ("git:main:gone.json", "revision-path-missing"),
        ("git:main:../../a.json", "revision-path-missing"),
        ("git:main:/etc", "revision-path-missing"),
        ("git:main", "source-unreadable"),
        ("git::a", "source-unreadable"),
    ],
)
def test_revisions_and_paths_that_are_not_there(write, git, tmp_path, source, name):
    write("a.json", {})
    git("add", ".")
    git("commit", "-qm", "one")
    with pytest.raises(InputError) as caught:
        load_source(source, tmp_path)
    assert caught.value.name == name
    assert caught.value.fix


def test_a_shallow_clone_says_that_it_is_one(write, git, tmp_path):
    for text in ("1", "2"):
        write("a.json", text)
        git("add", ".")
        git("commit", "-qm", text)
    git("tag", "old", "HEAD~1")
    clone = ["git", "clone", "-q", "--depth=1", f"file://{tmp_path}", str(tmp_path / "shallow")]
    subprocess.run(clone, check=True, capture_output=True)
    with pytest.raises(InputError) as caught:
        load_source("git:old:a.json", tmp_path / "shallow")
    assert caught.value.name == "revision-missing"
    assert "shallow" in caught.value.why
    assert "--unshallow" in caught.value.fix


def test_a_folder_that_is_no_repository(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    with pytest.raises(InputError) as caught:
        load_source("git:main:a.json", tmp_path)
    assert caught.value.name == "not-a-repository"


def test_git_that_is_not_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError) as caught:
        load_source("git:main:a.json", tmp_path)
    assert caught.value.name == "git-missing"


def test_only_the_files_that_are_wanted_are_read(write, git, tmp_path):
    for name in ("a.json", "b.json", "types/a.json", "history/a/0001.json"):
        write(f"app/kept/{name}", "{}")
    git("add", ".")
    git("commit", "-qm", "one")
    revision = find_revision(tmp_path / "app", "HEAD")
    asked = []

    def wanted(path):
        asked.append(path)
        return path.startswith(("a", "types"))

    with revision.files("kept", wanted) as tree:
        files = sorted(str(p.relative_to(tree)) for p in tree.rglob("*.json"))
    assert files == ["kept/a.json", "kept/types/a.json"]
    assert set(asked) - {""} == {"a.json", "b.json", "types/a.json", "history/a/0001.json"}
