"""``ucaudit rule``."""

from __future__ import annotations

import click

from ucaudit.cli import completing
from ucaudit.cli.app import App


@click.command(
    epilog="""\b
Examples:
  ucaudit rule type-changed
  ucaudit rule --all
  ucaudit rule enum-value-added --format json
"""
)
@click.argument("name", required=False, shell_complete=completing.rules)
@click.option("--all", "all_", is_flag=True, help="List every rule, family by family.")
@click.option(
    "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.pass_obj
def command(app: App, name: str | None, all_: bool, format_: str) -> None:
    """Explain a rule of the diff: what it means, an example, and how to change it safely.

    The example goes through the real comparison, so that its effects and proofs are what
    `ucaudit diff` would say of it.
    """
    from ucaudit.diff.rules import ALL, find_rule
    from ucaudit.diff.rules.running import run_example
    from ucaudit.jsontypes import pretty

    if (name is None) != all_:
        raise click.UsageError("Name one rule, or list them with --all.")
    if name is None:
        if format_ == "json":
            rules = [rule.to_dict() for rule in ALL]
            app.write(pretty({"format": "ucaudit.rules/1", "rules": rules}))
            return
        from ucaudit.report.rule import render_rules

        app.print(render_rules(ALL))
        return
    rule = find_rule(name)
    diff = run_example(rule.example)
    if format_ == "json":
        findings = [finding.to_dict() for finding in diff.findings]
        document = {"format": "ucaudit.rule/1", **rule.to_dict(), "findings": findings}
        app.write(pretty(document))
        return
    from ucaudit.report.rule import render_rule

    app.print(render_rule(rule, diff))
