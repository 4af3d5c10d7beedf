"""``ucaudit prune``: deletes hidden sources that are not needed any more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from ucaudit.cli.app import App
from ucaudit.cli.cluster_options import (
    Connection,
    cluster_options,
    plan_options,
    recorded_history,
    scope_options,
)
from ucaudit.cli.running import (
    dry_run_option,
    format_option,
    interruptible,
    lock_option,
    yes_option,
)

if TYPE_CHECKING:
    from datetime import timedelta

    from ucaudit.migrate.prune import Pruning
    from ucaudit.plan.scope import Scope

_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def _duration(_ctx: click.Context, _param: click.Parameter, value: str | None) -> timedelta | None:
    from datetime import timedelta

    if value is None:
        return None
    number, unit = value[:-1], _UNITS.get(value[-1:])
    if value == "0":
        return timedelta()
    if unit is None or not number.isdecimal() or len(number) > 5:
        message = f"{value!r} is no duration such as 12h, 7d or 2w."
        raise click.BadParameter(message)
    return timedelta(**{unit: int(number)})


@click.command(
    name="prune",
    epilog="""\b
Examples:
  ucaudit prune --dry-run
  ucaudit prune --only 'files.*' --older-than 30d
""",
)
@scope_options
@click.option(
    "--older-than",
    callback=_duration,
    metavar="DURATION",
    help="How long readers must have seen a copy: 12h, 7d, 2w. [default: prune_after_days of the "
    "configuration, 7 days]",
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
    scope: Scope,
    older_than: timedelta | None,
    connection: Connection,
    lock_timeout: float,
    **flags: Any,
) -> int:
    """Delete hidden sources whose copies readers have seen for long enough.

    Writes to a source are blocked, what arrived late is copied, and each document is looked for in
    the copy; only then the source is deleted. There is no rollback to a deleted source.
    """
    from datetime import timedelta

    from ucaudit.cli.again import command_line
    from ucaudit.migrate.prune import Pruning
    from ucaudit.migrate.run import Migration
    from ucaudit.report.run import progress_on

    history = recorded_history(app, scope=scope, allow_open=False)
    if older_than is None:
        older_than = timedelta(days=app.config.prune_after_days)
    with connection.open(app) as cluster:
        migration = Migration(
            cluster,
            history,
            plan_options(app, scope=scope),
            progress=progress_on(app.err),
            resume=command_line(click.get_current_context()),
            lock_timeout=lock_timeout,
        )
        return _prune(app, Pruning(migration, older_than), **flags)


def _prune(app: App, pruning: Pruning, *, dry_run: bool, yes: bool, format_: str) -> int:
    from ucaudit.jsontypes import pretty
    from ucaudit.report.prune import document, print_candidates, print_pruned

    as_json = format_ == "json"
    found = pruning.look()
    if as_json and (dry_run or not pruning.due):
        app.write(pretty(document(found, [])))
        return 0
    if not as_json or not yes:
        print_candidates(app.alerts if as_json else app.out, found)
    if dry_run or not pruning.due:
        return 0
    app.confirm_typed("prune", yes=yes)
    with interruptible(pruning.interrupt, pruning.migration.progress):
        done = pruning.run()
    if as_json:
        app.write(pretty(document(pruning.found, done)))
    else:
        print_pruned(app.out, done)
    return 1 if any(one.state in ("held", "unverified") for one in done) else 0
