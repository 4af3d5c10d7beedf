"""What an examination finds: one entry for each thing that was looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from ucaudit.errors import UcauditError
from ucaudit.jsontypes import JsonObject

FORMAT: Final = "ucaudit.doctor/1"
State = Literal["ok", "warning", "problem", "skipped"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at.

    Attributes:
        topic: What, such as ``schemas``.
        state: ``ok``; ``warning``: works, but should be mended; ``problem``: something will be
            refused or fail; ``skipped``: it could not be looked at.
        what: What was found.
        why: The reason or the place, if the sentence does not say it.
        fix: What to do about it.
        name: Stable reference of the error or notice, if it is one.
        exit_code: What a problem makes the command exit with.
    """

    topic: str
    state: State
    what: str
    why: str = ""
    fix: str = ""
    name: str | None = None
    exit_code: int = 1

    def to_dict(self) -> JsonObject:
        """The check as JSON."""
        return {
            "check": self.topic,
            "state": self.state,
            "what": self.what,
            "why": self.why or None,
            "fix": self.fix or None,
            "name": self.name,
        }


def of_error(topic: str, error: UcauditError) -> Check:
    """A problem that is raised as an error elsewhere."""
    why = ": ".join(part for part in (error.where, error.why) if part)
    fix = error.fix or ""
    return Check(topic, "problem", error.what, why, fix, error.name, error.exit_code)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """All checks of one examination.

    Attributes:
        checks: In the order in which a person mends them.
        versions: Of ucaudit, Python and the client, by name.
    """

    checks: Sequence[Check]
    versions: dict[str, str]

    def count(self, state: State) -> int:
        """How many checks are in a state."""
        return sum(check.state == state for check in self.checks)

    @property
    def exit_code(self) -> int:
        """2 for what cannot be read, 3 for a cluster that refuses us, 1 for other problems."""
        codes = {check.exit_code for check in self.checks if check.state == "problem"}
        return next((code for code in (2, 3, 1) if code in codes), 0)

    def to_dict(self) -> JsonObject:
        """The diagnosis as ``ucaudit.doctor/1``."""
        states: tuple[State, ...] = ("ok", "warning", "problem", "skipped")
        return {
            "format": FORMAT,
            "versions": self.versions,
            "summary": {state: self.count(state) for state in states},
            "checks": [check.to_dict() for check in self.checks],
        }
