"""Indices as they were written before ucaudit: judged, adopted, copied; nothing lost, none twice.

They are made as facts of the domain tell: nobody puts a mapping, the first document of a day types
the day's index, days disagree, what does not fit is refused and nobody looks.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.migrate.bench import CALL, Bench, make_bench
from tests.migrate.factory import LONG, STRING, days_ago, document, history, port_history, version
from ucaudit.cli import main
from ucaudit.errors import RefusedError, StoppedError
from ucaudit.history import store
from ucaudit.history.version import CallHistory
from ucaudit.migrate.adopt import Adopted, Adopter
from ucaudit.names import DEAD_LETTER_INDEX
from ucaudit.plan.baseline import Baseline
from ucaudit.plan.scope import Scope
from ucaudit.plan.shapes import shape_of

bench = pytest.fixture(make_bench)
# Version 1 as it is recorded when ucaudit comes: ports are strings.
NOW = port_history(CALL, upto=1)


class OldWorld:
    """The call's indices as the software of before writes them."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.es = bench.es
        self.kept: list[str] = []
        self.es.indices.put_index_template(
            name=f"{bench.naming.prefix}old",
            index_patterns=[f"{bench.naming.prefix}*"],
            priority=1,
            template={"settings": {"number_of_shards": 2, "number_of_replicas": 0}},
        )

    def day(self, days: int, *ports: Any) -> str:
        """A day's index; documents that its first one does not go with are lost, unseen."""
        index = self.bench.daily(1, days)
        for number, port in enumerate(ports):
            self.write(index, {f"{days}-{number}": document(number, port=port)})
        return index

    def write(self, index: str, documents: dict[str, bytes]) -> list[str]:
        """Gives the ids that were acknowledged."""
        lines: list[bytes] = []
        for key, raw in documents.items():
            lines += (orjson.dumps({"create": {"_id": key}}), raw)
        answer = orjson.loads(self.bench.cluster.bulk(index, b"\n".join(lines) + b"\n"))
        created = [i["create"]["_id"] for i in answer["items"] if i["create"]["status"] == 201]
        self.kept += created
        self.es.indices.refresh(index=index)
        return created

    def merge(self, *days: str) -> str:
        """Days merged into their month, typed by the first, and deleted without a look."""
        month = f"{self.bench.naming.base(CALL)}-{days_ago(40):%Y.%m}"
        for day in days:
            hits = self.es.search(index=day, size=100)["hits"]["hits"]
            for hit in hits:
                self.kept.remove(hit["_id"])
                self.write(month, {hit["_id"]: orjson.dumps(hit["_source"])})
            self.es.indices.delete(index=day)
        return month

    def shrink(self, day: str) -> str:
        """A day shrunk to one shard, the way UCloud does: the block stays on the copy."""
        small = f"{day}_small"
        self.es.indices.add_block(index=day, block="write")
        self.es.indices.shrink(
            index=day,
            target=small,
            settings={"index.number_of_shards": 1},
            wait_for_active_shards=1,
        )
        self.es.indices.delete(index=day)
        return small

    def explicit(self, days: int, *, without: str = "", **root: Any) -> str:
        """A day's index whose mapping somebody wrote, with the recorded fields."""
        shape = shape_of(NOW, 1)
        assert shape is not None
        mapping = deepcopy(shape.mapping())
        mapping["properties"]["requestJson"]["properties"].pop(without, None)
        index = self.bench.daily(1, days)
        self.es.indices.create(index=index, mappings={**mapping, **root})
        return index


@pytest.fixture
def old(bench: Bench) -> OldWorld:
    return OldWorld(bench)


def adopter(bench: Bench, call: CallHistory = NOW, **options: Any) -> Adopter:
    return Adopter(bench.cluster, history(call), replace(bench.options, **options))


def adopt(bench: Bench, call: CallHistory = NOW) -> Adopted:
    return adopter(bench, call).run()


def words(baseline: Baseline) -> dict[str, str]:
    """Index to the word that is said of it."""
    said = {adoption.index: adoption.need for adoption in baseline.adoptions()}
    return {**said, **{notice.where: notice.name for notice in baseline.left()}}


