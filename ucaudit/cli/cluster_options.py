"""Options of every command that talks to a cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App
from ucaudit.errors import InputError

if TYPE_CHECKING:
    from ucaudit.cluster.client import Cluster
    from ucaudit.history.version import History
    from ucaudit.plan.planner import Options
    from ucaudit.plan.scope import Scope

_OPTIONS = (
    click.option(
        "--url",
        envvar="UCAUDIT_URL",
        metavar="URL",
        help="Address of the cluster; several with commas between. [env: UCAUDIT_URL] "
        "[default: url in the configuration]",
    ),
    click.option(
        "--api-key-file",
        envvar="UCAUDIT_API_KEY_FILE",
        metavar="FILE",
        shell_complete=completing.files,
        help="File that holds an encoded API key. [env: UCAUDIT_API_KEY_FILE; the key itself: "
        "UCAUDIT_API_KEY; or UCAUDIT_USER and UCAUDIT_PASSWORD]",
    ),
    click.option(
        "--ca-certs",
        envvar="UCAUDIT_CA_CERTS",
        metavar="FILE",
        shell_complete=completing.files,
        help="Certificates that sign the server's. [env: UCAUDIT_CA_CERTS]",
    ),
    click.option(
        "--fingerprint",
        envvar="UCAUDIT_FINGERPRINT",
        metavar="SHA256",
        help="Fingerprint of the server's certificate. [env: UCAUDIT_FINGERPRINT]",
    ),
    click.option(
        "--timeout",
        envvar="UCAUDIT_TIMEOUT",
        type=click.FloatRange(min=0.1),
        default=60.0,
        metavar="SECONDS",
        help="For one request. [env: UCAUDIT_TIMEOUT] [default: 60]",
    ),
)


@dataclass(frozen=True, slots=True)
class Connection:
    """What the options say; nothing is opened before it is needed."""

    url: str | None
    api_key_file: str | None
    ca_certs: str | None
    fingerprint: str | None
    timeout: float

    @contextmanager
    def open(self, app: App) -> Iterator[Cluster]:
        """A cluster to work with; closed at the end."""
        from ucaudit.cluster.client import Cluster
        from ucaudit.cluster.options import connection_options

        cluster = Cluster(
            connection_options(
                url=self.url,
                default_url=app.config.url,
                api_key_file=self.api_key_file,
                ca_certs=self.ca_certs,
                fingerprint=self.fingerprint,
                timeout=self.timeout,
            )
        )
        try:
            yield cluster
        finally:
            cluster.close()


def cluster_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command gets them as ``connection``."""

    @wraps(command)
    def with_connection(*args: Any, **kwargs: Any) -> Any:
        names = ("url", "api_key_file", "ca_certs", "fingerprint", "timeout")
        connection = Connection(**{name: kwargs.pop(name) for name in names})
        return command(*args, connection=connection, **kwargs)

    for option in reversed(_OPTIONS):
        with_connection = option(with_connection)
    return with_connection


_SCOPE = (
    click.option(
        "--only",
        multiple=True,
        metavar="GLOB",
        shell_complete=completing.calls,
        help="Only calls whose name matches, such as 'files.*'; may be repeated.",
    ),
    click.option(
        "--exclude",
        multiple=True,
        metavar="GLOB",
        shell_complete=completing.calls,
        help="Leave calls out whose name matches; may be repeated.",
    ),
)


def scope_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options; the command gets them as ``scope``."""

    @wraps(command)
    def with_scope(*args: Any, only: Any, exclude: Any, **kwargs: Any) -> Any:
        from ucaudit.plan.scope import Scope

        return command(*args, scope=Scope(only, exclude), **kwargs)

    for option in reversed(_SCOPE):
        with_scope = option(with_scope)
    return with_scope


allow_open_option = click.option(
    "--allow-open",
    is_flag=True,
    help="Take open versions as if they were released (for development).",
)


def recorded_history(app: App, *, scope: Scope, allow_open: bool) -> History:
    """The recorded history.

    Raises:
        InputError: If it is unreadable or empty, or a pattern matches no call.
    """
    from ucaudit.history.store import load_history

    history = load_history(app.config.schemas_path, allow_open=allow_open)
    if not history.calls:
        raise InputError(
            "nothing-released",
            "No version is released yet, so there is nothing to bring a cluster to.",
            where=str(app.config.schemas_path),
            fix="Run `ucaudit lock`, then `ucaudit release`; or use --allow-open.",
        )
    calls = list(history.calls)
    if idle := scope.idle(calls):
        raise InputError(
            "unknown-call",
            "No released call matches.",
            where=", ".join(idle),
            why=f"known are {', '.join(calls[:5])}" + (" …" if len(calls) > 5 else ""),
            fix="Mend the pattern (--only, --exclude); it is matched against whole names.",
        )
    return history


def plan_options(app: App, *, scope: Scope, finish: bool = False, **wishes: Any) -> Options:
    """What plans are made for, after configuration and command line."""
    from ucaudit.plan.planner import Options
    from ucaudit.plan.templates import Defaults

    config = app.config
    return Options(
        naming=config.naming,
        defaults=Defaults(shards=config.shards, replicas=config.replicas),
        grace=timedelta(hours=config.grace_hours),
        scope=scope,
        finish=finish,
        **wishes,
    )
