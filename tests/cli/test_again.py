"""The command that is printed to go on with."""

from __future__ import annotations

import shlex
from pathlib import Path

import click
import pytest

from ucaudit.cli import cli
from ucaudit.cli.again import command_line
from ucaudit.cli.migrate import command as migrate
from ucaudit.cli.plan import command as plan


def context(monkeypatch: pytest.MonkeyPatch, command: click.Command, line: str) -> click.Context:
    words = shlex.split(line)
    split = words.index(command.name or "")
    above = cli.make_context("ucaudit", words[1 : split + 1], resilient_parsing=False)
    monkeypatch.setattr(click.Context, "obj", None, raising=False)
    return command.make_context(command.name, words[split + 1 :], parent=above)


@pytest.mark.parametrize(
    "line",
    [
        "ucaudit migrate",
        "ucaudit --config 'a b.toml' migrate --expand --yes --only 'files.*' --only 'a b'",
        "ucaudit migrate --finish --exclude x --accept-dead-letters all --lock-timeout 5.0",
        "ucaudit migrate --url https://a:9200,https://b:9200 --api-key-file k --timeout 9.0",
        "ucaudit migrate --ca-certs 'my ca.pem' --fingerprint ab:cd",
        "ucaudit migrate --accept-dead-letters 3 --allow-open --format json",
    ],
)
def test_nothing_that_was_given_is_forgotten(monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    found = command_line(context(monkeypatch, migrate, line))
    assert _options(found) == _options(line)


def test_secrets_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UCAUDIT_API_KEY_FILE", "/run/key")
    made = context(monkeypatch, migrate, "ucaudit migrate --url https://me:hunter2@prod:9200")
    assert command_line(made) == "ucaudit migrate --url https://prod:9200"


def test_what_is_changed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    saved = tmp_path / "a plan"
    made = context(monkeypatch, migrate, f"ucaudit migrate '{saved}' --yes --url http://x:1")
    assert command_line(made) == f"ucaudit migrate --yes --url http://x:1 '{saved}'"
    other = command_line(made, plan_file=None, only=("a.*", "b"), finish=True, accepted_text="all")
    assert _options(other) == _options(
        "ucaudit migrate --finish --only 'a.*' --only b --accept-dead-letters all "
        "--url http://x:1 --yes"
    )


def test_another_command(monkeypatch: pytest.MonkeyPatch) -> None:
    made = context(monkeypatch, plan, "ucaudit --config c plan -o f --only x --url http://x:1")
    kept = {"out": None, "only": ()}
    assert (
        command_line(made, "migrate", "f", **kept)
        == "ucaudit --config c migrate --url http://x:1 f"
    )


def _options(line: str) -> list[str]:
    return sorted(shlex.split(line))
