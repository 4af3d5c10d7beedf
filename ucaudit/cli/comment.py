"""``ucaudit comment``."""

from __future__ import annotations

import click

from ucaudit.cli.app import App


@click.command(
    epilog="""\b
Examples:
  ucaudit check --against git:origin/main --format markdown -o comment.md
  ucaudit comment comment.md

\b
Where: GitHub Actions and GitLab CI say so in the environment. The token is
GITHUB_TOKEN (permissions: pull-requests: write) or GITLAB_TOKEN (scope api).
"""
)
@click.argument("file", type=click.Path())
@click.option(
    "--key",
    metavar="NAME",
    help="Tells comments of one pull request apart, where it concerns several projects.",
)
@click.pass_obj
def command(app: App, file: str, key: str | None) -> None:
    """Comment on the pull request that CI runs for: once, and updated from then on.

    FILE is Markdown as --format markdown writes it; its first line is a mark by which the comment
    is found again. Without a pull request, nothing is done.
    """
    import os

    from ucaudit.cli.forge import pull_request

    body = _read(file)
    if key is not None:
        body = body.replace(" -->", f" {key.replace('--', '- -')} -->", 1)
    request = pull_request(os.environ)
    if request is None:
        app.err.print("This job is for no pull request: nothing to comment on.")
        return
    comment = request.find(body.partition("\n")[0])
    if comment is None:
        outcome, shown = "created", request.create(body)
    elif comment.body.strip() == body.strip():
        outcome, shown = "unchanged", comment.shown
    else:
        request.update(comment, body)
        outcome, shown = "updated", comment.shown
    app.out.print(f"{outcome} {shown}", markup=False, soft_wrap=True)


def _read(file: str) -> str:
    from pathlib import Path

    from ucaudit.errors import InputError

    try:
        body = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        body, why = "", str(error)
    else:
        why = "its first line is no mark, such as <!-- ucaudit check -->"
    if not (body.startswith("<!-- ") and body.partition("\n")[0].endswith(" -->")):
        raise InputError(
            "comment-unreadable",
            "This is no comment that can be found again.",
            where=file,
            why=why,
            fix="Write it with ucaudit check --format markdown -o FILE.",
        )
    return body
