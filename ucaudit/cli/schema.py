"""``ucaudit schema``."""

from __future__ import annotations

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App


@click.command(
    epilog="""\b
Examples:
  ucaudit schema
  ucaudit schema diff
  ucaudit schema check -o check.schema.json
"""
)
@click.argument("name", required=False, shell_complete=completing.formats)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    shell_complete=completing.files,
    help="Write there instead of standard output.",
)
@click.pass_obj
def command(app: App, name: str | None, output: str | None) -> None:
    """Print the JSON Schema of a format that ucaudit writes, or list the formats.

    A format keeps its number while fields are only added to it: leave alone what you do not know.
    """
    from ucaudit.jsontypes import pretty_bytes
    from ucaudit.report.formats import format_names, schema_of

    if name is not None:
        app.write(pretty_bytes(schema_of(name)), output)
        return
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", style="dim")
    for short, what in format_names().items():
        table.add_row(short, what.replace("`", ""))
    app.print(table, output)
