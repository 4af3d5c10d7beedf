"""What every command needs: configuration, consoles, prompts, and the one shape of errors."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ucaudit.config import Config, load_config
from ucaudit.errors import InputError, InterruptedRun, RefusedError, UcauditError

if TYPE_CHECKING:
    from rich.console import Console, RenderableType


@contextmanager
def uncollected() -> Iterator[None]:
    """Pauses the search for cycles: what a comparison makes lives until its end anyway.

    What it leaves is not looked through at the end of the process either, but before the next one.
    """
    was = gc.isenabled()
    gc.unfreeze()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.freeze()
            gc.enable()


class App:
    """The ``ctx.obj`` of every command.

    Data goes to ``out``; errors, warnings and questions to ``alerts``; progress and notes to
    ``err``, which ``--quiet`` silences.
    """

    def __init__(self, config_path: str | None = None) -> None:
        self.config_path = config_path
        self.quiet = False

    @cached_property
    def config(self) -> Config:
        """The project's configuration."""
        config = load_config(Path(self.config_path) if self.config_path else None)
        if str(config.root) not in sys.path:
            # Declared calls and Python steps are modules of the project.
            sys.path.insert(0, str(config.root))
        return config

    @cached_property
    def out(self) -> Console:
        """Console of standard output."""
        from ucaudit.cli.terminal import Terminal

        return Terminal(highlight=False)

    @cached_property
    def err(self) -> Console:
        """Console of standard error, for progress and notes."""
        from ucaudit.cli.terminal import Terminal

        return Terminal(stderr=True, highlight=False, quiet=self.quiet)

    @cached_property
    def alerts(self) -> Console:
        """Console of standard error, for what must not be missed."""
        from ucaudit.cli.terminal import Terminal

        return Terminal(stderr=True, highlight=False)

    def write(self, data: str | bytes, output: str | None = None) -> None:
        """Writes a document to ``output``, or to standard output.

        Raises:
            InputError: If the file cannot be written.
        """
        raw = data.encode() if isinstance(data, str) else data
        if raw and not raw.endswith(b"\n"):
            raw += b"\n"
        if output is None or output == "-":
            try:
                sys.stdout.buffer.write(raw)
                sys.stdout.buffer.flush()
            except BrokenPipeError:
                # Its reader has gone (`ucaudit diff --format json | head`): what was found holds.
                from ucaudit.cli.terminal import stop_writing

                stop_writing()
            return
        try:
            Path(output).write_bytes(raw)
        except OSError as error:
            raise InputError(
                "output-unwritable",
                "The output cannot be written.",
                where=output,
                why=error.strerror or str(error),
                fix="Name a file in a folder that exists and is writable.",
            ) from error

    def print(self, content: RenderableType, output: str | None = None) -> None:
        """Prints text for people to standard output, or plain to ``output``."""
        self.show(lambda console: console.print(content, crop=False), output)

    def show(self, write: Callable[[Console], None], output: str | None = None) -> None:
        """Gives ``write`` the console of standard output, or one whose text goes to ``output``."""
        if output is None or output == "-":
            write(self.out)
            return
        from io import StringIO

        from rich.console import Console

        buffer = StringIO()
        write(Console(file=buffer, width=100, highlight=False, color_system=None))
        self.write(buffer.getvalue(), output)

    def confirm(self, question: str, *, yes: bool) -> None:
        """Asks before something is changed.

        Raises:
            RefusedError: If the answer is no, or nobody can be asked.
        """
        if yes:
            return
        _check_terminal()
        from rich.prompt import Confirm

        try:
            agreed = Confirm.ask(question, console=self.alerts, default=False)
        except EOFError:
            agreed = False
        if not agreed:
            raise RefusedError("not-confirmed", "Not confirmed; nothing was changed.")

    def confirm_typed(self, words: str, *, yes: bool) -> None:
        """Has ``words`` typed before something is done that cannot be taken back.

        Raises:
            RefusedError: If something else is typed, or nobody can be asked.
        """
        if yes:
            return
        _check_terminal()
        from rich.prompt import Prompt
        from rich.text import Text

        try:
            typed = Prompt.ask(Text(f"Type {words!r} to go on"), console=self.alerts, default="")
        except EOFError:
            typed = ""
        if typed.strip() != words:
            raise RefusedError("not-confirmed", "Not confirmed; nothing was changed.")

    def show_error(self, error: UcauditError) -> None:
        """One shape for every error: what, where, why, how to fix, its name and its page."""
        from rich.markup import escape

        self.alerts.print(f"[bold red]error[/]: {escape(error.what)} [dim]\\[{error.name}][/]")
        for label, text in (("where", error.where), ("why", error.why), ("fix", error.fix)):
            if text:
                self.alerts.print(f"  [bold]{label:>5}[/]  {escape(text)}", soft_wrap=True)
        if isinstance(error, InterruptedRun):
            return  # whoever pressed Ctrl-C knows what it means
        self.alerts.print(f"  [dim]  see  ucaudit explain {escape(error.name)}[/]", soft_wrap=True)


def _check_terminal() -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise RefusedError(
            "not-confirmed",
            "Nobody confirmed, and there is no terminal to ask on.",
            fix="Look at what would be done, then run the command again with --yes.",
        )
