"""Compares a copy with what it was made from: first by sums, then, where they differ, by id.

Nothing is written. Memory does not grow with documents: both sides are summed up in buckets of the
hash of the id, and only documents of buckets that differ are looked up, a page at a time.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, Final, Literal

from ucaudit.cluster.client import Cluster
from ucaudit.migrate.deadletters import DeadLetters
from ucaudit.migrate.digest import Buckets, Key, Tally, bucket_of, document_digest, flat
from ucaudit.migrate.lookup import Found, look_up, look_up_exactly
from ucaudit.migrate.pages import Document, pages
from ucaudit.transform.apply import Transform, TransformFailed

Kind = Literal["missing", "changed", "extra", "collides"]
_LOOK_UPS: Final = 500


@dataclass(frozen=True, slots=True)
class Source:
    """An index that documents of a copy come from.

    Attributes:
        index: Its name.
        uuid: Its UUID.
        transforms: What was done to its documents on the way. The first counts; a document that
            one of the others made is as good (it came late, when newer steps were released).
        letters: The copies (``h8``) under which its dead letters are kept.
        ids_only: Whether contents cannot be told, because the steps are not known any more.
    """

    index: str
    uuid: str
    transforms: tuple[Transform, ...]
    letters: tuple[str, ...]
    ids_only: bool = False

    def expected(self, raw: bytes) -> bytes:
        """A document as it should stand in the copy.

        Raises:
            TransformFailed: If it cannot be transformed.
        """
        return b"" if self.ids_only else flat(self.transforms[0].apply(raw))

    def agrees(self, raw: bytes, there: bytes) -> bool:
        """Whether ``there`` is what became of ``raw``; spelling does not matter."""
        if self.ids_only:
            return True
        for transform in self.transforms:
            try:
                expected = flat(transform.apply(raw))
            except TransformFailed:
                continue
            if same_document(expected, flat(there)):
                return True
        return False


@dataclass(frozen=True, slots=True)
class Difference:
    """A document that is not as it should be.

    Attributes:
        key: Its id and routing.
        kind: ``missing`` in the copy, without being a dead letter; ``changed``; ``extra`` in the
            copy; ``collides`` with another document of the same id, which has its place.
        source: Its bytes in the source; empty if it is not there.
        expected: As it should stand in the copy; ``None`` if it cannot be transformed.
        there: What the copy has instead.
        failure: Why it cannot be transformed.
    """

    key: Key
    kind: Kind
    source: bytes = b""
    expected: bytes | None = None
    there: Found | None = None
    failure: TransformFailed | None = None


@dataclass(slots=True)
class Scan:
    """One side, read from end to end.

    Attributes:
        tallies: By shard.
        buckets: The same by the hash of the id.
        suspects: Buckets to be looked at in any case: documents that cannot be transformed, without
            being dead letters.
    """

    tallies: dict[int, Tally] = field(default_factory=dict)
    buckets: Buckets = field(default_factory=Buckets)
    suspects: set[int] = field(default_factory=set)

    @property
    def total(self) -> Tally:
        """The sum over all shards."""
        return sum(self.tallies.values(), Tally())


@dataclass(slots=True)
class Comparison:
    """A copy and what it was made from.

    Attributes:
        cluster: Where.
        target: Name of the copy.
        sources: What it was made from, nearest first: a document that several have counts in the
            first of them.
        dead_letters: The index of dead letters.
        whole: Whether ``sources`` is all, so that what none of them has is extra.
        also: Asked before a document is called extra: names of other indices from which it may have
            come straight into the copy; ``None`` if one of them is gone, so that nobody knows.
        stop: Set to stop at the next page.
        advanced: Told how many documents were read.
    """

    cluster: Cluster
    target: str
    sources: Sequence[Source]
    dead_letters: DeadLetters
    whole: bool = True
    also: Callable[[], Sequence[str] | None] = tuple
    stop: Event = field(default_factory=Event)
    advanced: Callable[[int], None] = lambda _count: None

    def scan_all(
        self, sources: Sequence[Mapping[int, int]], target: Mapping[int, int]
    ) -> tuple[list[Scan], Scan]:
        """Reads all sides, at the same time, up to these sequence numbers of their shards.

        Raises:
            Interrupted: If asked to stop.
            ClusterError: If one cannot be read.
        """
        with ThreadPoolExecutor(len(self.sources) + 1, "ucaudit-compare") as pool:
            there = pool.submit(self.scan_target, target)
            scans = list(pool.map(self.scan_source, self.sources, sources))
            return scans, there.result()

    def scan_source(self, source: Source, upto: Mapping[int, int]) -> Scan:
        """Reads a source, transformed as it should stand in the copy, without dead letters."""
        has_letters = self.dead_letters.kept(source.letters, source.uuid) > 0
        scan = Scan()
        for number, limit in sorted(upto.items()):
            tally = Tally()
            for page in pages(
                self.cluster, source.index, number, after=-1, upto=limit, stop=self.stop
            ):
                letters = self._letters(source, page.documents) if has_letters else set()
                tally += _sum_source(source, page.documents, letters, scan)
                self.advanced(len(page.documents))
            scan.tallies[number] = tally
        return scan

    def scan_target(self, upto: Mapping[int, int], after: Mapping[int, int] | None = None) -> Scan:
        """Reads the copy."""
        ids_only = any(source.ids_only for source in self.sources)
        scan = Scan()
        for number, limit in sorted(upto.items()):
            start = after[number] if after else -1
            tally = Tally()
            for page in pages(
                self.cluster, self.target, number, after=start, upto=limit, stop=self.stop
            ):
                digest = 0
                for document in page.documents:
                    body = b"" if ids_only else flat(bytes(document.source))
                    one = document_digest(document.key, body)
                    scan.buckets.add(document.key, one)
                    digest += one
                tally += Tally(len(page.documents), 0, digest)
                self.advanced(len(page.documents))
            scan.tallies[number] = tally
        return scan

    def differences(
        self,
        buckets: set[int],
        sources: Sequence[Mapping[int, int]],
        target: Mapping[int, int],
    ) -> Iterator[list[Difference]]:
        """What differs in these buckets, a few documents at a time, each looked up now.

        Raises:
            Interrupted: If asked to stop.
            ClusterError: If a document cannot be looked up.
        """
        for at, (source, upto) in enumerate(zip(self.sources, sources, strict=True)):
            for keys in self._keys(source.index, upto, buckets):
                if found := [d for n, d in self._judged(keys) if n == at]:
                    yield found
        if self.whole:
            for keys in self._keys(self.target, target, buckets):
                if found := [d for n, d in self._judged(keys) if n is None]:
                    yield found

    def judge(self, keys: Sequence[Key]) -> list[Difference]:
        """Which of these documents are not as they should be, as both sides are now."""
        return [difference for _, difference in self._judged(keys)]

    def _judged(self, keys: Sequence[Key]) -> Iterator[tuple[int | None, Difference]]:
        """Differences, each with the number of the source that decides; ``None`` for none."""
        there = dict(zip(keys, look_up(self.cluster, self.target, keys), strict=True))
        left = list(keys)
        for at, source in enumerate(self.sources):
            here = look_up_exactly(self.cluster, source.index, left)
            own = {key: found for key, found in zip(left, here, strict=True) if found}
            left = [key for key in left if key not in own]
            wrong = [
                difference
                for key, found in own.items()
                if (difference := _compared(source, key, found.source, there[key]))
            ]
            letters = self.dead_letters.of_keys(
                source.letters, source.uuid, [d.key for d in wrong if _may_be_dead(d)]
            )
            for difference in wrong:
                if difference.key not in letters or not _may_be_dead(difference):
                    yield at, difference
        if self.whole:
            extra = [key for key in left if (found := there[key]) and found.key == key]
            for key in self._nowhere(extra):
                yield None, Difference(key, "extra", there=there[key])

    def _nowhere(self, keys: list[Key]) -> list[Key]:
        """Those that no other index has either."""
        others = self.also() if keys else ()
        if others is None:
            return []
        for index in others:
            found = look_up_exactly(self.cluster, index, keys)
            keys = [key for key, there in zip(keys, found, strict=True) if there is None]
        return keys

    def _letters(self, source: Source, documents: Sequence[Document]) -> set[Key]:
        keys = [document.key for document in documents]
        return self.dead_letters.of_keys(source.letters, source.uuid, keys)

    def _keys(self, index: str, upto: Mapping[int, int], buckets: set[int]) -> Iterator[list[Key]]:
        for number, limit in sorted(upto.items()):
            read = partial(pages, self.cluster, index, number, after=-1, upto=limit)
            for page in read(stop=self.stop):
                keys = [d.key for d in page.documents if bucket_of(d.key) in buckets]
                self.advanced(len(page.documents))
                for start in range(0, len(keys), _LOOK_UPS):
                    yield keys[start : start + _LOOK_UPS]


def _sum_source(
    source: Source, documents: Iterable[Document], letters: set[Key], scan: Scan
) -> Tally:
    number = dead = digest = 0
    for document in documents:
        key = document.key
        if key in letters:
            dead += 1
            continue
        try:
            one = document_digest(key, source.expected(bytes(document.source)))
        except TransformFailed:
            dead += 1
            scan.suspects.add(bucket_of(key))
            continue
        scan.buckets.add(key, one)
        digest += one
        number += 1
    return Tally() + Tally(number, dead, digest)


def _compared(source: Source, key: Key, raw: bytes, there: Found | None) -> Difference | None:
    try:
        expected, failure = source.expected(raw), None
    except TransformFailed as failed:
        expected, failure = None, failed
    if there is not None and there.key != key:
        return Difference(key, "collides", raw, expected, there, failure)
    if there is None:
        return Difference(key, "missing", raw, expected, None, failure)
    if expected == flat(there.source) or source.agrees(raw, there.source):
        return None
    return Difference(key, "changed", raw, expected, there, failure)


def _may_be_dead(difference: Difference) -> bool:
    """Whether a dead letter explains it: the copy does not have the document."""
    return difference.there is None or difference.kind == "collides"


def same_document(one: bytes, other: bytes) -> bool:
    """Whether two documents hold the same, digit by digit; spaces and order do not matter."""
    if one == other:
        return True
    try:
        return bool(_values(one) == _values(other))
    except (ValueError, RecursionError):
        return False


def _values(raw: bytes) -> Any:
    # Numbers as they are written: 1.0 is not 1, and no digit of a long decimal is rounded away.
    return json.loads(raw, parse_float=_number, parse_int=_number)


def _number(text: str) -> tuple[str]:
    return (text,)
