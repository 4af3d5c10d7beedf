"""Calls that two recorded folders have in common, known by their files alone: nothing is parsed.

A call is the same on both sides if its open file is, and every type that it uses. Files are told
apart as git does it, so that those of a revision need not be fetched.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import unquote

from ucaudit.history.layout import ACCEPTED_FILE

_TYPES: Final = "types/"
_USED: Final = re.compile(rb'"(?:types/)?([^"/]+\.(?:in|out)\.json)"')
_SHA256_DIGITS: Final = 64


def is_part_of_open(name: str) -> bool:
    """Whether the file ``name`` of a recorded folder is an open version or a type."""
    own = name.endswith(".json") and "/" not in name.removeprefix(_TYPES)
    return own and name != ACCEPTED_FILE


def unchanged(files: Mapping[str, bytes], ids: Mapping[str, str]) -> frozenset[str]:
    """Open files that are the same in both folders, as is all that they use.

    Args:
        files: Those of one side.
        ids: Those of the other, as names that git gives to their content.
    """
    changed = {name for name, key in ids_like(files, ids).items() if ids.get(name) != key}
    changed |= {name for name in ids if name not in files}
    if any(name.startswith(_TYPES) for name in changed):
        _spread(files, changed)
    return frozenset(name for name in files if not name.startswith(_TYPES) and name not in changed)


def ids_like(files: Mapping[str, bytes], ids: Mapping[str, str]) -> dict[str, str]:
    """Names that git would give to the content of ``files``, where it gave ``ids`` to others."""
    algorithm = "sha256" if any(len(i) == _SHA256_DIGITS for i in ids.values()) else "sha1"
    return {name: _id(raw, algorithm) for name, raw in files.items()}


def ids_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Names that git would give to the content of ``files``."""
    return ids_like(files, {})


def _id(raw: bytes, algorithm: str) -> str:
    whole = b"blob %d\x00%b" % (len(raw), raw)
    return hashlib.new(algorithm, whole, usedforsecurity=False).hexdigest()


def _spread(files: Mapping[str, bytes], changed: set[str]) -> None:
    """Adds to ``changed`` the files that use one of them."""
    users: dict[str, list[str]] = {}
    for name, raw in files.items():
        for used in _USED.findall(raw):
            users.setdefault(_TYPES + unquote(used.decode()), []).append(name)
    queue = list(changed)
    while queue:
        found = [user for user in users.get(queue.pop(), ()) if user not in changed]
        changed.update(found)
        queue.extend(found)
