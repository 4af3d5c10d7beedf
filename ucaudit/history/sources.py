"""Sources by name: a path, ``package.module:attribute``, or ``git:REVISION:path``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.detect import load_path
from ucaudit.sources.record import CallSchemas

if TYPE_CHECKING:
    from ucaudit.sources.revisions import Revision

_MODULE = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*\Z")
# What fails where only a part of a revision's tree is there.
_NEEDS_MORE: Final = frozenset({"ref-unresolvable", "proto-invalid"})


@dataclass(frozen=True, slots=True)
class Source:
    """What a source holds.

    Attributes:
        calls: The calls.
        accumulated: Call to the mapping that its current generation has accumulated so far
            (``{"properties": …}``); only recorded history knows.
        bare: Whether it is one JSON Schema whose call is named like its file.
    """

    calls: list[CallSchemas]
    accumulated: Mapping[str, JsonObject] = field(default_factory=dict)
    bare: bool = False


class _Wanted(NamedTuple):
    """What is asked of a source; see ``load_source``."""

    part: str
    skipped: frozenset[str]
    known: Sequence[CallSchemas]


def load_source(
    source: str,
    root: Path,
    *,
    part: str = "request",
    skipped: frozenset[str] = frozenset(),
    known: Sequence[CallSchemas] = (),
) -> Source:
    """The calls of a source.

    Args:
        source: What the command line or the configuration names.
        root: Where relative paths and modules start.
        part: Which side a bare schema file is.
        skipped: Files of a recorded folder that nobody asks for.
        known: Calls of the other side; what a recorded folder holds in the same words, is given
            as that very object.

    Raises:
        InputError: If the source is not there or cannot be read.
    """
    wanted = _Wanted(part, skipped, known)
    if source.startswith("git:"):
        return _load_revision(source, root, wanted)
    path = root / source
    if path.exists() or not _MODULE.match(source):
        return _load_path(path, root, wanted)
    from ucaudit.sources.models import describe, load_registry  # noqa: PLC0415  (pydantic is slow)

    return Source(describe(load_registry(source, root)))


def _load_path(path: Path, root: Path, wanted: _Wanted) -> Source:
    if not path.exists():
        raise InputError(
            "source-missing",
            "The source is not there.",
            where=str(path),
            fix="Name a file, a folder, package.module:attribute, or git:REVISION:path.",
        )
    if _is_recorded(path):
        from ucaudit.history.folder import load_recorded  # noqa: PLC0415  (other sources need none)

        return Source(*load_recorded(path, wanted.skipped, wanted.known))
    calls, bare = load_path(path, root, wanted.part)
    return Source(calls, bare=bare)


def _load_revision(source: str, root: Path, wanted: _Wanted) -> Source:
    revision, inner = named_revision(source, root)
    if _MODULE.match(inner):
        from ucaudit.sources.emit import emit  # noqa: PLC0415  (rarely wanted)
        from ucaudit.sources.revisions import repository  # noqa: PLC0415  (as there)

        with revision.files() as tree, named_after(revision, tree):
            top = repository(root) or root
            return _renamed(Source(emit(inner, tree, root.resolve(), top)), revision, tree)
    try:
        return _load_files(revision, inner, inner, wanted)
    except InputError as error:
        if error.name not in _NEEDS_MORE:
            raise
    # It refers to files beside it: now with the whole tree.
    return _load_files(revision, "", inner, wanted)


def named_revision(source: str, root: Path) -> tuple[Revision, str]:
    """The revision of a ``git:`` source, and what of it is meant.

    Raises:
        InputError: If it names none, or one that is not there.
    """
    from ucaudit.sources.revisions import find_revision  # noqa: PLC0415  (starts processes)

    name, _, inner = source.removeprefix("git:").partition(":")
    if not name or not inner:
        raise InputError(
            "source-unreadable",
            f"{source!r} does not name a revision and a path.",
            where=source,
            fix="Write git:REVISION:path, such as git:main:schemas.",
        )
    return find_revision(root, name), inner


def _load_files(revision: Revision, only: str, inner: str, wanted: _Wanted) -> Source:
    # Of calls that nobody asks for, neither the open file nor the released versions.
    idle = wanted.skipped | {f"history/{n.removesuffix('.json')}" for n in wanted.skipped}

    def asked(path: str) -> bool:
        return path not in idle and path.rpartition("/")[0] not in idle

    with revision.files(only, asked if only else None) as tree, named_after(revision, tree):
        return _renamed(_load_path(tree / inner, tree, wanted), revision, tree)


@contextmanager
def named_after(revision: Revision, tree: Path) -> Iterator[None]:
    """Lets errors name the revision, as the temporary folder is gone when a person reads them."""
    try:
        yield
    except InputError as error:
        shown = f"git:{revision.name}:"
        for field_name in ("where", "why"):
            text = getattr(error, field_name)
            if text is not None:
                setattr(error, field_name, text.replace(f"{tree}/", shown))
        raise


def _renamed(source: Source, revision: Revision, tree: Path) -> Source:
    shown = f"git:{revision.name}:"
    # What is not of the tree stays the object that it is.
    calls = [
        replace(c, origin=c.origin.replace(f"{tree}/", shown)) if str(tree) in c.origin else c
        for c in source.calls
    ]
    return replace(source, calls=calls)


def _is_recorded(path: Path) -> bool:
    if not path.is_dir():
        return False
    from ucaudit.history.layout import is_recorded  # noqa: PLC0415  (a file needs none of it)

    return is_recorded(path)


def _same_calls(old: str, new: str, root: Path) -> tuple[dict[str, CallSchemas], bool]:
    """Calls that both sides have, without their schemas, by file; and whether that is all."""
    here = next((root / s for s in (new, old) if not s.startswith("git:")), None)
    there = old if here == root / new else new
    if here is None or not _is_recorded(here):
        return {}, False
    from ucaudit.history.folder import files_of, same_calls  # noqa: PLC0415  (as above)

    if not there.startswith("git:"):
        path = root / there
        return same_calls(here, files_of(path) if _is_recorded(path) else {})
    revision, inner = named_revision(there, root)
    return same_calls(here, {} if _MODULE.match(inner) else revision.ids(inner))


def _is_declared(source: str) -> bool:
    """Whether a source names calls in a module, here or at a revision."""
    inner = source.split(":", 2)[-1] if source.startswith("git:") else source
    return _MODULE.match(inner) is not None


def load_pair(
    old: str, new: str, root: Path, *, part: str = "request", only: str | None = None
) -> tuple[Source, Source]:
    """Two sources to compare; two bare schema files are the same call, named by the new one.

    Raises:
        InputError: As ``load_source``; or if ``only`` matches no call.
    """
    same, everything = _same_calls(old, new, root)
    if everything:
        before = after = Source([])
    else:
        # Declared calls come first: a recorded folder is compared with them as it is read.
        first, second = (old, new) if _is_declared(old) else (new, old)
        skipped = frozenset(same)
        one = load_source(first, root, part=part, skipped=skipped)
        other = load_source(second, root, part=part, skipped=skipped, known=one.calls)
        before, after = (one, other) if first == old else (other, one)
    if same:
        # One object on both sides: nobody needs to compare what is the same.
        before, after = (
            replace(source, calls=[*source.calls, *same.values()]) for source in (before, after)
        )
    if before.bare and after.bare:
        before = replace(before, calls=[replace(before.calls[0], name=after.calls[0].name)])
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
