"""Diff the schemas of RPC calls, detect breaking changes, migrate their audit indices.

The public API is what ``__all__`` lists. Everything but ``Call`` and ``Registry`` is imported when
it is first used, so that a service that declares calls pays for nothing else.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ucaudit.calls import Call, Registry
from ucaudit.errors import UcauditError

if TYPE_CHECKING:
    from ucaudit.diff.api import diff_schemas
    from ucaudit.history.writer import index_name
    from ucaudit.mapping.api import compile_mapping, index_verdict

__all__ = [
    "Call",
    "Registry",
    "UcauditError",
    "compile_mapping",
    "diff_schemas",
    "index_name",
    "index_verdict",
]

_LAZY = {
    "compile_mapping": "ucaudit.mapping.api",
    "diff_schemas": "ucaudit.diff.api",
    "index_name": "ucaudit.history.writer",
    "index_verdict": "ucaudit.mapping.api",
}


def __getattr__(name: str) -> Any:
    if name in _LAZY:
        return getattr(import_module(_LAZY[name]), name)
    message = f"module 'ucaudit' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return __all__
