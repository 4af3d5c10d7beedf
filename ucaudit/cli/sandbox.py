"""``ucaudit sandbox``: a genuine engine on this machine, without Docker or Java."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ucaudit.cli.app import App
from ucaudit.errors import InputError

if TYPE_CHECKING:
    from ucaudit.sandbox.state import State

_folder_type: click.Path = click.Path(file_okay=False, path_type=Path)
_data = click.option(
    "--data",
    metavar="DIR",
    type=_folder_type,
    envvar="UCAUDIT_SANDBOX_DATA",
    help="Folder of its data. [env: UCAUDIT_SANDBOX_DATA] [default: one in the cache]",
)
_heap = click.option(
    "--heap", metavar="SIZE", default="512m", show_default=True, help="Its Java heap."
)
_port = click.option(
    "--port",
    type=click.IntRange(1024, 65535),
    help="Where it listens on the loopback interface. [default: a free port]",
)
_engine = click.option(
    "--engine",
    metavar="NAME",
    default="9.1",
    show_default=True,
    envvar="UCAUDIT_SANDBOX_ENGINE",
    help="Which one (see `ucaudit sandbox engines`); docker: the default one in a container. "
    "[env: UCAUDIT_SANDBOX_ENGINE]",
)


@click.group(
    name="sandbox",
    epilog="""\b
Examples:
  ucaudit sandbox up              start it in the background, print its URL
  ucaudit sandbox run -- pytest   one of its own for a command, which finds it
                                  in UCAUDIT_URL; gone when the command ends
  ucaudit sandbox down            end it; its data stays for the next time
  ucaudit sandbox engines         which versions there are, OpenSearch among them
""",
)
def command() -> None:
    """Run a genuine Elasticsearch here, without Docker or an installed Java.

    It is downloaded once (98 MB, from Maven Central), checked against a pinned digest, and kept in
    the cache (UCAUDIT_CACHE_DIR). Afterwards no network is needed. It listens on the loopback
    interface only, without a password. --engine starts other versions, and OpenSearch.

    Other environment variables: UCAUDIT_JAVA_HOME (a Java to use), UCAUDIT_MAVEN_URL (a Maven
    repository to download from).
    """


@command.command(epilog="Example: ucaudit sandbox up --port 9200 --data ./es")
@_data
@_heap
@_port
@_engine
@click.pass_obj
def up(app: App, data: Path | None, heap: str, port: int | None, engine: str) -> int:
    """Start one in the background, and print its URL when it is ready.

    When one runs on this data already, its URL is printed.
    """
    from ucaudit.sandbox.background import started

    state, fresh = started(_folder(data, engine), heap, port, engine, _progress(app))
    if not fresh:
        app.err.print("A sandbox is already running.", soft_wrap=True)
    app.write(state.url)
    return 0


@command.command(epilog="Example: ucaudit sandbox down")
@_data
@_engine
@click.pass_obj
def down(app: App, data: Path | None, engine: str) -> int:
    """End the one in the background; its data stays."""
    from ucaudit.sandbox.background import ended

    state = ended(_folder(data, engine))
    app.err.print(f"Ended {state.url}." if state else "No sandbox is running.")
    return 0


@command.command(epilog="Example: ucaudit sandbox status --format json")
@_data
@_engine
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
@click.pass_obj
def status(app: App, data: Path | None, engine: str, form: str) -> int:
    """Say whether one runs in the background, and where."""
    from ucaudit.sandbox.background import found

    folder = _folder(data, engine)
    state = found(folder)
    if form == "json":
        app.write(json.dumps(_as_json(folder, state), indent=2))
        return 0
    if state is None:
        app.write(f"not running\n  data     {folder}")
        return 0
    rows = {
        "version": f"{state.product} {state.version}, {state.engine}",
        "java": state.java,
        "heap": state.heap,
        "user": state.user,
        "since": state.started,
        "data": state.data,
        "log": state.log,
    }
    lines = [f"  {label:<8} {value}" for label, value in rows.items() if value]
    app.write("\n".join([f"running at {state.url}", *lines]))
    return 0


@command.command(epilog="Example: ucaudit sandbox engines")
@click.pass_obj
def engines(app: App) -> int:
    """List the engines that --engine takes."""
    from ucaudit.sandbox.artifacts import DEFAULT_ENGINE, DOCKER, ENGINES

    rows = [
        (each.name, each.title, f"{each.archive_bytes / 1e6:.0f} MB", each.java_needed)
        for each in ENGINES.values()
    ]
    default = ENGINES[DEFAULT_ENGINE].title
    rows.append((DOCKER, default, "", "a Docker engine"))
    app.write(
        "\n".join(f"{name:<13} {title:<22} {size:>6}  {on}" for name, title, size, on in rows)
    )
    return 0


@command.command(
    context_settings={"allow_interspersed_args": False},
    epilog="Example: ucaudit sandbox run -- scripts/test",
)
@click.option(
    "--data",
    metavar="DIR",
    type=_folder_type,
    help="Folder of its data, kept for the next time. [default: thrown away]",
)
@_heap
@_port
@_engine
@click.argument("arguments", metavar="-- COMMAND [ARGUMENT]...", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def run(
    app: App,
    data: Path | None,
    heap: str,
    port: int | None,
    engine: str,
    arguments: tuple[str, ...],
) -> int:
    """Run a command with an engine of its own, which ends with it.

    The command finds the engine in UCAUDIT_URL. Its exit code is passed on.
    """
    from ucaudit.sandbox.foreground import run_with

    if not arguments:
        raise InputError(
            "command-missing",
            "There is no command to run.",
            fix="ucaudit sandbox run -- COMMAND",
        )
    return run_with(list(arguments), data, heap, port, engine, _progress(app))


def _folder(data: Path | None, engine: str) -> Path:
    from ucaudit.sandbox.artifacts import DEFAULT_ENGINE, DOCKER
    from ucaudit.sandbox.engine import default_data

    name = DEFAULT_ENGINE if engine == DOCKER else engine
    return data.resolve() if data else default_data(name)


def _progress(app: App) -> Any:
    from ucaudit.sandbox.progress import console_progress

    return console_progress(app.err)


def _as_json(folder: Path, state: State | None) -> dict[str, Any]:
    if state:
        return {**state.to_dict(), "running": True}
    from ucaudit.sandbox.state import FORMAT

    return {"format": FORMAT, "data": str(folder), "running": False}
