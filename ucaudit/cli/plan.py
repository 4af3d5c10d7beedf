"""``ucaudit plan``: what the cluster needs."""

from __future__ import annotations

import click

from ucaudit.cli.app import App
from ucaudit.cli.cluster_options import (
    Connection,
    allow_open_option,
    cluster_options,
    only_option,
    plan_options,
    recorded_history,
)


@click.command(
    name="plan",
    epilog="""\b
Examples:
  ucaudit plan
  ucaudit plan --only 'files.*' -o files.plan
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
@only_option
@click.option("--finish", is_flag=True, help="Plan for `migrate --finish`.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--check", is_flag=True, help="Exit with 1 if there is anything to do.")
@allow_open_option
@cluster_options
@click.pass_obj
def command(
    app: App,
    *,
    out: str | None,
    only: str | None,
    finish: bool,
    format_: str,
    check: bool,
    allow_open: bool,
    connection: Connection,
) -> int:
    """Show what the cluster needs to come to the released versions. Changes nothing."""
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.planfile import plan_document
    from ucaudit.report.plan import print_plan, print_warnings

    history = recorded_history(app, only=only, allow_open=allow_open)
    with connection.open(app) as cluster:
        plan = Migration(cluster, history, plan_options(app, only=only, finish=finish)).plan()
    plan.check()
    print_warnings(app.err, plan)
    if format_ == "json":
        app.write(plan_document(plan))
    else:
        print_plan(app.out, plan, prefix=app.config.prefix)
    if out is not None:
        app.write(plan_document(plan), out)
        app.err.print(f"Saved. To carry it out: ucaudit migrate {out}", soft_wrap=True)
    return 1 if check and not plan.empty else 0
