"""A diff as text: verdict first, then one block a call, one entry a cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ucaudit.diff.model import Effects, Finding, Witness
from ucaudit.jsontypes import canonical

if TYPE_CHECKING:
    from ucaudit.diff.model import CallDiff, Diff

_LEVEL: Final = {"error": ("bold red", "✗"), "warning": ("yellow", "!"), "info": ("dim", "·")}
_EFFECT: Final = {
    "ok": "green",
    "none": "green",
    "unknown": "yellow",
    "put_mapping": "cyan",
    "breaks": "bold red",
    "reindex": "bold magenta",
}
_MOST_OCCURRENCES: Final = 3
_MOST_DOCUMENT: Final = 160


def render_diff(diff: Diff) -> Group:
    """The whole diff for a terminal."""
    findings = {finding.id: finding for finding in diff.findings}
    shown: set[str] = set()
    blocks: list[RenderableType] = []
    for call in diff.calls:
        if call.status == "unchanged":
            continue
        blocks.append(_call_line(call))
        for finding in (f for f in diff.findings if f.id in call.findings):
            if finding.id in shown:
                blocks.append(Padding(_again(finding), (0, 0, 0, 2)))
                continue
            shown.add(finding.id)
            blocks.append(Padding(_finding(finding, call.call), (0, 0, 0, 2)))
        blocks.append(Text())
    blocks.append(_summary(diff, list(findings.values())))
    return Group(*blocks)


def _call_line(call: CallDiff) -> Text:
    line = Text(call.call, style="bold")
    if call.renamed_from:
        line.append(f" (was {call.renamed_from})", style="not bold")
    line.append("  ")
    if call.status in ("added", "removed"):
        line.append(call.status, style="not bold cyan")
        return line
    line.append_text(effects_line(call.effects))
    return line


def effects_line(effects: Effects) -> Text:
    """``backward breaks · forward ok · index reindex``, coloured."""
    line = Text()
    for name, effect in effects.to_dict().items():
        if line:
            line.append(" · ", style="not bold dim")
        line.append(f"{name} ", style="not bold dim")
        line.append(effect, style=f"not bold {_EFFECT[effect].removeprefix('bold ')}")
    return line


def _again(finding: Finding) -> Text:
    style, mark = _LEVEL[finding.level]
    return Text(f"{mark} {finding.message} (as above, {finding.id})", style=style)


def _finding(finding: Finding, call: str) -> Group:
    style, mark = _LEVEL[finding.level]
    head = Text(f"{mark} ", style=style)
    head.append(finding.message, style="default")
    head.append(f"  {finding.rule}", style="dim")
    lines: list[RenderableType] = [head]
    bad = [
        f"{name} {effect}"
        for name, effect in finding.effects.to_dict().items()
        if effect not in ("ok", "none")
    ]
    where = f"{finding.owner}{finding.pointer}" if finding.owner != call else finding.pointer
    facts = " · ".join(x for x in (", ".join(bad), where, finding.id) if x)
    lines.append(Padding(Text(facts, style="dim"), (0, 0, 0, 2)))
    lines += [Padding(line, (0, 0, 0, 2)) for line in _reach(finding)]
    for direction, witness in finding.witnesses.items():
        if direction != "index" or finding.effects.index == "reindex":
            lines.append(Padding(_witness(direction, witness), (0, 0, 0, 2)))
    return Group(*lines)


def _reach(finding: Finding) -> Iterator[Text]:
    places = finding.occurrences
    if len(places) < 2:
        return
    names = [f"{o.call} {o.part} {o.path}" for o in places[:_MOST_OCCURRENCES]]
    more = len(places) - _MOST_OCCURRENCES
    yield Text("at " + ", ".join(names) + (f" and {more} more" if more > 0 else ""), style="dim")


def _witness(direction: str, witness: Witness) -> Text:
    document = canonical(witness.document).decode()
    if len(document) > _MOST_DOCUMENT:
        document = document[: _MOST_DOCUMENT - 1] + "…"
    reader = {"old": "the old side", "new": "the new side"}.get(witness.rejected_by, "the index")
    error = witness.error if len(witness.error) <= _MOST_DOCUMENT else witness.error[:159] + "…"
    text = Text(f"{direction}: ", style="dim")
    text.append(document, style="default")
    text.append(f"\n  {reader} says: ", style="dim")
    text.append(error, style="default")
    return text


def _summary(diff: Diff, findings: Sequence[Finding]) -> Text:
    changed = [call for call in diff.calls if call.status != "unchanged"]
    if not changed:
        return Text(f"No difference in {_count(len(diff.calls), 'call')}.", style="green")
    counts = {level: sum(f.level == level for f in findings) for level in _LEVEL}
    line = Text(f"{len(changed)} of {_count(len(diff.calls), 'call')} changed", style="bold")
    line.append(f", {_count(len(findings), 'cause')}", style="not bold")
    parts = [_count(count, level) for level, count in counts.items() if count and level != "info"]
    if parts:
        line.append(f" ({', '.join(parts)})", style="not bold")
    line.append(": ", style="not bold")
    line.append_text(effects_line(diff.effects))
    return line


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
