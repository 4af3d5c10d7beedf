"""``ucaudit lock``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App, uncollected
from ucaudit.cli.cluster_options import Connection, cluster_options

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from pathlib import Path

    from ucaudit.history.lock import Decisions
    from ucaudit.sources.record import CallSchemas

_MOST_FILES = 6
# Documents of a call that are looked at; a rare field that none of them has is in the mapping.
_SAMPLES = 1000


@click.command(
    epilog="""\b
Examples:
  ucaudit lock
  ucaudit lock --check
  ucaudit lock --from-index        nothing is declared yet: see what is stored
  ucaudit lock --decide 'wallets.push:requestJson.items[*].productId={"wrap": "", "key": "id"}'
  ucaudit lock --step 'jobs.create={"python": "app.transforms:modernise"}'
  ucaudit lock --accept a0bfe245 --reason "no client sends it" --until 2027-03-31
"""
)
@click.option(
    "--source",
    metavar="SOURCE",
    shell_complete=completing.files,
    help="Declared calls. [default: the configuration's]",
)
@click.option(
    "--decide",
    "decide",
    metavar="CALL:PATH=STEP",
    shell_complete=completing.places,
    multiple=True,
    help="Answer a question that lock asked; STEP is JSON, its path may be left empty.",
)
@click.option(
    "--step",
    "steps",
    metavar="CALL=STEP",
    shell_complete=completing.places,
    multiple=True,
    help="Add a transform step of stored documents to a call.",
)
@click.option(
    "--new-generation",
    "generations",
    metavar="CALL",
    shell_complete=completing.calls,
    multiple=True,
    help="Start a new generation although the index does not need one, so that steps are applied.",
)
@click.option(
    "--accept",
    "accept",
    metavar="ID",
    multiple=True,
    help="Accept a finding of what would be released: its id in ucaudit diff, or 6 or more digits "
    "of its beginning. Kept in schemas/accepted.json.",
)
@click.option("--reason", metavar="TEXT", help="Why it is accepted.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="YYYY-MM-DD",
    help="The last day on which it is. [default: it does not end]",
)
@click.option("--unaccept", "unaccept", metavar="ID", multiple=True, help="Drop an acceptance.")
@click.option(
    "--from-index",
    is_flag=True,
    help="Record calls that have no recorded version from what is stored in their indices: for a "
    "service that has declared nothing yet.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would be written.")
@click.option(
    "--exit-non-zero-on-write",
    "strict",
    is_flag=True,
    help="Exit 1 if something was written: for hooks before a commit.",
)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@cluster_options
@click.pass_obj
@uncollected()
def command(
    app: App,
    *,
    source: str | None,
    decide: tuple[str, ...],
    steps: tuple[str, ...],
    generations: tuple[str, ...],
    accept: tuple[str, ...],
    reason: str | None,
    until: datetime | None,
    unaccept: tuple[str, ...],
    from_index: bool,
    connection: Connection,
    check: bool,
    strict: bool,
    format_: str,
) -> int:
    """Bring schemas/ up to date with the declared calls.

    Says for each changed call what the audit index needs and which decisions on stored values are
    missing, and which accepted findings are not there any more. Running it again writes nothing.
    """
    from ucaudit.errors import InputError
    from ucaudit.history.accepting import Wish, keep_ledger
    from ucaudit.history.files import write_files
    from ucaudit.history.layout import Layout
    from ucaudit.history.lock import lock
    from ucaudit.history.pending import declared_source
    from ucaudit.history.recorded import Recorded
    from ucaudit.history.sources import load_source
    from ucaudit.history.store import load_history, load_open, plan_open
    from ucaudit.jsontypes import pretty
    from ucaudit.mapping.envelope import load_envelope
    from ucaudit.report.lock import locked_document, render_locked

    layout = Layout(app.config.schemas_path)
    damaged: list[InputError] = []
    if from_index:
        declared = _stored(app, connection, source)
    else:
        declared = load_source(source or declared_source(app.config), app.config.root).calls
    recorded = Recorded.read(layout, declared)
    opened = load_open(layout, damaged, recorded=recorded)
    history = load_history(layout.root)
    results = lock(
        declared,
        opened,
        history,
        _decisions(decide, steps, generations),
        load_envelope(app.config),
    )
    verb = "would be written" if check else "written"
    # Many calls may need the same damaged type.
    for text in dict.fromkeys(f"{error} [{error.name}]" for error in damaged):
        app.err.print(f"note: {verb} anew: {text}; its decisions on steps are lost", markup=False)
    entries = [r.entry for r in results if r.entry is not None]
    wish = Wish(accept, unaccept, reason, until.date() if until is not None else None)
    opened_now = (entry.schemas for entry in entries)
    ledger = keep_ledger(layout, history, opened_now, app.config, wish)
    changes = plan_open(layout, entries, recorded) | ledger.changes
    if not check:
        write_files(changes)
    elif changes:
        app.err.print(f"note: out of date: {_some(changes, layout.root)}", markup=False)
    if format_ == "json":
        app.write(pretty(locked_document(results, ledger)))
    else:
        app.print(render_locked(results, ledger, len(changes), verb))
    return int((check or strict) and bool(changes))


def _stored(app: App, connection: Connection, source: str | None) -> list[CallSchemas]:
    """Calls that are recorded already, as they are, and the others as their indices show them."""
    from ucaudit.cluster.samples import sample_calls
    from ucaudit.errors import InputError
    from ucaudit.history.layout import is_recorded
    from ucaudit.history.sources import load_source
    from ucaudit.mapping.envelope import REQUEST, RESPONSE
    from ucaudit.migrate.session import Session
    from ucaudit.names import index_part
    from ucaudit.sources.sampled import sampled_call

    if source is not None:
        raise InputError(
            "usage",
            "--from-index takes the place of a source.",
            where=source,
            fix="Leave --source or --from-index out.",
        )
    folder, config = app.config.schemas_path, app.config
    known = load_source(str(folder), config.root).calls if is_recorded(folder) else []
    taken = {index_part(call.name) for call in known}
    found: list[CallSchemas] = []
    with connection.open(app) as cluster:
        session = Session(cluster, "ucaudit lock", "Reading", "ucaudit lock --from-index")
        with session.errors():
            cluster.server()
            for one in sample_calls(cluster, config.prefix, (REQUEST, RESPONSE), size=_SAMPLES):
                if index_part(one.call) in taken:
                    continue
                found.append(
                    sampled_call(
                        one.call, one.mappings, one.documents, request=REQUEST, response=RESPONSE
                    )
                )
                indices, documents = len(one.indices), len(one.documents)
                app.err.print(
                    f"{one.call}: from {documents:,} documents of {indices} newest indices",
                    highlight=False,
                    markup=False,
                )
    if not found and not known:
        raise InputError(
            "nothing-stored",
            "There is no index that a call could be recorded from.",
            where=f"{cluster.shown}, {config.prefix}*",
            why="dated indices such as http_logs_<call>-2026.01.31 are looked for",
            fix="Set prefix in the configuration to what your audit indices start with.",
        )
    return [*known, *found]


def _some(changes: Mapping[Path, str | None], folder: Path) -> str:
    """The first of the files, those that hold calls before types."""
    names = sorted((str(p.relative_to(folder)) for p in changes), key=lambda n: ("/" in n, n))
    more = len(names) - _MOST_FILES
    return ", ".join(names[:_MOST_FILES]) + (f" and {more:,} more" if more > 0 else "")


def _decisions(
    decide: tuple[str, ...], steps: tuple[str, ...], generations: tuple[str, ...]
) -> Decisions:
    from ucaudit.history.lock import Decisions

    answers = {}
    for text in decide:
        place, step = _split(text, "--decide")
        answers[place] = step
    added: dict[str, list[dict[str, object]]] = {}
    for text in steps:
        call, step = _split(text, "--step")
        added.setdefault(call, []).append(step)
    return Decisions(answers, added, frozenset(generations))


def _split(text: str, option: str) -> tuple[str, dict[str, object]]:
    import orjson

    from ucaudit.errors import InputError

    place, equals, raw = text.partition("={")
    try:
        step = orjson.loads("{" + raw) if equals else None
    except orjson.JSONDecodeError:
        step = None
    if not isinstance(step, dict) or not step:
        raise InputError(
            "step-invalid",
            f"The value of {option} cannot be read.",
            where=text,
            why="a place, an equals sign and a step as a JSON object are expected",
            fix='Write for instance \'calls.name:requestJson.field={"wrap": "", "key": "id"}\'.',
        )
    return place, step
