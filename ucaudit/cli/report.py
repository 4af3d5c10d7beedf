"""``ucaudit report``: one page for a browser."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App, uncollected
from ucaudit.cli.cluster_options import Connection, cluster_options

if TYPE_CHECKING:
    from ucaudit.jsontypes import JsonObject
    from ucaudit.report.html.subject import Subject


@click.command(
    epilog="""\b
Examples:
  ucaudit report                         what the next release would change
  ucaudit report --against git:main -o report.html
  ucaudit report git:v1.2:openapi.yaml openapi.yaml
  ucaudit report --status --url https://logs:9200
  ucaudit status --format json | ucaudit report --status-file -

\b
The file is self-contained: it loads nothing, and can be kept, mailed, or
attached to a build. In it, press ? for the keys.
"""
)
@click.argument("old", required=False)
@click.argument("new", required=False)
@click.option(
    "--output",
    "-o",
    metavar="FILE",
    default="report.html",
    show_default=True,
    help="Where to write it; - is standard output.",
)
@click.option(
    "--against",
    metavar="BASE",
    help="Without OLD and NEW: what to compare schemas/ with, as in ucaudit check. "
    "[default: the newest released versions]",
)
@click.option(
    "--only",
    metavar="GLOB",
    shell_complete=completing.calls,
    help="With OLD and NEW: calls whose names match.",
)
@click.option("--status", is_flag=True, help="Ask the cluster, and give it a page.")
@click.option(
    "--status-file",
    metavar="FILE",
    help="The same from what `ucaudit status --format json` printed; - is standard input.",
)
@cluster_options
@click.pass_obj
@uncollected()
def command(
    app: App,
    *,
    old: str | None,
    new: str | None,
    output: str,
    against: str | None,
    only: str | None,
    status: bool,
    status_file: str | None,
    connection: Connection,
) -> int:
    """Write a report for a browser: what changed, each call before and after, the migration.

    Compares the recorded calls with their newest released versions, or with a base, or OLD with
    NEW as ucaudit diff does.
    """
    _check(old, new, against, only, both=status and status_file is not None)
    live = _status(app, connection, asked=status, file=status_file)
    from ucaudit.report.html.model import report_document
    from ucaudit.report.html.page import headline, render_page

    document = report_document(_subject(app, old, new, against, only, live))
    page = render_page(document)
    app.write(page, output)
    if output != "-":
        size = len(page.encode()) / 1e6
        text = f"Wrote {output} ({size:.1f} MB): {headline(document['summary']).lower()}."
        app.err.print(text, markup=False, soft_wrap=True)
    return 0


def _check(
    old: str | None, new: str | None, against: str | None, only: str | None, *, both: bool
) -> None:
    if old is not None and new is None:
        raise click.UsageError("OLD needs NEW beside it; to compare with a base, use --against.")
    if old is not None and against is not None:
        raise click.UsageError("--against goes without OLD and NEW.")
    if old is None and only is not None:
        raise click.UsageError("--only goes with OLD and NEW.")
    if both:
        raise click.UsageError("--status and --status-file exclude each other.")


def _subject(
    app: App,
    old: str | None,
    new: str | None,
    against: str | None,
    only: str | None,
    status: JsonObject | None,
) -> Subject:
    from ucaudit.cli.outputs import top_of
    from ucaudit.report.html.subject import of_check, of_sources

    top = top_of(app.config.root)
    if old is None or new is None:
        return of_check(app.config, against, top, status)
    return of_sources(old, new, app.config, top, status, only=only)


def _status(
    app: App, connection: Connection, *, asked: bool, file: str | None
) -> JsonObject | None:
    """The cluster as ``ucaudit.status/1``; ``None`` if nobody asked."""
    if file is not None:
        return _read_status(file)
    if not asked:
        return None
    from ucaudit.cli.cluster_options import plan_options, recorded_history
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.scope import Scope
    from ucaudit.report.status import status_document

    scope = Scope()
    history = recorded_history(app, scope=scope, allow_open=False)
    with connection.open(app) as cluster:
        return status_document(Migration(cluster, history, plan_options(app, scope=scope)).plan())


def _read_status(file: str) -> JsonObject:
    from pathlib import Path

    import jsonschema_rs

    from ucaudit.errors import InputError
    from ucaudit.report.formats import schema_of
    from ucaudit.sources.reading import parse_json, read_bytes

    path = Path(file)
    raw = sys.stdin.buffer.read() if file == "-" else read_bytes(path)
    document = parse_json(raw, path)
    wrong = next(jsonschema_rs.validator_for(schema_of("status")).iter_errors(document), None)
    if wrong is not None:
        raise InputError(
            "status-unreadable",
            "This is no status of a cluster.",
            where=file,
            why=wrong.message,
            fix="Save it by: ucaudit status --format json > status.json",
        )
    return document  # type: ignore[no-any-return]
