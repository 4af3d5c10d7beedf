"""A cluster that fails at a chosen request."""

from __future__ import annotations

from itertools import count
from typing import Any, Literal

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError, Unreachable
from ucaudit.cluster.options import ConnectionOptions

Mode = Literal["dies before", "dies after", "times out once", "503 once", "500 once"]


class FaultyCluster(Cluster):
    """Fails at request number ``at``; one that dies fails at all later requests too."""

    def __init__(self, url: str, at: int, mode: Mode) -> None:
        super().__init__(ConnectionOptions((url,)))
        self._at = at
        self._mode = mode
        self._numbers = count()
        self.requests = 0
        self.failed: str | None = None

    def send(self, method: str, path: str, *args: Any, **kwargs: Any) -> bytes:
        number = next(self._numbers)
        self.requests = max(self.requests, number + 1)
        request = f"{method} {path}"
        dying = self._mode.startswith("dies")
        if number < self._at or (number > self._at and not dying):
            return super().send(method, path, *args, **kwargs)
        self.failed = self.failed or request
        if number == self._at and self._mode in ("dies after", "times out once"):
            super().send(method, path, *args, **kwargs)
        if self._mode.endswith("03 once"):
            raise ClusterError(503, "busy", "injected", request)
        if self._mode == "500 once":
            raise ClusterError(500, "broken", "injected", request)
        raise Unreachable("injected", request)
