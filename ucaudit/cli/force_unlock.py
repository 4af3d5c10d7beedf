"""``ucaudit force-unlock``: takes the lock from a run that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ucaudit.cli.app import App
from ucaudit.cli.cluster_options import Connection, cluster_options
from ucaudit.cli.running import dry_run_option, format_option, yes_option

if TYPE_CHECKING:
    from ucaudit.migrate.lock import Holder


@click.command(name="force-unlock", epilog="Example: ucaudit force-unlock --dry-run")
@dry_run_option
@yes_option
@format_option
@cluster_options
@click.pass_obj
def command(app: App, *, dry_run: bool, yes: bool, format_: str, connection: Connection) -> int:
    """Take the lock from whoever holds it.

    Rarely needed: a run that has died is found out after 20 seconds of silence. One that lives
    stops at its next checkpoint, and nothing is lost: correctness does not rest on the lock.
    """
    from ucaudit.jsontypes import pretty
    from ucaudit.migrate.lock import force_unlock, read_holder
    from ucaudit.migrate.session import Session

    as_json = format_ == "json"
    with connection.open(app) as cluster:
        session = Session(cluster, "ucaudit force-unlock", "Unlocking", "ucaudit force-unlock")
        with session.errors():
            cluster.server()
            holder = read_holder(cluster)
        unlocked = False
        if holder is not None:
            if not as_json or not yes:
                _show(app, holder, to_err=as_json)
            if not dry_run:
                app.confirm_typed("unlock", yes=yes)
                with session.errors():
                    force_unlock(cluster, holder)
                unlocked = True
    if as_json:
        app.write(
            pretty(
                {
                    "format": "ucaudit.force-unlock/1",
                    "holder": holder.to_dict() if holder else None,
                    "unlocked": unlocked,
                }
            )
        )
    elif holder is None:
        app.out.print("Nobody holds the lock.", style="green")
    elif unlocked:
        app.out.print("The lock is free. What was under way: ucaudit status", style="bold")
    return 0


def _show(app: App, holder: Holder, *, to_err: bool) -> None:
    from rich.text import Text

    console = app.alerts if to_err else app.out
    rows = (
        ("operation", holder.operation),
        ("host", f"{holder.host}, process {holder.pid}{_alive(holder)}"),
        ("owner", holder.owner),
        ("since", _aged(holder.since)),
        ("renewed", _aged(holder.renewed) if holder.renewed else None),
    )
    for name, value in rows:
        if value is not None:
            console.print(Text(f"{name:>9}  ", "bold").append(value, "not bold"), soft_wrap=True)
    console.print(
        "If it lives, it stops at its next checkpoint; the next run goes on. Nothing is lost.",
        style="dim",
    )


def _alive(holder: Holder) -> str:
    known = holder.runs_here()
    return "" if known is None else ", which runs" if known else ", which does not run any more"


def _aged(at: str) -> str:
    from datetime import UTC, datetime

    try:
        seconds = (datetime.now(UTC) - datetime.fromisoformat(at)).total_seconds()
    except (ValueError, TypeError):
        return at
    return f"{at} ({_duration(seconds)} ago by this machine's clock)"


def _duration(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length:,.0f} {unit}s"
    return f"{max(0, seconds):.0f} seconds"
