"""``ucaudit baseline``: adopts indices of a time before ucaudit."""

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
from ucaudit.errors import InputError

if TYPE_CHECKING:
    from ucaudit.migrate.adopt import Adopter
    from ucaudit.plan.scope import Scope


@click.command(
    name="baseline",
    epilog="""\b
Examples:
  ucaudit baseline --dry-run        says what each index needs; changes nothing
  ucaudit baseline                  adopts them; asks first
  ucaudit baseline --only 'files.*' --yes
  ucaudit baseline --check          exit 1 if there is anything to adopt
""",
)
@click.option("--dry-run", is_flag=True, help="Show what each index needs and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@scope_options
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option(
    "--check",
    is_flag=True,
    help="Write nothing; exit 1 if there is anything to adopt or an index is left alone.",
)
@allow_open_option
@click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    default=60.0,
    metavar="SECONDS",
    help="How long to wait for another run. [default: 60]",
)
@cluster_options
@click.pass_obj
def command(
    app: App,
    *,
    dry_run: bool,
    yes: bool,
    scope: Scope,
    format_: str,
    check: bool,
    allow_open: bool,
    lock_timeout: float,
    connection: Connection,
) -> int:
    """Adopt indices that existed before ucaudit.

    Says of each index whether it serves the released version as it is, needs put mapping, or must
    be backfilled, and why. Then marks the indices, puts them into the aliases that readers use and
    installs the templates; nothing is copied or deleted. What must be backfilled counts as
    generation 0, and the next `ucaudit migrate` copies it.
    """
    from ucaudit.cli.again import command_line
    from ucaudit.migrate.adopt import Adopter
    from ucaudit.report.run import progress_on

    if check and yes:
        raise InputError(
            "usage",
            "--check writes nothing, and --yes is there to write.",
            fix="Leave one of them out.",
        )
    history = recorded_history(app, scope=scope, allow_open=allow_open)
    with connection.open(app) as cluster:
        adopter = Adopter(
            cluster,
            history,
            plan_options(app, scope=scope),
            progress=progress_on(app.err),
            resume=command_line(click.get_current_context()),
            lock_timeout=lock_timeout,
        )
        return _adopt(app, adopter, format_, yes=yes, dry_run=dry_run, check=check)


def _adopt(
    app: App, adopter: Adopter, format_: str, *, yes: bool, dry_run: bool, check: bool
) -> int:
    from ucaudit.jsontypes import pretty
    from ucaudit.report.baseline import print_adopted, print_baseline
    from ucaudit.report.plan import print_problems

    baseline = adopter.plan()
    as_json = format_ == "json"
    stops = dry_run or check or baseline.empty or bool(baseline.expansion.problems)
    if as_json and stops:
        app.write(pretty(baseline.to_dict()))
    elif not as_json or not yes:
        print_baseline(app.alerts if as_json else app.out, baseline, app.config.naming)
    if baseline.expansion.problems:
        print_problems(app.alerts, baseline.expansion)
        return 3
    if stops:
        pending = not baseline.empty and check
        return 1 if pending or (baseline.left() and not dry_run) else 0
    app.confirm("Adopt them?", yes=yes)
    adopted = adopter.run()
    if as_json:
        app.write(pretty(adopted.to_dict()))
    else:
        print_adopted(app.out, adopted)
    return adopted.exit_code
