"""Verification on a genuine engine: later by command, and before every cut-over."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from elasticsearch import BadRequestError

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.commands import Run, make_run
from tests.migrate.factory import CAST, document, port_history
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError
from ucaudit.history.version import CallHistory
from ucaudit.migrate.machine import Step
from ucaudit.migrate.progress import Silent
from ucaudit.names import COPY_ALIAS, JOURNAL_INDEX

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
    outcome = bench.migrate(CHANGED, before_step=equal_when_blocked(bench))
    assert [(i.state, i.mended) for i in outcome.indices] == [("swapped", 5)]
    wanted.remove("2-5")
    bench.assert_readable(wanted)
    assert bench.count({"term": {"requestJson.port": 99}}) == 1
    assert run(CHANGED, "verify", *ONLY)[0] == 0
    assert bench.migrate(CHANGED).indices == ()


def equal_when_blocked(bench: Bench) -> Callable[[str, Step], None]:
    """What takes long is done before the block: both sides are equal then."""

    def check(index: str, step: Step) -> None:
        if step is Step.BLOCK:
            (copy,) = bench.es.indices.get(
                index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all"
            )
            counts = [bench.es.count(index=name)["count"] for name in (index, copy)]
            assert counts == [19, 19]

    return check


def test_a_block_is_lifted_while_both_sides_are_read(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=20)
    steps: list[Step] = []
    blocked: list[bool] = []

    def watch(index: str, step: Step) -> None:
        steps.append(step)
        if step is Step.VERIFY and steps.count(step) == 1:
            meddle(bench)
        if step is Step.COPY:
            found = bench.es.indices.get_settings(index=index, flat_settings=True)[index]
            blocked.append("index.blocks.write" in found["settings"])

    (index,) = bench.migrate(CHANGED, before_step=watch).indices
    assert (index.state, index.mended) == ("swapped", 3)
    assert blocked == [False, False]
    assert steps.count(Step.VERIFY) == 2
    bench.assert_readable(wanted)


def test_what_differs_is_mended_under_the_write_block(bench: Bench, run: Run) -> None:
    wanted = bench.load(days=(2,), documents=20)

    def interfere(_index: str, step: Step) -> None:
        if step is Step.VERIFY:
            meddle(bench)

    (index,) = bench.migrate(CHANGED, before_step=interfere).indices
    assert (index.state, index.mended) == ("swapped", 6)  # before the second block, and under it
    bench.assert_readable(wanted)
    assert run(CHANGED, "verify", *ONLY)[0] == 0


def test_what_came_from_an_earlier_generation_is_not_taken_for_extra(
    bench: Bench, run: Run
) -> None:
    """g1 -> g2 -> g3: a late document of g1 is in g3 only, g3 is rolled back and comes again."""
    wanted = bench.load(days=(2,), documents=20)
    newest = port_history(CALL, upto=4)
    for history in (CHANGED, newest):
        bench.migrate(history)
    bench.write(bench.daily(1, 2), {"late": document(1)})
    bench.migrate(newest)
    assert run(newest, "verify", *ONLY)[0] == 0
    assert run(newest, "rollback", CALL, "--yes")[0] == 0
    assert run(newest, "migrate", *ONLY, "--forward", "--yes")[0] == 0
    bench.assert_readable([*wanted, "late"])
    assert run(newest, "verify", *ONLY)[0] == 0
    # Once g1 is pruned, nobody can tell what came from it: nothing is deleted, nothing is extra.
    bench.write(bench.daily(1, 2), {"later": document(1)})
    bench.migrate(newest)
    bench.es.indices.delete(index=bench.daily(1, 2))
    code, out, _ = run(newest, "verify", *ONLY, "--format", "json")
    (copy,) = orjson.loads(out)["calls"][0]["copies"]
    assert (code, copy["extra_looked_for"]) == (0, False)
    assert run(newest, "rollback", CALL, "--yes")[0] == 0
    assert run(newest, "migrate", *ONLY, "--forward", "--yes")[0] == 0
    bench.assert_readable([*wanted, "late", "later"])


def test_what_was_written_again_after_the_swap_is_mended(bench: Bench, run: Run) -> None:
    bench.load(days=(2,), documents=20)
    bench.migrate(CHANGED)
    source = bench.daily(1, 2)
    bench.es.index(index=source, id="2-6", document=orjson.loads(document(6, port="99")))
    assert run(CHANGED, "verify", *ONLY)[0] == 1
    (index,) = bench.migrate(CHANGED).indices
    assert (index.state, index.existing, index.mended) == ("synced", 1, 1)
    assert bench.count({"term": {"requestJson.port": 99}}) == 1
    assert run(CHANGED, "verify", *ONLY)[0] == 0


def test_readers_keep_what_they_see_when_the_journal_is_lost(
    bench: Bench, run: Run, copied: str
) -> None:
    bench.es.update(index=copied, id="2-3", doc={"requestJson": {"host": None}})
    bench.es.indices.delete(index="ucaudit-journal")
    bench.migrate(CHANGED, accepted=None)
    assert bench.es.get(index=copied, id="2-3")["_source"]["requestJson"]["host"] is None
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 1
    assert 'requestJson.host: "host-3" -> null' in out


def test_ids_that_collide_become_dead_letters(bench: Bench, run: Run) -> None:
    """Two documents of one id, of different routings, which a shrink has put into one shard."""
    bench.migrate(port_history(CALL, upto=1), shards=2, expand_only=True)
    wide, small = bench.daily(1, 5), bench.daily(1, 5) + "_small"
    for routing in "abcdefghij":
        content = orjson.loads(document(1, port=str(ord(routing))))
        bench.es.index(index=wide, id="same", routing=routing, document=content)
    bench.es.index(index=wide, id="other", document=orjson.loads(document(2)))
    bench.es.indices.refresh(index=wide)
    there = bench.es.count(index=wide)["count"]
    assert there == 3  # one in each shard, and the other one
    bench.es.indices.add_block(index=wide, block="write")
    settings = {"index.number_of_shards": 1, "index.blocks.write": None}
    bench.es.indices.shrink(index=wide, target=small, settings=settings)
    bench.es.indices.delete(index=wide)
    (index,) = bench.migrate(CHANGED).indices
    assert (index.state, index.dead_letters) == ("held", 1)
    (index,) = bench.migrate(CHANGED, accepted=1).indices
    assert (index.state, index.dead_letters) == ("swapped", 1)
    assert bench.readable() == ["other", "same"]
    _, out, _ = run(CHANGED, "dead-letters", "list", *ONLY)
    assert "another document of the same id, whose routing is" in out
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 0
    assert "2 documents, 1 dead letter" in out


def test_an_engine_that_alters_documents_is_not_trusted(bench: Bench, run: Run) -> None:
    """A synthetic source spells dates anew: mending does not help, so readers keep the source."""
    synthetic = {"index.mapping.source.mode": "synthetic"}
    try:
        bench.es.indices.create(index=f"{bench.naming.prefix}trial", settings=synthetic)
    except BadRequestError:
        pytest.skip("the engine cannot be told to by a setting")
    bench.es.indices.delete(index=f"{bench.naming.prefix}trial")
    wanted = bench.load(days=(2,), documents=20)
    *older, newest = CHANGED.versions
    history = CallHistory(CALL, (*older, replace(newest, settings=synthetic)))
    code, out, _ = run(history, "migrate", *ONLY, "--yes")
    assert code == 1
    assert "unverified" in out
    assert '@timestamp: "2026-11-01T00:00:00Z" -> "2026-11-01T00:00:00.000Z"' in out
    bench.assert_readable(wanted)
    bench.write(bench.daily(1, 2), {"still-writable": document(1)})


def test_a_cluster_that_rejects_writes_is_waited_for(bench: Bench) -> None:
    wanted = bench.load(days=(2,), documents=30)
    told: list[tuple[float, str]] = []

    class Rejecting(Cluster):
        """Takes some documents of the first bulk requests, as a full queue does."""

        left = 3

        def bulk(self, index: str, body: bytes, **params: Any) -> bytes:
            if not index.startswith(COPY_ALIAS) or self.left == 0:
                return super().bulk(index, body, **params)
            self.left -= 1
            lines = body.splitlines(keepends=True)
            if len(lines) <= 4:
                raise ClusterError(429, "es_rejected_execution_exception", "full", "bulk")
            answer = orjson.loads(super().bulk(index, b"".join(lines[:4])))
            full = {"status": 429, "error": {"type": "es_rejected_execution_exception"}}
            answer["items"] += [{"create": full}] * (len(lines) // 2 - 2)
            return orjson.dumps({**answer, "errors": True})

    class Told(Silent):
        def paused(self, seconds: float, reason: str) -> None:
            told.append((seconds, reason))

    migration = bench.migration(CHANGED, progress=Told())
    migration.cluster = Rejecting(bench.cluster.options)
    (index,) = migration.run().indices
    migration.cluster.close()
    assert (index.state, index.copied, index.existing) == ("swapped", 30, 0)
    assert [reason for _, reason in told] == ["cluster rejects writes (429)"] * 3
    assert 1.2 < sum(seconds for seconds, _ in told) < 2.3
    bench.assert_readable(wanted)


def test_replicas_and_refresh_are_restored_after_a_crash(bench: Bench) -> None:
    bench.load(days=(2,), documents=5)
    source = bench.daily(1, 2)
    wanted = {"number_of_replicas": "1", "refresh_interval": "7s"}
    bench.es.indices.put_settings(index=source, settings=wanted)
    for fatal in (Step.COPY, Step.RESTORE, Step.CLAIM, Step.SWAP):

        def die(_index: str, step: Step, fatal: Step = fatal) -> None:
            if step is fatal:
                raise Stop

        with pytest.raises(Stop):
            bench.migrate(CHANGED, before_step=die)
        name, there = settings_of_copy(bench)
        assert there == (wanted if fatal in (Step.CLAIM, Step.SWAP) else UNFINISHED), fatal
    (index,) = bench.migrate(CHANGED).indices
    assert index.state == "swapped"
    assert settings_of_copy(bench) == (name, wanted)
    settings = bench.es.indices.get_settings(index=source, flat_settings=True)[source]["settings"]
    assert settings["index.refresh_interval"] == "7s"
    assert settings["index.number_of_replicas"] == "1"


UNFINISHED = {"number_of_replicas": "0", "refresh_interval": "-1"}


def settings_of_copy(bench: Bench) -> tuple[str, dict[str, str]]:
    found = bench.es.indices.get_settings(
        index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all", flat_settings=True
    )
    ((name, content),) = found.items()
    return name, {key: content["settings"][f"index.{key}"] for key in UNFINISHED}


def test_a_rate_is_kept_over_all_indices(bench: Bench, run: Run) -> None:
    wanted = bench.load(days=(3, 2), documents=60)
    started = time.monotonic()
    code, _, err = run(CHANGED, "migrate", *ONLY, "--yes", "--max-docs-per-second", "100")
    # 120 documents in pages of 25; what is right is held by tests with a clock of their own.
    assert time.monotonic() - started > 0.9
    assert code == 0
    assert "At most 100 documents per second." in err.splitlines()
    bench.assert_readable(wanted)
    assert run(CHANGED, "migrate", "--max-docs-per-second", "0")[0] == 2


def test_a_journal_without_sums_makes_both_sides_be_read(bench: Bench, run: Run) -> None:
    """As an earlier version of ucaudit left it."""
    wanted = bench.load(days=(2,), documents=20)

    def die(_index: str, step: Step) -> None:
        if step is Step.RESTORE:
            raise Stop

    with pytest.raises(Stop):
        bench.migrate(CHANGED, before_step=die)
    meddle(bench)
    entries = {"term": {"source": bench.daily(1, 2)}}
    bench.es.indices.refresh(index=JOURNAL_INDEX)
    hits = bench.es.search(index=JOURNAL_INDEX, query=entries)["hits"]["hits"]
    assert {hit["_source"]["documents"] for hit in hits} == {20}
    for hit in hits:
        old = {key: hit["_source"][key] for key in ("source", "target", "checkpoint", "at")}
        bench.es.index(index=JOURNAL_INDEX, id=hit["_id"], document=old)
    (index,) = bench.migrate(CHANGED).indices
    assert (index.state, index.mended) == ("swapped", 3)
    bench.assert_readable(wanted)
    assert run(CHANGED, "verify", *ONLY)[0] == 0


def test_what_cannot_be_compared_is_told(bench: Bench, run: Run, copied: str) -> None:
    source = bench.daily(1, 2)
    bench.load(days=(0,), documents=2)
    bench.migrate(CHANGED, accepted=None)
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 0
    assert "    not compared: unfinished; migrate verifies it before readers see it" in out
    code, out, _ = run(port_history(CALL, upto=1), "verify", *ONLY)
    assert code == 1
    assert "    not compared: generation 2 is not released here: use the checkout" in out
    *older, newest = CHANGED.versions
    mended = replace(newest, steps=({**CAST, "on_failure": "null"},))
    code, out, _ = run(CallHistory(CALL, (*older, mended)), "verify", *ONLY)
    assert code == 0
    assert "20 documents, ids only: the steps that made it are not recorded any more" in out
    bench.es.indices.close(index=source)
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 1
    assert f"    not compared: {source} is closed" in out.splitlines()
    bench.es.indices.delete(index=source)
    code, out, _ = run(CHANGED, "verify", *ONLY)
    assert code == 0
    assert "    not compared: its source is deleted: nothing is left to compare it with" in out
    assert copied in out


@pytest.mark.parametrize("seed", range(2))
def test_whatever_was_done_to_both_sides_is_counted_and_mended(
    bench: Bench, run: Run, seed: int
) -> None:
    chance = random.Random(seed)
    ids = bench.load(days=(2,), documents=60)
    source = bench.daily(1, 2)

    def die(_index: str, step: Step) -> None:
        if step is Step.RESTORE:
            raise Stop

    with pytest.raises(Stop):
        bench.migrate(CHANGED, before_step=die)
    (copy,) = bench.es.indices.get(index=f"{bench.naming.base(CALL)}.g2-*", expand_wildcards="all")
    there = tamper(bench, copy, ids, chance, 1)
    wanted = {
        key: int(port) for key, port in tamper(bench, source, ids, chance, "7").items()
    }  # ports of the source are strings of digits
    assert there != wanted
    (index,) = bench.migrate(CHANGED).indices
    assert index.state == "swapped"
    assert ports(bench, copy) == wanted
    # After the swap nothing is mended; it is told exactly.
    after = tamper(bench, copy, sorted(wanted), chance, 1)
    code, out, _ = run(CHANGED, "verify", *ONLY, "--format", "json")
    (found,) = orjson.loads(out)["calls"][0]["copies"]
    assert code == 1
    assert found["differences"] == {
        "missing": len(wanted.keys() - after.keys()),
        "extra": len(after.keys() - wanted.keys()),
        "changed": sum(after[key] != wanted[key] for key in wanted.keys() & after.keys()),
        "collides": 0,
    }
    assert ports(bench, copy) == after


def tamper(
    bench: Bench, index: str, ids: list[str], chance: random.Random, port: Any
) -> dict[str, Any]:
    """Changes, deletes and adds documents at random; what is there then."""
    acts: list[dict[str, Any]] = []
    for key in chance.sample(ids, len(ids) // 3):
        act = chance.choice(["index", "delete"])
        acts.append({act: {"_id": key}})
        if act == "index":
            acts.append({"requestName": "c", "requestJson": {"port": port}})
    for _ in range(chance.randrange(1, 6)):
        acts.append({"index": {"_id": f"new-{chance.randrange(8)}"}})
        acts.append({"requestName": "c", "requestJson": {"port": port}})
    bench.es.bulk(index=index, operations=acts, refresh=True)
    return ports(bench, index)


def ports(bench: Bench, index: str) -> dict[str, Any]:
    bench.es.indices.refresh(index=index)
    hits = bench.es.search(index=index, size=1000)["hits"]["hits"]
    return {hit["_id"]: hit["_source"]["requestJson"]["port"] for hit in hits}
