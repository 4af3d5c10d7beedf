"""A plan as text: grouped by call, one line for each thing that changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.text import Text

from ucaudit.names import Naming
from ucaudit.plan.operations import Backfill, Operation, SyncLate
from ucaudit.plan.plan import CallPlan, Notice, Plan
from ucaudit.report.drift import drift_lines
from ucaudit.report.words import counted
from ucaudit.transform.apply import Transform

if TYPE_CHECKING:
    from rich.console import Console

_STYLES: Final = {"+": "green", "~": "yellow", "-": "red"}
_MOST: Final = 6
WIDE: Final = 120


def print_plan(console: Console, plan: Plan, naming: Naming) -> None:
    """Prints a plan."""
    wide = console.width >= WIDE
    for line in plan_lines(plan, naming, wide=wide):
        console.print(line, soft_wrap=True)
    for line in (summary_line(plan), *remarks(plan)):
        console.print(line)


def print_expansion(console: Console, plan: Plan, naming: Naming) -> None:
    """Prints the part of a plan that makes room, and the rest in a sentence."""
    part, rest = plan.expanding(), _parts(plan.remaining())
    for line in plan_lines(part, naming):
        console.print(line, soft_wrap=True)
    if part.empty:
        console.print(Text("Nothing to expand.", "green"))
    else:
        console.print(Text(f"Plan: {_parts(part)}.", "bold"))
    if rest:
        console.print(Text(f"Left for ucaudit migrate: {rest}.", "dim"))


def print_warnings(console: Console, plan: Plan) -> None:
    """Prints what to know about a plan, one notice a paragraph."""
    _notices(console, plan.warnings, "[bold yellow]warning[/]")


def print_problems(console: Console, plan: Plan) -> None:
    """Prints what is in the way of a plan; none of it is carried out then."""
    if plan.problems:
        _notices(console, plan.problems, "[bold red]problem[/]")
        calls = len({problem.call for problem in plan.problems if problem.call})
        are = counted(calls, "call", "refused", verb=True) or "The plan is refused"
        console.print(f"{are}; nothing was changed.", style="bold", highlight=False)


def _notices(console: Console, notices: Sequence[Notice], label: str) -> None:
    from rich.markup import escape  # noqa: PLC0415  (rare)

    for name, same in groupby(sorted(notices, key=lambda n: n.name), key=lambda n: n.name):
        found = list(same)
        console.print(f"{label}: {escape(found[0].what)} [dim]\\[{name}][/]")
        for notice in found[:_MOST]:
            call = f"{notice.call}: " if notice.call else ""
            why = f" ({notice.why})" if notice.why else ""
            console.print(f"  {escape(call + notice.where + why)}", soft_wrap=True)
        if len(found) > _MOST:
            console.print(f"  and {len(found) - _MOST:,} more")
        if found[0].fix:
            console.print(f"  [bold]fix[/] {escape(found[0].fix)}")


def plan_lines(plan: Plan, naming: Naming, *, wide: bool = False) -> Iterator[Text]:
    """The lines of a plan, but for its summary."""
    if plan.shared or plan.shared_drift:
        yield Text("all calls", "bold")
        yield from drift_lines(plan.shared_drift, wide=wide)
        yield from _group(plan.shared)
        yield Text()
    for call in plan.calls:
        if call.operations or call.drift:
            yield _heading(call)
            yield from drift_lines(call.drift, wide=wide)
            yield from _operations(call, naming, wide=wide)
            yield Text()


def _heading(call: CallPlan) -> Text:
    line = Text(call.call, "bold")
    if not call.live_version:
        return line.append(
            f"   generation {call.generation}, version {call.version}", "not bold dim"
        )
    parts = []
    if call.live_generation != call.generation:
        parts.append(f"generation {call.live_generation} -> {call.generation}")
    if call.live_version != call.version:
        parts.append(f"version {call.live_version} -> {call.version}")
    parts = parts or [f"generation {call.generation}, version {call.version}"]
    return line.append("   " + ", ".join(parts), "not bold dim")


def _operations(call: CallPlan, naming: Naming, *, wide: bool) -> Iterator[Text]:
    plain = [op for op in call.operations if not isinstance(op, Backfill | SyncLate)]
    yield from _group(plain)
    copies = [op for op in call.operations if isinstance(op, Backfill | SyncLate)]
    for _, same in groupby(sorted(copies, key=_transform_key), key=_transform_key):
        group = list(same)
        for operation in group[:_MOST]:
            yield from _copy(operation, naming, wide=wide)
        if len(group) > _MOST:
            rest = group[_MOST:]
            documents = sum(_documents(op) for op in rest)
            more = counted(len(rest), "more index", plural="more indices")
            yield Text(f"    … and {more}, {counted(documents, 'document')}", "dim")
        for step in Transform(group[0].steps).describe():
            yield Text(f"      {step}", "cyan")


def _transform_key(operation: Backfill | SyncLate) -> tuple[str, int, int]:
    return (operation.kind, operation.source_generation, operation.generation)


def _documents(operation: Backfill | SyncLate) -> int:
    return operation.documents if isinstance(operation, Backfill) else operation.operations


def _group(operations: Iterable[Operation]) -> Iterator[Text]:
    def key(operation: Operation) -> tuple[str, str]:
        return operation.sign, operation.noun

    for _, same in groupby(sorted(operations, key=key), key=key):
        group = list(same)
        for operation in group[:_MOST]:
            yield _line(operation, operation.detail())
        if len(group) > _MOST:
            rest = len(group) - _MOST
            plural = group[0].noun if group[0].noun.endswith("s") else f"{group[0].noun}s"
            yield Text(f"    … and {rest:,} more {plural}", "dim")


def _line(operation: Operation, detail: str) -> Text:
    line = Text("  ")
    line.append(operation.sign, _STYLES[operation.sign])
    line.append(f" {operation.noun:<9} {operation.subject()}")
    return line.append(f"  {detail}", "dim") if detail else line


def _copy(operation: Backfill | SyncLate, naming: Naming, *, wide: bool) -> Iterator[Text]:
    if isinstance(operation, SyncLate):
        yield _line(operation, f"up to {counted(operation.operations, 'late document')}")
        return
    amount = f"{counted(operation.documents, 'document')}, {size(operation.bytes)}"
    if operation.copied:
        amount += f", {operation.copied:,} copied already"
    if operation.dead_letters:
        amount += f", {counted(operation.dead_letters, 'dead letter')}"
    target = "-> " + _short(operation, naming)
    due_at = operation.due_at[:16].replace("T", " ")
    when = "" if operation.due else f"swapped after {due_at} UTC"
    if wide:
        yield _line(operation, f"{target}  {amount}" + (f"  ({when})" if when else ""))
        return
    yield _line(operation, amount)
    for text in (target, when):
        if text:
            yield Text(f"              {text}", "dim")


def _short(operation: Backfill, naming: Naming) -> str:
    base = naming.base(operation.call or "")
    return "…" + operation.target.removeprefix(base)


def summary_line(plan: Plan) -> Text:
    """The plan in one sentence."""
    if plan.empty:
        return _nothing(plan)
    deletes = "" if plan.summary()["deletions"] else ", nothing to delete"
    return Text(f"Plan: {_parts(plan)}{deletes}.", "bold")


def _parts(plan: Plan) -> str:
    counts = plan.summary()
    parts = [
        counted(counts["templates_added"], "template", "to add"),
        counted(counts["templates_updated"], "template", "to update"),
        counted(counts["templates_pinned"], "pin", "to change"),
        counted(counts["mappings"], "mapping", "to update"),
        counted(counts["aliases"], "index", "to put into aliases", "indices"),
        counted(counts["indices_mended"], "drifted index", "to mend", "drifted indices"),
        counted(counts["templates_mended"], "drifted template", "to mend"),
        counted(counts["swaps"], "swap", "to finish"),
        counted(counts["swaps_back"], "index", "to swap back", "indices"),
        counted(counts["late"], "index", "with late documents", "indices"),
    ]
    if counts["backfills"]:
        parts.append(
            counted(counts["backfills"], "index", "to backfill", "indices")
            + f" ({counted(counts['documents'], 'document')}, {size(counts['bytes'])})"
        )
    parts.append(counted(counts["deletions"], "unfinished copy", "to delete", "unfinished copies"))
    return ", ".join(part for part in parts if part)


def _nothing(plan: Plan) -> Text:
    ahead = sum(call.ahead for call in plan.calls)
    pinned = sum(call.pinned is not None for call in plan.calls)
    parts = [
        counted(_as_released(plan), "call", "as released", verb=True),
        f"drift is kept in {counted(_drifted(plan), 'call')}" if _drifted(plan) else "",
        f"{ahead:,} ahead of this checkout" if ahead else "",
        f"{pinned:,} pinned by a rollback" if pinned else "",
        f"{len(plan.refused):,} refused" if plan.refused else "",
    ]
    text = ", ".join(part for part in parts if part) or "no call is chosen"
    if plan.problems:
        return Text(f"Nothing can be done: {text}.", "bold")
    return Text(f"Nothing to do: {text}.", "green")


def _as_released(plan: Plan) -> int:
    return sum(
        not (call.operations or call.drift or call.ahead or call.call in plan.refused)
        and call.pinned is None
        for call in plan.calls
    )


def _drifted(plan: Plan) -> int:
    return sum(bool(call.drift) for call in plan.calls if call.call not in plan.refused)


def remarks(plan: Plan) -> Iterator[Text]:
    """What follows from the plan, in sentences."""
    if plan.empty:
        return
    if unchanged := _as_released(plan):
        yield Text(counted(unchanged, "call", "as released.", verb=True), "dim")
    if ahead := sum(call.ahead for call in plan.calls):
        text = counted(ahead, "call", "left alone: the cluster is ahead.", verb=True)
        yield Text(text, "dim")
    counts = plan.summary()
    waiting = counts["backfills"] - counts["due"]
    if waiting:
        are = counted(waiting, "index", "copied now", "indices", verb=True)
        text = f"{are} and swapped in once the day is over (or with --finish)."
        yield Text(text, "dim")
    mixed = sum(len(call.documents) > 1 for call in plan.calls)
    if mixed:
        are = counted(mixed, "read alias", "of two shapes", "read aliases", verb=True)
        until = "Until then" if waiting else "Until this is done,"
        yield Text(f"{until} {are}: aggregations on a changed field can fail.", "dim")


def size(number: int) -> str:
    """``1,234,567`` as ``1.2 MB``."""
    amount = float(number)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"
