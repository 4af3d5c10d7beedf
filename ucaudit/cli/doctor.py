"""``ucaudit doctor``: what is wrong, on one screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ucaudit.cli.app import App, uncollected
from ucaudit.cli.cluster_options import Connection, cluster_options, plan_options
from ucaudit.cli.running import format_option

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ucaudit.doctor.finding import Check
    from ucaudit.history.version import History


@click.command(
    name="doctor",
    epilog="""\b
Examples:
  ucaudit doctor
  ucaudit doctor --offline          leaves the cluster out
  ucaudit doctor --format json

\b
Exit codes: 0 nothing is wrong, or warnings only; 1 a problem; 2 the
configuration, the calls or schemas/ cannot be read; 3 the cluster is out of
reach, or refuses the credentials.
""",
)
@click.option("--offline", is_flag=True, help="Leave the cluster out.")
@format_option
@cluster_options
@click.pass_obj
@uncollected()
def command(app: App, *, offline: bool, format_: str, connection: Connection) -> int:
    """Say what is wrong with configuration, schemas/, client, server, privileges and cluster.

    Looks at all of it, whatever it finds on the way, and changes nothing.
    """
    from ucaudit.doctor.finding import Diagnosis
    from ucaudit.doctor.project import versions

    checks = list(_checks(app, connection, offline=offline))
    diagnosis = Diagnosis(checks, versions())
    if format_ == "json":
        from ucaudit.jsontypes import pretty

        app.write(pretty(diagnosis.to_dict()))
    else:
        from ucaudit.doctor.shown import render_diagnosis

        for part in render_diagnosis(diagnosis):
            app.out.print(part)
    return diagnosis.exit_code


def _checks(app: App, connection: Connection, *, offline: bool) -> Iterator[Check]:
    from ucaudit.doctor.live import TOPICS, skipped
    from ucaudit.doctor.project import calls, client, configuration, schemas

    check, config = configuration(lambda: app.config, app.config_path)
    yield check
    history = None
    if config is None:
        yield from skipped(("calls", "schemas"), "the configuration is wrong")
    else:
        yield calls(config)
        check, history = schemas(config)
        yield check
    yield client()
    if offline or config is None:
        yield from skipped(TOPICS, "--offline" if offline else "the configuration is wrong")
    else:
        yield from _cluster(app, connection, history)


def _cluster(app: App, connection: Connection, history: History | None) -> Iterator[Check]:
    from ucaudit.doctor.finding import of_error
    from ucaudit.doctor.live import TOPICS, examine, skipped
    from ucaudit.errors import InputError
    from ucaudit.plan.scope import Scope

    try:
        with connection.open(app) as cluster:
            yield from examine(cluster, history, plan_options(app, scope=Scope()))
    except InputError as error:
        # Credentials or address: nothing was asked yet.
        yield of_error("server", error)
        yield from skipped(TOPICS[1:], "nothing was asked")
