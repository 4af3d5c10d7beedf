"""Writers of two versions at full speed and a reader that watches them, while a call is migrated.

python -m tests.engine.live --documents 50000 --seconds 20      (UCAUDIT_URL names the engine)
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

import orjson

from tests.cleaning import remove_all
from tests.engines import engine_client
from tests.migrate.bench import CALL, Bench
from tests.migrate.factory import document, port_history
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.options import ConnectionOptions

WRITERS = 2  # Of each version.
BATCH = 50
SAMPLE = 400


@dataclass
class Seen:
    """What came of it.

    Attributes:
        acknowledged: Documents that the engine acknowledged.
        refused: Writes that were refused while an index was swapped in, to be tried again.
        polls: Questions of the reader.
        found: Documents that it found, each time counted.
        missing: Documents that it had found before and did not find again.
        twice: Documents that it found more than once.
    """

    acknowledged: dict[str, None] = field(default_factory=dict)
    refused: int = 0
    polls: int = 0
    found: int = 0
    missing: list[str] = field(default_factory=list)
    twice: list[str] = field(default_factory=list)


class Traffic:
    """Writers and a reader of one call."""

    def __init__(self, bench: Bench, seen: Seen) -> None:
        self.bench = bench
        self.seen = seen
        self._lock = Lock()
        self._failures: list[BaseException] = []

    @contextmanager
    def writing(self, generation: int, port: Any) -> Iterator[None]:
        """Writers of a generation meanwhile."""
        with self._threads(
            [lambda stop, n=n: self._write(stop, generation, n, port) for n in range(WRITERS)]
        ):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A reader meanwhile."""
        with self._threads([self._read]):
            yield

    @contextmanager
    def _threads(self, acts: list[Any]) -> Iterator[None]:
        stop = Event()

        def guarded(act: Any) -> None:
            try:
                act(stop)
            except BaseException as error:  # noqa: BLE001  (raised again by whoever waits)
                self._failures.append(error)

        threads = [Thread(target=guarded, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        if self._failures:
            raise self._failures[0]

    def _write(self, stop: Event, generation: int, writer: int, port: Any) -> None:
        index = self.bench.daily(generation, 0)
        with closing(Cluster(self.bench.cluster.options)) as cluster:
            number = 0
            while not stop.is_set():
                ids = [f"g{generation}-{writer}-{number + n}" for n in range(BATCH)]
                number += BATCH
                while ids:
                    lines: list[bytes] = []
                    for key in ids:
                        lines += (orjson.dumps({"create": {"_id": key}}), document(1, port=port))
                    answer = orjson.loads(cluster.bulk(index, b"\n".join(lines) + b"\n"))
                    ids = self._note(answer)

    def _note(self, answer: Any) -> list[str]:
        """Notes what was acknowledged; returns what has to be tried again."""
        again = []
        with self._lock:
            for item in answer["items"]:
                result = item["create"]
                if result["status"] in (201, 409):
                    self.seen.acknowledged[result["_id"]] = None
                else:
                    assert result["status"] in (403, 429), result
                    again.append(result["_id"])
            self.seen.refused += len(again)
        return again

    def _read(self, stop: Event) -> None:
        rng, settled = random.Random(1), set[str]()
        with closing(Cluster(self.bench.cluster.options)) as cluster:
            while not stop.is_set():
                with self._lock:
                    known = list(self.seen.acknowledged)
                wanted = set(rng.sample(known, min(SAMPLE, len(known))))
                answer = cluster.query(
                    f"/{self.bench.naming.base(CALL)}/_search",
                    {
                        "size": 2 * SAMPLE,
                        "query": {"ids": {"values": sorted(wanted)}},
                        "_source": False,
                    },
                )
                found = Counter(hit["_id"] for hit in answer["hits"]["hits"])
                self.seen.polls += 1
                self.seen.found += len(found)
                # A new document comes in sight with the next refresh, and has to stay there.
                self.seen.missing += (wanted & settled) - found.keys()
                settled |= found.keys()
                self.seen.twice += [key for key, times in found.items() if times > 1]


def story(bench: Bench, *, documents: int, seconds: float) -> Seen:
    """A release: expand, old and new software side by side, backfill, old one gone, finish.

    Args:
        bench: The call.
        documents: What the old version has written on each of two days before.
        seconds: How long both versions write, before and after the backfill.
    """
    seen = Seen()
    for key in bench.load(days=(2, 1), documents=documents):
        seen.acknowledged[key] = None
    history = port_history(CALL, upto=3)
    traffic = Traffic(bench, seen)
    with traffic.reading():
        with traffic.writing(1, "8080"):
            time.sleep(seconds / 2)
            bench.migrate(history, expand_only=True)
            with traffic.writing(2, 8080):
                time.sleep(seconds)
                bench.migrate(history)
                time.sleep(seconds)
        with traffic.writing(2, 8080):
            bench.migrate(history, finish=True)
            time.sleep(seconds)
    return seen


def main() -> int:
    """Prints what was acknowledged, lost and found twice; exit code 1 if anything was."""
    parser = argparse.ArgumentParser(prog="scripts/bench/live", description=__doc__)
    parser.add_argument("--documents", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=20)
    options = parser.parse_args()
    url = os.environ["UCAUDIT_URL"]
    token = f"t{secrets.token_hex(4)}_"
    es = engine_client(url, request_timeout=120)
    with closing(Cluster(ConnectionOptions((url,)))) as cluster:
        bench = Bench(cluster, es, f"{token}http_logs_")
        try:
            started = time.monotonic()
            seen = story(bench, documents=options.documents, seconds=options.seconds)
            readable = Counter(bench.readable())
        finally:
            remove_all(es, token)
    lost = seen.acknowledged.keys() - readable.keys()
    twice = [key for key, times in readable.items() if times > 1]
    print(f"acknowledged {len(seen.acknowledged):>9,} documents by {2 * WRITERS} writers")
    print(f"tried again  {seen.refused:>9,} while an index was swapped in")
    print(f"reader       {seen.polls:>9,} polls, which found {seen.found:,} documents")
    print(f"             {len(seen.missing):>9,} missing, {len(seen.twice):,} twice meanwhile")
    print(f"in the end   {len(lost):>9,} lost, {len(twice):,} twice")
    print(f"{time.monotonic() - started:.0f} s")
    return 1 if lost or twice or seen.missing or seen.twice else 0


if __name__ == "__main__":
    sys.exit(main())
