"""What a person reads after a run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from ucaudit.migrate.compare import Difference
from ucaudit.migrate.deadletters import Reason, frequent
from ucaudit.migrate.lookup import Found
from ucaudit.migrate.outcome import IndexOutcome, IndexState, RunOutcome
from ucaudit.report.run import Bar, Lines, print_run

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


def outcome(*indices: IndexOutcome, accepted: int | None = 0, **more: Any) -> RunOutcome:
    return RunOutcome(
        AT, AT + timedelta(seconds=2), "c", {}, indices, ("a.b",), accepted=accepted, **more
    )


def index(state: IndexState, number: int = 1, **more: Any) -> IndexOutcome:
    return IndexOutcome("a.b", f"source-{number}", f"target-{number}", state, **more)


def printed(run: RunOutcome) -> str:
    console = Console(file=StringIO(), width=200, highlight=False)
    print_run(console, run, accept="ucaudit migrate --url http://x:1 --accept-dead-letters all")
    assert isinstance(console.file, StringIO)
    return console.file.getvalue()


@pytest.mark.parametrize(
    ("run", "code"),
    [
        (outcome(index("swapped")), 0),
        (outcome(index("waiting")), 0),
        (outcome(index("waiting", dead_letters=1)), 1),
        (outcome(index("waiting", dead_letters=1), accepted=1), 0),
        (outcome(index("held", dead_letters=1)), 1),
        (outcome(index("unverified")), 1),
        (outcome(index("lost")), 1),
        (outcome(index("swapped", dead_letters=9), accepted=None), 0),
    ],
)
def test_exit_codes(run: RunOutcome, code: int) -> None:
    assert run.exit_code == code


def test_the_summary_names_every_state() -> None:
    states: tuple[IndexState, ...] = (
        "swapped",
        "waiting",
        "held",
        "unverified",
        "lost",
        "synced",
        "deleted",
    )
    found = printed(outcome(*(index(state, copied=1) for state in states)))
    assert (
        "Done in 2.0 s: 1 index swapped in, 1 index is waiting for the day to end, 1 index held "
        "by dead letters, 1 index unverified, 1 index lost, 1 index with late documents, 1 index "
        "deleted, 7 documents copied."
    ) in " ".join(found.split())
    assert "deleted by somebody else" in found


def test_dead_letters_come_with_their_reasons_and_what_to_do() -> None:
    reasons = (Reason("port: 'bad' is no integer", 1204, "source-1", "id-7"),)
    found = printed(outcome(index("waiting", dead_letters=1204), reasons=reasons))
    assert "1,204  port: 'bad' is no integer  (such as id-7 in source-1)\n" in found
    assert "ucaudit-dead-letters" in found
    assert "a mended step makes a new copy" in found
    assert "accept them: ucaudit migrate --url http://x:1 --accept-dead-letters all\n" in found
    assert "accept" not in printed(outcome(index("waiting", dead_letters=3), accepted=3))


def test_reasons_that_differ_in_values_only_are_one() -> None:
    def letter(number: int, reason: str, step: str | None = None) -> dict[str, Any]:
        return {"id": str(number), "reason": reason, "step": step, "source": {"index": "i"}}

    letters = [letter(n, f"port: '{n}' is no integer", "cast") for n in range(5)]
    letters += [letter(9, f"field [x], document {n}") for n in range(7)]
    letters += [letter(10 + n, "other " * n) for n in range(1, 4)]
    found = frequent(letters)
    assert [(reason.count, reason.id) for reason in found] == [(7, "9"), (5, "0"), (1, "11")]
    assert found[1].text == "cast: port: '0' is no integer"


def test_one_document_is_one_document() -> None:
    console = Console(file=StringIO(), width=80)
    Lines(console).begin(0)
    Lines(console).begin(1)
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == "Copying about 1 document\n"
    assert "1 document copied" in printed(outcome(index("swapped", copied=1)))


def test_pauses_are_told_with_the_reason() -> None:
    console = Console(file=StringIO(), width=80)
    lines = Lines(console)
    lines.paused(0.3, "cluster rejects writes (429)")
    lines.paused(4.2, "cluster rejects writes (429)")
    assert isinstance(console.file, StringIO)
    assert console.file.getvalue() == "Paused 4 s: cluster rejects writes (429)\n"
    terminal = Console(file=StringIO(), width=80, force_terminal=True, color_system=None)
    bar = Bar(terminal)
    bar.begin(1_200_000)
    bar.advanced(115_000)
    bar.state("source", "copy documents")
    bar.paused(4.2, "cluster rejects writes (429)")
    bar.end()
    assert isinstance(terminal.file, StringIO)
    shown = terminal.file.getvalue()
    assert "Paused 4 s: cluster rejects writes (429)\n" in shown
    assert "115000/1200000" in shown
    assert "paused" in shown.rpartition("Paused")[2]


def test_where_a_copy_differs_a_sample_is_shown_field_by_field() -> None:
    there = Found((b'"id-7"', b""), b'{"a":{"b":[1,3]},"d":1}', 1, 1)
    sample = Difference(there.key, "changed", b"{}", b'{"a":{"b":[1,2]},"c":"x"}', there)
    found = printed(outcome(index("unverified", differences=(sample,))))
    assert "      changed  id-7\n" in found
    assert "               a.b[1]: 2 -> 3\n" in found
    assert '               c: "x" -> nothing\n' in found
    assert "               d: nothing -> 1\n" in found
    assert "readers still see the source" in found
    assert "2 mended" in printed(outcome(index("swapped", mended=2)))
