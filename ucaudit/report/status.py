"""The status of a cluster, call by call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ucaudit.jsontypes import JsonObject
from ucaudit.plan.operations import (
    AddAliases,
    Backfill,
    DeleteCopy,
    FinishSwap,
    Operation,
    PutMapping,
    PutTemplate,
    SwapBack,
    SyncLate,
)
from ucaudit.plan.plan import CallPlan, Plan
from ucaudit.report.drift import status_drift
from ucaudit.report.plan import WIDE
from ucaudit.report.words import counted

if TYPE_CHECKING:
    from rich.console import Console

FORMAT: Final = "ucaudit.status/1"
_FEW: Final = 30
_WORDS: Final[tuple[tuple[type[Operation], str, str], ...]] = (
    (PutTemplate, "template", "templates"),
    (PutMapping, "mapping", "mappings"),
    (AddAliases, "alias", "aliases"),
    (FinishSwap, "swap", "swaps"),
    (SwapBack, "swap back", "swaps back"),
    (DeleteCopy, "deletion", "deletions"),
    (SyncLate, "late", "late"),
    (Backfill, "backfill", "backfills"),
)


def print_status(console: Console, plan: Plan, *, all_calls: bool = False) -> None:
    """Prints a table; calls that need nothing are counted, not listed, if there are many."""
    from rich.table import Table  # noqa: PLC0415  (slow to load)

    refused = plan.refused
    few = all_calls or len(plan.calls) <= _FEW
    shown = [c for c in plan.calls if few or c.call in refused or not settled(c)]
    if shown:
        table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
        table.add_column("call", overflow="fold", ratio=None)
        table.add_column("released", no_wrap=True)
        table.add_column("live", no_wrap=True)
        table.add_column("documents", justify="right", no_wrap=True)
        table.add_column("pending", overflow="fold")
        table.add_column("dead", justify="right", no_wrap=True)
        for call in shown:
            table.add_row(*_row(call, refused=call.call in refused))
        console.print(table, soft_wrap=False)
    for drift in status_drift(plan, wide=console.width >= WIDE):
        console.print(drift, soft_wrap=True)
    for line in _footer(plan, len(plan.calls) - len(shown)):
        console.print(line)


def settled(call: CallPlan) -> bool:
    """Whether nobody needs to look at the call."""
    return not (
        call.operations
        or call.dead_letters
        or call.waiting
        or call.ahead
        or call.drift
        or call.pinned is not None
    )


def _row(call: CallPlan, *, refused: bool) -> tuple[str, str, str, str, str, str]:
    documents = "\n".join(
        f"g{generation} {number:,}" for generation, number in sorted(call.documents.items())
    )
    live = f"v{call.live_version} g{call.live_generation}" if call.live_version else "-"
    style = (
        ""
        if (call.live_version, call.live_generation) == (call.version, call.generation)
        else "[yellow]"
    )
    dead = f"[red]{call.dead_letters:,}[/]" if call.dead_letters else "0"
    return (
        call.call.replace("[", "\\["),
        f"v{call.version} g{call.generation}",
        style + live,
        documents or "0",
        _pending(call, refused=refused) or "[dim]nothing[/]",
        dead,
    )


def _pending(call: CallPlan, *, refused: bool) -> str:
    if refused:
        return "[red]refused, see below[/]"
    if call.ahead:
        return "[yellow]cluster is ahead[/]"
    parts = []
    for kind, one, many in _WORDS:
        release = (operation for operation in call.operations if not operation.mends)
        number = sum(isinstance(operation, kind) for operation in release)
        if number:
            parts.append(f"{number:,} {one if number == 1 else many}")
    if notes := _backfill_notes(call):
        parts[-1] += f" ({', '.join(notes)})"
    if mended := len({op.subject() for op in call.operations if op.mends}):
        parts.append(f"{mended:,} to mend")
    if call.pinned is not None:
        parts.append(f"[yellow]pinned to g{call.pinned}[/]")
    if call.waiting:
        parts.append(f"{counted(sum(call.waiting.values()), 'document')} out of sight")
    return ", ".join(parts)


def _backfill_notes(call: CallPlan) -> list[str]:
    fills = [operation for operation in call.operations if isinstance(operation, Backfill)]
    begun = [fill for fill in fills if fill.due and fill.target_uuid is not None]
    counts = {
        "before the day is over": sum(not fill.due for fill in fills),
        "held by dead letters": sum(fill.dead_letters > 0 and not fill.left for fill in begun),
        "to be resumed": sum(fill.left > 0 for fill in begun),
    }
    return [f"{number:,} {what}" for what, number in counts.items() if number]


def _footer(plan: Plan, left_out: int) -> list[str]:
    lines = []
    if left_out:
        lines.append(counted(left_out, "more call", "as released (--all lists them).", verb=True))
    total = sum(sum(call.documents.values()) for call in plan.calls)
    backup = sum(call.backup for call in plan.calls)
    dead = sum(call.dead_letters for call in plan.calls)
    text = f"{counted(total, 'document')} in {counted(len(plan.calls), 'call')}"
    text += f", {backup:,} kept in hidden sources" if backup else ""
    text += f", {counted(dead, 'dead letter')}" if dead else ""
    return [*lines, f"{text}. {_todo(plan)}"]


def _todo(plan: Plan) -> str:
    pending = sum(bool(call.operations) for call in plan.calls)
    refused = counted(len(plan.refused), "call", "refused, see below.", verb=True)
    if not plan.problems and plan.empty:
        return "Nothing is pending" + (", drift is shown above." if any(plan.drift()) else ".")
    if pending:
        todo = f"{counted(pending, 'call', 'pending', verb=True)}: ucaudit plan."
    else:
        todo = "" if plan.empty else "Shared templates are pending: ucaudit plan."
    return " ".join(part for part in (todo, refused) if part) or "The plan is refused, see below."


def status_document(plan: Plan) -> JsonObject:
    """The status as ``ucaudit.status/1``."""
    calls = []
    for call in plan.calls:
        document = call.to_dict()
        operations = document.pop("operations")
        document["pending"] = [
            {
                "kind": operation["kind"],
                "subject": operation.get("source")
                or operation.get("index")
                or operation.get("name"),
                "due": operation.get("due"),
                "due_at": operation.get("due_at"),
                "documents": operation.get("documents"),
            }
            for operation in operations
        ]
        calls.append(document)
    return {
        "format": FORMAT,
        "cluster": {"id": plan.cluster_id, "version": plan.cluster_version},
        "summary": {
            "calls": len(plan.calls),
            "pending": sum(bool(call.operations) for call in plan.calls),
            "documents": sum(sum(call.documents.values()) for call in plan.calls),
            "backup": sum(call.backup for call in plan.calls),
            "dead_letters": sum(call.dead_letters for call in plan.calls),
            "drift": sum(1 for _ in plan.drift()),
        },
        "calls": calls,
        "drift": [drift.to_dict() for drift in plan.drift()],
        "problems": [problem.to_dict() for problem in plan.problems],
        "warnings": [warning.to_dict() for warning in plan.warnings],
    }