def test_from_an_old_world_to_the_current_generation(bench: Bench, old: OldWorld) -> None:
    text = old.day(4, "8080", 8081, "1718a")
    number = old.day(3, 8080, "8081", "1718a")  # the last one is lost here
    assert "3-2" not in old.kept
    month = old.merge(old.day(41, "8080", "9000"), old.day(40, 8080, 9000))
    small = old.shrink(old.day(5, "8080", "8081"))
    serves = old.explicit(7, dynamic=False, _meta={"owner": "audit team"})
    extended = old.explicit(6, without="host", dynamic_templates=[])
    for index in (serves, extended):
        old.write(index, {f"{index}-{n}": b'{"requestJson":{"port":"1"}}' for n in range(3)})
    today = old.day(0, "8080")

    baseline = adopter(bench).plan()
    assert words(baseline) == {
        text: "backfill",
        number: "backfill",
        month: "backfill",
        small: "backfill",
        today: "backfill",
        serves: "serves",
        extended: "put_mapping",
    }
    # Days that disagree in the same way are one entry.
    groups = [[a.index for a in g.adoptions] for g in baseline.calls[0].groups()]
    assert groups == [[serves], [extended], sorted([today, text, small, month], reverse=True),
                      [number]]  # fmt: skip
    reasons = {c.path: c.reason for c in baseline.calls[0].groups()[3].changes}
    assert reasons["requestJson.port"] == "a long field cannot become a keyword field in place"

    adopted = adopt(bench)
    assert adopted.exit_code == 0
    assert {i for i, g in adopted.generations.items() if g == 1} == {serves, extended}
    bench.assert_readable(old.kept)
    mappings = {name: m["mappings"] for name, m in old.es.indices.get_mapping(
        index=f"{bench.naming.prefix}*").items()}  # fmt: skip
    assert {m["dynamic"] for m in mappings.values()} == {"false"}
    assert mappings[serves]["_meta"]["owner"] == "audit team"
    assert mappings[extended]["properties"]["requestJson"]["properties"]["host"] == STRING
    assert adopter(bench).plan().empty
    assert bench.plan(NOW).summary()["backfills"] == 5

    outcome = bench.migrate(NOW, finish=True)
    assert {i.index: i.state for i in outcome.indices} == dict.fromkeys(
        [text, number, month, small, today], "swapped"
    )
    assert all("-from-g0-" in index.target for index in outcome.indices)
    assert any(f"{small}-from-g0-" in index.target for index in outcome.indices)
    bench.assert_readable(old.kept)
    assert bench.count({"term": {"requestJson.port": "1718a"}}) == 1
    assert bench.count({"term": {"requestJson.port": "8080"}}) == 6
    assert bench.plan(NOW).empty
    # Software of before still writes where it used to.
    old.write(text, {"late": document(1)})
    bench.migrate(NOW)
    bench.assert_readable(old.kept)


def test_steps_that_came_since_are_applied(bench: Bench, old: OldWorld) -> None:
    day = old.day(3, "8080", "8081")
    served = old.explicit(2, dynamic=False)
    old.write(served, {"s": document(1)})
    newest = port_history(CALL, upto=4)
    baseline = adopter(bench, newest).plan()
    assert words(baseline) == {day: "backfill", served: "backfill"}
    assert "older than generation 3" in baseline.adoptions()[0].why
    adopt(bench, newest)
    outcome = bench.migrate(newest)
    assert [index.state for index in outcome.indices] == ["swapped", "swapped"]
    assert all(".g3-" in index.target for index in outcome.indices)
    bench.assert_readable(old.kept)
    assert bench.count({"range": {"requestJson.port": {"gte": 8080}}}) == 3
    assert bench.count({"exists": {"field": "requestJson.hostname"}}) == 3


def test_generations_follow_the_first_adoption(bench: Bench, old: OldWorld) -> None:
    old.day(3, "8080", "8081")
    adopt(bench)
    bench.migrate(NOW)
    bench.migrate(port_history(CALL, upto=3))
    bench.assert_readable(old.kept)
    assert bench.count({"range": {"requestJson.port": {"gte": 8080}}}) == 2
    old.write(bench.daily(1, 3), {"late": document(1)})
    bench.migrate(port_history(CALL, upto=3))
    bench.assert_readable(old.kept)
    assert bench.plan(port_history(CALL, upto=3)).empty


