"""Which calls two recorded folders have in common, by their files."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ucaudit.history.unchanged import ids_of, unchanged

FILES = {
    "a.json": b'{"$ref": "types/Page%5BFile%5D.in.json"}',
    "b.json": b'{"$ref": "types/Owner.in.json"}',
    "c.json": b"{}",
    "types/Page[File].in.json": b'{"$ref": "File.in.json"}',
    "types/File.in.json": b'{"$ref": "Owner.in.json"}',
    "types/Owner.in.json": b'{"$ref": "Owner.in.json"}',
}


def test_equal_folders_have_all_calls_in_common() -> None:
    assert unchanged(FILES, ids_of(FILES)) == {"a.json", "b.json", "c.json"}


def test_a_changed_file_is_that_call_only() -> None:
    assert unchanged(FILES, ids_of({**FILES, "c.json": b"[]"})) == {"a.json", "b.json"}


def test_a_changed_type_reaches_all_that_use_it() -> None:
    others = {**FILES, "types/File.in.json": b"{}"}
    assert unchanged(FILES, ids_of(others)) == {"b.json", "c.json"}
    others = {**FILES, "types/Owner.in.json": b"{}"}
    assert unchanged(FILES, ids_of(others)) == {"c.json"}


def test_a_type_that_one_side_lacks_counts_as_changed() -> None:
    others = {name: raw for name, raw in FILES.items() if name != "types/Page[File].in.json"}
    assert unchanged(FILES, ids_of(others)) == {"b.json", "c.json"}


def test_files_have_the_names_that_git_gives_them(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(FILES["a.json"])
    asked = subprocess.run(
        ["git", "hash-object", "x"], cwd=tmp_path, capture_output=True, check=True, text=True
    )
    assert ids_of({"x": FILES["a.json"]}) == {"x": asked.stdout.strip()}
