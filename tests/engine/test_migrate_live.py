"""Writers of both versions, a reader, and several runners, all at once."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.engine.live import Seen, Traffic, story
from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import port_history

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)
ROOT = Path(__file__).parents[2]


def test_a_release_under_full_load(bench: Bench) -> None:
    seen = story(bench, documents=2_000, seconds=2)
    assert seen.polls > 10
    assert seen.found > 1_000
    assert (seen.missing, seen.twice) == ([], [])
    readable = Counter(bench.readable())
    assert max(readable.values()) == 1
    assert readable.keys() == seen.acknowledged.keys()
    assert len(readable) > 5_000


def test_finishing_is_refused_while_the_old_version_writes(bench: Bench, run: Run) -> None:
    history = port_history(CALL, upto=3)
    bench.load(days=(0,), documents=10)
    bench.migrate(history)
    traffic = Traffic(bench, Seen())
    with traffic.writing(1, "8080"):
        code, _, err = run(history, "migrate", "--finish", "--yes")
    assert (code, "[still-written]" in err) == (3, True), err
    assert bench.daily(1, 0) in err
    assert bench.plan(history).calls[0].operations
    with traffic.writing(1, "8080"):
        code, _, err = run(history, "migrate", "--finish", "--even-if-written", "--yes")
    assert code == 0, err
    assert run(history, "migrate", "--finish", "--yes")[0] == 0
    bench.assert_readable([*(f"0-{n}" for n in range(10)), *traffic.seen.acknowledged])


def test_runners_started_apart_copy_each_index_once(bench: Bench) -> None:
    wanted = bench.load(days=(4, 3, 2), documents=300)
    command = [sys.executable, "-m", "tests.migrate.runner"]
    command += [bench.cluster.options.urls[0], bench.naming.prefix, CALL]

    def start() -> subprocess.Popen[str]:
        return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)

    runners = [start() for _ in range(5)]
    outputs = [runner.communicate(timeout=120)[0] for runner in runners]
    assert [runner.returncode for runner in runners] == [0] * 5
    swapped = Counter(line for output in outputs for line in output.splitlines() if "SWAP" in line)
    assert swapped == {"SWAP": 3}
    copied = [int(output.split()[-1]) for output in outputs]
    assert sorted(copied) == [0, 0, 0, 0, 900]
    bench.assert_readable(wanted)
    sixth = start().communicate(timeout=60)[0]
    assert sixth.split() == ["copied", "0"]
