"""What commands that change a cluster have in common: options, and being stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from ucaudit.migrate.progress import Progress

format_option = click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
lock_option = click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    default=60.0,
    metavar="SECONDS",
    help="How long to wait for another run. [default: 60]",
)
dry_run_option = click.option("--dry-run", is_flag=True, help="Show what would be done and stop.")
yes_option = click.option("--yes", is_flag=True, help="Do not ask.")


@contextmanager
def interruptible(interrupt: Callable[[], None], progress: Progress) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) checkpoints and stops, the second exits at once."""
    asked = False

    def handle(_number: int, _frame: Any) -> None:
        nonlocal asked
        if asked:
            os._exit(130)
        asked = True
        interrupt()
        progress.say("Stopping at the next checkpoint; press Ctrl-C again to exit now.")

    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.signal(kind, handle) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
