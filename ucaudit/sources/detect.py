"""What kind of source a file or folder is: the one place that decides.

By content where the name is that of a text file, else by the name; loaders of other packages are
asked first.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json
from ucaudit.sources.folder import load_folder, one_file
from ucaudit.sources.plugins import ask_plugins, plugins
from ucaudit.sources.reading import TEXT_SUFFIXES, read_document
from ucaudit.sources.record import CallSchemas

DESCRIPTOR_SUFFIXES: Final = (".binpb", ".pb", ".desc", ".descriptor", ".protoset", ".fds")
_BUILT_IN: Final = (
    ".json, .yaml, .yml (OpenAPI or JSON Schema)",
    ".proto",
    f"{', '.join(DESCRIPTOR_SUFFIXES)} (FileDescriptorSet)",
)


class Found(NamedTuple):
    """Calls, and whether they are one bare schema that is named like its file."""

    calls: list[CallSchemas]
    bare: bool = False


def load_path(path: Path, root: Path, part: str) -> Found:
    """The calls in a file or folder.

    Args:
        path: A file or folder that is there.
        root: Where the project starts: ``.proto`` files are imported from there down.
        part: Which side of a call a bare JSON Schema is.

    Raises:
        InputError: If it is of no known kind, or cannot be read.
    """
    known = plugins()
    calls = ask_plugins(path, known)
    if calls is not None:
        return Found(calls)
    if path.is_dir():
        return Found(_folder(path, root))
    suffix = path.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        return _text(path, part)
    if suffix == ".proto" or suffix in DESCRIPTOR_SUFFIXES:
        from ucaudit.sources.protobuf import load_descriptor_set, load_protos  # noqa: PLC0415

        if suffix == ".proto":
            return Found(load_protos([path], root))
        return Found(load_descriptor_set(path))
    tried = [*_BUILT_IN, *(f"the loader {point.name!r}" for point in known)]
    raise InputError(
        "source-unknown",
        "Nobody here reads this kind of file.",
        where=str(path),
        why=f"its name {f'ends in {suffix!r}' if suffix else 'has no ending'}; "
        f"known are {'; '.join(tried)}",
        fix="Rename the file to what it is, or name another source.",
    )


def _text(path: Path, part: str) -> Found:
    document = read_document(path)
    if isinstance(document, dict):
        _refuse_others(document, path)
        if "openapi" in document or "swagger" in document:
            from ucaudit.sources.openapi import load_openapi  # noqa: PLC0415

            return Found(load_openapi(path))
    return Found([one_file(path, part)], bare=True)


def _refuse_others(document: dict[str, Json], path: Path) -> None:
    """Says of documents that would pass for a JSON Schema without a restriction what they are."""
    kind = document.get("format")
    if isinstance(kind, str) and kind.startswith("ucaudit."):
        what, fix = "a file of a recorded history", "Name the folder that holds it."
    elif "asyncapi" in document:
        what, fix = "an AsyncAPI document", "Name the JSON Schemas of its messages."
    else:
        return
    raise InputError("source-unknown", f"This is {what}.", where=str(path), fix=fix)


def _folder(path: Path, root: Path) -> list[CallSchemas]:
    protos = sorted(path.rglob("*.proto"))
    if protos and not any(_schemas(path)):
        from ucaudit.sources.protobuf import load_protos  # noqa: PLC0415

        return load_protos(protos, root if path.is_relative_to(root) else path)
    return load_folder(path)


def _schemas(path: Path) -> Iterator[Path]:
    for suffix in TEXT_SUFFIXES:
        yield from path.glob(f"*/request{suffix}")
