"""What can go wrong, said once and the same way everywhere.

::

    UcauditError
    ├── InputError      exit 2   usage, configuration or unreadable input
    ├── RefusedError    exit 3   refused before any write
    ├── StoppedError    exit 4   stopped after writes; the command to resume is given
    └── InterruptedRun  exit 130 interrupted, checkpointed
"""

from __future__ import annotations

from typing import ClassVar


class UcauditError(Exception):
    """An error that a person can act on.

    Args:
        name: Stable kebab-case reference, such as ``schema-unreadable``.
        what: One sentence: what is wrong.
        where: The file, JSON pointer, index or URL that it concerns.
        why: The reason, if the sentence does not say it.
        fix: What to do about it.
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        name: str,
        what: str,
        *,
        where: str | None = None,
        why: str | None = None,
        fix: str | None = None,
    ) -> None:
        super().__init__(what)
        self.name = name
        self.what = what
        self.where = where
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        reason = f": {self.why}" if self.why else ""
        return f"{self.what}{place}{reason}"

    def to_dict(self) -> dict[str, str | None]:
        """The error as a JSON object with the five fields and ``exit_code``."""
        return {
            "error": self.name,
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "fix": self.fix,
        }


class InputError(UcauditError):
    """Usage, configuration or input that cannot be read."""

    exit_code = 2


class RefusedError(UcauditError):
    """Refused before anything was written."""

    exit_code = 3


class StoppedError(UcauditError):
    """Stopped after writes; ``fix`` holds the command that resumes."""

    exit_code = 4


class InterruptedRun(UcauditError):  # noqa: N818  (an interruption is not an error of anyone)
    """A person interrupted the run; what was done is checkpointed."""

    exit_code = 130
