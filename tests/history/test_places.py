"""File and line of findings, whatever kind of source the new side is."""

from __future__ import annotations

import json

import pytest

from ucaudit.config import Config
from ucaudit.history.comparison import compare_sources
from ucaudit.history.places import Places

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: "1"}
paths:
  /jobs:
    post:
      operationId: jobs.create
      requestBody:
        content:
          application/json:
            schema: {$ref: "#/components/schemas/Job"}
    delete:
      operationId: jobs.stop
components:
  schemas:
    Job:
      type: object
      properties:
        name: {type: string}
        port:
          type: string
"""
PROTO = """
syntax = "proto3";
package jobs;

message Other { string port = 1; }

message Job {
  string name = 1;
  string job_port = 2;
}

service Jobs {
  rpc Create(Job) returns (Other);
}
"""


@pytest.fixture
def spot(tmp_path):
    """Compares two versions of a source; the place of the finding of a rule."""

    def spot(old, new, rule="type-changed", source="new"):
        for side, texts in (("old", old), ("new", new)):
            for name, text in texts.items():
                path = tmp_path / side / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text if isinstance(text, str) else json.dumps(text, indent=1))
        compared = compare_sources(source.replace("new", "old"), source, Config(tmp_path))
        finding = next(f for f in compared.diff.findings if f.rule == rule)
        found = Places(compared.after.calls, tmp_path).of_finding(finding)
        assert found is not None
        return found.file.relative_to(tmp_path).as_posix(), found.line

    return spot


def line(text, part):
    return next(n for n, row in enumerate(text.splitlines(), 1) if part in row)


def test_a_bare_schema(spot):
    schema = {"type": "object", "properties": {"a": {}, "port": {"type": "string"}}}
    new = json.loads(json.dumps(schema).replace("string", "integer"))
    found = spot({"x.json": schema}, {"x.json": new}, source="new/x.json")
    assert found == ("new/x.json", line(json.dumps(new, indent=1), '"port"'))


def test_a_folder_of_schemas_in_yaml(spot):
    text = "type: object\nproperties:\n  a: {}\n  port:\n    type: string\n"
    files = {"jobs.create/request.yaml": text}
    changed = {"jobs.create/request.yaml": text.replace("string", "integer")}
    assert spot(files, changed) == ("new/jobs.create/request.yaml", 4)
    gone = {"jobs.create/request.yaml": "type: object\nproperties:\n  port: {type: string}\n"}
    assert spot(files, gone, "optional-field-removed") == ("new/jobs.create/request.yaml", 2)


@pytest.mark.parametrize("as_json", [True, False])
def test_an_openapi_document(spot, as_json):
    import yaml

    new = OPENAPI.replace("          type: string", "          type: integer")
    texts, name = [OPENAPI, new], "api.json" if as_json else "api.yaml"
    if as_json:
        texts = [json.dumps(yaml.safe_load(text), indent=1) for text in texts]
    old, new = texts
    found = spot({name: old}, {name: new}, source=f"new/{name}")
    assert found == (f"new/{name}", line(new, '"port"' if as_json else "        port:"))
    added = new.replace("jobs.stop", "jobs.halt")
    found = spot({name: old}, {name: added}, "call-added", source=f"new/{name}")
    # An operation stands where its method does.
    assert found == (f"new/{name}", line(added, '"delete"' if as_json else "    delete:"))


def test_protobuf(spot):
    pytest.importorskip("grpc_tools")
    new = PROTO.replace("string job_port", "int32 job_port")
    found = spot({"jobs.proto": PROTO}, {"jobs.proto": new}, source="new/jobs.proto")
    assert found == ("new/jobs.proto", line(new, "job_port"))
