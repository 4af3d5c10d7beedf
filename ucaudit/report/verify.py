"""What a verification has shown, as text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from rich.text import Text

from ucaudit.migrate.compare import Kind
from ucaudit.migrate.verified import Verified
from ucaudit.migrate.verify import Verification
from ucaudit.report.differences import shown
from ucaudit.report.words import counted

if TYPE_CHECKING:
    from rich.console import Console

_FEW: Final = 30
_DIGITS: Final = 12
_KINDS: Final[dict[Kind, str]] = {
    "missing": "missing in the copy",
    "changed": "changed",
    "extra": "only in the copy",
    "collides": "kept out by another of the same id",
}


def print_verified(console: Console, verified: Verified, *, all_copies: bool = False) -> None:
    """Prints a line for each copy, more where somebody must look; many that hold are counted."""
    few = all_copies or len(verified.copies) <= _FEW
    for call in verified.calls:
        lines: list[Text] = []
        for copy in verified.copies:
            if copy.call == call and (few or not copy.holds):
                lines += _copy(copy, verified)
        for skipped in verified.skipped:
            if skipped.call == call and (few or not skipped.usual):
                mark = Text("  - ", "dim") if skipped.usual else Text("  ✗ ", "red")
                line = mark.append(skipped.index, "default")
                lines += [line, Text(f"    not compared: {skipped.reason}", "dim")]
        if lines:
            console.print(Text(call, "bold"))
        for line in lines:
            console.print(line, soft_wrap=True)
    for line in _footer(verified, listed=few):
        console.print(line)


def _copy(copy: Verification, verified: Verified) -> Iterator[Text]:
    mark = Text("  ✓ ", "green") if copy.holds else Text("  ✗ ", "red")
    yield mark.append(copy.copy, "default")
    for number, source in enumerate(copy.sources):
        tally = source.tally
        text = f"    {'and' if number else 'of'} {source.index}: "
        text += counted(tally.documents, "document")
        text += f", {counted(tally.dead, 'dead letter')}" if tally.dead else ""
        yield Text(text, "dim")
    same = copy.holds and all(source.tally.same(copy.target) for source in copy.sources[:1])
    told = f"digest {copy.target.hex[:_DIGITS]} on both sides" if same else _digests(copy)
    if copy.compared == "ids":
        told = "ids only: the steps that made it are not recorded any more"
    yield Text(f"    {counted(copy.target.documents, 'document')}, {told}", "dim")
    if found := [f"{number:,} {_KINDS[kind]}" for kind, number in copy.counts.items() if number]:
        yield Text("    " + ", ".join(found), "red")
    for sample in copy.samples:
        yield from shown(sample)
    for source in copy.sources:
        if late := verified.late.get(source.index):
            yield Text(
                f"    late: up to {counted(late, 'document')} not copied yet: ucaudit migrate",
                "yellow",
            )


def _digests(copy: Verification) -> str:
    digests = f"digest {copy.target.hex[:_DIGITS]}"
    if copy.holds:
        return f"{digests}; compared by id"
    return f"{digests}, should be {copy.sources[0].tally.hex[:_DIGITS]}"


def _footer(verified: Verified, *, listed: bool) -> Iterator[Text]:
    holding = [copy for copy in verified.copies if copy.holds]
    if not listed and holding:
        yield Text(f"{counted(len(holding), 'copy', plural='copies')} hold (--all lists them).")
    if not verified.copies and not verified.skipped:
        yield Text("No index was copied: there is nothing to compare.")
        return
    wrong = len(verified.copies) - len(holding)
    total = sum(copy.target.documents for copy in verified.copies)
    parts = [
        _holding(len(holding), "hold", "holds") if holding else "",
        (_holding(wrong, "do not hold", "does not hold") if not holding else f"{wrong:,} not")
        if wrong
        else "",
        counted(len(verified.skipped), "copy", "not compared", "copies"),
    ]
    style = "bold" if verified.holds else "bold red"
    text = ", ".join(part for part in parts if part)
    yield Text(f"{text}; {counted(total, 'document')} compared.", style)
    if wrong:
        yield Text(
            "Nothing was changed: sources are kept, hidden, until they are pruned. A document that "
            "was changed in a copy by hand stays so; late ones are copied by ucaudit migrate."
        )


def _holding(number: int, several: str, one: str) -> str:
    if number == 1:
        return f"1 copy {one} what its source holds"
    return f"{number:,} copies {several} what their sources hold"
