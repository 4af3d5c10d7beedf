"""``ucaudit status``: what the cluster has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ucaudit.cli.app import App
from ucaudit.cli.cluster_options import (
    Connection,
    allow_open_option,
    cluster_options,
    plan_options,
    recorded_history,
    scope_options,
)

if TYPE_CHECKING:
    from ucaudit.plan.scope import Scope


@click.command(
    name="status",
    epilog="""\b
Examples:
  ucaudit status
  ucaudit status --only 'wallets.*' --format json
  ucaudit status --check        in a monitor: exit 1 if a migration is due
""",
)
@scope_options
@click.option("--all", "all_", is_flag=True, help="List calls that need nothing, however many.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--check",
    is_flag=True,
    help="Exit with 1 on pending work, drift or dead letters.",
)
@allow_open_option
@cluster_options
@click.pass_obj
def command(
    app: App,
    *,
    scope: Scope,
    all_: bool,
    format_: str,
    check: bool,
    allow_open: bool,
    connection: Connection,
) -> int:
    """Show what is released, what is live, where documents are and what is pending."""
    from ucaudit.jsontypes import pretty
    from ucaudit.migrate.run import Migration
    from ucaudit.report.plan import print_problems, print_warnings
    from ucaudit.report.status import print_status, status_document

    history = recorded_history(app, scope=scope, allow_open=allow_open)
    with connection.open(app) as cluster:
        plan = Migration(cluster, history, plan_options(app, scope=scope)).plan()
    if format_ == "json":
        app.write(pretty(status_document(plan)))
    else:
        print_status(app.out, plan, all_calls=all_)
        print_warnings(app.alerts, plan)
        print_problems(app.alerts, plan)
    pending = (
        not plan.empty
        or plan.problems
        or any(plan.drift())
        or any(call.dead_letters for call in plan.calls)
    )
    return 1 if check and pending else 0
