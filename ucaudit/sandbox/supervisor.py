"""Keeps one engine: ends it when told to, or when the process that wanted it is gone.

Run as a file by ``ucaudit.sandbox.process``, in a session of its own, with nothing but the
standard library. Its standard input carries one JSON line, then orders: ``ready`` when the engine
answers, ``stop``, ``detach``, or ``detach PID`` to end with another process instead. Its end means
that the parent is gone, however it died. The answer is one line with the engine's process id.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_STOP_SECONDS = 20.0
# An engine that still starts does not hear before it is done; nothing of it needs a clean end.
_STOP_SECONDS_STARTING = 0.5
_POLL_SECONDS = 0.5


class Supervisor:
    """One engine and the pipe from the process that wanted it."""

    def __init__(self, order: dict[str, Any], unread: bytes) -> None:
        self._order = order
        self._unread = unread
        # A process that the parent forked holds the pipe open too, so its end is not enough.
        self._guard: int | None = os.getppid()
        self._stop = False
        self._ready = False
        self._listening = True

    def run(self) -> int:
        """Runs the engine until it ends or is to end; its exit code."""
        signal.signal(signal.SIGTERM, self._on_signal)
        # The parent's terminal is not ours: Ctrl-C and a closed window are the parent's to handle.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        engine = self._start()
        print(engine.pid, flush=True)  # noqa: T201  (the answer to the parent)
        with selectors.DefaultSelector() as selector:
            selector.register(sys.stdin.fileno(), selectors.EVENT_READ)
            while engine.poll() is None and not self._stop:
                self._watch(selector)
        code = _end(engine, _STOP_SECONDS if self._ready else _STOP_SECONDS_STARTING)
        # When a start fails, the parent still wants the log; it cleans up itself.
        if self._stop or self._ready:
            for path in self._order["remove"]:
                _remove(Path(path))
        return code

    def _start(self) -> subprocess.Popen[bytes]:
        order = self._order
        with Path(order["output"]).open("wb") as output:
            return subprocess.Popen(
                order["command"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=order["environment"],
                cwd=order["folder"],
                user=order["uid"],
                group=order["gid"],
                extra_groups=None if order["uid"] is None else [],
                process_group=0,
                # We have one thread, so that running Python between fork and exec is safe.
                preexec_fn=_die_with_parent,  # noqa: PLW1509
            )

    def _watch(self, selector: selectors.BaseSelector) -> None:
        # Looked at before the pipe: a parent that is gone may have written "detach" as its last.
        gone = self._guard is not None and not _alive(self._guard)
        if not self._listening:
            time.sleep(_POLL_SECONDS)
        elif selector.select(0 if gone else _POLL_SECONDS):
            self._take(os.read(sys.stdin.fileno(), 4096))
            return
        self._stop = self._stop or gone

    def _take(self, data: bytes) -> None:
        if not data:
            self._stop = True
        self._unread += data
        *lines, self._unread = self._unread.split(b"\n")
        for word, _, pid in (line.partition(b" ") for line in lines):
            if word == b"stop":
                self._stop = True
            elif word == b"ready":
                self._ready = True
            elif word == b"detach":
                self._listening = False
                self._guard = int(pid) if pid else None

    def _on_signal(self, number: int, frame: object) -> None:
        del number, frame
        self._stop = True


def _end(engine: subprocess.Popen[bytes], seconds: float) -> int:
    engine.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        engine.wait(seconds)
    # The launcher and the server share a group; what is left of it did not end when asked.
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(engine.pid, signal.SIGKILL)
    return engine.wait()


def _die_with_parent() -> None:
    """On Linux the engine ends even when this supervisor is killed outright."""
    if sys.platform.startswith("linux"):
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def main() -> int:
    """Reads the order from standard input and carries it out."""
    received = b""
    while b"\n" not in received:
        data = os.read(sys.stdin.fileno(), 4096)
        if not data:
            return 0
        received += data
    line, _, unread = received.partition(b"\n")
    return Supervisor(json.loads(line), unread).run()


if __name__ == "__main__":
    sys.exit(main())
