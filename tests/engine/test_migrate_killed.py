"""SIGKILL in the middle of a migration; the next run finishes it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.factory import document, port_history

bench = pytest.fixture(make_bench)
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("word", "times"), [("advanced", 2), ("advanced", 5), ("VERIFY", 1), ("SWAP", 1), ("UNHIDE", 1)]
)
def test_a_killed_run_is_finished_by_the_next(bench: Bench, word: str, times: int) -> None:
    wanted = bench.load(days=(2,), documents=9_000)
    command = [sys.executable, "-m", "tests.migrate.runner"]
    command += [bench.cluster.options.urls[0], bench.naming.prefix, CALL]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            times -= line.startswith(word)
            if times == 0:
                break
        assert process.poll() is None
        process.kill()
    bench.assert_readable(wanted)
    outcome = bench.migrate(port_history(CALL, upto=3))
    assert outcome.exit_code == 0
    bench.assert_readable(wanted)
    bench.write(bench.daily(1, 2), {"late": document(1)})
    bench.migrate(port_history(CALL, upto=3))
    bench.assert_readable([*wanted, "late"])
    assert bench.plan(port_history(CALL, upto=3)).empty
