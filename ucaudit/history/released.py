"""Released versions as sides of a comparison."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from ucaudit.diff.transitive import Released
from ucaudit.history.sources import named_after, named_revision
from ucaudit.history.store import load_history
from ucaudit.history.version import History, released_schemas
from ucaudit.names import file_part
from ucaudit.sources.record import CallSchemas


def released_history(old: str, schemas: Path, root: Path, calls: Collection[str]) -> History:
    """The released versions of ``calls``: those of the old side if it has any, else the project's.

    Args:
        old: The old source, as it was named.
        schemas: The folder of the project's recorded history.
        root: Where relative paths start.
        calls: The calls that are asked for; the others are not read.

    Raises:
        InputError: If a released version was edited.
    """
    if not old.startswith("git:"):
        return _history(root / old, calls) or _history(schemas, calls) or History()
    revision, inner = named_revision(old, root)
    if not revision.ids(f"{inner}/history"):
        return _history(schemas, calls) or History()
    folders = {file_part(name) for name in calls}

    def wanted(path: str) -> bool:
        return path.partition("/")[0] in folders

    with revision.files(f"{inner}/history", wanted) as tree, named_after(revision, tree):
        return load_history(tree / inner, only=calls)


def _history(folder: Path, calls: Collection[str]) -> History | None:
    return load_history(folder, only=calls) if (folder / "history").is_dir() else None


def released_versions(
    history: History, calls: Mapping[str, CallSchemas]
) -> dict[str, list[Released]]:
    """Call to its released versions, oldest first; those of its former name if it has none yet."""
    found = {}
    for name, call in calls.items():
        known = history.calls.get(name) or history.calls.get(call.renamed_from or "")
        if known is not None:
            found[name] = [Released(v.number, released_schemas(v)) for v in known.versions]
    return found


def with_former_names(calls: Mapping[str, CallSchemas]) -> frozenset[str]:
    """The names under which the history may know ``calls``."""
    former = (call.renamed_from for call in calls.values())
    return frozenset((*calls, *filter(None, former)))
