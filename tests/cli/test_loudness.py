"""--quiet and --verbose."""

from __future__ import annotations

import subprocess
import sys

import click
import pytest

from ucaudit.cli import cli, main


def test_quiet_leaves_notes_out_and_errors_in(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(["init", "--quiet"]) == 0
    assert capfd.readouterr() == ("", "")
    assert (tmp_path / "ucaudit.toml").is_file()
    assert main(["lock", "-q"]) == 2
    assert capfd.readouterr().err.startswith("error: ")


def test_without_it_notes_are_there(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(["init"]) == 0
    assert "Next:" in capfd.readouterr().err


def test_verbose_tells_each_request(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "ucaudit", "doctor", "-v", "--url", "http://127.0.0.1:9"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode in (2, 3)
    assert done.stderr.count("GET /_nodes?filter_path=") == done.stderr.count("no answer") > 0


@pytest.mark.parametrize("name", cli.list_commands(click.Context(cli)))
def test_every_command_can_be_quiet(name):
    command = cli.get_command(click.Context(cli), name)
    group = command.commands.values() if isinstance(command, click.Group) else [command]
    for one in group:
        options = {opt for param in one.params for opt in param.opts}
        assert {"--quiet", "-q"} <= options
        assert ("--verbose" in options) == ("--url" in options)
