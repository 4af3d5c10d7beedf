"""Declared calls of another state of the code, read in a process of its own.

Run as ``python -P -m ucaudit.sources.emit TARGET OUTPUT TREE ROOT TOP``: imports the registry
``TARGET`` with the folder ``TREE`` first on the path and writes its calls to ``OUTPUT`` as JSON.
``TREE`` stands for the folder ``ROOT`` of the work tree ``TOP``, of which nothing is imported.
Definitions that calls share are written once.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import orjson

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.sources.record import CallSchemas
from ucaudit.sources.revisions import TREE

_SECONDS: Final = 300
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})


def emit(target: str, tree: Path, root: Path, top: Path) -> list[CallSchemas]:
    """The calls of the registry ``target`` as the files in ``tree`` declare them.

    Args:
        target: ``package.module:attribute``.
        tree: What comes first on the path of imports: ``root`` at another revision.
        root: The folder of the project in the work tree.
        top: The work tree, whose own modules must not be found.

    Raises:
        InputError: As ``load_registry`` and ``describe``, in that process.
    """
    with tempfile.TemporaryDirectory(prefix="ucaudit-") as folder:
        output = Path(folder) / "calls.json"
        command = [sys.executable, "-P", "-m", "ucaudit.sources.emit", target]
        own = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join([own, *(p for p in sys.path if p)])
        env = {**os.environ, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
        try:
            done = subprocess.run(
                [*command, *(str(place) for place in (output, tree, root, top))],
                capture_output=True,
                check=False,
                cwd=tree,
                env=env,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired as error:
            raise _failed(target, f"it took more than {_SECONDS} seconds") from error
        if not output.is_file():
            lines = done.stderr.decode(errors="replace").strip().splitlines()
            raise _failed(target, lines[-1] if lines else f"exit code {done.returncode}")
        return decode(orjson.loads(output.read_bytes()))


def _failed(target: str, why: str) -> InputError:
    return InputError(
        "source-import-failed",
        f"The calls cannot be imported from {target!r} at that revision.",
        where=target,
        why=why,
        fix="Check the revision out and import the module there to see the whole error.",
    )


def encode(calls: list[CallSchemas]) -> JsonObject:
    """Calls as JSON, each definition once."""
    table: list[Json] = []
    known: dict[int, int] = {}

    def number(definition: Json) -> int:
        if id(definition) not in known:
            known[id(definition)] = len(table)
            table.append(definition)
        return known[id(definition)]

    def part(schema: JsonObject) -> JsonObject:
        definitions = schema.get("$defs")
        if definitions is None:
            return {"schema": schema}
        own = {key: value for key, value in schema.items() if key != "$defs"}
        return {"schema": own, "defs": {name: number(d) for name, d in definitions.items()}}

    return {
        "calls": [
            {
                "name": call.name,
                "parts": {
                    name: {contract: part(schema) for contract, schema in contracts.items()}
                    for name, contracts in call.parts.items()
                },
                "retention_days": call.retention_days,
                "record_response": call.record_response,
                "renamed_from": call.renamed_from,
                "shared": sorted(call.shared),
                "origin": call.origin,
                "notices": call.notices,
            }
            for call in calls
        ],
        "definitions": table,
    }


def decode(document: JsonObject) -> list[CallSchemas]:
    """The calls that ``encode`` wrote.

    Raises:
        InputError: If it holds an error instead.
    """
    if "error" in document:
        error = document["error"]
        raise InputError(
            error["error"], error["what"], where=error["where"], why=error["why"], fix=error["fix"]
        )
    table = document["definitions"]

    def part(written: JsonObject) -> JsonObject:
        schema: JsonObject = written["schema"]
        if "defs" not in written:
            return schema
        return {**schema, "$defs": {name: table[n] for name, n in written["defs"].items()}}

    return [
        CallSchemas(
            **{
                **call,
                "parts": {
                    name: {contract: part(written) for contract, written in contracts.items()}
                    for name, contracts in call["parts"].items()
                },
                "shared": frozenset(call["shared"]),
                "notices": tuple(call["notices"]),
            }
        )
        for call in document["calls"]
    ]


def _mirror(tree: Path, root: Path, top: Path) -> None:
    """Replaces what stands in the work tree on the path by the same folders of ``tree``."""
    mirrored: list[str] = []
    for entry in sys.path:
        folder = Path(entry).resolve()
        if folder.is_relative_to(top) and not _INSTALLED & set(folder.parts):
            mirrored.append(os.path.normpath(tree / os.path.relpath(folder, root)))
        else:
            mirrored.append(entry)
    sys.path[:] = [str(tree), str(tree / "src"), *mirrored]


def _read(target: str, tree: Path, top: Path) -> list[CallSchemas]:
    from ucaudit.sources.models import describe, load_registry  # noqa: PLC0415  (pydantic is slow)

    calls = describe(load_registry(target, tree))
    file = getattr(sys.modules[target.partition(":")[0]], "__file__", None) or "nowhere"
    extracted = tree
    while extracted.name != TREE and extracted != extracted.parent:
        extracted = extracted.parent
    if not Path(file).resolve().is_relative_to(extracted):
        raise InputError(
            "source-import-failed",
            f"The module of {target!r} is not in that revision.",
            where=target,
            why=f"{file} would be imported instead",
            fix=f"Name a module that the revision has below {top}, as it is imported from there.",
        )
    return calls


def main(arguments: list[str]) -> None:
    """Writes the calls, or the error, to the file that is named second."""
    target, (output, tree, root, top) = arguments[0], map(Path, arguments[1:])
    _mirror(tree, root, top)
    document: JsonObject
    try:
        document = encode(_read(target, tree, top))
    except InputError as error:
        document = {"error": error.to_dict()}
    output.write_bytes(orjson.dumps(document))


if __name__ == "__main__":
    main(sys.argv[1:])
