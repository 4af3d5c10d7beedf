"""Rules as text: one with its example, or all of them as a table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import TYPE_CHECKING, Final

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ucaudit.jsontypes import Json
from ucaudit.report.diff import render_diff

if TYPE_CHECKING:
    from ucaudit.diff.model import Diff
    from ucaudit.diff.rules import Rule

# Columns of an example, beside its label.
_WIDTH: Final = 68
# No name is longer than this, so that the tables of all families align.
_NAME_WIDTH: Final = 25


def render_rules(rules: Iterable[Rule]) -> Group:
    """Every rule with its summary, family by family."""
    blocks: list[RenderableType] = []
    count = 0
    for family, members in groupby(rules, key=lambda rule: rule.family):
        table = Table(box=None, show_header=False, padding=(0, 0, 0, 2))
        table.add_column(no_wrap=True, min_width=_NAME_WIDTH)
        table.add_column(overflow="fold", style="dim")
        for rule in members:
            table.add_row(rule.name, rule.summary)
            count += 1
        blocks += [Text(family, style="bold"), table, Text()]
    return Group(*blocks, Text(f"{count} rules. Explain one with: ucaudit rule NAME", style="dim"))


def render_rule(rule: Rule, diff: Diff) -> Group:
    """One rule: what it means, how to change safely, its example and what the diff says of it."""
    head = Text(rule.name, style="bold")
    head.append(f"  {rule.family}", style="not bold dim")
    part = "calls" if rule.example.part == "calls" else f"a {rule.example.part}"
    return Group(
        head,
        Text(f"{rule.summary[0].upper()}{rule.summary[1:]}."),
        Text(),
        Text(rule.explanation),
        Text(),
        *_labelled("Safe way", rule.safe_way),
        *_labelled("Backwards", _mirror(rule)),
        Text(),
        Text(f"Example, {part}", style="bold"),
        *_schema("before", rule.example.old),
        *_schema("after", rule.example.new),
        Text(),
        Text("What the diff says of it", style="bold"),
        Padding(render_diff(diff), (0, 0, 0, 2), expand=False),
    )


def _mirror(rule: Rule) -> str:
    if not rule.mirror:
        return rule.no_mirror
    return "The same rule." if rule.mirror == rule.name else rule.mirror


def _labelled(label: str, text: str) -> Iterator[Text]:
    line = Text(f"{label}: ", style="bold")
    yield line.append(text, style="not bold")


def _schema(label: str, schema: Json) -> Iterator[Text]:
    first, *rest = _laid_out(schema, _WIDTH)
    yield Text(f"  {label:<6}  {first}")
    yield from (Text(f"          {line}") for line in rest)


def _laid_out(value: Json, width: int, taken: int = 0) -> list[str]:
    """JSON on as few lines as fit; what does not fit on one is broken at its items.

    Args:
        value: What is written.
        width: Columns of each line.
        taken: Columns of the first line that a key and a comma need.
    """
    whole = json.dumps(value, ensure_ascii=False)
    if taken + len(whole) <= width or not isinstance(value, dict | list):
        return [whole]
    keys = (
        [f"{json.dumps(key)}: " for key in value] if isinstance(value, dict) else [""] * len(value)
    )
    items = value.values() if isinstance(value, dict) else value
    lines = ["{" if isinstance(value, dict) else "["]
    for i, (key, item) in enumerate(zip(keys, items, strict=True)):
        first, *rest = _laid_out(item, width - 2, len(key) + 1)
        block = [f"{key}{first}", *rest]
        block[-1] += "," if i < len(keys) - 1 else ""
        lines += [f"  {line}" for line in block]
    return [*lines, "}" if isinstance(value, dict) else "]"]
