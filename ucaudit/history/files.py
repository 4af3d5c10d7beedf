"""Lists files; writes them whole or not at all, and says what is in the way."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from ucaudit.errors import InputError


def json_files(folder: Path) -> list[Path]:
    """The JSON files in a folder, in order of name; none if there is no such folder.

    Raises:
        InputError: If the folder cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if e.name.endswith(".json") and e.is_file())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(folder, error) from error
    return [folder / name for name in names]


def folders(folder: Path) -> list[Path]:
    """The folders in a folder, in order of name; none if there is no such folder.

    Raises:
        InputError: If it cannot be read.
    """
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries if entry.is_dir())
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise unreadable(folder, error) from error
    return [folder / name for name in names]


def unreadable(folder: Path, error: OSError) -> InputError:
    """The error of a folder of the recorded history that cannot be listed."""
    return InputError(
        "history-unreadable",
        "The recorded history cannot be read.",
        where=str(folder),
        why=error.strerror or str(error),
        fix="Make the folder readable.",
    )


def write_file(path: Path, text: str, *, fresh: bool = False) -> None:
    """Writes ``text`` to ``path`` by way of a temporary file beside it.

    Args:
        path: The file; missing folders are made.
        text: Its new content.
        fresh: Refuse to replace a file that is there.

    Raises:
        FileExistsError: With ``fresh``, if it is there.
        InputError: If it cannot be written; what was there stays.
    """
    import tempfile  # noqa: PLC0415  (most commands write nothing)

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(text)
            temporary.chmod(0o644)
            if fresh:
                # A link is refused where a name is taken; a rename would replace it.
                os.link(temporary, path)
            else:
                temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except FileExistsError:
        if fresh:
            raise
        raise _unwritable(path, "something that is no folder is in the way") from None
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def make_folder(path: Path) -> None:
    """Makes a folder and those above it.

    Raises:
        InputError: If it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error


def write_files(changes: Mapping[Path, str | None]) -> None:
    """Writes several files; ``None`` deletes. Content comes first, deletions last.

    Raises:
        InputError: If one cannot be written.
    """
    for path, text in changes.items():
        if text is not None:
            write_file(path, text)
    for path, text in changes.items():
        if text is None:
            try:
                path.unlink()
            except OSError as error:
                raise _unwritable(path, error.strerror or str(error)) from error


def _unwritable(path: Path, why: str) -> InputError:
    return InputError(
        "file-unwritable",
        "The file cannot be written.",
        where=str(path),
        why=why,
        fix="Make the folder writable, or name another one (schemas in the configuration).",
    )
