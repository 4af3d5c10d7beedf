"""A lock between processes, released by the system when its holder ends."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ucaudit.errors import RefusedError


@contextmanager
def file_lock(path: Path, *, timeout: float = 600) -> Iterator[None]:
    """Holds an exclusive lock on ``path``, which is made and stays.

    Raises:
        RefusedError: If another process holds it for longer than ``timeout`` seconds, or it
            belongs to another user.
    """
    end = time.monotonic() + timeout
    try:
        handle = path.open("a", encoding="utf-8")
    except OSError as error:
        raise RefusedError(
            "lock-unwritable",
            "The lock of the sandbox cannot be opened.",
            where=str(path),
            why=error.strerror,
            fix="Run the command as the user that the folder belongs to, or name another folder.",
        ) from error
    with handle:
        while not _taken(handle):
            if time.monotonic() > end:
                raise RefusedError(
                    "sandbox-locked",
                    "Another process has been starting a sandbox here for too long.",
                    where=str(path),
                    fix="Wait for it, or end it and try again.",
                )
            time.sleep(0.1)
        yield


def _taken(handle: TextIO) -> bool:
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EACCES}:
            return False
        raise
    return True
