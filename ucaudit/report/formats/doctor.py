"""``ucaudit.doctor/1``."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

from ucaudit.report.formats.words import Count, about


class DoctorCheck(TypedDict):
    """One thing that was looked at."""

    check: Annotated[str, about("What, such as `schemas` or `disk`.")]
    state: Literal["ok", "warning", "problem", "skipped"]
    what: str
    why: str | None
    fix: str | None
    name: Annotated[str | None, about("Stable reference of the error or notice, if it is one.")]


class DoctorSummary(TypedDict):
    """Counts."""

    ok: Count
    warning: Count
    problem: Count
    skipped: Count


class Doctor(TypedDict):
    """What is wrong: `ucaudit doctor --format json`."""

    format: Literal["ucaudit.doctor/1"]
    versions: Annotated[dict[str, str], about("Of ucaudit, Python and the client.")]
    summary: DoctorSummary
    checks: list[DoctorCheck]
