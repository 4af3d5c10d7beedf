"""What ``lock`` and ``release`` did, as text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ucaudit.history.accepting import Ledger
from ucaudit.history.lock import Locked
from ucaudit.history.version import Version
from ucaudit.jsontypes import JsonObject
from ucaudit.report.diff import unmatched_lines
from ucaudit.report.words import count

_MARK = {"new": ("+", "green"), "changed": ("~", "yellow"), "open": ("~", "yellow"),
         "removed": ("-", "red")}  # fmt: skip


_EXAMPLES: Final = {
    "rename": '{"rename": "", "to": "NAME"}',
    "wrap": '{"wrap": "", "key": "id"}',
    "join": '{"join": "", "separator": ","}',
    "python": '{"python": "app.transforms:function", "path": ""}',
    "keep": '{"keep": ""}',
    "remove": '{"remove": ""}',
}


def render_locked(
    results: Sequence[Locked], ledger: Ledger, files: int, verb: str = "written"
) -> Group:
    """One block for each call that is not as it was released, and what became of acceptances.

    Args:
        results: What became of each call.
        ledger: The acceptances.
        files: How many files were written, or would be.
        verb: Which of the two.
    """
    blocks: list[RenderableType] = []
    for locked in results:
        if locked.outcome != "unchanged":
            blocks.append(_head(locked))
            blocks += [
                # What is to be copied to a command line stays in one piece, wider than the screen.
                line if line.no_wrap else Padding(line, (0, 0, 0, 4), expand=False)
                for line in _details(locked)
            ]
    blocks += _acceptances(ledger)
    counts = [
        f"{number} {outcome}"
        for outcome in ("new", "changed", "open", "removed", "unchanged")
        if (number := sum(r.outcome == outcome for r in results))
    ]
    questions = sum(len(r.questions) for r in results)
    total = f"{count(len(results), 'call')}: {', '.join(counts) or 'none'}"
    line = Text(total, style="bold")
    line.append(f"; {count(files, 'file')} {verb}", style="not bold")
    blocks.append(line)
    if questions:
        text = f"{count(questions, 'decision')} missing; release refuses."
        blocks.append(Text(text, style="bold red"))
    if proposals := sum(len(r.proposals) for r in results):
        text = f"{count(proposals, 'rename')} may be confirmed or denied; release does not wait."
        blocks.append(Text(text))
    return Group(*blocks)


def _acceptances(ledger: Ledger) -> list[RenderableType]:
    lines: list[RenderableType] = []
    for mark, style, verb, entries in (
        ("○", "green", "accepted", ledger.accepted),
        ("-", "red", "no longer accepted", ledger.dropped),
        ("!", "yellow", "its last day is over", ledger.expired),
    ):
        for entry in entries:
            line = Text(f"{mark} ", style=style)
            line.append(f"{verb}: {entry.message}", style="default")
            end = f" until {entry.until}" if entry.until else ""
            facts = Text(f"{entry.rule} · {entry.id}{end}: {entry.reason}", style="dim")
            lines += [line, Padding(facts, (0, 0, 0, 4), expand=False)]
    return lines + unmatched_lines(ledger.unmatched)


def _head(locked: Locked) -> Text:
    mark, style = _MARK[locked.outcome]
    line = Text(f"{mark} ", style=style)
    line.append(locked.call, style="bold")
    entry = locked.entry
    if entry is None:
        line.append("  no longer declared; its history is kept", style="dim")
        return line
    line.append(f"  version {entry.version}, generation {entry.generation}", style="dim")
    if entry.version > 1:
        style = {"none": "green", "put_mapping": "cyan", "reindex": "magenta"}[entry.index]
        line.append(f"  {entry.index}", style=style)
    return line


def _details(locked: Locked) -> list[Text]:
    lines = []
    if locked.verdict is not None and locked.verdict.index == "reindex":
        lines += [
            Text(f"{change.path}: {change.reason}", style="dim")
            for change in locked.verdict.changes
            if change.kind == "refused"
        ]
    for step in locked.entry.steps if locked.entry is not None else []:
        if "undecided" in step or "proposed" in step:
            lines += _question(locked.call, step)
        else:
            lines.append(Text(f"step {describe_step(step)}"))
    lines += [Text(notice, style="dim") for notice in locked.notices if locked.outcome != "open"]
    return lines


def _question(call: str, step: JsonObject) -> Iterator[Text]:
    """What is asked, and how to answer; what need not be answered is asked quietly."""
    needed = "undecided" in step
    path = step["undecided" if needed else "proposed"]
    verb, style = ("decide", "red") if needed else ("ask", "default")
    yield Text(f"{verb} {path}: {step['why']}", style=style)
    for answer in step["answers"]:
        text = _EXAMPLES[answer].replace("NAME", step.get("to", ""))
        option = f"      --decide '{call}:{path}={text}'"
        yield Text(option, style="dim", no_wrap=True, overflow="ignore")


def describe_step(step: JsonObject) -> str:
    """A step in one line."""
    if "keep" in step:
        return f"keep {step['keep']} as it is"
    from ucaudit.transform.steps import parse_step  # noqa: PLC0415  (only where there are steps)

    return str(parse_step(step))


def render_released(versions: Sequence[Version]) -> Group:
    """One line for each released version."""
    lines: list[RenderableType] = []
    for version in versions:
        line = Text("+ ", style="green")
        line.append(f"{version.call}", style="bold")
        line.append(f"  version {version.number}, generation {version.generation}", style="dim")
        lines.append(line)
    text = "Nothing to release."
    if versions:
        text = f"Released {count(len(versions), 'version')}."
    lines.append(Text(text, style="bold"))
    return Group(*lines)


def locked_document(results: Sequence[Locked], ledger: Ledger) -> JsonObject:
    """``ucaudit.lock/1``: one entry a call, and what became of acceptances."""
    return {
        "format": "ucaudit.lock/1",
        "calls": [
            {
                "call": locked.call,
                "outcome": locked.outcome,
                "version": locked.entry.version if locked.entry else None,
                "generation": locked.entry.generation if locked.entry else None,
                "index": locked.entry.index if locked.entry else None,
                "steps": locked.entry.steps if locked.entry else [],
            }
            for locked in results
        ],
        "acceptances": ledger.to_dict(),
    }
