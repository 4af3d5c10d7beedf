"""The commands dead-letters and force-unlock on a genuine engine."""

from __future__ import annotations

import threading
from base64 import b64decode
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import CAST, document, port_history
from ucaudit.history.version import CallHistory
from ucaudit.migrate.lock import RunLock

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)

OLD = port_history(CALL, upto=3)
*_OLDER, _NEWEST = OLD.versions
MENDED = CallHistory(CALL, (*_OLDER, replace(_NEWEST, steps=({**CAST, "on_failure": "null"},))))
ONLY = ("--only", CALL)
RAW = b'{ "requestName":"c", "responseCode":1.0, "requestJson":{"port":"1718a"}}'


@pytest.fixture
def letters(bench: Bench) -> list[str]:
    """Two dead letters of an index that readers see the copy of; the readable ids."""
    wanted = bench.load(days=(2,), documents=5)
    bench.write(bench.daily(1, 2), {"bad": RAW, "worse": document(1, port="x")})
    (index,) = bench.migrate(OLD, accepted=None).indices
    assert (index.state, index.dead_letters) == ("swapped", 2)
    return wanted


def listed(run: Run) -> list[dict[str, Any]]:
    code, out, _ = run(OLD, "dead-letters", "list", *ONLY, "--format", "json")
    assert code == 0
    answer = orjson.loads(out)
    assert answer["format"] == "ucaudit.dead-letters/1"
    found: list[dict[str, Any]] = answer["letters"]
    return sorted(found, key=lambda letter: letter["id"])


def test_they_are_listed_shown_and_exported(
    bench: Bench, run: Run, letters: list[str], tmp_path: Path
) -> None:
    bad, worse = listed(run)
    assert (bad["id"], worse["id"]) == ("bad", "worse")
    assert bad["source"]["index"] == bench.daily(1, 2)
    code, out, _ = run(OLD, "dead-letters", "list", *ONLY)
    lines = out.splitlines()
    assert (code, lines[0]) == (0, f"{CALL}   2 dead letters")
    assert "  Readers see the copy, in which they are missing." in lines
    assert "2 dead letters of 1 index, 2 out of readers' sight." in lines
    assert f"    {bad['letter'][:12]}  bad" in lines
    code, out, _ = run(OLD, "dead-letters", "show", bad["letter"][:12], "--raw")
    assert (code, out.encode()) == (0, RAW)
    path = tmp_path / "letters.ndjson"
    code, out, err = run(OLD, "dead-letters", "export", *ONLY, "-o", str(path))
    assert (code, out, err) == (0, "", "2 dead letters written.\n")
    found = {line["id"]: line for line in map(orjson.loads, path.read_bytes().splitlines())}
    assert found["bad"]["document"]["requestJson"] == {"port": "1718a"}
    assert RAW in path.read_bytes()  # 1.0 stays 1.0
    assert len(listed(run)) == 2


def test_mended_steps_are_tried_again(bench: Bench, run: Run, letters: list[str]) -> None:
    code, out, _ = run(OLD, "dead-letters", "retry", *ONLY, "--yes")
    assert code == 1
    assert "Done: 0 documents of 2 in the copies now, 2 dead letters left." in out
    code, out, _ = run(MENDED, "dead-letters", "retry", *ONLY, "--dry-run")
    assert code == 0
    assert len(listed(run)) == 2
    code, _, err = run(MENDED, "dead-letters", "retry", *ONLY)
    assert code == 3
    assert "[not-confirmed]" in err
    code, out, _ = run(MENDED, "dead-letters", "retry", *ONLY, "--yes")
    assert code == 0
    assert "Done: 2 documents of 2 in the copies now, 0 dead letters left." in out
    assert listed(run) == []
    bench.assert_readable([*letters, "bad", "worse"])
    assert bench.count({"bool": {"must_not": {"exists": {"field": "requestJson.port"}}}}) == 2
    code, out, _ = run(MENDED, "dead-letters", "list", *ONLY)
    assert (code, out) == (0, "No dead letters.\n")


