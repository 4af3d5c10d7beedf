"""Dead letters as text: where they got stuck, what that means for readers, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import orjson
from rich.text import Text

from ucaudit.migrate.deadletters import Reason, frequent
from ucaudit.migrate.letters import FORMAT, SHORT, Group, Letter
from ucaudit.report.words import counted

if TYPE_CHECKING:
    from rich.console import Console

    from ucaudit.jsontypes import JsonObject
    from ucaudit.migrate.retry import Retried

_MEANING: Final = {
    "missing": "Readers see the copy, in which they are missing.",
    "in-source": "Readers see the source, which has them.",
    "stray": "Their copy is gone or closed to writes.",
}


def print_groups(console: Console, groups: Sequence[Group], *, limit: int) -> None:
    """Prints dead letters: a heading for each pair of indices, the reasons, then each letter."""
    if not groups:
        console.print("No dead letters.", style="green")
        return
    left = limit
    for group in groups:
        for line in (*heading(group), *_reasons(group)):
            console.print(line, soft_wrap=True)
        for letter in group.letters[:left]:
            console.print(_line(letter), soft_wrap=True)
        more = len(group.letters) - max(left, 0)
        if more > 0:
            console.print(f"    … and {more:,} more (--limit)", style="dim")
        left = max(0, left - len(group.letters))
        console.print()
    console.print(_summary(groups), style="bold")
    console.print(
        "Once the step is mended: ucaudit dead-letters retry; to keep them elsewhere: export.",
        style="dim",
    )


def heading(group: Group) -> Iterator[Text]:
    """Where letters got stuck, and what that means for readers."""
    origin = group.origin
    line = Text(origin.call, "bold")
    yield line.append(f"   {counted(len(group.letters), 'dead letter')}", "not bold red")
    yield Text(f"  {origin.source}")
    yield Text(f"  -> {origin.target}", "dim")
    there = "" if group.source_there or group.standing == "in-source" else " Its source is gone."
    yield Text(f"  {_MEANING[group.standing]}{there}", "dim")


def _reasons(group: Group) -> Iterator[Text]:
    for reason in reasons_of(group.letters):
        yield Text(f"  {reason.count:>7,}  ", "red").append(reason.text, "default")


def reasons_of(letters: Iterable[Letter]) -> tuple[Reason, ...]:
    """The most frequent reasons."""
    return frequent(letter.to_dict() for letter in letters)


def _line(letter: Letter) -> Text:
    line = Text(f"    {letter.key[:SHORT]}  ", "cyan").append(letter.id, "default")
    return line.append(f"  routing {letter.routing}", "dim") if letter.routing else line


def _summary(groups: Sequence[Group]) -> str:
    total = counted(sum(len(group.letters) for group in groups), "dead letter")
    missing = sum(len(group.letters) for group in groups if group.standing == "missing")
    sight = f", {missing:,} out of readers' sight" if missing else ""
    return f"{total} of {counted(len(groups), 'index', plural='indices')}{sight}."


def print_letter(console: Console, letter: Letter) -> None:
    """Prints one letter with its document; the document itself is for ``out`` to print."""
    origin = letter.origin
    rows = (
        ("letter", letter.key),
        ("call", origin.call),
        ("source", f"{origin.source} (generation {origin.source_generation})"),
        ("copy", f"{origin.target} (generation {origin.generation})"),
        ("id", letter.id),
        ("routing", letter.routing),
        ("step", letter.step or "none: the engine refused it"),
        ("reason", letter.reason),
        ("since", letter.at),
    )
    for name, value in rows:
        if value is not None:
            console.print(Text(f"{name:>8}  ", "bold").append(value, "not bold"), soft_wrap=True)


def shown_document(raw: bytes) -> bytes:
    """A document over several lines; as it is where numbers or text would not survive that."""
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw
    pretty = orjson.dumps(document, option=orjson.OPT_INDENT_2)
    return pretty if orjson.dumps(document) == _without_spaces(raw) else raw


def _without_spaces(raw: bytes) -> bytes:
    inside = escaped = False
    kept = bytearray()
    for byte in raw:
        if inside or byte not in b" \t\r\n":
            kept.append(byte)
        if byte == 0x22 and not escaped:
            inside = not inside
        escaped = inside and byte == 0x5C and not escaped
    return bytes(kept)


def print_retry(console: Console, groups: Sequence[Group], obstacles: Sequence[str]) -> None:
    """Prints what a retry would do."""
    for group, obstacle in zip(groups, obstacles, strict=True):
        for line in heading(group):
            console.print(line, soft_wrap=True)
        if obstacle:
            console.print(Text(f"  not retried: {obstacle}", "yellow"), soft_wrap=True)
    ready = [g for g, why in zip(groups, obstacles, strict=True) if not why]
    total = sum(len(group.letters) for group in ready)
    if not total:
        console.print("Nothing to retry.", style="bold")
        return
    console.print(
        f"{counted(total, 'document', 'transformed again by the steps as they are now', verb=True)}"
        " and written into the copies. A dead letter goes only once its document is in the copy.",
        style="bold",
    )


def print_retried(console: Console, outcomes: Sequence[Retried]) -> None:
    """Prints what became of a retry."""
    tried = sum(outcome.tried for outcome in outcomes)
    resolved = sum(outcome.resolved for outcome in outcomes)
    for outcome in outcomes:
        if outcome.skipped:
            line = Text("  not retried  ", "yellow").append(outcome.origin.source, "default")
            console.print(line.append(f"  {outcome.skipped}", "dim"), soft_wrap=True)
    text = f"Done: {counted(resolved, 'document')} of {tried:,} in the copies now"
    console.print(f"{text}, {counted(tried - resolved, 'dead letter')} left.", style="bold")
    if tried > resolved:
        console.print("Why they are left: ucaudit dead-letters list")


def print_discard(console: Console, groups: Sequence[Group]) -> None:
    """Prints what throwing letters away means."""
    for group in groups:
        for line in (*heading(group), *_reasons(group)):
            console.print(line, soft_wrap=True)
        console.print(Text(f"  {_consequence(group)}", "red"), soft_wrap=True)


def _consequence(group: Group) -> str:
    if group.standing == "in-source":
        return "Not discarded: the index is not swapped in (migrate --accept-dead-letters N|all)."
    if group.source_there:
        return "Their documents stay in the hidden source until it is pruned, and nowhere else."
    return "Nothing else has these documents: export them first (ucaudit dead-letters export)."


def discardable(groups: Iterable[Group]) -> list[Group]:
    """Groups whose letters may be thrown away: of an unfinished copy they would only come again."""
    return [group for group in groups if group.standing != "in-source"]


def document_of(action: str, groups: Sequence[Group], **more: object) -> JsonObject:
    """Dead letters as ``ucaudit.dead-letters/1``."""
    return {
        "format": FORMAT,
        "action": action,
        "summary": {
            "dead_letters": sum(len(group.letters) for group in groups),
            "indices": len(groups),
            "missing": sum(len(g.letters) for g in groups if g.standing == "missing"),
        },
        "indices": [
            {
                "call": group.origin.call,
                "source": group.origin.source,
                "target": group.origin.target,
                "standing": group.standing,
                "source_there": group.source_there,
                "dead_letters": len(group.letters),
                "reasons": [reason.to_dict() for reason in reasons_of(group.letters)],
            }
            for group in groups
        ],
        **more,
    }
