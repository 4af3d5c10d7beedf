"""Protobuf services: each method is a call, named ``package.Service.Method``.

A ``FileDescriptorSet`` needs the package protobuf, ``.proto`` files the compiler of grpcio-tools
too; both come with the extra ``protobuf``. Streams are described by the message that they repeat,
and fields of messages as the JSON mapping of proto3 writes them (see ``messages``).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.messages import Messages
from ucaudit.sources.reading import read_bytes
from ucaudit.sources.record import CallSchemas

_IMPORT: Final = re.compile(r"""\bimport\s+(?:public\s+|weak\s+)?["']([^"']+)["']\s*;""")
_COMPLAINT: Final = re.compile(r"(?P<where>.+?\.proto:\d+:\d+): (?P<why>.*)")
_SECONDS: Final = 120


def load_descriptor_set(path: Path) -> list[CallSchemas]:
    """The methods in a ``FileDescriptorSet``.

    Raises:
        InputError: If protobuf is not installed, the file is none, or it lacks types.
    """
    return _calls(_parse(read_bytes(path), str(path)), str(path))


def load_protos(paths: Sequence[Path], root: Path) -> list[CallSchemas]:
    """The methods that ``.proto`` files declare; what they import is found from ``root`` down.

    Raises:
        InputError: If the compiler is not installed, or refuses the files.
    """
    if find_spec("grpc_tools") is None:
        raise _extra_missing("grpcio-tools", str(paths[0]))
    found = _Imports([path.resolve() for path in paths], root.resolve())
    with tempfile.TemporaryDirectory(prefix="ucaudit-") as folder:
        output = Path(folder) / "set.binpb"
        _compile(found, output)
        files = _parse(output.read_bytes(), str(paths[0]))
    return _calls(files, str(paths[0] if len(paths) == 1 else root), set(found.names))


def _parse(raw: bytes, origin: str) -> list[Any]:
    try:
        from google.protobuf.descriptor_pb2 import FileDescriptorSet  # noqa: PLC0415
        from google.protobuf.message import DecodeError  # noqa: PLC0415
    except ImportError as error:
        raise _extra_missing("protobuf", origin) from error
    try:
        files = list(FileDescriptorSet.FromString(raw).file)
    except DecodeError as error:
        raise _not_a_set(origin, str(error)) from error
    if not all(_is_text(file) for file in files):
        raise _not_a_set(origin, "a name in it is not UTF-8")
    # Other messages happen to parse: what is known is in it, all else is an unknown field.
    if not files or not all(file.name.endswith(".proto") for file in files):
        raise _not_a_set(origin, "it holds no .proto files")
    return files


def _is_text(message: Any) -> bool:
    """Whether all strings of ``message`` are: damaged ones of proto2 are given as bytes."""
    for field, value in message.ListFields():
        if field.type == field.TYPE_MESSAGE:
            members = [value] if hasattr(value, "ListFields") else value
            if not all(_is_text(member) for member in members):
                return False
        elif field.type == field.TYPE_STRING:
            texts = [value] if isinstance(value, str | bytes) else value
            if any(isinstance(text, bytes) for text in texts):
                return False
    return True


def _not_a_set(origin: str, why: str) -> InputError:
    return InputError(
        "not-a-descriptor-set",
        "The file is not a FileDescriptorSet.",
        where=origin,
        why=why,
        fix="Write it with protoc --descriptor_set_out=FILE --include_imports.",
    )


def _extra_missing(package: str, where: str) -> InputError:
    return InputError(
        "extra-missing",
        f"Protobuf sources need {package}, which is not installed.",
        where=where,
        fix="pip install 'ucaudit[protobuf]'",
    )


def _calls(files: list[Any], origin: str, own: set[str] | None = None) -> list[CallSchemas]:
    messages = Messages(files, origin)
    found: dict[str, tuple[str, JsonObject, JsonObject]] = {}
    for file, name, method in _methods(files):
        if own is not None and file not in own:
            continue
        if name in found:
            raise InputError(
                "call-declared-twice",
                f"Two methods are called {name!r}.",
                where=f"{found[name][0]} and {file}",
                fix="Give one of the two services another name or package.",
            )
        request = messages.schema(method.input_type, name)
        found[name] = file, request, messages.schema(method.output_type, name)
    if not found:
        raise InputError(
            "source-empty",
            "There is no service in it.",
            where=origin,
            fix="Name the file or folder in which the services are declared.",
        )
    messages.finish()
    return [_call(name, *found[name], origin, messages.definitions) for name in sorted(found)]


def _methods(files: list[Any]) -> Iterator[tuple[str, str, Any]]:
    for file in files:
        package = f"{file.package}." if file.package else ""
        for service in file.service:
            for method in service.method:
                yield file.name, f"{package}{service.name}.{method.name}", method


def _call(
    name: str,
    file: str,
    request: JsonObject,
    response: JsonObject,
    origin: str,
    definitions: JsonObject,
) -> CallSchemas:
    shared = {"$defs": definitions} if definitions else {}
    asked = {**request, **shared}
    return CallSchemas(
        name=name,
        parts={"request": {"in": asked, "out": asked}, "response": {"out": {**response, **shared}}},
        shared=frozenset(definitions),
        origin=f"{origin}, {file}" if file != origin else origin,
    )


class _Imports:
    """What the compiler needs to know to find files.

    Attributes:
        roots: Folders that imports start from, the innermost first.
        names: The named files as others import them; a file under two names is declared twice.
    """

    def __init__(self, paths: list[Path], root: Path) -> None:
        roots: set[Path] = set()
        imported: dict[Path, str] = {}
        waiting, seen = list(paths), set(paths)
        while waiting:
            path = waiting.pop()
            for name in _IMPORT.findall(read_bytes(path).decode(errors="replace")):
                base = _base_of(name, path, root)
                if base is None:
                    continue
                roots.add(base)
                target = (base / name).resolve()
                imported.setdefault(target, name)
                if target not in seen:
                    seen.add(target)
                    waiting.append(target)
        roots.update(p.parent for p in paths if not any(p.is_relative_to(r) for r in roots))
        self.roots = sorted(roots, key=lambda folder: (-len(folder.parts), str(folder)))
        self.names = [imported.get(path) or self._below(path) for path in paths]

    def _below(self, path: Path) -> str:
        root = next(root for root in self.roots if path.is_relative_to(root))
        return path.relative_to(root).as_posix()

    def place(self, complaint: str) -> str:
        """``name:line:column`` with the file that the compiler means."""
        name, _, rest = complaint.partition(".proto:")
        files = (root / f"{name}.proto" for root in self.roots)
        return next((f"{file}:{rest}" for file in files if file.is_file()), complaint)


def _base_of(name: str, path: Path, root: Path) -> Path | None:
    for folder in path.parents:
        if (folder / name).is_file():
            return folder
        if folder == root:
            break
    if any((folder / name).is_file() for folder in _bundled()):
        return None
    vendored = sorted(p for p in root.rglob(Path(name).name) if p.as_posix().endswith(f"/{name}"))
    return vendored[0].parents[len(Path(name).parts) - 1] if vendored else None


def _bundled() -> list[Path]:
    """Folders of the ``.proto`` files that come with installed packages."""
    found = []
    for package, folder in (("grpc_tools", "_proto"), ("google.api", "../..")):
        try:
            spec = find_spec(package)
        except ModuleNotFoundError:
            spec = None
        places = (spec.submodule_search_locations or []) if spec is not None else []
        found += [(Path(place) / folder).resolve() for place in places]
    return found


def _compile(imports: _Imports, output: Path) -> None:
    command = [sys.executable, "-m", "grpc_tools.protoc", "--include_imports"]
    command += ["--include_source_info", f"--descriptor_set_out={output}"]
    command += [f"-I{folder}" for folder in (*imports.roots, *_bundled())]
    first = imports.place(f"{imports.names[0]}:").removesuffix(":")
    try:
        done = subprocess.run(
            [*command, *imports.names],
            capture_output=True,
            check=False,
            # Names are looked up in the working folder first, and nothing is in this one.
            cwd=output.parent,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(first, f"it takes more than {_SECONDS} seconds") from error
    if done.returncode != 0 or not output.is_file():
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason is given"]
        placed = next((m for m in map(_COMPLAINT.match, lines) if m is not None), None)
        if placed is None:
            raise _refused(first, lines[0])
        why = placed["why"] if placed[0] == lines[0] else f"{lines[0]} {placed['why']}"
        raise _refused(imports.place(placed["where"]), why)


def _refused(where: str, why: str) -> InputError:
    return InputError(
        "proto-invalid",
        "The protobuf compiler refuses the file.",
        where=where,
        why=why,
        fix="Mend the file; imports are found from the project's root and from the file's folders.",
    )
