"""``ucaudit dead-letters``: documents that could not be copied."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App
from ucaudit.cli.cluster_options import (
    Connection,
    allow_open_option,
    cluster_options,
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
from ucaudit.errors import InputError

if TYPE_CHECKING:
    from ucaudit.cluster.client import Cluster
    from ucaudit.migrate.letters import Group, Selection
    from ucaudit.plan.scope import Scope


@click.group(
    name="dead-letters",
    epilog="""\b
Examples:
  ucaudit dead-letters list --only 'files.*'
  ucaudit dead-letters show 3f9a0c
  ucaudit dead-letters retry --index http_logs_files.move-2026.11.20
  ucaudit dead-letters export -o letters.ndjson
""",
)
def command() -> None:
    """Look at, retry, export or discard documents that could not be copied.

    A dead letter is a document that no step could transform or the engine refused: it is kept
    whole, as the bytes that it was, with the reason.
    """


def _selecting(wrapped: Callable[..., Any]) -> Callable[..., Any]:
    """Adds what chooses letters; the command gets it as ``selection``."""

    @wraps(wrapped)
    def with_selection(
        *args: Any, scope: Scope, index: str | None, keys: tuple[str, ...], **kwargs: Any
    ) -> Any:
        from ucaudit.migrate.letters import Selection

        return wrapped(*args, selection=Selection(scope, index, keys), **kwargs)

    option = click.option("--index", metavar="INDEX", help="Only those of this source or copy.")
    argument = click.argument("keys", metavar="[ID]...", nargs=-1)
    return argument(option(scope_options(with_selection)))


@command.command(name="list", epilog="Example: ucaudit dead-letters list --limit 100")
@_selecting
@click.option(
    "--limit", type=click.IntRange(min=0), default=20, show_default=True, help="Letters shown."
)
@format_option
@cluster_options
@click.pass_obj
def list_(
    app: App, *, selection: Selection, limit: int, format_: str, connection: Connection
) -> int:
    """List dead letters with the reasons. Changes nothing."""
    from ucaudit.jsontypes import pretty
    from ucaudit.report.letters import document_of, print_groups

    with connection.open(app) as cluster, _reading(cluster):
        groups = _groups(app, cluster, selection)
    if format_ == "json":
        letters = [letter.to_dict() for group in groups for letter in group.letters][:limit]
        app.write(pretty(document_of("list", groups, letters=letters)))
    else:
        print_groups(app.out, groups, limit=limit)
    return 0


@command.command(epilog="Example: ucaudit dead-letters show 3f9a0c")
@click.argument("key", metavar="ID")
@click.option("--raw", is_flag=True, help="Only the document, as the bytes that it was.")
@format_option
@cluster_options
@click.pass_obj
def show(app: App, *, key: str, raw: bool, format_: str, connection: Connection) -> int:
    """Show one dead letter with its document; ID is the beginning of the letter's own id."""
    from ucaudit.migrate.letters import Selection, find_letters, with_documents
    from ucaudit.report.letters import print_letter, shown_document

    with connection.open(app) as cluster, _reading(cluster):
        found = find_letters(cluster, app.config.naming, Selection(keys=(key,)))
        letters = [letter for page in with_documents(cluster, found) for letter in page]
    for letter in letters:
        if raw:
            sys.stdout.buffer.write(letter.document)
            sys.stdout.buffer.flush()
        elif format_ == "json":
            app.write(letter.line())
        else:
            print_letter(app.out, letter)
            app.write(shown_document(letter.document))
    return 0


@command.command(epilog="Example: ucaudit dead-letters export --only 'files.*' -o files.ndjson")
@_selecting
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    shell_complete=completing.files,
    help="Where to. [default: standard output]",
)
@cluster_options
@click.pass_obj
def export(app: App, *, selection: Selection, output: str | None, connection: Connection) -> int:
    """Write dead letters as NDJSON, each document as the bytes that it was. Changes nothing.

    A line is an object: where the document got stuck, why, and `document`. Where its bytes have
    line ends, those are spaces there, and `document_base64` has the bytes.
    """
    from ucaudit.migrate.letters import find_letters, with_documents

    with connection.open(app) as cluster, _reading(cluster):
        found = find_letters(cluster, app.config.naming, selection)
        with _opened(output) as file:
            for letters in with_documents(cluster, found):
                file.writelines(letter.line() for letter in letters)
    app.err.print(f"{len(found):,} dead letters written.", highlight=False)
    return 0


