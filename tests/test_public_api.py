"""What ``import ucaudit`` gives, and what it must not load."""

from __future__ import annotations

import subprocess
import sys

import ucaudit

CASE = {"type": "object", "properties": {"port": {"type": "string"}}, "required": ["port"]}
CHANGED = {"type": "object", "properties": {"port": {"type": "integer"}}, "required": ["port"]}


def test_the_public_names_are_all_there():
    assert sorted(ucaudit.__all__) == ucaudit.__all__
    assert all(getattr(ucaudit, name) is not None for name in ucaudit.__all__)


def test_importing_it_loads_neither_client_nor_command_line_nor_pydantic():
    code = "import sys, ucaudit; print(' '.join(sorted(sys.modules)))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert "ucaudit.calls" in loaded
    assert not {"elasticsearch", "elastic_transport", "click", "rich", "pydantic"} & set(loaded)


def test_diff_schemas_gives_the_documented_document():
    document = ucaudit.diff_schemas(CASE, CHANGED).to_dict()
    assert document["format"] == "ucaudit.diff/1"
    assert document["summary"] == {
        "calls": 1,
        "changed": 1,
        "findings": 1,
        "backward": "breaks",
        "forward": "breaks",
        "index": "reindex",
    }
    (finding,) = document["findings"]
    assert (finding["rule"], finding["pointer"]) == ("type-changed", "/properties/port")
    assert finding["old"] == {"type": "string"}
    assert finding["new"] == {"type": "integer"}
    assert set(finding["witnesses"]) == {"backward", "forward", "index"}
    assert finding["occurrences"][0]["path"] == "$.port"
    assert document["calls"][0]["findings"] == [finding["id"]]


def test_compile_mapping_and_index_verdict():
    bare = ucaudit.compile_mapping(CHANGED, bare=True)
    assert bare["mappings"]["dynamic"] is False
    assert bare["mappings"]["properties"]["port"]["type"] == "long"
    whole = ucaudit.compile_mapping(CHANGED)["mappings"]["properties"]
    assert whole["requestJson"]["properties"] == bare["mappings"]["properties"]
    assert whole["token"]["properties"]["principal"]["properties"]["username"]
    assert ucaudit.index_verdict(CASE, CHANGED) == "reindex"
    assert ucaudit.index_verdict(CASE, CASE) == "none"
    assert ucaudit.index_verdict({"type": "object"}, {"type": "object"}) == "none"
