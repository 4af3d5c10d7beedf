"""What a check says beside the findings of a comparison."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from ucaudit.diff.model import Level

LEVELS: Final[tuple[Level, ...]] = get_args(Level)[::-1]
"""The loudest first."""


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about the recorded history that a person should mend or know.

    Attributes:
        name: Stable kebab-case reference.
        level: How loud it is.
        message: One clause.
        call: The call it concerns.
        file: The file that it is about.
        fix: What to do.
        line: Line in that file, if one is known.
    """

    name: str
    level: Level
    message: str
    call: str | None = None
    file: Path | None = None
    fix: str = ""
    line: int | None = None
