"""Files as JSON values: JSON, or YAML where the name says so."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import orjson

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json
from ucaudit.sources.repeated import may_repeat, refuse_repeated

YAML_SUFFIXES: Final = (".yaml", ".yml")
TEXT_SUFFIXES: Final = (".json", *YAML_SUFFIXES)


def read_bytes(path: Path) -> bytes:
    """The bytes of ``path``.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise InputError(
            "file-unreadable",
            "The file cannot be read.",
            where=str(path),
            why=getattr(error, "strerror", None) or str(error),
            fix="Name a file that exists and that you may read.",
        ) from error


def read_json(path: Path) -> Json:
    """The JSON in ``path``.

    Raises:
        InputError: If it is missing, not JSON, or not UTF-8; with line and column.
    """
    return parse_json(read_bytes(path), path)


def read_document(path: Path) -> Json:
    """The JSON or YAML in ``path``.

    Raises:
        InputError: If it is missing, neither of the two, or not UTF-8; with line and column.
    """
    raw = read_bytes(path)
    if path.suffix.lower() not in YAML_SUFFIXES:
        return parse_json(raw, path)
    _check_content(raw, path)
    from ucaudit.sources.yamltext import parse_yaml  # noqa: PLC0415  (most projects have no YAML)

    return parse_yaml(_text(raw, path), str(path))


def parse_json(raw: bytes, path: Path) -> Json:
    """The JSON in ``raw``, the content of ``path``.

    Raises:
        InputError: If it is not JSON, or not UTF-8; with line and column.
    """
    _check_content(raw, path)
    try:
        value = orjson.loads(raw.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        _text(raw, path)
        raise InputError(
            "not-json",
            "The file is not JSON.",
            where=f"{path}:{error.lineno}:{error.colno}",
            why=error.msg,
            fix="Mend the file at that line and column.",
        ) from error
    if may_repeat(raw, value):
        refuse_repeated(_text(raw, path), str(path))
    return value


def _check_content(raw: bytes, path: Path) -> None:
    if not raw.strip():
        raise InputError(
            "file-empty",
            "The file is empty.",
            where=str(path),
            fix="Write the document, or name another file.",
        )


def _text(raw: bytes, path: Path) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - before.rfind(b"\n")
        raise InputError(
            "not-utf8",
            "The file is not UTF-8.",
            where=f"{path}:{line}:{column}",
            why=f"the byte 0x{raw[error.start]:02x} is not valid there",
            fix="Save the file as UTF-8.",
        ) from error
