"""``ucaudit completion``."""

from __future__ import annotations

import click

from ucaudit.cli.app import App
from ucaudit.cli.completing import SHELLS, script


@click.command(
    name="completion",
    epilog="""\b
Examples, once, in the shell's own start file:
  bash   eval "$(ucaudit completion bash)"          in ~/.bashrc
  zsh    eval "$(ucaudit completion zsh)"           in ~/.zshrc
  fish   ucaudit completion fish | source           in ~/.config/fish/config.fish
""",
)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_obj
def command(app: App, shell: str) -> None:
    """Print what a shell needs to complete commands, options and call names with the Tab key."""
    from ucaudit.cli import cli

    app.write(script(cli, shell))
