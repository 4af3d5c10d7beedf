"""``ucaudit init``."""

from __future__ import annotations

from pathlib import Path

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App


@click.command(
    epilog="""\b
Example:
  ucaudit init --source app.calls:registry
"""
)
@click.option(
    "--source",
    metavar="SOURCE",
    shell_complete=completing.files,
    help="Where the calls are declared.",
)
@click.pass_obj
def command(app: App, source: str | None) -> None:
    """Set a project up: ucaudit.toml, if nothing is configured yet, and an empty schemas/."""
    import json

    from ucaudit.config import find_config
    from ucaudit.errors import InputError
    from ucaudit.history.files import make_folder, write_file

    found = find_config(Path.cwd().resolve())
    if found is None:
        line = f"source = {json.dumps(source)}" if source else '# source = "app.calls:registry"'
        path = Path.cwd() / "ucaudit.toml"
        write_file(path, f'{line}\nschemas = "schemas"\n')
        app.err.print(f"+ {path.name}")
    elif source:
        raise InputError(
            "already-configured",
            "The project is configured already.",
            where=str(found),
            fix=f"Set source = {json.dumps(source)} there.",
        )
    folder = app.config.schemas_path
    if not folder.is_dir():
        make_folder(folder)
        app.err.print(f"+ {folder.name}/")
    app.err.print("Next: declare calls, then run ucaudit lock and ucaudit release.")
