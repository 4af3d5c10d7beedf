"""``ucaudit diff``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App, uncollected
from ucaudit.cli.outputs import fail_on_option, format_option, output_option, top_of
from ucaudit.config import Reading

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from ucaudit.diff.model import Part
    from ucaudit.history.comparison import Compared
    from ucaudit.jsontypes import JsonObject
    from ucaudit.report.problems import Problem


@click.command(
    epilog="""\b
Examples:
  ucaudit diff schemas examples.ucloud:calls
  ucaudit diff git:main:schemas schemas --format json
  ucaudit diff old.json new.json --part response
  ucaudit diff git:v1.2:openapi.yaml openapi.yaml
  ucaudit diff schemas app.calls:calls --fail-on warning

\b
What is an error is configured in [tool.ucaudit], for some calls otherwise:
  policy = "backward_transitive"     also kept with every released version
  unknown = "error"                  what cannot be decided counts as a break
  required_with_default = "ok"       a default stands in for a missing field
  levels = {default-changed = "off"}
  [tool.ucaudit.calls."files.*"]     the same keys; the last match wins
  policy = "full"

\b
A single finding is accepted with its reason (--fail-on then ignores it):
  ucaudit lock --accept a0bfe2458dee901d --reason "the old clients are gone"
"""
)
@click.argument("old", shell_complete=completing.files)
@click.argument("new", shell_complete=completing.files)
@click.option(
    "--part",
    type=click.Choice(["request", "response", "audit"]),
    default="request",
    show_default=True,
    help="Which side of a call a bare JSON Schema file is.",
)
@click.option(
    "--only",
    metavar="GLOB",
    shell_complete=completing.calls,
    help="Compare the calls whose names match.",
)
@format_option
@output_option
@fail_on_option
@click.option(
    "--unknown-fields",
    type=click.Choice(get_args(Reading)),
    help="How readers treat fields they do not know. [default: the configuration's, else ignored]",
)
@click.pass_obj
@uncollected()
def command(
    app: App,
    *,
    old: str,
    new: str,
    part: Part,
    only: str | None,
    format_: str,
    output: str | None,
    fail_on: str,
    unknown_fields: Reading | None,
) -> int:
    """Compare the calls of two sources: what changed, whom it breaks, what the index needs.

    A source is a folder of recorded history or of JSON Schemas, a JSON Schema file, an OpenAPI
    document, protobuf files, package.module:attribute for declared calls, or any of these at a
    revision: git:REVISION:SOURCE.
    """
    from ucaudit.cli.outputs import deliver, fails
    from ucaudit.history.comparison import compare_sources

    reading = unknown_fields or app.config.unknown_fields
    compared = compare_sources(old, new, app.config, part=part, only=only, unknown_fields=reading)
    deliver(app, _Outcome(compared, new, app.config.root), format_, output)
    return int(fails(((f.level, f.accepted) for f in compared.diff.findings), fail_on))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A diff in all its forms."""

    compared: Compared
    new: str
    root: Path
    name: str = "diff"

    def problems(self) -> list[Problem]:
        """What changed."""
        from ucaudit.history.places import Places
        from ucaudit.report.problems import of_findings

        places = Places(self.compared.after.calls, self.root.resolve(), self.new)
        return [*of_findings(self.compared.diff.findings, places, top_of(self.root))]

    def calls(self) -> list[str]:
        """Names of all calls."""
        return [call.call for call in self.compared.diff.calls]

    def show(self, console: Console) -> None:
        """Prints it for people."""
        from ucaudit.report.diff import render_diff

        console.print(render_diff(self.compared.diff))

    def document(self) -> JsonObject:
        """The document ``ucaudit.diff/1``."""
        return self.compared.diff.to_dict()

    def markdown(self) -> str:
        """For a pull-request comment."""
        from ucaudit.report.comments import diff_comment

        return diff_comment(self.compared.diff, self.problems())
