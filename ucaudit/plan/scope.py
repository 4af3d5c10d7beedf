"""Which calls are meant."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Scope:
    """Calls by patterns of their names.

    Attributes:
        only: Patterns, one of which must match; empty for all calls.
        exclude: Patterns, none of which may match.
    """

    only: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    def __contains__(self, call: str) -> bool:
        """Whether the call is meant."""
        return (not self.only or _any(call, self.only)) and not _any(call, self.exclude)

    def idle(self, calls: list[str]) -> list[str]:
        """Patterns that match no call: most likely misspelt."""
        patterns = (*self.only, *self.exclude)
        return [pattern for pattern in patterns if not any(_any(c, [pattern]) for c in calls)]


def _any(call: str, patterns: tuple[str, ...] | list[str]) -> bool:
    return any(fnmatchcase(call, pattern) for pattern in patterns)