def test_what_does_not_fit_becomes_a_dead_letter(bench: Bench, old: OldWorld) -> None:
    old.day(3, "8080", "1718a", "no port")
    numbers = CallHistory(CALL, (version(CALL, 1, 1, {"port": LONG, "host": STRING}),))
    adopt(bench, numbers)
    outcome = bench.migrate(numbers)
    assert [(i.state, i.dead_letters) for i in outcome.indices] == [("held", 2)]
    bench.assert_readable(old.kept)
    bench.migrate(numbers, accepted=None)
    found = old.es.search(
        index=DEAD_LETTER_INDEX, query={"term": {"source.index": bench.daily(1, 3)}}
    )
    dead = sorted(hit["_source"]["id"] for hit in found["hits"]["hits"])
    assert dead == ["3-1", "3-2"]
    assert sorted([*bench.readable(), *dead]) == sorted(old.kept)


def test_old_writers_lose_nothing_meanwhile(bench: Bench, old: OldWorld) -> None:
    today = old.day(0, "8080", "8081")
    stop = threading.Event()

    def write() -> None:
        """A writer of before: by the concrete name, and again until it is acknowledged."""
        number = 0
        while not stop.is_set():
            left = {f"w{number + n}": document(n, port=str(n)) for n in range(20)}
            number += len(left)
            while left:
                created = old.write(today, left)
                left = {key: raw for key, raw in left.items() if key not in created}

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert adopt(bench).generations == {today: 0}
        outcome = bench.migrate(NOW, finish=True)
        assert [index.state for index in outcome.indices] == ["swapped"]
    finally:
        stop.set()
        writer.join()
    bench.migrate(NOW)
    bench.assert_readable(old.kept)
    assert bench.plan(NOW).empty


def test_tomorrow_is_right(bench: Bench, old: OldWorld) -> None:
    old.day(1, "8080")
    adopt(bench)
    old.day(0, 8080, {"not": "a port"})
    mapping = old.es.indices.get_mapping(index=bench.daily(1, 0))[bench.daily(1, 0)]["mappings"]
    assert mapping["dynamic"] == "false"
    assert mapping["properties"]["requestJson"]["properties"]["port"] == STRING
    settings = old.es.indices.get_settings(index=bench.daily(1, 0), flat_settings=True)
    assert settings[bench.daily(1, 0)]["settings"]["index.number_of_shards"] == "2"
    bench.assert_readable(["0-0", "1-0"])


def test_what_cannot_be_adopted_is_named_and_the_rest_goes_on(bench: Bench, old: OldWorld) -> None:
    fine = old.day(1, "8080")
    closed, read_only = old.day(2, "8080"), old.day(3, "8080")
    old.es.indices.close(index=closed)
    old.es.indices.add_block(index=read_only, block="read_only")
    claimed = old.day(4, "8080")
    old.es.indices.put_mapping(index=claimed, meta={"ucaudit": {"call": "other"}})
    bodiless = bench.daily(1, 5)
    old.es.indices.create(index=bodiless, mappings={"_source": {"enabled": False}})
    old.write(bodiless, {"gone": document(1)})
    red = bench.daily(1, 6)
    old.es.indices.create(
        index=red,
        settings={"index.routing.allocation.require._name": "nowhere"},
        wait_for_active_shards="0",
    )
    assert words(adopter(bench).plan()) == {
        fine: "backfill",
        closed: "index-not-usable",
        read_only: "index-not-usable",
        claimed: "index-claimed",
        bodiless: "documents-not-kept",
        red: "index-red",
    }
    before = old.es.indices.get_mapping(index=[claimed, bodiless, red]).body
    adopted = adopt(bench)
    assert (adopted.exit_code, adopted.generations) == (1, {fine: 0})
    assert old.es.indices.get_mapping(index=[claimed, bodiless, red]).body == before
    assert bench.naming.base(CALL) in old.es.indices.get_alias(index=fine)[fine]["aliases"]
    # Of the rest, what was set aside on purpose holds up nobody.
    plan = bench.plan(NOW)
    assert sorted(n.where for n in plan.problems) == sorted([claimed, bodiless, red])
    assert {n.name for n in plan.warnings} == {"index-left-alone"}
    for index in (claimed, bodiless, red):
        old.es.indices.delete(index=index)
    assert bench.migrate(NOW).exit_code == 0
    old.es.indices.put_settings(index=read_only, settings={"index.blocks.read_only": None})


