"""Which index a writer writes to."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import orjson

from ucaudit.config import load_config
from ucaudit.errors import InputError
from ucaudit.history.layout import Layout


def index_name(
    call: str,
    at: datetime | date,
    *,
    schemas: Path | str | None = None,
    allow_open: bool = False,
) -> str:
    """The index that a document of ``call`` of the time ``at`` belongs to.

    The generation is that of the newest released version in the recorded history that the writer
    was built with.

    Args:
        call: Full name of the call.
        at: Time of the document, with a time zone; its day in UTC counts.
        schemas: Folder of the recorded history; by default that of the configuration found from
            the working directory upwards.
        allow_open: Whether an open version may start a generation (for development).

    Raises:
        InputError: If the call is not recorded, has no released version, or its open version starts
            a generation that has not been released; or ``at`` has no time zone.
    """
    config = load_config()
    layout = Layout(Path(schemas) if schemas is not None else config.schemas_path)
    return config.naming.daily(call, _generation(call, layout, allow_open=allow_open), at)


def _generation(call: str, layout: Layout, *, allow_open: bool) -> int:
    folder = layout.history_folder(call)
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    released = _field(files[-1], "generation") if files else None
    open_file = layout.open_file(call)
    prospective = _field(open_file, "generation") if open_file.is_file() else None
    if released is None and not (allow_open and prospective is not None):
        raise InputError(
            "call-unreleased",
            f"The call {call!r} has no released version.",
            where=str(folder),
            fix="Run ucaudit lock and ucaudit release, and deploy the schemas with the service.",
        )
    if prospective is not None and prospective != released and not allow_open:
        raise InputError(
            "generation-unreleased",
            f"The open version of {call!r} starts generation {prospective}, which is not released.",
            where=str(open_file),
            fix="Run ucaudit release before deploying, or pass allow_open=True in development.",
        )
    generation = prospective if allow_open and prospective is not None else released
    assert generation is not None  # noqa: S101  (both absent was refused above)
    return generation


def _field(path: Path, name: str) -> int:
    try:
        value: int = orjson.loads(path.read_bytes())[name]
    except (OSError, orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise InputError(
            "history-unreadable",
            "The recorded history cannot be read.",
            where=str(path),
            why=str(error),
            fix="Deploy the schemas folder as it was released.",
        ) from error
    return value
