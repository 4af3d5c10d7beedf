"""``ucaudit check``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App, uncollected
from ucaudit.cli.outputs import fail_on_option, format_option, output_option, top_of

if TYPE_CHECKING:
    from rich.console import Console

    from ucaudit.config import Config
    from ucaudit.history.check import Checked
    from ucaudit.jsontypes import JsonObject
    from ucaudit.report.problems import Problem


@click.command(
    epilog="""\b
Examples:
  ucaudit check
  ucaudit check --against git:main
  ucaudit check --against git:origin/main --format github
  ucaudit check --against git:main --format markdown -o comment.md
  ucaudit check --against git:v1.2:openapi.yaml

\b
What it looks at, without a cluster:
  declared calls against schemas/   a forgotten ucaudit lock
  schemas/ against the base         what breaks, by policy and acceptances
  released versions                 edited, missing, not as the base has them
  decisions                         what becomes of stored values, undecided
  acceptances                       whose last day is over

\b
Exit codes: 0 nothing at or above --fail-on; 1 something is; 2 the base, the
declared calls or the configuration cannot be read. In a shallow clone, fetch
the base first: git fetch --depth=1 origin main:refs/remotes/origin/main
"""
)
@click.option(
    "--against",
    metavar="BASE",
    help="What to compare with: git:REVISION for the recorded folder at that revision, or any "
    "source. [default: the newest released versions]",
)
@click.option(
    "--source",
    metavar="SOURCE",
    shell_complete=completing.files,
    help="Declared calls. [default: the configuration's]",
)
@fail_on_option
@format_option
@output_option
@click.pass_obj
@uncollected()
def command(
    app: App,
    *,
    against: str | None,
    source: str | None,
    fail_on: str,
    format_: str,
    output: str | None,
) -> int:
    """Check a change before it is merged: the gate for CI. Changes nothing, needs no cluster.

    Shows what the change breaks, what was forgotten, and which migration of the audit indices it
    brings.
    """
    from ucaudit.cli.outputs import deliver, fails
    from ucaudit.history.check import check

    checked = check(app.config, against=against, source=source or app.config.source)
    outcome = _Outcome(checked, app.config)
    deliver(app, outcome, format_, output)
    return int(fails(((p.level, p.accepted) for p in outcome.problems()), fail_on))


@dataclass(frozen=True, slots=True)
class _Outcome:
    """A check in all its forms."""

    checked: Checked
    config: Config
    found: list[Problem] = field(default_factory=list)
    name: str = "check"

    def __post_init__(self) -> None:
        from ucaudit.report.problems import of_findings, of_remarks

        checked = self.checked
        if not (checked.diff.findings or checked.remarks):
            return
        from ucaudit.history.layout import Layout
        from ucaudit.history.places import Places

        root, top = self.config.root.resolve(), top_of(self.config.root)
        places = Places(checked.after, root, checked.declared, Layout(self.config.schemas_path))
        self.found.extend(of_remarks(checked.remarks, places, top))
        self.found.extend(of_findings(checked.diff.findings, places, top))

    def problems(self) -> list[Problem]:
        """What is wrong, and what changed."""
        return self.found

    def calls(self) -> list[str]:
        """Names of all calls."""
        return [call.call for call in self.checked.diff.calls]

    def show(self, console: Console) -> None:
        """Prints it for people."""
        from ucaudit.report.check import render_check

        console.print(render_check(self.checked, self.found))

    def document(self) -> JsonObject:
        """The document ``ucaudit.check/1``."""
        from ucaudit.report.check import check_document

        return check_document(self.checked, self.found)

    def markdown(self) -> str:
        """For a pull-request comment."""
        from ucaudit.report.comments import check_comment

        return check_comment(self.checked, self.found)
