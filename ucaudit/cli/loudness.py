"""``--quiet`` and ``--verbose``: how much commands say on standard error."""

from __future__ import annotations

import sys
from typing import Any, Final

import click

from ucaudit.cli.app import App

_QUIET: Final = "No progress and no notes; results, warnings and errors stay."
_VERBOSE: Final = "Also each request to the cluster, with its answer's status and time."


def _be_quiet(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        ctx.ensure_object(App).quiet = True


def _be_verbose(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        import logging

        log = logging.getLogger("ucaudit.cluster")
        log.setLevel(logging.DEBUG)
        if not log.handlers:
            handler = logging.StreamHandler(sys.stderr)
            handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
            log.addHandler(handler)


def with_loudness(command: click.Command) -> click.Command:
    """Adds the options to a command, or to each command of a group."""
    if isinstance(command, click.Group):
        for below in command.commands.values():
            with_loudness(below)
        return command
    there = {param.name for param in command.params}
    if "quiet" not in there:
        command.params.append(_flag("--quiet", "-q", _be_quiet, _QUIET))
        if "url" in there:
            command.params.append(_flag("--verbose", "-v", _be_verbose, _VERBOSE))
    return command


def _flag(long: str, short: str, callback: Any, help_: str) -> click.Option:
    return click.Option(
        [long, short], is_flag=True, expose_value=False, callback=callback, help=help_
    )
