"""Copies what is new in a source into its copy: reading, transforming and writing overlapped."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from threading import BoundedSemaphore, Event
from typing import Final

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.state import ShardState
from ucaudit.migrate.journal import Checkpoint, Journal, Pair
from ucaudit.migrate.pages import LARGEST_COMFORTABLE, Document, Interrupted, fitting, read_page
from ucaudit.migrate.throttle import Throttle
from ucaudit.migrate.writing import Writer, Written

_SAVE_EVERY: Final = 2.0


@dataclass(slots=True)
class Copier:
    """Copies documents of sources into copies.

    Attributes:
        cluster: Where.
        journal: Where checkpoints are kept.
        writers: Threads that transform and write; shared by all copiers of a run.
        stop: Set to stop after the pages that are under way.
        depth: Pages of one source that may be under way.
        pages: Pages of all sources that may be under way: what bounds memory.
        advanced: Told how many documents were dealt with.
        throttle: Holds pages back where a rate was asked for.
    """

    cluster: Cluster
    journal: Journal
    writers: Executor
    stop: Event = field(default_factory=Event)
    depth: int = 5
    pages: int = 12
    advanced: Callable[[int], None] = lambda _count: None
    throttle: Throttle = field(default_factory=Throttle)
    _room: BoundedSemaphore = field(init=False)

    def __post_init__(self) -> None:
        self._room = BoundedSemaphore(self.pages)

    def write(self, writer: Writer, documents: list[Document]) -> Future[Written]:
        """Has a page written by one of the threads; waits while too many are under way."""
        self._room.acquire()
        try:
            future = self.writers.submit(writer.write, documents)
        except BaseException:
            self._room.release()
            raise
        future.add_done_callback(lambda _future: self._room.release())
        return future

    def copy(
        self,
        pair: Pair,
        writer: Writer,
        shards: Mapping[int, ShardState],
        checkpoints: dict[int, Checkpoint],
        upto: Mapping[int, int],
    ) -> Written:
        """Copies from ``checkpoints`` up to ``upto``, both inclusive bounds of sequence numbers.

        ``checkpoints`` is brought forward as the engine acknowledges, and saved on the way.

        Raises:
            Interrupted: If asked to stop.
            TargetGone, StoppedError, ClusterError: As `Writer.write`.
        """
        done = Written()
        for number in sorted(shards):
            if checkpoints[number].at < upto[number]:
                progress = _Shard(self, pair, shards, checkpoints, number)
                done += progress.copy(writer, upto[number])
        return done


class _Shard:
    """One shard being copied: pages are read in order, written in any, acknowledged in order."""

    def __init__(
        self,
        copier: Copier,
        pair: Pair,
        shards: Mapping[int, ShardState],
        checkpoints: dict[int, Checkpoint],
        number: int,
    ) -> None:
        self._copier = copier
        self._pair = pair
        self._shards = shards
        self._checkpoints = checkpoints
        self._number = number
        self._under_way: deque[tuple[int, int, Future[Written]]] = deque()
        self._done = Written()
        self._saved_at = time.monotonic()
        self._size = LARGEST_COMFORTABLE // 4

    def copy(self, writer: Writer, upto: int) -> Written:
        try:
            self._read(writer, upto)
            self._settle_all()
        finally:
            self._abandon()
            self._save()
        return self._done

    def _read(self, writer: Writer, upto: int) -> None:
        copier, after = self._copier, self._checkpoints[self._number].at
        while after < upto:
            if copier.stop.is_set():
                self._settle_all()
                raise Interrupted
            page = read_page(
                copier.cluster,
                self._pair.source,
                self._number,
                after=after,
                upto=upto,
                size=copier.throttle.page_size(self._size),
            )
            try:
                copier.throttle.admit(len(page.documents))
            except Interrupted:
                self._settle_all()
                raise
            future = copier.write(writer, page.documents)
            self._under_way.append((page.end, len(page.documents), future))
            after = page.end
            self._size = fitting(page) or self._size
            while len(self._under_way) >= copier.depth or self._first_is_done():
                self._settle()

    def _first_is_done(self) -> bool:
        return bool(self._under_way) and self._under_way[0][2].done()

    def _settle_all(self) -> None:
        while self._under_way:
            self._settle()

    def _settle(self) -> None:
        end, documents, future = self._under_way[0]
        written = future.result()
        self._done += written
        self._under_way.popleft()
        before = self._checkpoints[self._number].tally
        tally = before + written.tally if before is not None else None
        self._checkpoints[self._number] = Checkpoint(end, tally)
        self._copier.advanced(documents)
        if time.monotonic() - self._saved_at > _SAVE_EVERY:
            self._save()

    def _abandon(self) -> None:
        """After a failure: no page is started any more, those under way are waited for."""
        for _, _, future in self._under_way:
            future.cancel()
        for _, _, future in self._under_way:
            if not future.cancelled():
                future.exception()
        self._under_way.clear()

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        checkpoint = {self._number: self._checkpoints[self._number]}
        if checkpoint[self._number].at >= 0:
            self._copier.journal.save(self._pair, self._shards, checkpoint)
