"""A run as it goes on, and what became of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from rich.text import Text

from ucaudit.migrate.outcome import IndexOutcome, IndexState, RunOutcome
from ucaudit.migrate.progress import Progress as Told
from ucaudit.names import DEAD_LETTER_INDEX
from ucaudit.report.differences import shown
from ucaudit.report.words import counted

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, TaskID

_EVERY: Final = 5.0
_WORTH_A_LINE: Final = 1.0
_MOST: Final = 6
_MANY: Final = "templates and mappings"
_STATES: Final[tuple[tuple[IndexState, str, bool], ...]] = (
    ("swapped", "swapped in", False),
    ("back", "swapped back", False),
    ("waiting", "waiting for the day to end", True),
    ("held", "held by dead letters", False),
    ("unverified", "unverified", False),
    ("lost", "lost", False),
    ("synced", "with late documents", False),
    ("deleted", "deleted", False),
)
_WORDS: Final = {
    "swapped": ("swapped in", "green"),
    "back": ("swapped back", "green"),
    "waiting": ("waiting", "yellow"),
    "held": ("held", "red"),
    "unverified": ("unverified", "red"),
    "synced": ("with late documents", "green"),
    "deleted": ("deleted", "dim"),
    "lost": ("source gone", "red"),
}


def progress_on(console: Console) -> Told:
    """A progress bar on a terminal, plain lines elsewhere."""
    return Bar(console) if console.is_terminal else Lines(console)


class Lines:
    """Plain lines, a few a minute."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = Lock()
        self._total = self._done = 0
        self._started = self._told = 0.0

    def say(self, text: str) -> None:
        """Something to know, in a line."""
        self._console.print(Text(text), soft_wrap=True)

    def begin(self, documents: int, act: str = "Copying") -> None:
        """The work begins."""
        self._total, self._started = documents, time.monotonic()
        self._told = self._started
        if documents:
            self.say(f"{act} about {counted(documents, 'document')}")

    def state(self, index: str, text: str) -> None:
        """Not told: one line for each step of each index would be too many."""

    def advanced(self, documents: int) -> None:
        """So many more documents were dealt with."""
        with self._lock:
            self._done += documents
            now = time.monotonic()
            if now - self._told < _EVERY:
                return
            self._told = now
        rate = self._done / max(now - self._started, 0.001)
        left = max(0, self._total - self._done) / rate if rate else 0
        self.say(
            f"{self._done:,} of {max(self._total, self._done):,} documents, {rate:,.0f}/s, "
            f"{left:.0f} s left"
        )

    def paused(self, seconds: float, reason: str) -> None:
        """Said when it is worth a line."""
        if seconds >= _WORTH_A_LINE:
            self.say(_pause(seconds, reason))

    def skipped(self, documents: int) -> None:
        """So many had been copied before."""
        with self._lock:
            self._total -= documents

    def end(self) -> None:
        """The work has ended."""


