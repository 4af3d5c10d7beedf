"""Commands against a cluster, run in this process with a history of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.migrate.bench import Bench
from tests.migrate.factory import history
from ucaudit.cli import main
from ucaudit.history import store
from ucaudit.history.version import CallHistory

Run = Callable[..., tuple[int, str, str]]


def make_run(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command against a history; returns exit code, stdout and stderr."""
    config = tmp_path / "ucaudit.toml"
    config.write_text(f'prefix = "{bench.naming.prefix}"\nreplicas = 0\n')
    monkeypatch.setenv("UCAUDIT_URL", bench.cluster.options.urls[0])
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")

    def run(call: CallHistory, *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(store, "load_history", lambda *_, **__: history(call))
        capfd.readouterr()
        code = main(["--config", str(config), *arguments])
        return code, *capfd.readouterr()

    return run
