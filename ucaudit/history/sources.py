"""Sources by name: a path, ``package.module:attribute``, or ``git:REVISION:path``."""

from __future__ import annotations

import re
import subprocess
import tarfile
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from io import BytesIO
from pathlib import Path

from ucaudit.errors import InputError
from ucaudit.history.compiled import compile_call
from ucaudit.history.layout import Layout, is_recorded
from ucaudit.history.store import load_history, load_open
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.verdict import judge
from ucaudit.sources.folder import load_folder, load_schema
from ucaudit.sources.record import CallSchemas

_MODULE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")


@dataclass(frozen=True, slots=True)
class Source:
    """What a source holds.

    Attributes:
        calls: The calls.
        accumulated: Call to the mapping that its current generation has accumulated so far
            (``{"properties": …}``); only recorded history knows.
    """

    calls: list[CallSchemas]
    accumulated: Mapping[str, JsonObject] = field(default_factory=dict)


def load_source(source: str, root: Path, *, part: str = "request") -> Source:
    """The calls of a source.

    Args:
        source: What the command line or the configuration names.
        root: Where relative paths and modules start.
        part: Which side a bare schema file is.

    Raises:
        InputError: If the source is not there or cannot be read.
    """
    if source.startswith("git:"):
        return _load_revision(source, root, part)
    path = root / source
    if path.exists() or not _MODULE.match(source):
        return _load_path(path, part)
    from ucaudit.sources.models import describe, load_registry  # noqa: PLC0415  (pydantic is slow)

    return Source(describe(load_registry(source, root)))


def _load_path(path: Path, part: str) -> Source:
    if path.is_file():
        schema = load_schema(path)
        contracts = {"in": schema, "out": schema} if part == "request" else {"out": schema}
        call = CallSchemas(
            name=path.stem,
            parts={part: contracts},
            record_response=part == "response",
            origin=str(path),
        )
        return Source([call])
    if not path.is_dir():
        raise InputError(
            "source-missing",
            "The source is not there.",
            where=str(path),
            fix="Name a file, a folder, package.module:attribute, or git:REVISION:path.",
        )
    if is_recorded(path):
        return _load_recorded(path)
    return Source(load_folder(path))


def _load_recorded(path: Path) -> Source:
    history = load_history(path)
    opened = load_open(Layout(path))
    accumulated = {}
    for name, entry in opened.items():
        known = history.calls.get(name)
        if known is not None:
            own = {"properties": compile_call(entry.schemas).properties}
            accumulated[name] = judge(known.newest.mapping, own).mapping
    return Source([entry.schemas for entry in opened.values()], accumulated)


def _load_revision(source: str, root: Path, part: str) -> Source:
    _, _, rest = source.partition(":")
    revision, _, inner = rest.partition(":")
    if not revision or not inner:
        raise InputError(
            "source-unreadable",
            f"{source!r} does not name a revision and a path.",
            where=source,
            fix="Write git:REVISION:path, such as git:main:schemas.",
        )
    if _MODULE.match(inner) and ":" in inner:
        raise InputError(
            "source-unreadable",
            "Declared calls can be read from the work tree only.",
            where=source,
            fix="Name the recorded history at that revision, such as git:main:schemas.",
        )
    archive = subprocess.run(
        ["git", "-C", str(root), "archive", "--format=tar", revision, "--", inner],  # noqa: S607
        capture_output=True,
        check=False,
    )
    if archive.returncode != 0:
        raise InputError(
            "revision-missing",
            "git cannot give that path at that revision.",
            where=source,
            why=archive.stderr.decode(errors="replace").strip().splitlines()[-1],
            fix="Fetch the revision (git fetch --unshallow in a shallow clone), or name another.",
        )
    with tempfile.TemporaryDirectory(prefix="ucaudit-") as folder:
        with tarfile.open(fileobj=BytesIO(archive.stdout)) as tar:
            tar.extractall(folder, filter="data")
        return _load_path(Path(folder) / inner, part)


def load_pair(
    old: str, new: str, root: Path, *, part: str = "request", only: str | None = None
) -> tuple[Source, Source]:
    """Two sources to compare; two bare schema files are the same call, named by the new one.

    Raises:
        InputError: As ``load_source``; or if ``only`` matches no call.
    """
    before, after = (load_source(source, root, part=part) for source in (old, new))
    if _is_file(old, root) and _is_file(new, root):
        before = Source([replace(before.calls[0], name=after.calls[0].name)])
    if only is not None:
        kept = [[c for c in s.calls if fnmatchcase(c.name, only)] for s in (before, after)]
        if not any(kept):
            raise InputError(
                "call-unknown",
                f"No call matches {only!r}.",
                where=f"{old}, {new}",
                fix="Give a name or a pattern of a call that one of the two has.",
            )
        return replace(before, calls=kept[0]), replace(after, calls=kept[1])
    return before, after


def _is_file(source: str, root: Path) -> bool:
    return source.endswith(".json") and (source.startswith("git:") or (root / source).is_file())


def one_call(calls: list[CallSchemas], name: str | None, source: str) -> CallSchemas:
    """The call that is meant: the named one, or the only one.

    Raises:
        InputError: If there is no such call, or there are several and none is named.
    """
    found = [call for call in calls if name is None or call.name == name]
    if len(found) == 1:
        return found[0]
    known = ", ".join(sorted(call.name for call in calls)[:12])
    raise InputError(
        "call-unknown",
        f"There is no call {name!r}." if name else "The source holds several calls.",
        where=source,
        why=f"it holds {known}" + (" …" if len(calls) > 12 else ""),
        fix="Name one of them with --call.",
    )
