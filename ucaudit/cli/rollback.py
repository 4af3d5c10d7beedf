"""``ucaudit rollback``: gives readers the earlier generation of a call again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App
from ucaudit.cli.cluster_options import (
    Connection,
    cluster_options,
    plan_options,
    recorded_history,
)
from ucaudit.cli.running import (
    dry_run_option,
    format_option,
    interruptible,
    lock_option,
    yes_option,
)

if TYPE_CHECKING:
    from ucaudit.migrate.run import Migration


@click.command(
    name="rollback",
    epilog="""\b
Examples:
  ucaudit rollback wallets.push             to the generation before
  ucaudit rollback 'wallets.*' --to 1       several calls, to generation 1
  ucaudit migrate --forward                 later: goes on
""",
)
@click.argument(
    "calls", metavar="CALL...", shell_complete=completing.calls, nargs=-1, required=True
)
@click.option(
    "--exclude",
    multiple=True,
    metavar="GLOB",
    shell_complete=completing.calls,
    help="Leave calls out whose name matches; may be repeated.",
)
@click.option(
    "--to",
    "generation",
    type=click.IntRange(min=0),
    metavar="GENERATION",
    help="The generation to go back to. [default: the one before]",
)
@dry_run_option
@yes_option
@format_option
@lock_option
@cluster_options
@click.pass_obj
def command(
    app: App,
    /,
    *,
    calls: tuple[str, ...],
    exclude: tuple[str, ...],
    generation: int | None,
    dry_run: bool,
    yes: bool,
    format_: str,
    lock_timeout: float,
    connection: Connection,
) -> int:
    """Give readers the earlier generation of calls again.

    CALL is a name or a pattern such as 'wallets.*'. Sources that were copied come back in place of
    their copies; what the new software has written stays in sight. Nothing is deleted and no writer
    is blocked. The calls are pinned: migrate leaves them there until `migrate --forward`.
    """
    from dataclasses import replace

    from ucaudit.cli.again import command_line
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.pins import is_rollback, pins_back
    from ucaudit.plan.scope import Scope
    from ucaudit.report.run import progress_on

    scope = Scope(calls, exclude)
    history = recorded_history(app, scope=scope, allow_open=False)
    with connection.open(app) as cluster:
        migration = Migration(
            cluster,
            history,
            plan_options(app, scope=scope),
            progress=progress_on(app.err),
            resume=command_line(click.get_current_context()),
            operation="ucaudit rollback",
            lock_timeout=lock_timeout,
            wanted=is_rollback,
        )
        pins = pins_back(history, migration.plan(), generation)
        migration.options = replace(migration.options, pins=pins)
        return _roll_back(app, migration, dry_run=dry_run, yes=yes, as_json=format_ == "json")


def _roll_back(app: App, migration: Migration, **flags: Any) -> int:
    import shlex

    from ucaudit.jsontypes import pretty
    from ucaudit.plan.planfile import plan_document
    from ucaudit.report.plan import print_plan
    from ucaudit.report.run import print_run

    dry_run, yes, as_json = flags["dry_run"], flags["yes"], flags["as_json"]
    plan = migration.plan()
    plan.check()
    if as_json and dry_run:
        app.write(plan_document(plan))
    elif not as_json or not yes:
        print_plan(app.alerts if as_json else app.out, plan, app.config.naming)
    if dry_run:
        return 0
    if not plan.empty:
        app.confirm("Roll back?", yes=yes)
    with interruptible(migration.interrupt, migration.progress):
        outcome = migration.run()
    if as_json:
        app.write(pretty(outcome.to_dict()))
        return outcome.exit_code
    print_run(app.out, outcome, accept="")
    for name, pin in sorted(migration.options.pins.items()):
        app.out.print(f"{name} is pinned to generation {pin}.", highlight=False)
    app.out.print("What the new software wrote stays in sight, and nothing was deleted.")
    only = [word for name in migration.options.scope.only for word in ("--only", name)]
    forward = shlex.join(["ucaudit", "migrate", "--forward", *only])
    app.out.print(f"To go on later: {forward}", highlight=False, soft_wrap=True)
    return outcome.exit_code
