"""What indices of a time before ucaudit need, as text: those together that need the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.padding import Padding
from rich.text import Text

from ucaudit.mapping.reach import Change
from ucaudit.migrate.adopt import Adopted
from ucaudit.names import Naming
from ucaudit.plan.baseline import Baseline, CallBaseline, Group, Need
from ucaudit.plan.operations import AddTemplate, PutTemplate
from ucaudit.report.plan import size
from ucaudit.report.words import counted

if TYPE_CHECKING:
    from rich.console import Console

_WORDS: Final[dict[Need, tuple[str, str, str]]] = {
    "serves": ("=", "serves", "green"),
    "put_mapping": ("~", "put mapping", "yellow"),
    "backfill": (">", "backfill", "magenta"),
}
_MOST_NAMES: Final = 4
_MOST_FIELDS: Final = 4
_MOST_REASONS: Final = 6
_MOST_LEFT: Final = 20


def print_baseline(console: Console, baseline: Baseline, naming: Naming) -> None:
    """Prints what there is to adopt, call by call."""
    for call in baseline.calls:
        if call.adoptions or call.left:
            for line, indent in _lines(call, naming):
                console.print(Padding(line, (0, 0, 0, indent), expand=False))
            console.print()
    for line in (_summary(baseline), *_remarks(baseline)):
        console.print(line)


def print_adopted(console: Console, adopted: Adopted) -> None:
    """Prints what a run did."""
    copied = sum(not generation for generation in adopted.generations.values())
    kept = len(adopted.generations) - copied
    parts = [
        counted(kept, "index", "adopted as it stands", "indices") if kept else "",
        counted(copied, "index", "marked to be backfilled", "indices") if copied else "",
    ]
    text = ", ".join(part for part in parts if part) or "No index adopted"
    console.print(Text(f"{text}.", "bold green"))
    if left := adopted.last.left():
        console.print(Text(f"{_left_alone(len(left))}:", "yellow"))
        for notice in left[:_MOST_LEFT]:
            line = Text(f"{notice.where}: {notice.why}")
            console.print(Padding(line, (0, 0, 0, 2), expand=False))
        if len(left) > _MOST_LEFT:
            console.print(Text(f"  and {len(left) - _MOST_LEFT:,} more"))
    if copied:
        console.print(Text("To copy what must be backfilled: ucaudit migrate"))


def _lines(call: CallBaseline, naming: Naming) -> Iterator[tuple[Text, int]]:
    heading = Text(call.call, "bold")
    heading.append(f"   generation {call.generation}, version {call.version}", "not bold dim")
    yield heading, 0
    base = naming.base(call.call)
    for group in call.groups():
        yield from _group(group, base)
    for notice in call.left[:_MOST_LEFT]:
        line = Text("! ", "red").append(f"left alone   {notice.where.removeprefix(base)}: ", "")
        yield line.append(notice.why, ""), 2
        yield Text(notice.fix, "dim"), 6
    if len(call.left) > _MOST_LEFT:
        yield Text(f"and {len(call.left) - _MOST_LEFT:,} more left alone"), 4


def _group(group: Group, base: str) -> Iterator[tuple[Text, int]]:
    sign, word, style = _WORDS[group.need]
    documents = sum(adoption.documents for adoption in group.adoptions)
    amount = sum(adoption.bytes for adoption in group.adoptions)
    line = Text(f"{sign} ", style)
    line.append(f"{word:<12} {counted(len(group.adoptions), 'index', plural='indices')}", "")
    line.append(f"  {counted(documents, 'document')}, {size(amount)}", "dim")
    yield line, 2
    yield Text(_names([a.index.removeprefix(base) for a in group.adoptions]), "dim"), 6
    if group.why:
        yield Text(group.why), 6
    for reason, paths in _reasons(group):
        yield Text(f"{reason}: {_some(paths, _MOST_FIELDS)}"), 6


def _reasons(group: Group) -> list[tuple[str, list[str]]]:
    """Reason to the fields it is the reason for; of an index that is copied, only what forces it.

    Fields of the call's own data come first.
    """
    wanted = [c for c in group.changes if group.need != "backfill" or c.kind == "refused"]
    found: dict[str, list[str]] = {}
    for change in sorted(wanted, key=_own_data_first):
        found.setdefault(change.reason, []).append(change.path or "the whole document")
    reasons = list(found.items())
    if len(reasons) > _MOST_REASONS:
        rest = [path for _, paths in reasons[_MOST_REASONS:] for path in paths]
        reasons[_MOST_REASONS:] = [("other reasons (--format json has all)", rest)]
    return reasons


def _own_data_first(change: Change) -> tuple[bool, str]:
    return not change.path.startswith(("requestJson", "responseJson")), change.path


def _names(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMES:
        return ", ".join(names)
    return f"{names[0]}, {names[1]} … {names[-1]}"


def _some(items: Sequence[str], most: int) -> str:
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more:,} more" if more > 0 else "")


def _summary(baseline: Baseline) -> Text:
    counts = baseline.summary()
    if baseline.empty:
        managed = counted(counts["managed"], "index", "ours already", "indices", verb=True)
        text = "Nothing to adopt" + (f": {managed}." if managed else ".")
        left = f" {_left_alone(counts['left_alone'])}." if counts["left_alone"] else ""
        return Text(text + left, "yellow" if left else "green")
    fill = f"{counted(counts['backfill_documents'], 'document')}, {size(counts['backfill_bytes'])}"
    parts = [
        counted(counts["serves"], "index", "to adopt as it is", "indices"),
        counted(counts["put_mapping"], "index", "to adopt with put mapping", "indices"),
        counted(counts["backfill"], "index", "to mark for backfill", "indices"),
    ]
    if counts["backfill"]:
        parts[-1] += f" ({fill})"
    if counts["left_alone"]:
        parts.append(f"{counts['left_alone']:,} left alone")
    parts += _templates(baseline)
    return Text(f"Baseline: {', '.join(part for part in parts if part)}.", "bold")


def _templates(baseline: Baseline) -> list[str]:
    templates = [op for op in baseline.expansion.operations() if isinstance(op, PutTemplate)]
    added = sum(isinstance(op, AddTemplate) for op in templates)
    return [
        counted(added, "template", "to add"),
        counted(len(templates) - added, "template", "to update"),
    ]


def _remarks(baseline: Baseline) -> Iterator[Text]:
    if baseline.empty:
        return
    yield Text("Nothing is copied or deleted; writers and readers go on as before.", "dim")
    if baseline.summary()["backfill"]:
        yield Text("What is to be backfilled is copied by the next ucaudit migrate.", "dim")


def _left_alone(number: int) -> str:
    return counted(number, "index", "left alone", "indices", verb=True)
