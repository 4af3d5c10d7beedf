"""A diff as text: verdict first, then one block a call, one entry a cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from ucaudit.diff.model import Effects, Finding, Witness
from ucaudit.jsontypes import JsonObject, canonical
from ucaudit.report.words import count

if TYPE_CHECKING:
    from ucaudit.diff.model import CallDiff, Diff

LEVELS: Final = {"error": ("bold red", "✗"), "warning": ("yellow", "!"), "info": ("dim", "·")}
_ACCEPTED: Final = ("dim", "○")
_EFFECT: Final = {
    "ok": "green",
    "none": "green",
    "unknown": "yellow",
    "put_mapping": "cyan",
    "breaks": "bold red",
    "reindex": "bold magenta",
}
_MOST_OCCURRENCES: Final = 3
_MOST_TEXT: Final = 90


def render_diff(diff: Diff) -> Group:
    """The whole diff for a terminal."""
    blocks = [*change_blocks(diff), summary_line(diff), *unmatched_lines(diff.unmatched)]
    return Group(*blocks)


def change_blocks(diff: Diff, places: Mapping[str, str] | None = None) -> Iterator[RenderableType]:
    """One block a call that changed.

    Args:
        diff: The diff.
        places: Id of a finding to ``file:line``.
    """
    shown: set[str] = set()
    for call in diff.calls:
        if call.status == "unchanged":
            continue
        yield _call_line(call)
        own = frozenset(call.findings)
        for finding in (f for f in diff.findings if f.id in own):
            if finding.rule == "call-added":
                continue
            again = finding.id in shown
            shown.add(finding.id)
            place = (places or {}).get(finding.id, "")
            yield _again(finding) if again else _finding(finding, call.call, place)
        yield Text()


def unmatched_lines(unmatched: Sequence[JsonObject]) -> list[RenderableType]:
    """Acceptances that match nothing any more, each with the way to drop it."""
    lines: list[RenderableType] = []
    for entry in unmatched:
        line = Text("! ", style="yellow")
        line.append(f"accepted and not there any more: {entry['message']}", style="default")
        hint = f"{entry['rule']}; drop it: ucaudit lock --unaccept {entry['id']}"
        lines += [line, _indent(4, Text(hint, style="dim"))]
    return lines


def _call_line(call: CallDiff) -> Text:
    line = Text(call.call, style="bold")
    if call.renamed_from:
        line.append(f" (was {call.renamed_from})", style="not bold")
    line.append("  ")
    if call.status in ("added", "removed"):
        line.append(call.status, style="not bold cyan" if call.status == "added" else "red")
        if call.effects == Effects() or call.status == "removed":
            return line
        line.append("  ")
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


def _again(finding: Finding) -> Padding:
    style, mark = _mark(finding)
    return _indent(2, Text(f"{mark} {finding.message} (as above, {finding.id})", style=style))


def _mark(finding: Finding) -> tuple[str, str]:
    """Colour and sign; what is accepted is quiet."""
    return _ACCEPTED if finding.accepted is not None else LEVELS[finding.level]


def _finding(finding: Finding, call: str, place: str) -> Group:
    style, mark = _mark(finding)
    head = Text(f"{mark} ", style=style)
    head.append(finding.message, style="default")
    facts = " · ".join((finding.rule, *_in_short(finding.effects), finding.id))
    lines = [_indent(2, head), _indent(4, Text(facts, style="dim"))]
    if place:
        lines.append(_indent(4, Text(place, style="dim")))
    lines += [
        _indent(4, line)
        for line in (*_judgement(finding), *_perhaps(finding), *_reach(finding, call))
    ]
    for direction in ("backward", "forward", "index") if finding.accepted is None else ():
        witness = finding.witnesses.get(direction)
        if witness and (direction != "index" or finding.effects.index == "reindex"):
            refusal = _refusal(witness, _old_side(finding))
            lines += [_indent(4, _proof(direction, witness)), _indent(6, refusal)]
    return Group(*lines)


def _judgement(finding: Finding) -> Iterator[Text]:
    """What the project decided about it, and since when it breaks."""
    if finding.accepted is not None:
        until = finding.accepted["until"]
        end = f" until {until}" if until else ""
        yield Text(f"accepted{end}: {finding.accepted['reason']}", style="dim")
    if finding.expired is not None:
        text = f"accepted until {finding.expired['until']}, which is over: "
        text += finding.expired["reason"]
        yield Text(text, style="yellow")
    if finding.versions is not None:
        numbers = " and ".join(map(str, finding.versions[-2:]))
        listed = ", ".join((*map(str, finding.versions[:-2]), numbers))
        noun = "version" if len(finding.versions) == 1 else "versions"
        verb = "shows" if len(finding.versions) == 1 else "show"
        text = f"released {noun} {listed} {verb} it, the old side does not"
        yield Text(text, style="dim")


def _old_side(finding: Finding) -> str:
    """Who the old side of its witnesses is; of several versions, one of them."""
    if finding.versions is None:
        return "the old side"
    single = len(finding.versions) == 1
    return f"version {finding.versions[0]}" if single else "an older version"


def _perhaps(finding: Finding) -> Iterator[Text]:
    """What may be a rename: a question, so it is said quietly."""
    for word, proposal in (("from", finding.renamed_from), ("to", finding.renamed_to)):
        if proposal is not None:
            why = f"{proposal.score:.2f}: {proposal.reason}"
            yield Text(f"perhaps renamed {word} {proposal.name} ({why})", style="dim")


def _in_short(effects: Effects) -> Iterator[str]:
    for effect in ("breaks", "unknown"):
        hit = [name for name in ("backward", "forward") if getattr(effects, name) == effect]
        if hit:
            yield f"{effect} {'both ways' if len(hit) == 2 else hit[0]}"
    if effects.index != "none":
        yield effects.index


def _indent(columns: int, text: Text) -> Padding:
    return Padding(text, (0, 0, 0, columns), expand=False)


def _reach(finding: Finding, call: str) -> Iterator[Text]:
    """Whose schema it is, unless the call's own; and the places, if there are several."""
    owner = finding.owner.rpartition(".")[2] if "." in finding.owner else finding.owner
    places = finding.occurrences
    if finding.owner != call and len({o.call for o in places}) > 1:
        yield Text(f"in {owner}{finding.pointer}", style="dim")
    if len(places) > 1:
        names = [f"{o.call} {o.path}" for o in places[:_MOST_OCCURRENCES]]
        more = len(places) - _MOST_OCCURRENCES
        yield Text("at " + ", ".join(names) + (f" and {more} more" if more > 0 else ""), "dim")


