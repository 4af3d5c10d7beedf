"""Holds writes back: to a rate that was asked for, and while the cluster is under pressure."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from threading import Event, Lock
from typing import Final

from ucaudit.cluster import client
from ucaudit.cluster.failures import ClusterError
from ucaudit.migrate.pages import Interrupted

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 30.0
_SLICE: Final = 0.5
_BURSTS: Final = 4  # pages a second, where a rate was asked for


class Throttle:
    """Shared by all that write in a run; thread-safe.

    A rate is kept smoothly: each page is due when those before it have had their time, whoever
    wrote them; time that nobody used is not made up for. When the cluster rejects writes, everybody
    pauses, longer each time until something succeeds again.

    Args:
        rate: Documents per second that may be written; ``None`` for any number.
        stop: Set to end every pause.
        told: Told the length of each pause in seconds, and its reason.
        clock: The time in seconds.
        sleep: Waits so many seconds; half a second at most.
    """

    def __init__(
        self,
        rate: float | None = None,
        *,
        stop: Event | None = None,
        told: Callable[[float, str], None] = lambda _seconds, _reason: None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> None:
        self.rate = rate
        self._stop = stop or Event()
        self._told = told
        self._clock = clock
        self._sleep = sleep or _rest
        self._lock = Lock()
        self._due = clock()
        self._held_until = 0.0
        self._pause = FIRST_PAUSE

    def page_size(self, wanted: int) -> int:
        """How many documents to read at once, so that writing them is no burst."""
        if self.rate is None:
            return wanted
        return max(1, min(wanted, int(self.rate / _BURSTS)))

    def admit(self, documents: int) -> None:
        """Waits until so many more documents may be written.

        Raises:
            Interrupted: If asked to stop meanwhile.
        """
        if self.rate is None or not documents:
            return
        with self._lock:
            now = self._clock()
            start = max(now, self._due)
            self._due = start + documents / self.rate
        self._wait(start - now)

    def ready(self) -> None:
        """Waits while a pause lasts.

        Raises:
            Interrupted: If asked to stop meanwhile.
        """
        self._wait(self._held_until - self._clock())

    def busy(self, reason: str) -> None:
        """The cluster could not take a write: everybody pauses.

        Raises:
            Interrupted: If asked to stop.
        """
        if self._stop.is_set():
            raise Interrupted
        with self._lock:
            now = self._clock()
            if now < self._held_until:
                return  # Another one has said so already.
            seconds = self._pause * random.uniform(0.75, 1.25)  # noqa: S311  (no secret)
            self._held_until = now + seconds
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self._told(seconds, reason)

    def fine(self) -> None:
        """A write succeeded: the next pause is a short one again."""
        self._pause = FIRST_PAUSE

    def _wait(self, seconds: float) -> None:
        while seconds > 0:
            if self._stop.is_set():
                raise Interrupted
            piece = min(seconds, _SLICE)
            self._sleep(piece)
            seconds -= piece


def pressure(error: ClusterError, what: str = "writes") -> str:
    """Why the cluster is left alone for a while, in a few words."""
    if error.kind == "circuit_breaking_exception":
        return f"cluster is short of memory ({error.status})"
    if error.status == 429:
        return f"cluster rejects {what} (429)"
    if error.status == 0:
        return f"cluster cannot be reached ({error.reason})"
    return f"cluster is not available ({error.status})"


def _rest(seconds: float) -> None:
    client.pause(seconds)  # looked up each time: tests replace it
