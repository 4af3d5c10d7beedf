"""``--format`` and ``--output``: what several commands print, in the form that is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App

if TYPE_CHECKING:
    from rich.console import Console

    from ucaudit.jsontypes import JsonObject
    from ucaudit.report.problems import Problem

FORMATS: Final = ("text", "json", "sarif", "github", "gitlab", "junit", "markdown")
_FAIL_ON: Final = ("error", "warning", "info", "never")
_F = TypeVar("_F", bound=Callable[..., Any])


def format_option(function: _F) -> _F:
    """``--format`` with all outcome."""
    return click.option(
        "--format",
        "format_",
        type=click.Choice(FORMATS),
        default="text",
        show_default=True,
        help="sarif: for code scanning (2.1.0); github: annotations of Actions; gitlab: a code "
        "quality report; junit: XML; markdown: a comment on a pull request.",
    )(function)


def output_option(function: _F) -> _F:
    """``--output``."""
    return click.option(
        "--output",
        "-o",
        metavar="FILE",
        shell_complete=completing.files,
        help="Write there instead of standard output.",
    )(function)


def fail_on_option(function: _F) -> _F:
    """``--fail-on``."""
    return click.option(
        "--fail-on",
        type=click.Choice(_FAIL_ON),
        default="error",
        show_default=True,
        help="Exit 1 if there is a finding of this level or above that is not accepted.",
    )(function)


def fails(problems: Iterable[tuple[str, object]], fail_on: str) -> bool:
    """Whether one of ``problems`` (level, what accepts it) is loud enough and not accepted."""
    bad = _FAIL_ON[: _FAIL_ON.index(fail_on) + 1] if fail_on != "never" else ()
    return any(level in bad for level, accepted in problems if accepted is None)


class Outcome(Protocol):
    """What a command found, in each form that can be asked for."""

    @property
    def name(self) -> str:
        """Of the command."""

    def show(self, console: Console) -> None:
        """Prints it for people."""

    def document(self) -> JsonObject:
        """For ``json``."""

    def problems(self) -> Sequence[Problem]:
        """What the formats for machines list."""

    def calls(self) -> Iterable[str]:
        """Names of all calls."""

    def markdown(self) -> str:
        """For a pull-request comment."""


def deliver(app: App, outcome: Outcome, format_: str, output: str | None) -> None:
    """Writes what was found in the form that is asked for.

    Raises:
        InputError: If the file cannot be written.
    """
    if format_ == "text":
        app.show(outcome.show, output)
    else:
        app.write(_document(app, outcome, format_), output)


def _document(app: App, outcome: Outcome, format_: str) -> str | bytes:
    from ucaudit.jsontypes import pretty_bytes

    if format_ == "json":
        return pretty_bytes(outcome.document())
    if format_ == "markdown":
        return outcome.markdown()
    problems = outcome.problems()
    if format_ == "sarif":
        from importlib.metadata import version

        from ucaudit.report.sarif import sarif

        return pretty_bytes(sarif(problems, version("ucaudit"), _explain, _otherwise(app)))
    if format_ == "github":
        from ucaudit.report.github import github

        return github(problems)
    if format_ == "gitlab":
        from ucaudit.report.gitlab import gitlab

        return pretty_bytes(gitlab(problems, _otherwise(app)))
    from ucaudit.report.junit import junit

    return junit(problems, outcome.calls(), f"ucaudit {outcome.name}")


def _explain(name: str) -> tuple[str, str] | None:
    """Summary and explanation of a rule of the diff, or of what else is said by that name."""
    from ucaudit.diff.rules import RULES
    from ucaudit.explained import explanations

    rule, other = RULES.get(name), explanations().get(name)
    if rule is not None:
        return rule.summary, f"{rule.explanation}\n\nSafe way: {rule.safe_way}"
    return (other.means, other.do) if other is not None else None


def _otherwise(app: App) -> str:
    """The file of problems that have none: the configuration."""
    from ucaudit.config import find_config
    from ucaudit.report.problems import relative

    root = app.config.root
    file = Path(app.config_path) if app.config_path else find_config(root)
    return relative(file or root / "ucaudit.toml", top_of(root))


def top_of(root: Path) -> Path:
    """What file names start from: the top of the repository, else the project's folder."""
    from ucaudit.errors import InputError
    from ucaudit.sources.revisions import repository

    try:
        return repository(root) or root.resolve()
    except InputError:
        return root.resolve()  # git is not installed
