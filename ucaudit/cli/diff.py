"""``ucaudit diff``."""

from __future__ import annotations

import click

from ucaudit.cli.app import App, uncollected

_FAIL_ON = ("error", "warning", "info", "never")


@click.command(
    epilog="""\b
Examples:
  ucaudit diff schemas examples.ucloud:calls
  ucaudit diff git:main:schemas schemas --format json
  ucaudit diff old.json new.json --part response
  ucaudit diff git:v1.2:openapi.yaml openapi.yaml
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
    help="Exit 1 if there is a finding of this level or above.",
)
@click.pass_obj
@uncollected()
def command(
    app: App,
    old: str,
    new: str,
    part: str,
    only: str | None,
    format_: str,
    output: str | None,
    fail_on: str,
) -> int:
    """Compare the calls of two sources: what changed, whom it breaks, what the index needs.

    A source is a folder of recorded history or of JSON Schemas, a JSON Schema file, an OpenAPI
    document, protobuf files, package.module:attribute for declared calls, or any of these at a
    revision: git:REVISION:SOURCE.
    """
    from ucaudit.diff.calls import diff_calls
    from ucaudit.history.sources import load_pair
    from ucaudit.jsontypes import pretty_bytes

    before, after = load_pair(old, new, app.config.root, part=part, only=only)
    diff = diff_calls(before.calls, after.calls, before.accumulated, policy=app.config.policy)
    if format_ == "json":
        app.write(pretty_bytes(diff.to_dict()), output)
    else:
        from ucaudit.report.diff import render_diff

        app.print(render_diff(diff), output)
    bad = _FAIL_ON[: _FAIL_ON.index(fail_on) + 1] if fail_on != "never" else ()
    return int(any(finding.level in bad for finding in diff.findings))
