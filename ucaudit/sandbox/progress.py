"""What a sandbox says while it downloads and starts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from rich.console import Console


class Progress(Protocol):
    """Where a sandbox reports its steps."""

    def step(self, text: str) -> AbstractContextManager[None]:
        """Something that takes a while, for as long as the context is open."""
        ...

    def transfer(self, name: str, total: int) -> AbstractContextManager[Callable[[int], None]]:
        """A download of ``total`` bytes; the function takes the bytes that arrived."""
        ...


class Silent:
    """Says nothing."""

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """See ``Progress``."""
        del text
        yield

    @contextmanager
    def transfer(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """See ``Progress``."""
        del name, total
        yield _ignore


class Lines:
    """One plain line a step, for logs and pipes; a line each fifth of a download."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """See ``Progress``."""
        self._write(text)
        yield

    @contextmanager
    def transfer(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """See ``Progress``."""
        megabytes = total / 1e6
        self._write(f"Downloading {name} ({megabytes:.0f} MB)")
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            fifth_before = done * 5 // total
            done += count
            if done * 5 // total > fifth_before and done < total:
                self._write(f"  {done / 1e6:.0f} of {megabytes:.0f} MB")

        yield advance


class Live:
    """A spinner and a bar on a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    @contextmanager
    def step(self, text: str) -> Iterator[None]:
        """See ``Progress``."""
        from rich.markup import escape

        with self._console.status(escape(text)):
            yield

    @contextmanager
    def transfer(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """See ``Progress``."""
        from rich.progress import (
            BarColumn,
            DownloadColumn,
            Progress,
            TextColumn,
            TransferSpeedColumn,
        )

        columns = (TextColumn(name), BarColumn(), DownloadColumn(), TransferSpeedColumn())
        with Progress(*columns, console=self._console, transient=True) as bars:
            task = bars.add_task(name, total=total)
            yield lambda count: bars.update(task, advance=count)


def console_progress(console: Console) -> Progress:
    """A bar on a terminal, plain lines elsewhere."""
    if console.is_terminal:
        return Live(console)
    return Lines(lambda text: console.print(text, markup=False, soft_wrap=True))


def _ignore(count: int) -> None:
    del count
