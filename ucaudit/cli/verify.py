"""``ucaudit verify``: whether copies hold what their sources hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ucaudit.cli.app import App
from ucaudit.cli.cluster_options import (
    Connection,
    allow_open_option,
    cluster_options,
    recorded_history,
    scope_options,
)
from ucaudit.cli.running import format_option, interruptible

if TYPE_CHECKING:
    from ucaudit.plan.scope import Scope


@click.command(
    name="verify",
    epilog="""\b
Examples:
  ucaudit verify
  ucaudit verify --only 'files.*' --format json

Exit codes: 0 every copy holds what its source holds; 1 one does not.
""",
)
@scope_options
@click.option("--all", "all_", is_flag=True, help="List copies that hold, however many.")
@format_option
@allow_open_option
@cluster_options
@click.pass_obj
def command(
    app: App,
    *,
    scope: Scope,
    all_: bool,
    format_: str,
    allow_open: bool,
    connection: Connection,
) -> int:
    """Compare each migrated index with the hidden source that it was copied from.

    All documents of both are read. The source's are transformed anew; dead letters are accounted
    for. Nothing is changed.
    """
    from ucaudit.jsontypes import pretty
    from ucaudit.migrate.verified import Verifier
    from ucaudit.report.run import progress_on
    from ucaudit.report.verify import print_verified

    history = recorded_history(app, scope=scope, allow_open=allow_open)
    with connection.open(app) as cluster:
        verifier = Verifier(
            cluster, history, app.config.naming, scope, progress=progress_on(app.err)
        )
        with interruptible(verifier.interrupt, verifier.progress):
            verified = verifier.run()
    if format_ == "json":
        app.write(pretty(verified.to_dict()))
    else:
        print_verified(app.out, verified, all_copies=all_)
    return verified.exit_code
