"""What a release engineer reads at 80 columns, from the first plan to the last prune.

The screens are kept under tests/screens/. After a change that is meant, write them anew, and read
every line that differs:

    UCAUDIT_WRITE_SCREENS=1 scripts/test tests/engine/test_screens.py; git diff tests/screens
"""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from tests.migrate.bench import Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import days_ago, document, port_history
from ucaudit.report.run import Lines

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)
SCREENS = Path(__file__).parents[1] / "screens"
CALL = "wallets.push"
NEW = port_history(CALL, upto=3)
WRITE = bool(os.environ.get("UCAUDIT_WRITE_SCREENS"))
# Nothing but what differs from run to run, kept as wide as it is where lines are cut by width.
_FIXED: tuple[tuple[str, str], ...] = (
    (r"t[0-9a-f]{8}_http", "t00000000_http"),
    (r"-from-g(\d)-[0-9a-f]{8}", r"-from-g\1-00000000"),
    (r"    [0-9a-f]{12}  ", "    000000000000  "),
    (r"http://127\.0\.0\.1:\d+", "http://127.0.0.1:9200"),
    (r"in \d+\.\d s", "in 0.0 s"),
    (r"\d[\d.]* (B|kB|MB)\b", "9 kB"),
    (r"for \d+ minutes", "for 0 minutes"),
    (r"[\d,]+ copied already", "9,999 copied already"),
    (r"Copying about [\d,]+", "Copying about 9,999"),
    (r"[\d,]+ documents copied", "9,999 documents copied"),
    (r"[\d,]+ documents/s", "0 documents/s"),
    (r"/\S+/ucaudit\.toml", "ucaudit.toml"),
)


class Screens:
    """Runs commands and compares what they say, stdout first, with what is kept."""

    def __init__(self, run: Run, es: Elasticsearch) -> None:
        self._run = run
        self._es = es

    def __call__(self, name: str, *arguments: str, code: int = 0) -> str:
        """The screen of one command, compared."""
        self._es.options(ignore_status=404).indices.refresh(index="ucaudit-*")
        got, out, err = self._run(NEW, *arguments)
        assert got == code, (out, err)
        command = " ".join(arguments)
        text = fixed(
            f"$ ucaudit {command}\n{out}{err and '-- stderr --' + chr(10)}{err}[exit {got}]\n"
        )
        path = SCREENS / f"{name}.txt"
        if WRITE:
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")
        return text


def fixed(text: str) -> str:
    """``text`` without what differs from run to run."""
    for days in range(5):
        day = days_ago(days)
        text = text.replace(f"{day:%Y.%m.%d}", f"2026.01.{10 - days:02}")
        text = text.replace(f"{day + timedelta(days=1):%Y-%m-%d}", f"2026-01-{11 - days:02}")
    for pattern, replacement in _FIXED:
        text = re.sub(pattern, replacement, text)
    return text


def interrupting(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Ctrl-C as soon as documents are copied; gives what takes it back."""
    advanced = Lines.advanced
    asked: list[int] = []  # A second time would end the tests.

    def interrupt(self: Any, documents: int) -> None:
        advanced(self, documents)
        if not asked:
            asked.append(documents)
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(Lines, "advanced", interrupt)
    return lambda: monkeypatch.setattr(Lines, "advanced", advanced)


def test_the_way_of_a_release_on_screen(
    bench: Bench, run: Run, es: Elasticsearch, monkeypatch: pytest.MonkeyPatch
) -> None:
    daily = bench.naming.daily
    screen = Screens(run, es)
    bench.migrate(port_history(CALL, upto=1), expand_only=True)
    source = daily(CALL, 1, days_ago(2))
    bench.write(source, {"bad": document(1, port="1718a")})
    bench.write(source, {f"2-{n}": document(n) for n in range(29_999)})

    screen("01-status-before", "status")
    screen("02-plan", "plan")
    screen("03-expand", "migrate", "--expand", "--yes")
    goes_on = interrupting(monkeypatch)
    screen("04-migrate-interrupted", "migrate", "--yes", code=130)
    goes_on()

    screen("05-status-during", "status")
    bench.write(daily(CALL, 1, days_ago(0)), {f"0-{n}": document(n) for n in range(100)})
    screen(
        "06-migrate-throttled-dead-letters",
        *("migrate", "--max-docs-per-second", "10000", "--yes"),
        code=1,
    )
    screen("07-dead-letters", "dead-letters", "list")
    screen("08-migrate-accepted", "migrate", "--accept-dead-letters", "1", "--yes")
    screen("09-finish", "migrate", "--accept-dead-letters", "1", "--finish", "--yes")
    screen("10-status-after", "status")
    screen("11-rollback", "rollback", CALL, "--yes")
    screen("12-status-rolled-back", "status")
    screen("13-migrate-pinned", "migrate", "--yes")
    screen(
        "14-migrate-forward",
        *("migrate", "--forward", "--accept-dead-letters", "1", "--finish", "--yes"),
    )
    screen("15-prune-kept", "prune")
    assert run(NEW, "dead-letters", "discard", "--only", CALL, "--yes")[0] == 0
    screen("16-prune-dry-run", "prune", "--older-than", "0", "--dry-run")
    screen("17-prune", "prune", "--older-than", "0", "--yes")
    screen("18-status-at-the-end", "status")