def _proof(direction: str, witness: Witness) -> Text:
    """The document on one line; whole in JSON."""
    text = Text(f"{direction}: ", style="dim", no_wrap=True, overflow="ellipsis")
    return text.append(canonical(witness.document).decode(), style="default")


def _refusal(witness: Witness, old_side: str) -> Text:
    reader = {"old": old_side, "new": "the new side"}.get(witness.rejected_by, "the index")
    text = Text(f"{reader}: ", style="dim")
    return text.append(_shorten(witness.error), style="default")


def _shorten(error: str) -> str:
    """A validator's message without a long value, which the line above shows already."""
    if len(error) <= _MOST_TEXT:
        return error
    place, _, rest = error.rpartition(": ") if error.startswith("$") else ("", "", error)
    end = max(rest.rfind("} "), rest.rfind("] "))
    short = f"it{rest[end + 1 :]}" if rest[:1] in "{[" and end > 0 else f"{rest[:_MOST_TEXT]}…"
    return f"{place}: {short}" if place else short


def summary_line(diff: Diff) -> Text:
    """How much changed, and the worst of it."""
    findings = diff.findings
    changed = [call for call in diff.calls if call.status != "unchanged"]
    if not changed:
        return Text(f"No difference in {count(len(diff.calls), 'call')}.", style="green")
    open_ones = [f for f in findings if f.accepted is None]
    counts = {level: sum(f.level == level for f in open_ones) for level in LEVELS}
    line = Text(f"{len(changed)} of {count(len(diff.calls), 'call')} changed", style="bold")
    line.append(f", {count(len(findings), 'cause')}", style="not bold")
    parts = [count(number, level) for level, number in counts.items() if number and level != "info"]
    if len(open_ones) < len(findings):
        parts.append(f"{len(findings) - len(open_ones):,} accepted")
    if parts:
        line.append(f" ({', '.join(parts)})", style="not bold")
    line.append(": ", style="not bold")
    line.append_text(effects_line(diff.effects))
    if diff.off:
        are = "is" if diff.off == 1 else "are"
        line.append(f"\n{count(diff.off, 'finding')} {are} off by levels.", style="not bold dim")
    return line