@command.command(epilog="Example: ucaudit dead-letters retry --only files.move --yes")
@_selecting
@dry_run_option
@yes_option
@allow_open_option
@format_option
@lock_option
@cluster_options
@click.pass_obj
def retry(
    app: App,
    *,
    selection: Selection,
    dry_run: bool,
    yes: bool,
    allow_open: bool,
    format_: str,
    lock_timeout: float,
    connection: Connection,
) -> int:
    """Transform dead letters again by the steps as they are now, and write them into the copies.

    For copies that readers see already. An unfinished copy is made anew by `ucaudit migrate` once
    its steps were mended.
    """
    from ucaudit.cli.again import command_line
    from ucaudit.jsontypes import pretty
    from ucaudit.migrate.retry import obstacle
    from ucaudit.migrate.retry import retry as try_again
    from ucaudit.migrate.session import Session
    from ucaudit.report.letters import document_of, print_retried, print_retry
    from ucaudit.report.run import progress_on

    history = recorded_history(app, scope=selection.scope, allow_open=allow_open)
    as_json = format_ == "json"
    with connection.open(app) as cluster:
        with _reading(cluster):
            groups = _groups(app, cluster, selection)
        obstacles = [obstacle(group, history) for group in groups]
        ready = sum(not why for why in obstacles)
        if not as_json or not yes:
            print_retry(app.alerts if as_json else app.out, groups, obstacles)
        if dry_run or not ready:
            if as_json:
                app.write(pretty(document_of("retry", groups, retried=[])))
            return 0
        app.confirm("Retry them?", yes=yes)
        resume = command_line(click.get_current_context())
        session = Session(
            cluster, "ucaudit dead-letters retry", "Retrying", resume, progress_on(app.err),
            lock_timeout=lock_timeout,
        )  # fmt: skip
        with interruptible(session.stop.set, session.progress), session.held():
            outcomes = try_again(session, groups, history, session.progress.advanced)
    if as_json:
        retried = [outcome.to_dict() for outcome in outcomes]
        app.write(pretty(document_of("retry", groups, retried=retried)))
    else:
        print_retried(app.out, outcomes)
    return 1 if any(o.resolved < o.tried for o in outcomes) else 0


@command.command(epilog="Example: ucaudit dead-letters discard 3f9a0c")
@_selecting
@click.option("--all", "all_", is_flag=True, help="All of them; else say which.")
@dry_run_option
@yes_option
@format_option
@lock_option
@cluster_options
@click.pass_obj
def discard(
    app: App,
    *,
    selection: Selection,
    all_: bool,
    dry_run: bool,
    yes: bool,
    format_: str,
    lock_timeout: float,
    connection: Connection,
) -> int:
    """Throw the documents of dead letters away, for good.

    That they were there, and why, is kept. Letters of an index that is not swapped in cannot be
    discarded: they would come again; accept them instead (migrate --accept-dead-letters).
    """
    from ucaudit.cli.again import command_line
    from ucaudit.jsontypes import pretty
    from ucaudit.migrate.letters import discard as throw_away
    from ucaudit.migrate.session import Session
    from ucaudit.report.letters import discardable, document_of, print_discard
    from ucaudit.report.run import progress_on
    from ucaudit.report.words import counted

    if selection.everything and not all_:
        raise InputError(
            "usage",
            "Say which dead letters are to be discarded.",
            fix="Give ids, --index, --only or --exclude; or --all.",
        )
    as_json = format_ == "json"
    with connection.open(app) as cluster:
        with _reading(cluster):
            groups = _groups(app, cluster, selection)
        letters = [letter for group in discardable(groups) for letter in group.letters]
        if not as_json or not yes:
            print_discard(app.alerts if as_json else app.out, groups)
        if letters and not dry_run:
            app.confirm_typed(f"discard {len(letters)}", yes=yes)
            resume = command_line(click.get_current_context())
            session = Session(
                cluster, "ucaudit dead-letters discard", "Discarding", resume,
                progress_on(app.err), lock_timeout=lock_timeout,
            )  # fmt: skip
            with session.held():
                session.wrote = True
                throw_away(cluster, letters)
    done = 0 if dry_run else len(letters)
    if as_json:
        app.write(pretty(document_of("discard", groups, discarded=done)))
    elif done:
        app.out.print(f"Done: {counted(done, 'document')} discarded.", style="bold")
    else:
        app.out.print("Nothing was discarded.", style="bold")
    return 0


def _groups(app: App, cluster: Cluster, selection: Selection) -> list[Group]:
    from ucaudit.migrate.letters import find_letters, groups_of

    naming = app.config.naming
    return groups_of(cluster, naming, find_letters(cluster, naming, selection))


@contextmanager
def _opened(output: str | None) -> Iterator[IO[bytes]]:
    if output in (None, "-"):
        yield sys.stdout.buffer
        return
    try:
        with Path(output or "").open("wb") as file:
            yield file
    except OSError as error:
        raise InputError(
            "output-unwritable",
            "The output cannot be written.",
            where=output,
            why=error.strerror or str(error),
            fix="Name a file in a folder that exists and is writable.",
        ) from error


def _reading(cluster: Any) -> Any:
    """Errors of the cluster while nothing is written are refusals."""
    from ucaudit.migrate.session import Session

    return Session(cluster, "", "", "").errors()
