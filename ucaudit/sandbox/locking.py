"""A lock between processes, released by the system when its holder ends."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ucaudit.errors import RefusedError


@contextmanager
def file_lock(path: Path, *, timeout: float = 600) -> Iterator[None]:
    """Holds an exclusive lock on ``path``, which is made and stays.

    Raises:
        RefusedError: If another process holds it for longer than ``timeout`` seconds.
    """
    import fcntl

    end = time.monotonic() + timeout
    with path.open("a", encoding="utf-8") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                if error.errno not in {errno.EAGAIN, errno.EACCES}:
                    raise
            if time.monotonic() > end:
                raise RefusedError(
                    "sandbox-locked",
                    "Another process has been starting a sandbox here for too long.",
                    where=str(path),
                    fix="Wait for it, or end it and try again.",
                )
            time.sleep(0.1)
        yield
