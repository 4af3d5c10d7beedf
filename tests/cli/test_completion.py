"""Completion: what is proposed, asked of click and of the shells that are here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.shell_completion import ShellComplete

from ucaudit.cli import cli, main

ROOT = Path(__file__).resolve().parents[2]
JOBS = ["jobs.create", "jobs.extend", "jobs.provider.ucloud.create"]


def proposed(*words: str) -> list[str]:
    *before, incomplete = words
    completer = ShellComplete(cli, {}, "ucaudit", "_UCAUDIT_COMPLETE")
    return [item.value for item in completer.get_completions(list(before), incomplete)]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["com"], ["comment", "completion"]),
        (["completion", ""], ["bash", "zsh", "fish"]),
        (["status", "--only", "jobs."], JOBS),
        (["migrate", "--exclude", "jobs.e"], ["jobs.extend"]),
        (["rollback", "jobs.e"], ["jobs.extend"]),
        (["lock", "--new-generation", "jobs.c"], ["jobs.create"]),
        (["lock", "--decide", "jobs.c"], ["jobs.create"]),
        (["lock", "--decide", "jobs.create:request"], []),
        (["mapping", "schemas", "--call", "jobs.c"], ["jobs.create"]),
        (["rule", "type-ch"], ["type-changed"]),
        (["schema", "dead"], ["dead-letters"]),
        (["dead-letters", "re"], ["retry"]),
        (["diff", "schemas", "--format", "s"], ["sarif"]),
        (["status", "--nothing-like-this", ""], []),
    ],
)
def test_what_is_proposed(monkeypatch, words, expected):
    monkeypatch.chdir(ROOT)
    assert proposed(*words) == expected


def test_calls_come_from_the_configuration_that_is_named(tmp_path):
    (tmp_path / "own/history/Odd%2fName").mkdir(parents=True)
    (tmp_path / "own/files.browse.json").write_text("{")
    (tmp_path / "own/accepted.json").write_text("{")
    config = tmp_path / "ucaudit.toml"
    config.write_text('schemas = "own"\n')
    assert proposed("--config", str(config), "rollback", "") == ["Odd/Name", "files.browse"]


@pytest.mark.parametrize("toml", ["colour = 1", "= ="])
def test_a_configuration_that_is_wrong_proposes_nothing(tmp_path, toml):
    config = tmp_path / "ucaudit.toml"
    config.write_text(toml)
    assert proposed("--config", str(config), "rollback", "") == []


def test_an_unknown_shell(capfd):
    assert main(["completion", "tcsh"]) == 2
    assert "fish" in capfd.readouterr().err


ASK = {
    "bash": """
        eval "$(ucaudit completion bash)"
        COMP_WORDS=(ucaudit status --only jobs.) COMP_CWORD=3
        _ucaudit_completion ucaudit
        printf '%s\\n' "${COMPREPLY[@]}"
    """,
    "zsh": """
        autoload -Uz compinit && compinit -D -u
        eval "$(ucaudit completion zsh)"
        words=(ucaudit status --only jobs.) CURRENT=4
        compadd() { while [[ $1 != -a ]]; do shift; done; print -l -- "${(@P)2}" }
        _ucaudit_completion ucaudit
    """,
    "fish": """
        ucaudit completion fish | source
        complete -C "ucaudit status --only jobs."
    """,
}


@pytest.mark.parametrize("shell", list(ASK))
def test_the_shell_itself(tmp_path, shell):
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    command = tmp_path / "ucaudit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ucaudit "$@"\n')
    command.chmod(0o755)
    environment = os.environ | {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(tmp_path),
    }
    done = subprocess.run(
        [program, "-c", ASK[shell]],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.split() == JOBS, done.stderr
