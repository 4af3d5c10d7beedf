"""``ucaudit migrate``: brings the cluster to the released versions."""

from __future__ import annotations

import os
import shlex
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
from ucaudit.errors import InputError

if TYPE_CHECKING:
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.plan import Plan
    from ucaudit.plan.planfile import SavedPlan


def _accepted(_ctx: click.Context, _param: click.Parameter, value: str) -> int | None:
    """A number of dead letters; ``None`` for any number."""
    if value == "all":
        return None
    if not value.isdigit():
        message = f"{value!r} is neither a number nor 'all'."
        raise click.BadParameter(message)
    return int(value)


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
@only_option
@click.option(
    "--accept-dead-letters",
    "accepted",
    callback=_accepted,
    default="0",
    metavar="N|all",
    help="Swap in indices that have up to N dead letters each. [default: 0]",
)
@allow_open_option
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
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
    /,
    *,
    plan_file: Path | None,
    only: str | None,
    finish: bool,
    allow_open: bool,
    connection: Connection,
    **flags: Any,
) -> int:
    """Bring the cluster to the released versions; may be run again at any time, after any crash."""
    from ucaudit.migrate.run import Migration
    from ucaudit.plan.planfile import load_plan
    from ucaudit.report.run import progress_on

    saved = load_plan(plan_file) if plan_file else None
    if saved is not None:
        if only is not None or finish:
            raise InputError(
                "usage",
                "--only and --finish are part of the saved plan.",
                where=str(plan_file),
                fix="Leave them out, or make another plan with them.",
            )
        only, finish = saved.only, saved.finish
    wishes = _Wishes(**flags)
    history = recorded_history(app, only=only, allow_open=allow_open)
    with connection.open(app) as cluster:
        migration = Migration(
            cluster,
            history,
            plan_options(app, only=only, finish=finish),
            progress=progress_on(app.err),
            resume=_resume(only, wishes, finish=finish, allow_open=allow_open),
            accepted=wishes.accepted,
            lock_timeout=wishes.lock_timeout,
            check=saved.check_against if saved else lambda _plan: None,
        )
        return _migrate(app, migration, wishes, saved)


@dataclass(frozen=True, slots=True)
class _Wishes:
    expand_only: bool
    dry_run: bool
    yes: bool
    accepted: int | None
    format_: str
    lock_timeout: float


def _migrate(app: App, migration: Migration, wishes: _Wishes, saved: SavedPlan | None) -> int:
    from ucaudit.jsontypes import pretty
    from ucaudit.plan.planfile import plan_document
    from ucaudit.report.plan import print_plan, print_warnings
    from ucaudit.report.run import print_run

    plan = migration.plan()
    plan.check()
    if saved is not None:
        saved.check_against(plan)
    print_warnings(app.err, plan)
    as_json = wishes.format_ == "json"
    if as_json and wishes.dry_run:
        app.write(plan_document(plan))
    elif not as_json or not wishes.yes:
        print_plan(app.err if as_json else app.out, plan, prefix=app.config.prefix)
    if wishes.dry_run or (plan.empty and not as_json):
        return 0
    if not _nothing(plan, wishes):
        app.confirm("Carry this out?", yes=wishes.yes)
    with _interruptible(migration):
        outcome = migration.run(expand_only=wishes.expand_only)
    if as_json:
        app.write(pretty(outcome.to_dict()))
    else:
        print_run(app.out, outcome)
    return outcome.exit_code


def _nothing(plan: Plan, wishes: _Wishes) -> bool:
    operations = plan.operations()
    return not any(operation.expand or not wishes.expand_only for operation in operations)


def _resume(only: str | None, wishes: _Wishes, *, finish: bool, allow_open: bool) -> str:
    parts = ["ucaudit", "migrate"]
    parts += ["--only", only] if only is not None else []
    parts += ["--finish"] if finish else []
    parts += ["--expand"] if wishes.expand_only else []
    parts += ["--allow-open"] if allow_open else []
    if wishes.accepted != 0:
        accepted = "all" if wishes.accepted is None else str(wishes.accepted)
        parts += ["--accept-dead-letters", accepted]
    parts += ["--yes"] if wishes.yes else []
    return shlex.join(parts)


@contextmanager
def _interruptible(migration: Migration) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) checkpoints and stops, the second exits at once."""
    asked = False

    def handle(_number: int, _frame: Any) -> None:
        nonlocal asked
        if asked:
            os._exit(130)
        asked = True
        migration.interrupt()
        migration.progress.say("Stopping at the next checkpoint; press Ctrl-C again to exit now.")

    kinds = (signal.SIGINT, signal.SIGTERM)
    before = {kind: signal.signal(kind, handle) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)
