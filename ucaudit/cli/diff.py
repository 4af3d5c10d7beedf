"""``ucaudit diff``."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

import click

from ucaudit.cli.app import App, uncollected
from ucaudit.config import Reading

if TYPE_CHECKING:
    from ucaudit.diff.model import Part

_FAIL_ON = ("error", "warning", "info", "never")


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
@click.argument("old")
@click.argument("new")
@click.option(
    "--part",
    type=click.Choice(["request", "response", "audit"]),
    default="request",
    show_default=True,
    help="Which side of a call a bare JSON Schema file is.",
)
@click.option("--only", metavar="GLOB", help="Compare the calls whose names match.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--output", "-o", metavar="FILE", help="Write there instead of standard output.")
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    default="error",
    show_default=True,
    help="Exit 1 if there is a finding of this level or above that is not accepted.",
)
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
    from ucaudit.history.comparison import compare_sources
    from ucaudit.jsontypes import pretty_bytes

    reading = unknown_fields or app.config.unknown_fields
    diff = compare_sources(old, new, app.config, part=part, only=only, unknown_fields=reading)
    if format_ == "json":
        app.write(pretty_bytes(diff.to_dict()), output)
    else:
        from ucaudit.report.diff import render_diff

        app.print(render_diff(diff), output)
    bad = _FAIL_ON[: _FAIL_ON.index(fail_on) + 1] if fail_on != "never" else ()
    return int(any(f.level in bad for f in diff.findings if f.accepted is None))
