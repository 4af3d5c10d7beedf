"""What a run tells whoever watches it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Told from several threads; must not raise."""

    def say(self, text: str) -> None:
        """Something to know, in a line."""

    def begin(self, documents: int, act: str = "Copying") -> None:
        """Work on about this many documents begins."""

    def state(self, index: str, text: str) -> None:
        """What is being done to an index."""

    def advanced(self, documents: int) -> None:
        """So many more documents were dealt with."""

    def paused(self, seconds: float, reason: str) -> None:
        """Writing pauses."""

    def skipped(self, documents: int) -> None:
        """So many of the documents that were expected had been copied before."""

    def end(self) -> None:
        """The work has ended."""


class Silent:
    """Nobody watches."""

    def say(self, text: str) -> None:
        """Nothing."""

    def begin(self, documents: int, act: str = "Copying") -> None:
        """Nothing."""

    def state(self, index: str, text: str) -> None:
        """Nothing."""

    def advanced(self, documents: int) -> None:
        """Nothing."""

    def paused(self, seconds: float, reason: str) -> None:
        """Nothing."""

    def skipped(self, documents: int) -> None:
        """Nothing."""

    def end(self) -> None:
        """Nothing."""
