"""Verification on a genuine engine: later by command, and before every cut-over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import document, port_history
from ucaudit.history.version import CallHistory
from ucaudit.migrate.machine import Step

bench = pytest.fixture(make_bench)
run = pytest.fixture(make_run)

CHANGED = port_history(CALL, upto=3)
ONLY = ("--only", CALL)


@pytest.fixture
def copied(bench: Bench) -> str:
    """Name of a copy that readers see, of 20 documents, and of a dead letter."""
    bench.load(days=(2,), documents=20)
    bench.write(bench.daily(1, 2), {"bad": document(1, port="x")})
    (index,) = bench.migrate(CHANGED, accepted=None).indices
    assert (index.state, index.dead_letters) == ("swapped", 1)
    return index.target


def test_a_copy_that_holds(bench: Bench, run: Run, copied: str) -> None:
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == CALL
    assert lines[1] == f"  ✓ {copied}"
    assert lines[2] == f"    of {bench.daily(1, 2)}: 20 documents, 1 dead letter"
    assert lines[3].startswith("    20 documents, digest ")
    assert lines[3].endswith(" on both sides")
    assert lines[4] == "1 copy holds what its source holds; 20 documents compared."
    code, out, _ = run(CHANGED, "verify", *ONLY, "--format", "json")
    assert code == 0
    answer = orjson.loads(out)
    (copy,) = answer["calls"][0]["copies"]
    assert answer["format"] == "ucaudit.verify/1"
    assert copy["digest"] == copy["sources"][0]["digest"]
    assert copy["sources"][0]["dead"] == 1


def test_what_was_changed_by_hand_is_told(bench: Bench, run: Run, copied: str) -> None:
    bench.es.update(index=copied, id="2-3", doc={"requestJson": {"port": 1}})
    bench.es.delete(index=copied, id="2-4")
    bench.es.index(index=copied, id="added", document={"requestName": "c"}, refresh=True)
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 1
    assert "    1 missing in the copy, 1 changed, 1 only in the copy" in out.splitlines()
    assert "               requestJson.port: 8080 -> 1" in out.splitlines()
    assert "1 copy does not hold what its source holds; 20 documents compared." in out
    code, out, _ = run(CHANGED, "verify", *ONLY, "--format", "json")
    (copy,) = orjson.loads(out)["calls"][0]["copies"]
    assert code == 1
    assert copy["differences"] == {"missing": 1, "changed": 1, "extra": 1, "collides": 0}
    kinds = {sample["kind"]: sample["id"] for sample in copy["samples"]}
    assert kinds == {"missing": "2-4", "changed": "2-3", "extra": "added"}


def test_what_changed_in_the_source_is_told_until_it_is_copied(
    bench: Bench, run: Run, copied: str
) -> None:
    source = bench.daily(1, 2)
    bench.write(source, {"late": document(1)})
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 1
    assert "    1 missing in the copy" in out.splitlines()
    assert "    late: up to 1 document not copied yet: ucaudit migrate" in out.splitlines()
    bench.migrate(CHANGED, accepted=None)
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 0
    # Spaces and order are no difference; a number written in another way is one.
    bench.cluster.send(
        "PUT",
        f"/{source}/_doc/2-1",
        {"refresh": True},
        b'{"requestName": "c", "responseCode": 200, "@timestamp": "2026-11-01T00:00:00Z",'
        b'\n"requestJson": {"host": "host-1", "port": "8080"}}',
    )
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 0
    assert "compared by id" in out


class Stop(Exception):  # noqa: N818
    """Raised in the middle of a run."""


def meddle(bench: Bench) -> None:
    """Changes a document of the copy by hand, deletes one, adds one."""
    (copy,) = bench.es.indices.get(index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all")
    bench.es.update(index=copy, id="2-3", doc={"requestJson": {"port": 1}})
    bench.es.delete(index=copy, id="2-4")
    bench.es.index(index=copy, id="added", document={"requestName": "c"})


def test_what_differs_is_mended_before_the_write_block(bench: Bench, run: Run) -> None:
    wanted = bench.load(days=(2,), documents=20)
    source = bench.daily(1, 2)

    def die(_index: str, step: Step) -> None:
        if step is Step.RESTORE:
            raise Stop

    with pytest.raises(Stop):
        bench.migrate(CHANGED, before_step=die)
    meddle(bench)
    bench.es.delete(index=source, id="2-5")
    bench.es.index(index=source, id="2-6", document=orjson.loads(document(6, port="99")))
    outcome = bench.migrate(CHANGED, before_step=never_blocked_unverified(bench))
    assert [(i.state, i.mended) for i in outcome.indices] == [("swapped", 5)]
    wanted.remove("2-5")
    bench.assert_readable(wanted)
    assert bench.count({"term": {"requestJson.port": 99}}) == 1
    assert run(CHANGED, "verify", *ONLY)[0] == 0
    assert bench.migrate(CHANGED).indices == ()


def never_blocked_unverified(bench: Bench) -> Callable[[str, Step], None]:
    """What took long was done before the block: both sides are equal then."""

    def check(index: str, step: Step) -> None:
        if step is Step.BLOCK:
            (copy,) = bench.es.indices.get(
                index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all"
            )
            counts = [bench.es.count(index=name)["count"] for name in (index, copy)]
            assert counts == [19, 19]

    return check


def test_what_differs_is_mended_under_the_write_block(bench: Bench, run: Run) -> None:
    wanted = bench.load(days=(2,), documents=20)

    def interfere(_index: str, step: Step) -> None:
        if step is Step.VERIFY:
            meddle(bench)

    (index,) = bench.migrate(CHANGED, before_step=interfere).indices
    assert (index.state, index.mended) == ("swapped", 3)
    bench.assert_readable(wanted)
    assert run(CHANGED, "verify", *ONLY)[0] == 0


def test_an_engine_that_alters_documents_is_not_trusted(bench: Bench, run: Run) -> None:
    """A synthetic source spells dates anew: mending does not help, so readers keep the source."""
    wanted = bench.load(days=(2,), documents=20)
    *older, newest = CHANGED.versions
    synthetic = replace(newest, settings={"index.mapping.source.mode": "synthetic"})
    code, out, _ = run(CallHistory(CALL, (*older, synthetic)), "migrate", *ONLY, "--yes")
    assert code == 1
    assert "unverified" in out
    assert '@timestamp: "2026-11-01T00:00:00Z" -> "2026-11-01T00:00:00.000Z"' in out
    bench.assert_readable(wanted)
    bench.write(bench.daily(1, 2), {"still-writable": document(1)})
