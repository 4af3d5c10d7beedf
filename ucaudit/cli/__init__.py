"""The command line: runs a command, turns errors into one panel and the right exit code."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib import import_module

import click

from ucaudit.cli.app import App
from ucaudit.cli.loudness import with_loudness
from ucaudit.errors import InputError, UcauditError

# A shell that asks what to propose sets it.
COMPLETING = "_UCAUDIT_COMPLETE"
# Each command is the attribute ``command`` of the module of its name.
_COMMANDS = (
    "init",
    "lock",
    "release",
    "diff",
    "check",
    "report",
    "comment",
    "rule",
    "explain",
    "mapping",
    "names",
    "baseline",
    "plan",
    "migrate",
    "status",
    "verify",
    "rollback",
    "prune",
    "dead-letters",
    "force-unlock",
    "schema",
    "doctor",
    "completion",
    "sandbox",
)


class LazyGroup(click.Group):
    """Imports a command's module when the command is wanted."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order in which a project uses them."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or ``None`` for an unknown name."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"ucaudit.cli.{cmd_name.replace('-', '_')}")
        command: click.Command = module.command
        return with_loudness(command)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does it, but with names that are spelled alike, which it has no list of."""
        if args[0] not in _COMMANDS and args[0][:1].isalpha() and not ctx.resilient_parsing:
            from difflib import get_close_matches

            close = get_close_matches(args[0], _COMMANDS, n=1)
            hint = f" Did you mean {close[0]!r}?" if close else ""
            ctx.fail(f"No such command {args[0]!r}.{hint}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done or nothing to do; 1 findings, drift, pending work or dead letters; "
    "2 usage or unreadable input; 3 refused before any write; 4 stopped after writes, resumable; "
    "130 interrupted, checkpointed.",
)
@click.version_option(package_name="ucaudit", message="%(prog)s %(version)s")
@click.option(
    "--config",
    type=click.Path(dir_okay=False),
    envvar="UCAUDIT_CONFIG",
    help="Configuration file. [env: UCAUDIT_CONFIG] [default: the nearest ucaudit.toml, or "
    "pyproject.toml with [tool.ucaudit]]",
)
@click.pass_context
def cli(ctx: click.Context, config: str | None) -> None:
    """Keep Elasticsearch audit logs whole while RPC calls change.

    Declare calls, record their schemas, and migrate their audit indices before each release:

    \b
      ucaudit lock                 record what the declared calls look like now
      ucaudit diff git:main:schemas schemas      what changed, and what it breaks
      ucaudit release 2026.11      freeze it as a released version
      ucaudit plan                 what the cluster needs
      ucaudit migrate              do it; run again at any time
    """
    ctx.obj = App(config_path=config)


def _misused(error: click.ClickException) -> UcauditError:
    """What click says of a command line, in the shape of all errors."""
    where = fix = None
    context = error.ctx if isinstance(error, click.UsageError) else None
    if context is not None:
        where, fix = context.command_path, f"See: {context.command_path} --help"
    return InputError("usage", error.format_message(), where=where, fix=fix)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns its exit code (entry point of ``ucaudit``)."""
    if arguments is None and COMPLETING in os.environ:
        from ucaudit.cli.completing import answer_shell

        return answer_shell(cli)
    app: App | None = None
    try:
        with cli.make_context(
            "ucaudit", list(sys.argv[1:] if arguments is None else arguments)
        ) as ctx:
            app = ctx.obj
            result = cli.invoke(ctx)
    except UcauditError as error:
        (app or App()).show_error(error)
        return error.exit_code
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # click knows it from 8.2 on
            error.show()
        else:
            (app or App()).show_error(_misused(error))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`ucaudit --help | head`): nothing is wrong.
        from ucaudit.cli.terminal import stop_writing

        stop_writing()
        return 0
    return result if isinstance(result, int) else 0
