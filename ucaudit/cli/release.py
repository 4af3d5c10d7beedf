"""``ucaudit release``."""

from __future__ import annotations

import click

from ucaudit.cli.app import App, uncollected


@click.command(
    epilog="""\b
Examples:
  ucaudit release 2026.11
  ucaudit release --format json
"""
)
@click.argument("label", required=False)
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_obj
@uncollected()
def command(app: App, label: str | None, format_: str) -> None:
    """Freeze the open versions that changed; only released versions are migrated."""
    from ucaudit.history.layout import Layout
    from ucaudit.history.release import release
    from ucaudit.history.sources import load_source
    from ucaudit.jsontypes import pretty
    from ucaudit.mapping.envelope import load_envelope
    from ucaudit.report.lock import render_released

    config = app.config
    # The open versions alone cannot say whether someone forgot to lock.
    declared = load_source(config.source, config.root).calls if config.source else None
    versions = release(Layout(config.schemas_path), label, load_envelope(config), declared)
    if format_ == "json":
        entries = [
            {"call": v.call, "version": v.number, "generation": v.generation, "digest": v.digest}
            for v in versions
        ]
        app.write(pretty({"format": "ucaudit.release/1", "versions": entries}))
    else:
        app.print(render_released(versions))
