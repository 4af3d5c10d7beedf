"""What the shell proposes while a command is typed: call names, files, rules, formats.

Nothing is parsed but the configuration: names come from the names of the files of schemas/.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

import click
from click.shell_completion import CompletionItem, get_completion_class, shell_complete

from ucaudit.cli import COMPLETING
from ucaudit.config import load_config
from ucaudit.errors import InputError

SHELLS: Final = ("bash", "zsh", "fish")
_ACCEPTED: Final = "accepted.json"


def script(cli: click.Command, shell: str) -> str:
    """What a shell has to run once, so that it asks ``ucaudit`` what to propose."""
    made = get_completion_class(shell)
    if made is None:
        message = f"click completes nothing in {shell}"
        raise ValueError(message)
    return made(cli, {}, "ucaudit", COMPLETING).source()


def answer_shell(cli: click.Command) -> int:
    """Answers a shell that asks what to propose."""
    return shell_complete(cli, {}, "ucaudit", COMPLETING, os.environ[COMPLETING])


def calls(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of recorded calls."""
    return _beginning(_recorded(ctx), incomplete)


def places(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of recorded calls, up to where a path or a step begins."""
    if ":" in incomplete or "=" in incomplete:
        return []
    return _beginning(_recorded(ctx), incomplete)


def rules(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of rules of the diff."""
    from ucaudit.diff.rules import ALL

    return [
        CompletionItem(rule.name, help=rule.summary)
        for rule in ALL
        if rule.name.startswith(incomplete)
    ]


def errors(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of errors."""
    from ucaudit.explained import explanations

    return _beginning(explanations(), incomplete)


def formats(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Names of our JSON formats."""
    from ucaudit.report.formats import format_names

    return _beginning(format_names(), incomplete)


def files(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Files; the shell itself knows them."""
    return [CompletionItem(incomplete, type="file")]


def _beginning(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    return [CompletionItem(name) for name in sorted(names) if name.startswith(incomplete)]


def _recorded(ctx: click.Context) -> set[str]:
    """Recorded calls, open and released; none where the configuration cannot be read."""
    given: Any = ctx.find_root().params.get("config")
    try:
        root = load_config(Path(given) if given else None).schemas_path
    except InputError:
        return set()
    files = [path.stem for path in root.glob("*.json") if path.name != _ACCEPTED]
    folders = [path.name for path in (root / "history").glob("*") if path.is_dir()]
    return {unquote(name) for name in (*files, *folders)}
