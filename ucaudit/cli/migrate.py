"""``ucaudit migrate``: brings the cluster to the released versions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from ucaudit.cli.running import format_option, interruptible, lock_option
from ucaudit.errors import InputError

if TYPE_CHECKING:
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.planfile import SavedPlan
    from ucaudit.plan.scope import Scope

# How long --finish watches for documents of the old version.
_QUIET = 3.0


def _number_or_all(_ctx: click.Context, _param: click.Parameter, value: str) -> str:
    if value == "all" or value.isdecimal():
        return value
    message = f"{value!r} is neither a number nor 'all'."
    raise click.BadParameter(message)


@click.command(
    name="migrate",
    epilog="""\b
Examples:
  ucaudit migrate --expand          before the new version is deployed
  ucaudit migrate                   copies and swaps what is over; asks first
  ucaudit migrate --finish --yes    once the old version is gone
  ucaudit migrate files.plan        carries out a saved plan, if it still holds
""",
)
@click.argument("plan_file", metavar="[PLAN]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--expand",
    "expand_only",
    is_flag=True,
    help="Only templates, mappings and aliases: seconds long, safe while the old version runs.",
)
@click.option("--dry-run", is_flag=True, help="Show the plan and stop.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--finish",
    is_flag=True,
    help="Swap in indices whose day is not over: once the old version is gone.",
)
@click.option(
    "--even-if-written",
    is_flag=True,
    help="With --finish: also where the old version still writes.",
)
@click.option(
    "--forward",
    is_flag=True,
    help="Go on with calls that a rollback keeps at an earlier generation.",
)
@scope_options
@click.option(
    "--accept-dead-letters",
    "accepted_text",
    callback=_number_or_all,
    default="0",
    metavar="N|all",
    help="Swap in indices that have up to N dead letters each. [default: 0]",
)
@click.option(
    "--max-docs-per-second",
    "rate",
    type=click.IntRange(min=1),
    metavar="N",
    help="Copy no faster than that, over all indices together.",
)
@allow_open_option
@format_option
@lock_option
@cluster_options
@click.pass_obj
def command(
    app: App,
    /,
    *,
    plan_file: Path | None,
    scope: Scope,
    finish: bool,
    forward: bool,
    allow_open: bool,
    connection: Connection,
    **flags: Any,
) -> int:
    """Bring the cluster to the released versions; may be run again at any time, after any crash."""
    from ucaudit.cli.again import command_line
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.planfile import load_plan
    from ucaudit.plan.scope import Scope
    from ucaudit.report.run import progress_on

    saved = load_plan(plan_file) if plan_file else None
    if saved is not None:
        if scope != Scope() or finish or forward:
            raise InputError(
                "usage",
                "--only, --exclude, --finish and --forward cannot be added to a saved plan.",
                where=str(plan_file),
                fix="Leave them out, or make another plan with them.",
            )
        scope, finish = saved.scope, saved.finish
    wishes = _Wishes(**flags)
    context = click.get_current_context()

    def again(**changed: Any) -> str:
        # A saved plan is stale once it is begun; what it was made for is not.
        meant: dict[str, Any] = {"only": scope.only, "exclude": scope.exclude, "finish": finish}
        return command_line(context, None, **meant | {"plan_file": None} | changed)

    history = recorded_history(app, scope=scope, allow_open=allow_open)
    with connection.open(app) as cluster:
        migration = Migration(
            cluster,
            history,
            plan_options(app, scope=scope, finish=finish, forward=forward),
            progress=progress_on(app.err),
            resume=again(),
            accepted=wishes.accepted,
            quiet=0.0 if wishes.even_if_written else _QUIET,
            lock_timeout=wishes.lock_timeout,
            rate=wishes.rate,
            check=saved.check_against if saved else lambda _plan: None,
        )
        return _migrate(app, migration, wishes, saved, again)


@dataclass(frozen=True, slots=True)
class _Wishes:
    expand_only: bool
    dry_run: bool
    yes: bool
    accepted_text: str
    rate: int | None
    format_: str
    lock_timeout: float
    even_if_written: bool

    @property
    def accepted(self) -> int | None:
        """Dead letters that an index may have; ``None`` for any number."""
        return None if self.accepted_text == "all" else int(self.accepted_text)


def _migrate(
    app: App,
    migration: Migration,
    wishes: _Wishes,
    saved: SavedPlan | None,
    again: Callable[..., str],
) -> int:
    from ucaudit.jsontypes import pretty
    from ucaudit.plan.planfile import plan_document
    from ucaudit.report.plan import (
        print_expansion,
        print_plan,
        print_problems,
        print_warnings,
    )
    from ucaudit.report.run import print_run

    plan = migration.plan()
    print_warnings(app.alerts, plan)
    if plan.problems:
        print_problems(app.alerts, plan)
        return 3
    if saved is not None:
        saved.check_against(plan)
    as_json = wishes.format_ == "json"
    todo = plan.expanding() if wishes.expand_only else plan
    if as_json and wishes.dry_run:
        app.write(plan_document(todo))
    elif not as_json or not wishes.yes:
        show = print_expansion if wishes.expand_only else print_plan
        show(app.alerts if as_json else app.out, plan, app.config.naming)
    if wishes.dry_run or (todo.empty and not as_json):
        return 0
    if not todo.empty:
        app.confirm("Carry this out?", yes=wishes.yes)
    with interruptible(migration.interrupt, migration.progress):
        outcome = migration.run(expand_only=wishes.expand_only)
    if as_json:
        app.write(pretty(outcome.to_dict()))
    else:
        print_run(app.out, outcome, accept=again(accepted_text="all"))
        if wishes.expand_only:
            app.out.print("The new version can be deployed; the old one goes on as before.")
    return outcome.exit_code
