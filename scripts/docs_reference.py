"""A hook of mkdocs: what the reference says of code is written from the code.

A page of its own for each command, rule, error and format; elsewhere ``<!-- generated: NAME -->``
stands for what ``_PIECES`` makes, and ``<!-- drawing: NAME -->`` for a file of docs/img/.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import MISSING, fields
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import click
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from rich.console import Console

from ucaudit.cli import cli
from ucaudit.config import Config
from ucaudit.diff.rules import ALL, Rule
from ucaudit.diff.rules.running import run_example
from ucaudit.doctor.privileges import MIGRATE, READ, WRITER, Role
from ucaudit.explained import Explanation, explanations
from ucaudit.report.diff import render_diff
from ucaudit.report.formats import format_names, schema_of
from ucaudit.transform.steps import _VERBS

_CONNECTION: Final = ("url", "api_key_file", "ca_certs", "fingerprint", "timeout", "verbose")
_OF_ALL: Final = frozenset({*_CONNECTION, "quiet"})
_GENERATED: Final = re.compile(r"<!-- generated: ([\w ]+) -->")
_DRAWN: Final = re.compile(r"<!-- drawing: (\w+) -->")
_DRAWINGS: Final = Path(__file__).resolve().parents[1] / "docs/img"
_NONE: Final = "-"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the generated pages."""
    pages = {f"commands/{name}": _command_page(name) for name in cli.list_commands(_ROOT)}
    pages |= {f"rules/{rule.name}": _rule_page(rule) for rule in ALL}
    pages |= {f"errors/{name}": _error_page(one) for name, one in explanations().items()}
    pages |= {f"formats/{name}": _format_page(name, what) for name, what in format_names().items()}
    for path, text in pages.items():
        files.append(File.generated(config, f"reference/{path}.md", content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts generated pieces and drawings into a page.

    Drawings stand in the page itself, where they take their colours from its theme.
    """
    markdown = _DRAWN.sub(lambda found: _drawing(found[1]), markdown)
    return _GENERATED.sub(lambda found: _PIECES[found[1]](), markdown)


def _drawing(name: str) -> str:
    lines = (_DRAWINGS / f"{name}.svg").read_text(encoding="utf-8").splitlines()
    return f'<div class="drawing">{"".join(line.strip() for line in lines)}</div>'


def _page(*blocks: str) -> str:
    return "\n\n".join(block for block in blocks if block)


def _code(text: str, language: str = "text") -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def _json(value: Any) -> str:
    return _code(json.dumps(value, indent=2, ensure_ascii=False), "json")


def _table(head: tuple[str, ...], rows: Iterable[Iterable[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: object) -> str:
    """Within backticks a bar is no border of the cell."""
    parts = str(text).replace("\n", " ").strip().split("`")
    parts[::2] = [part.replace("|", "\\|") for part in parts[::2]]
    return "`".join(parts)


def _plain(text: str) -> str:
    """Text that was not written as Markdown."""
    return text if "`" in text else re.sub(r"([<*_\[\]])", r"\\\1", text)


# Commands

_ROOT: Final = click.Context(cli, info_name="ucaudit")


def _named(name: str) -> click.Command:
    command = cli.get_command(_ROOT, name)
    assert command is not None
    return command


def _command_table() -> str:
    rows = (
        (f"[`ucaudit {name}`](commands/{name}.md)", _named(name).get_short_help_str(200))
        for name in cli.list_commands(_ROOT)
    )
    return _table(("command", "does"), rows)


def _cluster_options() -> str:
    return _options(param for param in _named("status").params if param.name in _CONNECTION)


def _command_page(name: str) -> str:
    command = _named(name)
    blocks = [f"# ucaudit {name}", *_command(command, _ROOT, name)]
    if isinstance(command, click.Group):
        context = click.Context(command, parent=_ROOT, info_name=name)
        for below in command.list_commands(context):
            sub = command.commands[below]
            blocks += [f"## ucaudit {name} {below}", *_command(sub, context, below)]
    return _page(*blocks)


def _command(command: click.Command, parent: click.Context, name: str) -> Iterator[str]:
    context = click.Context(command, parent=parent, info_name=name)
    yield _code(" ".join([context.command_path, *command.collect_usage_pieces(context)]))
    yield from _paragraphs(command.help or "")
    own = [param for param in command.params if param.name not in _OF_ALL]
    if any(isinstance(param, click.Option) for param in own):
        yield _options(own)
    if any(param.name == "url" for param in command.params):
        deep = "../commands.md#options-of-every-command-that-talks-to-a-cluster"
        yield f"And the [options of every command that talks to a cluster]({deep})."
    yield from _paragraphs(command.epilog or "")


def _options(params: Iterable[click.Parameter]) -> str:
    rows = []
    for option in params:
        if not isinstance(option, click.Option):
            continue
        value = "" if option.is_flag else f" {option.make_metavar(_ROOT)}"
        names = ", ".join(f"`{name}{value}`" for name in option.opts)
        default = f" [default: {option.default}]" if option.show_default else ""
        rows.append((names, _plain((option.help or "") + default)))
    return _table(("option", "means"), rows)


def _paragraphs(text: str) -> Iterator[str]:
    r"""Help text of click, where a paragraph that begins with ``\b`` is laid out by hand."""
    for block in re.split(r"\n\s*\n", text.strip()):
        lines = block.split("\n")
        if lines[0].strip() == "\b":
            yield _code("\n".join(lines[1:]))
        else:
            yield _plain(" ".join(line.strip() for line in lines))


# Rules of the diff


def _rule_tables() -> str:
    blocks = []
    for family, rules in groupby(ALL, key=lambda rule: rule.family):
        rows = (
            (
                f"[`{rule.name}`](rules/{rule.name}.md)",
                rule.summary,
                *(getattr(rule.effects, side) for side in ("backward", "forward", "index")),
            )
            for rule in rules
        )
        head = ("rule", "what changed", "backward", "forward", "index")
        blocks += [f"## {family.capitalize()}", _table(head, rows)]
    return _page(*blocks)


def _rule_page(rule: Rule) -> str:
    mirror = f"[`{rule.mirror}`]({rule.mirror}.md)" if rule.mirror else _plain(rule.no_mirror)
    part = "calls" if rule.example.part == "calls" else f"a {rule.example.part}"
    out = io.StringIO()
    console = Console(file=out, width=78, color_system=None, highlight=False)
    console.print(render_diff(run_example(rule.example)))
    return _page(
        f"# {rule.name}",
        f"{rule.summary[0].upper()}{rule.summary[1:]}.",
        rule.explanation,
        f"**Safe way.** {rule.safe_way}",
        f"**Backwards.** {'The same rule.' if rule.mirror == rule.name else mirror}",
        f"## Example: {part}",
        "Before:",
        _json(rule.example.old),
        "After:",
        _json(rule.example.new),
        "What the diff says of it:",
        _code("\n".join(line.rstrip() for line in out.getvalue().splitlines())),
        "[All rules](../rules.md)",
    )


# Errors


def _error_tables() -> str:
    blocks = []
    for topic, entries in groupby(explanations().values(), key=lambda one: one.topic):
        rows = ((f"[`{one.name}`](errors/{one.name}.md)", one.means) for one in entries)
        blocks += [f"## {topic}", _table(("name", "means"), rows)]
    return _page(*blocks)


def _error_page(one: Explanation) -> str:
    do = f"**What to do.** {one.do}"
    return _page(f"# {one.name}", one.means, do, f"{one.topic}. [All errors](../errors.md)")


# Formats


def _format_table() -> str:
    rows = (
        (f"[`ucaudit.{name}/1`](formats/{name}.md)", what) for name, what in format_names().items()
    )
    return _table(("format", "is"), rows)


def _format_page(name: str, what: str) -> str:
    schema = schema_of(name)
    required = set(schema.get("required", ()))
    rows = (
        (
            f"`{key}`",
            _kind(value) + ("" if key in required else ", may be absent"),
            value.get("description", ""),
        )
        for key, value in schema.get("properties", {}).items()
    )
    return _page(
        f"# ucaudit.{name}/1",
        what,
        _table(("field", "type", "is"), rows),
        "## JSON Schema",
        _json(schema),
    )


def _kind(schema: dict[str, Any]) -> str:
    """The type of a field in a word or two."""
    if "const" in schema or "enum" in schema:
        values = schema.get("enum", [schema.get("const")])
        return ", ".join(f"`{json.dumps(value)}`" for value in values)
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "any JSON"))


# Configuration, steps, roles


def _configuration() -> str:
    said = _attributes(Config)
    rows = (
        (f"`{key.name}`", _default(key.default), said[key.name])
        for key in fields(Config)
        if key.name != "root"
    )
    return _table(("key", "default", "means"), rows)


def _default(value: Any) -> str:
    return _NONE if value is MISSING or value is None else f"`{json.dumps(value)}`"


def _attributes(kind: type) -> dict[str, str]:
    """What a docstring says of each attribute."""
    found: dict[str, str] = {}
    name = ""
    for line in (kind.__doc__ or "").partition("Attributes:")[2].splitlines():
        if entry := re.match(r" {8}(\w+): (.*)", line):
            name, found[entry[1]] = entry[1], entry[2]
        elif name and line.strip():
            found[name] += f" {line.strip()}"
    return {key: text.replace("``", "`") for key, text in found.items()}


def _steps() -> str:
    rows = []
    for verb, form in _VERBS.items():
        parameters = (
            f"`{name}`{'' if name in form.required else ' (may be left out)'}"
            for name in form.parameters
        )
        does = (form.kind.__doc__ or "").partition("\n")[0].replace("``", "`")
        rows.append((f"`{verb}`", ", ".join(parameters) or _NONE, does))
    return _table(("verb", "with", "does"), rows)


def _role(role: Role) -> Callable[[], str]:
    return lambda: _json(role.body("http_logs_"))


_PIECES: Final[dict[str, Callable[[], str]]] = {
    "commands": _command_table,
    "cluster options": _cluster_options,
    "configuration": _configuration,
    "steps": _steps,
    "rules": _rule_tables,
    "errors": _error_tables,
    "formats": _format_table,
    "role that looks": _role(READ),
    "role that migrates": _role(MIGRATE),
    "role that writes": _role(WRITER),
}
