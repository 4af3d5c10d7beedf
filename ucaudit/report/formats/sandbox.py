"""``ucaudit.sandbox/1``."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from ucaudit.report.formats.words import Time, about


class Process(TypedDict):
    """A process, also told apart from a later one of its number."""

    pid: int
    created: float


class Sandbox(TypedDict):
    """The sandbox of a folder: `ucaudit sandbox status --format json`.

    Of one that does not run, only its folder is known.
    """

    format: Literal["ucaudit.sandbox/1"]
    data: str
    running: NotRequired[bool]
    url: NotRequired[str]
    version: NotRequired[str]
    engine: NotRequired[Literal["embedded", "docker"]]
    heap: NotRequired[Annotated[str, about("Its Java heap.")]]
    java: NotRequired[str | None]
    user: NotRequired[str | None]
    log: NotRequired[str | None]
    started: NotRequired[Time]
    supervisor: NotRequired[Process | None]
    server: NotRequired[Process | None]
    container: NotRequired[str | None]