def test_one_is_discarded_and_never_comes_back(bench: Bench, run: Run, letters: list[str]) -> None:
    bad, worse = listed(run)
    code, _, err = run(OLD, "dead-letters", "discard")
    assert code == 2
    assert "Say which" in err
    code, _, err = run(OLD, "dead-letters", "discard", bad["letter"])
    assert code == 3
    assert "[not-confirmed]" in err
    assert len(listed(run)) == 2
    code, out, _ = run(OLD, "dead-letters", "discard", bad["letter"], "--yes")
    assert code == 0
    assert "Their documents stay in the hidden source until it is pruned" in out
    assert listed(run) == [worse]
    assert bench.plan(OLD).calls[0].dead_letters == 1
    # A late document makes the source be looked at again; what was discarded stays so.
    bench.write(bench.daily(1, 2), {"late": document(7)})
    bench.migrate(OLD, accepted=None)
    assert [letter["id"] for letter in listed(run)] == ["worse"]
    bench.assert_readable([*letters, "late"])


def test_of_an_index_that_is_not_swapped_in_none_is_discarded(bench: Bench, run: Run) -> None:
    wanted = bench.load(days=(2,), documents=3)
    bench.write(bench.daily(1, 2), {"bad": RAW})
    assert bench.migrate(OLD).indices[0].state == "held"
    (bad,) = listed(run)
    code, out, _ = run(OLD, "dead-letters", "discard", bad["letter"], "--yes")
    assert code == 0
    assert "Not discarded: the index is not swapped in" in out
    assert listed(run) == [bad]
    code, out, _ = run(MENDED, "dead-letters", "retry", *ONLY, "--yes")
    assert code == 0
    assert "Nothing to retry." in out
    bench.assert_readable([*wanted, "bad"])


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("show", "zzzz"), 2, "[letter-unknown]"),
        (("export", "-o", "/nowhere/at/all.ndjson"), 2, "[output-unwritable]"),
        (("list", "--url", "http://127.0.0.1:9"), 3, "[cluster-unreachable]"),
    ],
)
def test_bad_input(run: Run, arguments: tuple[str, ...], code: int, words: str) -> None:
    found, _, err = run(OLD, "dead-letters", *arguments)
    assert found == code
    assert words in err
    assert "Traceback" not in err


def test_the_bytes_survive_line_ends(bench: Bench, run: Run) -> None:
    bench.load(days=(2,), documents=1)
    raw = RAW.replace(b", ", b",\r")
    bench.write(bench.daily(1, 2), {"bad": raw})
    bench.migrate(OLD, accepted=None)
    code, out, _ = run(OLD, "dead-letters", "export", *ONLY)
    (line,) = map(orjson.loads, out.splitlines())
    assert code == 0
    assert b64decode(line["document_base64"]) == raw
    assert line["document"] == orjson.loads(raw)


def test_the_lock_is_taken_by_force(bench: Bench, run: Run) -> None:
    code, out, _ = run(OLD, "force-unlock", "--yes")
    assert (code, out) == (0, "Nobody holds the lock.\n")
    stop = threading.Event()
    lock = RunLock(
        bench.cluster, "a test", timeout=5, waiting=print, lost=stop.set, stop=threading.Event()
    )
    with lock:
        code, out, _ = run(OLD, "force-unlock", "--dry-run")
        assert code == 0
        assert "a test" in out
        assert ", which runs" in out
        code, _, err = run(OLD, "force-unlock")
        assert code == 3
        assert "[not-confirmed]" in err
        code, out, _ = run(OLD, "force-unlock", "--format", "json", "--yes")
        answer = orjson.loads(out)
        assert (code, answer["unlocked"], answer["holder"]["operation"]) == (0, True, "a test")
        with RunLock(
            bench.cluster, "another", timeout=1, waiting=print, lost=print, stop=threading.Event()
        ):
            pass
    code, out, _ = run(OLD, "force-unlock", "--format", "json", "--yes")
    assert orjson.loads(out)["holder"] is None
