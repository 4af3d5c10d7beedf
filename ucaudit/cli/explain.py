"""``ucaudit explain``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App
from ucaudit.cli.running import format_option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ucaudit.explained import Explanation

_WIDEST = 26  # the longest name has 25 letters


@click.command(
    name="explain",
    epilog="""\b
Examples:
  ucaudit explain plan-stale
  ucaudit explain --all
""",
)
@click.argument("name", required=False, shell_complete=completing.errors)
@click.option("--all", "all_", is_flag=True, help="List every name, topic by topic.")
@format_option
@click.pass_obj
def command(app: App, name: str | None, all_: bool, format_: str) -> None:
    """Explain an error, problem or warning by the name in brackets behind it.

    Says what it means, how it comes about and what to do.
    """
    from ucaudit.explained import explain, explanations
    from ucaudit.jsontypes import pretty

    if (name is None) != all_:
        raise click.UsageError("Name one error, or list them with --all.")
    found = list(explanations().values()) if name is None else [explain(name)]
    if format_ == "json":
        document = {"format": "ucaudit.explain/1", "errors": [one.to_dict() for one in found]}
        app.write(pretty(document))
    elif name is None:
        _list(app, found)
    else:
        _show(app, found[0])


def _show(app: App, one: Explanation) -> None:
    from rich.text import Text

    app.out.print(Text(one.name, "bold").append(f"  {one.topic}", "not bold dim"))
    for title, text in (("means", one.means), ("do", one.do)):
        app.out.print()
        app.out.print(Text(f"{title}: ", "bold").append(text, "not bold"))


def _list(app: App, found: Iterable[Explanation]) -> None:
    from itertools import groupby

    from rich.table import Table

    for topic, entries in groupby(found, key=lambda one: one.topic):
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True, min_width=_WIDEST)
        table.add_column(overflow="fold", style="dim")
        for one in entries:
            table.add_row(one.name, one.means.partition(". ")[0].rstrip(".") + ".")
        app.out.print(topic, style="bold")
        app.out.print(table)
        app.out.print()
