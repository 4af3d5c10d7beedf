"""Software that writes and readers that look, while a migration is under way."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import Any

from elasticsearch import Elasticsearch

_SAMPLE = 200
# Between batches and questions: the machine is shared with what is shown.
_PAUSE = 0.1

Write = Callable[[int], dict[str, set[str]]]


@dataclass
class Watch:
    """What a reader saw.

    Attributes:
        polls: How often it looked.
        found: How many documents it found, each time counted.
        missing: Those that it had found before and did not find again, by call.
        twice: How many it found more than once.
        written: Documents acknowledged meanwhile.
    """

    polls: int = 0
    found: int = 0
    missing: dict[str, set[str]] = field(default_factory=dict)
    twice: int = 0
    written: int = 0


class Live:
    """Writers and one reader, each a thread of its own.

    Args:
        client: Of the engine.
        base: Gives the read alias of a call.
        acknowledged: Call to the documents that were acknowledged so far; added to.
    """

    def __init__(
        self,
        client: Elasticsearch,
        base: Callable[[str], str],
        acknowledged: dict[str, set[str]],
    ) -> None:
        self.watch = Watch()
        self._client = client
        self._base = base
        self._acknowledged = acknowledged
        self._known: dict[str, list[str]] = {c: sorted(i) for c, i in acknowledged.items()}
        self._seen: dict[str, set[str]] = {}
        self._lock = Lock()
        self._failures: list[BaseException] = []

    @contextmanager
    def writing(self, write: Write) -> Iterator[None]:
        """A writer meanwhile; ``write`` gets a number and returns what was acknowledged."""

        def act(stop: Event) -> None:
            for number in itertools.count():
                if stop.is_set():
                    return
                self._note(write(number))
                stop.wait(_PAUSE)

        with self._thread(act):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """A reader meanwhile."""
        with self._thread(self._read):
            yield

    @contextmanager
    def _thread(self, act: Callable[[Event], None]) -> Iterator[None]:
        stop = Event()

        def guarded() -> None:
            try:
                act(stop)
            except BaseException as error:  # noqa: BLE001  (raised by whoever waits for it)
                self._failures.append(error)

        thread = Thread(target=guarded, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        if self._failures:
            raise self._failures[0]

    def _note(self, acknowledged: dict[str, set[str]]) -> None:
        with self._lock:
            for call, ids in acknowledged.items():
                self._acknowledged.setdefault(call, set()).update(ids)
                self._known.setdefault(call, []).extend(ids)
                self.watch.written += len(ids)

    def _read(self, stop: Event) -> None:
        rng = random.Random(1)
        while not stop.is_set():
            with self._lock:
                call = rng.choice(sorted(self._known))
                ids = self._known[call][:]
            wanted = set(rng.sample(ids, min(_SAMPLE, len(ids))))
            answer: Any = self._client.search(
                index=self._base(call),
                size=2 * _SAMPLE,
                query={"ids": {"values": sorted(wanted)}},
                source=False,
            )
            found = Counter(hit["_id"] for hit in answer["hits"]["hits"])
            self.watch.polls += 1
            self.watch.found += len(found)
            self.watch.twice += sum(times > 1 for times in found.values())
            # A new document comes in sight with the next refresh; from then on it has to stay.
            seen = self._seen.setdefault(call, set())
            if lost := (wanted & seen) - found.keys():
                self.watch.missing.setdefault(call, set()).update(lost)
            seen |= found.keys()
            stop.wait(_PAUSE)