def test_a_mapping_that_says_no_is_copied_instead(bench: Bench, old: OldWorld) -> None:
    """The engine has the last word: here the index may not have more fields."""
    full = old.explicit(1, without="host")
    fields = 5
    old.es.indices.put_settings(index=full, settings={"index.mapping.total_fields.limit": fields})
    old.write(full, {"a": b'{"requestJson":{"port":"1"}}'})
    assert words(adopter(bench).plan()) == {full: "put_mapping"}
    assert adopt(bench).generations == {full: 0}
    bench.migrate(NOW)
    bench.assert_readable(old.kept)


def test_an_adoption_that_died_is_finished_by_the_next(
    bench: Bench, old: OldWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.day(2, "8080")

    def die(*_: Any) -> None:
        raise StoppedError("died", "Died.")

    with monkeypatch.context() as patched:
        patched.setattr("ucaudit.migrate.adopt.expand", die)
        with pytest.raises(StoppedError) as raised:
            adopt(bench)
    assert raised.value.fix == "Go on with: ucaudit baseline"
    assert not old.es.indices.exists_alias(name=bench.naming.base(CALL))
    assert adopt(bench).exit_code == 0
    bench.assert_readable(old.kept)


def test_nothing_is_written_where_a_template_is_in_the_way(bench: Bench, old: OldWorld) -> None:
    day = old.day(2, "8080")
    name = f"{bench.naming.prefix}stronger"
    old.es.indices.put_index_template(
        name=name, index_patterns=[f"{bench.naming.base(CALL)}*"], priority=700
    )
    with pytest.raises(RefusedError) as raised:
        adopt(bench)
    assert raised.value.name == "template-competes"
    assert "_meta" not in old.es.indices.get_mapping(index=day)[day]["mappings"]
    assert adopter(bench, scope=Scope(exclude=("wallets.*",))).plan().empty


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(
    bench: Bench,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    """Runs a command; returns exit code, stdout and stderr."""
    config = tmp_path / "ucaudit.toml"
    config.write_text(f'prefix = "{bench.naming.prefix}"\nreplicas = 0\n')
    monkeypatch.setenv("UCAUDIT_URL", bench.cluster.options.urls[0])
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(store, "load_history", lambda *_, **__: history(NOW))

    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["--config", str(config), *arguments])
        return code, *capfd.readouterr()

    return run


def test_the_command(bench: Bench, old: OldWorld, run: Run) -> None:
    for days in (2, 3):
        old.day(days, "8080", "8081")
    old.es.indices.close(index=old.day(9, "8080"))
    code, out, _ = run("baseline", "--dry-run")
    assert code == 0
    assert all(len(line) <= 80 for line in out.splitlines())
    text = " ".join(out.split())
    assert "> backfill 2 indices 4 documents" in text
    assert "a text field cannot become a keyword field in place: requestJson.host," in text
    assert f"left alone -{days_ago(9):%Y.%m.%d}: it is closed" in text
    assert run("baseline", "--check")[0] == 1
    code, _, err = run("baseline")
    assert (code, "[not-confirmed]" in err) == (3, True)
    code, out, _ = run("baseline", "--dry-run", "--format", "json")
    planned = orjson.loads(out)
    assert planned["format"] == "ucaudit.baseline/1"
    assert planned["summary"]["backfill"] == 2
    (group,) = planned["calls"][0]["groups"]
    port = next(r for r in group["reasons"] if r["path"] == "requestJson.port")
    assert (port["live"], port["wanted"]) == ({"type": "text"}, STRING)
    assert [index["documents"] for index in group["indices"]] == [2, 2]
    code, out, _ = run("baseline", "--yes", "--format", "json")
    assert code == 1  # an index is left alone
    assert {a["generation"] for a in orjson.loads(out)["adopted"]} == {0}
    code, out, _ = run("baseline", "--yes")
    assert (code, "Nothing to adopt: 2 indices are ours already." in out) == (1, True)
    code, out, _ = run("status")
    assert "g0 4" in out
    code, out, err = run("migrate", "--yes")
    assert (code, "2 swapped in" in out, "[index-left-alone]" in err) == (0, True, True)
    assert run("baseline", "--only", "nothing.*")[0] == 2
    assert run("baseline", "--check", "--yes")[0] == 2
    code, _, err = run("baseline", "--url", "http://127.0.0.1:9")
    assert (code, "cluster-unreachable" in err) == (3, True)
