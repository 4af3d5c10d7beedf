"""``ucaudit mapping``."""

from __future__ import annotations

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App


@click.command(
    epilog="""\b
Examples:
  ucaudit mapping schemas --call jobs.create
  ucaudit mapping request.json --bare
"""
)
@click.argument("source", shell_complete=completing.files)
@click.option(
    "--call",
    "call_name",
    metavar="NAME",
    shell_complete=completing.calls,
    help="Which call, if the source has several.",
)
@click.option(
    "--part",
    type=click.Choice(["request", "response", "audit"]),
    default="request",
    show_default=True,
    help="Which side of a call a bare JSON Schema file is.",
)
@click.option(
    "--bare",
    is_flag=True,
    help="Leave the envelope out, so that a document of the schema itself can be indexed.",
)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    shell_complete=completing.files,
    help="Write there instead of standard output.",
)
@click.pass_obj
def command(
    app: App, source: str, call_name: str | None, part: str, bare: bool, output: str | None
) -> None:
    """Print the Elasticsearch mapping and settings that a call's audit documents need.

    What is kept in documents but not indexed is said on standard error.
    """
    from ucaudit.history.sources import load_source, one_call
    from ucaudit.jsontypes import pretty
    from ucaudit.mapping.api import bare_mapping, whole_mapping
    from ucaudit.mapping.envelope import load_envelope
    from ucaudit.schema.parsing import parse

    call = one_call(load_source(source, app.config.root, part=part).calls, call_name, source)
    roots = [
        parse(schema, call.origin) if schema is not None else None
        for schema in (call.logged, call.logged_response)
    ]
    if bare:
        document, notices = bare_mapping(roots[0] or roots[1])
    else:
        document, notices = whole_mapping(roots[0], roots[1], load_envelope(app.config))
    app.write(pretty(document), output)
    for notice in notices:
        app.err.print(f"note: {notice}", style="dim")