class Bar:
    """A bar with documents, rate and time left, and what is being done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._state = ""

    def say(self, text: str) -> None:
        """Something to know, in a line above the bar."""
        console = self._progress.console if self._progress else self._console
        console.print(Text(text), soft_wrap=True)

    def begin(self, documents: int, act: str = "Copying") -> None:
        """Shows the bar."""
        del act
        from rich.progress import (  # noqa: PLC0415  (slow to load)
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeRemainingColumn,
        )

        self._progress = Progress(
            BarColumn(bar_width=None),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(compact=True),
            TextColumn("{task.fields[state]}", style="dim"),
            console=self._console,
            transient=True,
            expand=True,
        )
        self._task = self._progress.add_task("", total=documents, rate="", state="")
        self._progress.start()

    def state(self, index: str, text: str) -> None:
        """What is being done, at the right end of the bar."""
        del index
        self._state = text
        self._show(state=text)

    def advanced(self, documents: int) -> None:
        """Moves the bar."""
        if self._progress is not None:
            speed = self._progress.tasks[0].speed
            rate = f"{speed:,.0f}/s" if speed else ""
            # A pause is over.
            self._show(advance=documents, rate=rate, state=self._state)

    def paused(self, seconds: float, reason: str) -> None:
        """Said above the bar when it is worth a line."""
        if seconds >= _WORTH_A_LINE:
            self.say(_pause(seconds, reason))
        self._show(state="paused")

    def skipped(self, documents: int) -> None:
        """Makes the bar stand for fewer documents."""
        if self._progress is not None:
            total = self._progress.tasks[0].total or 0
            self._show(total=total - documents)

    def _show(self, **changed: Any) -> None:
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, **changed)

    def end(self) -> None:
        """Takes the bar away."""
        if self._progress is not None:
            self._progress.stop()
            self._progress = None


def _pause(seconds: float, reason: str) -> str:
    return f"Paused {max(1, round(seconds))} s: {reason}"


def print_run(console: Console, outcome: RunOutcome, *, accept: str) -> None:
    """Prints what became of a run: a line for each call, more where somebody must look."""
    by_call: dict[str, list[IndexOutcome]] = {}
    for index in outcome.indices:
        by_call.setdefault(index.call, []).append(index)
    for call, indices in sorted(by_call.items()):
        console.print(_call_line(call, indices), soft_wrap=True)
        noted = [i for i in indices if i.state in ("held", "unverified", "lost", "waiting")]
        for index in noted[:_MOST]:
            word, style = _WORDS[index.state]
            line = Text(f"  {word:<10}", style)
            line.append(f" {index.index}  ", "default")
            console.print(line.append(index.reason, "dim"), soft_wrap=True)
            for difference in index.differences:
                for text in shown(difference):
                    console.print(text, soft_wrap=True)
        if len(noted) > _MOST:
            console.print(f"    … and {len(noted) - _MOST:,} more", style="dim")
    console.print(_summary(outcome))
    for advice in _advice(outcome, accept):
        console.print(advice, soft_wrap=advice.no_wrap)


def _call_line(call: str, indices: list[IndexOutcome]) -> Text:
    line = Text(call, "bold")
    states = [index.state for index in indices]
    for state, (word, style) in _WORDS.items():
        number = states.count(state)  # type: ignore[arg-type]
        if number:
            line.append(f"  {number:,} {word}", f"not bold {style}")
    if set(states) - {"back", "deleted"}:
        copied = sum(index.copied for index in indices)
        line.append(f"  {counted(copied, 'document')} copied", "not bold")
    if mended := sum(index.mended for index in indices):
        line.append(f", {mended:,} mended", "not bold yellow")
    dead = sum(index.dead_letters for index in indices)
    return line.append(f", {counted(dead, 'dead letter')}", "red") if dead else line


def _summary(outcome: RunOutcome) -> Text:
    seconds = (outcome.finished - outcome.started).total_seconds()
    copied = sum(index.copied for index in outcome.indices)
    dead = sum(index.dead_letters for index in outcome.indices)
    parts = [
        counted(sum(outcome.expanded.values()), "template or mapping", "updated", _MANY),
        *(
            counted(len(outcome.of(state)), "index", rest, "indices", verb=verb)
            for state, rest, verb in _STATES
        ),
        counted(copied, "document", "copied"),
        counted(dead, "dead letter") if dead else "",
    ]
    text = ", ".join(part for part in parts if part) or "nothing to do"
    return Text(f"Done in {seconds:,.1f} s: {text}.", "bold")


def _advice(outcome: RunOutcome, accept: str) -> Iterator[Text]:
    if outcome.undecided:
        yield from _undecided(outcome, accept)
    if swapped := sorted({index.call for index in outcome.of("swapped")}):
        calls = " ".join(swapped) if len(swapped) <= 3 else "CALL"
        yield Text(f"The sources are kept, hidden. To go back: ucaudit rollback {calls}")
    if outcome.of("unverified"):
        yield Text(
            "Where the copy differs, readers still see the source, whole. Something alters "
            "documents on their way into the copy (a pipeline, a synthetic source), or writes "
            "into it; mend that, then run it again."
        )
    if outcome.of("lost"):
        yield Text("A source was deleted by somebody else while it was copied: ucaudit status.")


def _undecided(outcome: RunOutcome, accept: str) -> Iterator[Text]:
    yield Text(
        "Documents that cannot be copied are kept in the index "
        f"{DEAD_LETTER_INDEX}; until that is decided, readers see the sources, whole. Reasons:"
    )
    for reason in outcome.reasons:
        line = Text(f"  {reason.count:>7,}  ", "red", no_wrap=True).append(reason.text, "default")
        yield line.append(f"  (such as {reason.id} in {reason.index})", "dim")
    yield Text(
        "Mend the step in the call's version file under schemas/history/, which counts as no "
        "tampering, and run again: a mended step makes a new copy."
    )
    yield Text(f"Or accept them: {accept}", no_wrap=True)
