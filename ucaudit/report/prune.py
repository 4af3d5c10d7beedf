"""What prune would delete, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from rich.text import Text

from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.prunable import Candidate
from ucaudit.migrate.prune import FORMAT, Pruned
from ucaudit.report.plan import size
from ucaudit.report.words import counted

if TYPE_CHECKING:
    from rich.console import Console

_MOST: Final = 10


def print_candidates(console: Console, found: Sequence[Candidate]) -> None:
    """Prints which sources may go, and what keeps the others."""
    due = [candidate for candidate in found if not candidate.kept]
    for candidate in due[:_MOST]:
        for source in candidate.copy.sources:
            index = source.index
            line = Text("  ").append("-", "red").append(f" {index.name}  ")
            amount = (
                f"{counted(index.documents, 'document')}, {size(_bytes(candidate, index.name))}"
            )
            console.print(line.append(amount, "dim"), soft_wrap=True)
    if len(due) > _MOST:
        console.print(Text(f"    … and those of {len(due) - _MOST:,} more copies", "dim"))
    _print_kept(console, [candidate for candidate in found if candidate.kept])
    sources = sum(len(candidate.copy.sources) for candidate in due)
    if not due:
        console.print(Text("Nothing to prune.", "green"))
        return
    amount = size(sum(candidate.bytes for candidate in due))
    are = counted(sources, "hidden source", "to delete")
    console.print(Text(f"Prune: {are}, which frees about {amount}.", "bold"))
    console.print(
        "Each is compared with its copy first. There is no rollback to a deleted source.",
        style="dim",
    )


def _print_kept(console: Console, kept: Sequence[Candidate]) -> None:
    reasons: dict[tuple[str, str], list[Candidate]] = {}
    for candidate in kept:
        reasons.setdefault((candidate.kept, candidate.fix), []).append(candidate)
    for (reason, fix), same in reasons.items():
        names = ", ".join(candidate.copy.sources[0].index.name for candidate in same[:2])
        more = f" and {len(same) - 2:,} more" if len(same) > 2 else ""
        console.print(Text(f"  kept {names}{more}", "yellow"), soft_wrap=True)
        console.print(Text(f"       {reason}. {fix}", "dim"), soft_wrap=True)


def _bytes(candidate: Candidate, name: str) -> int:
    index = next(s.index for s in candidate.copy.sources if s.index.name == name)
    return index.bytes * (1 + index.replicas)


def print_pruned(console: Console, done: Sequence[Pruned]) -> None:
    """Prints what became of the candidates."""
    for one in done:
        if one.state != "pruned":
            line = Text(f"  {one.state:<10}", "red" if one.state != "gone" else "yellow")
            line.append(f" {one.candidate.copy.sources[0].index.name}  ", "default")
            console.print(line.append(one.reason, "dim"), soft_wrap=True)
    pruned = [one for one in done if one.state == "pruned"]
    sources = sum(len(one.candidate.copy.sources) for one in pruned)
    late = sum(one.late for one in pruned)
    text = f"{counted(sources, 'hidden source')} deleted"
    text += f", {size(sum(one.candidate.bytes for one in pruned))} freed"
    text += f", {counted(late, 'late document')} copied before" if late else ""
    console.print(Text(f"{text}.", "bold"))
    if any(one.state in ("held", "unverified") for one in done):
        console.print("What is not deleted is as it was: readers see the copies, sources are kept.")


def document(found: Sequence[Candidate], done: Sequence[Pruned]) -> JsonObject:
    """The outcome as ``ucaudit.prune/1``."""
    states = [one.state for one in done]
    pruned = [one.candidate for one in done if one.state == "pruned"]
    return {
        "format": FORMAT,
        "summary": {
            "sources": sum(len(candidate.copy.sources) for candidate in pruned),
            "bytes": sum(candidate.bytes for candidate in pruned),
            "late": sum(one.late for one in done),
            "kept": sum(bool(candidate.kept) for candidate in found),
            **{state: states.count(state) for state in sorted(set(states))},
        },
        "found": [candidate.to_dict() for candidate in found],
        "done": [one.to_dict() for one in done],
    }
