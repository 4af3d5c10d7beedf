"""Consoles, and output that nobody reads to its end."""

from __future__ import annotations

import os
import sys

from rich.console import Console


class Terminal(Console):
    """A console that goes on where its reader has gone (``ucaudit diff | head``)."""

    def on_broken_pipe(self) -> None:
        """Leaves the exit code to what was found, where rich would make it 1."""
        self.quiet = True
        stop_writing()


def stop_writing() -> None:
    """Sends to nowhere what is still to be written to standard output.

    The interpreter flushes it once more at the end, and would complain.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
