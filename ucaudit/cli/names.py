"""``ucaudit names``."""

from __future__ import annotations

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App


@click.command(
    epilog="""\b
Examples:
  ucaudit names
  ucaudit names --only 'files.*' --format json
"""
)
@click.option(
    "--only", metavar="GLOB", shell_complete=completing.calls, help="The calls whose names match."
)
@click.option("--allow-open", is_flag=True, help="Count open versions as released.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_obj
def command(app: App, only: str | None, allow_open: bool, format_: str) -> None:
    """Print where writers write and readers read, for each released call.

    Writers append the day in UTC as YYYY.MM.DD to the index prefix.
    """
    from fnmatch import fnmatchcase

    from ucaudit.errors import InputError
    from ucaudit.history.store import load_history
    from ucaudit.jsontypes import pretty

    naming = app.config.naming
    history = load_history(app.config.schemas_path, allow_open=allow_open)
    entries = [
        {
            "call": name,
            "generation": call.generation,
            "write": naming.stem(name, call.generation) + "-",
            "read": naming.base(name),
            "read_globs": naming.all_alias(name),
            "read_generation": naming.generation_alias(name, call.generation),
        }
        for name, call in history.calls.items()
        if only is None or fnmatchcase(name, only)
    ]
    if not entries:
        raise InputError(
            "call-unknown" if only else "nothing-released",
            f"No released call matches {only!r}." if only else "No call is released yet.",
            where=str(app.config.schemas_path),
            fix="Give another pattern." if only else "Run ucaudit lock, then ucaudit release.",
        )
    if format_ == "json":
        app.write(pretty({"format": "ucaudit.names/1", "date": "%Y.%m.%d", "calls": entries}))
        return
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("call", "writers append the day to", "readers search"):
        table.add_column(title, overflow="fold")
    for entry in entries:
        table.add_row(str(entry["call"]), str(entry["write"]), str(entry["read"]))
    app.print(table)
