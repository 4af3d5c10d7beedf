"""Damaged files of every kind are read or refused: nothing but InputError comes out."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml
from google.protobuf import descriptor_pb2

from ucaudit.diff.calls import diff_calls
from ucaudit.errors import InputError
from ucaudit.history.sources import load_source

REAL = [
    json.loads(path.read_text())["before"]
    for path in sorted((Path(__file__).parents[1] / "data" / "ucloud").glob("*.json"))
]
PROTO = """syntax = "proto3";
package shop.v1;
import "google/protobuf/timestamp.proto";
message Order { string id = 1; map<int32, Order> parts = 2; google.protobuf.Timestamp at = 3;
  oneof way { string post = 4; int64 van = 5; } optional Kind kind = 6; }
enum Kind { KIND_UNSPECIFIED = 0; NEW = 1; }
service Shop { rpc Buy(Order) returns (stream Order); }
"""


def damage(raw: bytes, rng: Random) -> bytes:
    """``raw`` with some bytes changed, lost, repeated or cut off."""
    result = bytearray(raw)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(result) or 1)
        choice = rng.randrange(5)
        if choice == 0:
            result[at : at + 1] = bytes([rng.randrange(256)])
        elif choice == 1:
            del result[at : at + rng.randint(1, 20)]
        elif choice == 2:
            result[at:at] = result[at : at + rng.randint(1, 40)]
        elif choice == 3:
            result[at:at] = rng.choice([b"{", b"}", b'"', b"null", b": ", b"\n", b"&a *a", b"\x00"])
        elif rng.random() < 0.2:
            del result[at:]
    return bytes(result)


def written(kind: str, schema: Any) -> bytes:
    if kind == "yaml":
        return yaml.safe_dump(schema).encode()
    return json.dumps(schema, indent=1).encode()


def read_and_compare(path: Path, whole: Path) -> None:
    with contextlib.suppress(InputError):
        found = load_source(str(path), root=path.parent)
        diff_calls(load_source(str(whole), root=path.parent).calls, found.calls)


@pytest.mark.parametrize("kind", ["json", "yaml"])
def test_damaged_schemas_of_real_calls(tmp_path: Path, kind: str) -> None:
    rng = Random(11)
    whole, path = tmp_path / f"whole.{kind}", tmp_path / f"damaged.{kind}"
    for schema in REAL * (3 if kind == "json" else 1):
        raw = written(kind, schema)
        whole.write_bytes(raw)
        path.write_bytes(damage(raw, rng))
        read_and_compare(path, whole)


def test_damaged_proto_files(tmp_path: Path) -> None:
    rng = Random(12)
    whole, path = tmp_path / "whole.proto", tmp_path / "damaged.proto"
    whole.write_text(PROTO)
    for _ in range(8):
        path.write_bytes(damage(PROTO.encode(), rng))
        read_and_compare(path, whole)


def test_damaged_descriptor_sets(tmp_path: Path) -> None:
    rng = Random(13)
    files = descriptor_pb2.FileDescriptorSet()
    file = files.file.add(name="a.proto", package="a", syntax="proto3")
    message = file.message_type.add(name="M")
    message.field.add(name="id", number=1, type=5, label=1)
    message.field.add(name="m", number=2, type=11, label=3, type_name=".a.M")
    service = file.service.add(name="S")
    service.method.add(name="Get", input_type=".a.M", output_type=".a.M")
    whole, path = tmp_path / "whole.binpb", tmp_path / "damaged.binpb"
    whole.write_bytes(files.SerializeToString())
    assert load_source(str(whole), root=tmp_path).calls
    for _ in range(150):
        path.write_bytes(damage(files.SerializeToString(), rng))
        read_and_compare(path, whole)
