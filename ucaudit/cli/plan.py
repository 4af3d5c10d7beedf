"""``ucaudit plan``: what the cluster needs."""

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
    name="plan",
    epilog="""\b
Examples:
  ucaudit plan
  ucaudit plan --only 'files.*' --exclude files.browse -o files.plan
  ucaudit plan --check --format json
""",
)
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    help="Save the plan, for `ucaudit migrate FILE`: refused once anything it was made from "
    "has changed.",
)
@scope_options
@click.option("--finish", is_flag=True, help="Plan for `migrate --finish`.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--check", is_flag=True, help="Exit with 1 if there is anything to do, or drift.")
@allow_open_option
@cluster_options
@click.pass_obj
def command(
    app: App,
    *,
    out: str | None,
    scope: Scope,
    finish: bool,
    format_: str,
    check: bool,
    allow_open: bool,
    connection: Connection,
) -> int:
    """Show what the cluster needs to come to the released versions. Changes nothing."""
    from rich.text import Text

    from ucaudit.cli.again import command_line
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.planfile import plan_document
    from ucaudit.report.plan import print_plan, print_problems, print_warnings

    history = recorded_history(app, scope=scope, allow_open=allow_open)
    with connection.open(app) as cluster:
        plan = Migration(cluster, history, plan_options(app, scope=scope, finish=finish)).plan()
    document = plan_document(plan)
    if format_ == "json":
        app.write(document)
    else:
        print_plan(app.out, plan, app.config.naming)
    print_warnings(app.err, plan)
    if plan.problems:
        print_problems(app.err, plan)
        return 3
    if out is not None:
        app.write(document, out)
        # The rest of the command line is part of the plan.
        kept = dict.fromkeys(("out", "only", "exclude", "finish", "format_", "check"))
        carry_out = command_line(click.get_current_context(), "migrate", out, **kept)
        app.err.print(Text(f"Saved. To carry it out: {carry_out}"), soft_wrap=True)
    return 1 if check and (not plan.empty or any(plan.drift())) else 0
