"""The command that is running, as a person would type it to go on with it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from typing import Any

import click
from click.core import ParameterSource


def command_line(
    context: click.Context, command: str | None = None, /, *arguments: str, **changed: Any
) -> str:
    """The command line with the options that were given on it.

    What came from the environment is left there, and passwords in addresses are left out.

    Args:
        context: Of the running command.
        command: Another command that has the same options.
        arguments: What it is given besides.
        changed: Other values; ``None``, ``False`` or ``()`` leave an option out.
    """
    words: list[str] = []
    chain = [context]
    while (parent := chain[0].parent) is not None:
        chain.insert(0, parent)
    for one in chain:
        last = one is context
        words.append((command if last and command else one.info_name) or "")
        words += _options(one, changed if last else {})
    return shlex.join([*words, *arguments])


def _options(context: click.Context, changed: dict[str, Any]) -> Iterator[str]:
    # Arguments stand at the end.
    for parameter in sorted(context.command.params, key=lambda p: isinstance(p, click.Argument)):
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        value = changed.get(name, context.params.get(name) if given else None)
        if name == "url" and value:
            value = _without_passwords(value)
        for one in value if isinstance(value, tuple) else (value,):
            yield from _words(parameter, one)


def _words(parameter: click.Parameter, value: Any) -> tuple[str, ...]:
    if value is None or value is False:
        return ()
    if isinstance(parameter, click.Argument):
        return (str(value),)
    option = max(parameter.opts, key=len)
    return (option,) if value is True else (option, str(value))


def _without_passwords(urls: str) -> str:
    from ucaudit.cluster.options import without_userinfo

    return ",".join(without_userinfo(url.strip()) for url in urls.split(","))
