"""``ucaudit plan``: what the cluster needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App
from ucaudit.cli.cluster_options import (
    Connection,
    allow_open_option,
    cluster_options,
    plan_options,
    recorded_history,
    scope_options,
)
from ucaudit.cli.outputs import format_option

if TYPE_CHECKING:
    from rich.console import Console

    from ucaudit.config import Config
    from ucaudit.jsontypes import JsonObject
    from ucaudit.plan.plan import Plan
    from ucaudit.plan.scope import Scope
    from ucaudit.report.problems import Problem


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
    shell_complete=completing.files,
    help="Save the plan, for `ucaudit migrate FILE`: refused once anything it was made from "
    "has changed.",
)
@click.option(
    "--output",
    metavar="FILE",
    shell_complete=completing.files,
    help="Write what is shown there instead of standard output.",
)
@scope_options
@click.option("--finish", is_flag=True, help="Plan for `migrate --finish`.")
@format_option
@click.option("--check", is_flag=True, help="Exit with 1 if there is anything to do, or drift.")
@allow_open_option
@cluster_options
@click.pass_obj
def command(
    app: App,
    *,
    out: str | None,
    output: str | None,
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
    from ucaudit.cli.outputs import deliver
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.planfile import plan_document
    from ucaudit.report.plan import print_problems, print_warnings

    history = recorded_history(app, scope=scope, allow_open=allow_open)
    with connection.open(app) as cluster:
        plan = Migration(cluster, history, plan_options(app, scope=scope, finish=finish)).plan()
    deliver(app, _Outcome(plan, app.config), format_, output)
    print_warnings(app.alerts, plan)
    if plan.problems:
        print_problems(app.alerts, plan)
        return 3
    if out is not None:
        app.write(plan_document(plan), out)
        # The rest of the command line is part of the plan.
        kept = dict.fromkeys(("out", "output", "only", "exclude", "finish", "format_", "check"))
        carry_out = command_line(click.get_current_context(), "migrate", out, **kept)
        app.err.print(Text(f"Saved. To carry it out: {carry_out}"), soft_wrap=True)
    return 1 if check and (not plan.empty or any(plan.drift())) else 0


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A plan in all its forms."""

    plan: Plan
    config: Config
    name: str = "plan"

    def problems(self) -> list[Problem]:
        """What is in the way, what to know, and what was changed by hand."""
        from ucaudit.report.problems import of_plan

        return [*of_plan(self.plan)]

    def calls(self) -> list[str]:
        """Names of all calls."""
        return [call.call for call in self.plan.calls]

    def show(self, console: Console) -> None:
        """Prints it for people."""
        from ucaudit.report.plan import print_plan

        print_plan(console, self.plan, self.config.naming)

    def document(self) -> JsonObject:
        """The document ``ucaudit.plan/1``, as it is saved."""
        from ucaudit.plan.planfile import saved_document

        return saved_document(self.plan)

    def markdown(self) -> str:
        """For a pull-request comment."""
        from ucaudit.report.plan_comment import plan_comment

        return plan_comment(self.plan, self.problems(), self.config.naming)
