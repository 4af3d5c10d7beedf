"""Open versions that nobody needs to look at: all about them is as the base has it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from ucaudit.history.base import HISTORY, Base
from ucaudit.history.unchanged import unchanged
from ucaudit.jsontypes import JsonObject, pretty_bytes
from ucaudit.names import file_part


def settled_files(
    files: Mapping[str, bytes],
    raw: Mapping[str, bytes],
    here: Mapping[str, str],
    base: Base,
    envelope: JsonObject,
) -> frozenset[str]:
    """Open files that the base has in the same bytes, as all types and released versions of them.

    Args:
        files: Open versions and types.
        raw: Released versions.
        here: The same as names that git would give to their content.
        base: The other side.
        envelope: The envelope of today: another one changes every call.
    """
    both = here.keys() | {name for name in base.ids if name.startswith(HISTORY)}
    moved = {_folder(name) for name in both if here.get(name) != base.ids.get(name)}
    newest = {_folder(name): name for name in sorted(here)}
    # The envelope is the last that a released version says.
    end = pretty_bytes({"envelope": envelope})[1:]
    settled = set()
    for file in unchanged(files, base.open_ids):
        folder = file_part(unquote(file.removesuffix(".json")))
        last = newest.get(folder)
        if folder not in moved and (last is None or raw[last].endswith(end)):
            settled.add(file)
    return frozenset(settled)


def _folder(name: str) -> str:
    return name.removeprefix(HISTORY).partition("/")[0]
