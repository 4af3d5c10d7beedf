"""What an index holds as one number, whatever the order: two sides are equal, or they are not.

A document's digest covers its id, its routing and its bytes as they stand, or should stand, in the
copy: the engine gives ``_source`` back as the bytes that were written. Digests are added, so that
they can be kept page by page while copying, and in any order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Final
from zlib import crc32

from ucaudit.jsontypes import JsonObject

BUCKETS: Final = 1024
_MASK: Final = (1 << 128) - 1

Key = tuple[bytes, bytes]
"""A document of an index: its ``_id`` and its routing, both as JSON; no routing is empty."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many documents there are, and the sum of their digests.

    Attributes:
        documents: Documents that the digest covers.
        dead: Documents of the source that are dead letters, which it does not cover.
        digest: Sum of 128-bit digests, modulo 2^128.
    """

    documents: int = 0
    dead: int = 0
    digest: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.documents + other.documents,
            self.dead + other.dead,
            (self.digest + other.digest) & _MASK,
        )

    @property
    def read(self) -> int:
        """Documents that were read: those covered, and dead letters."""
        return self.documents + self.dead

    @property
    def hex(self) -> str:
        """The digest as 32 hexadecimal digits."""
        return f"{self.digest:032x}"

    def same(self, other: Tally) -> bool:
        """Whether both cover the same documents."""
        return (self.documents, self.digest) == (other.documents, other.digest)

    def to_dict(self) -> JsonObject:
        """The tally as JSON."""
        return {"documents": self.documents, "dead": self.dead, "digest": self.hex}


def tally_from(document: JsonObject) -> Tally | None:
    """The tally that ``to_dict`` described, or ``None`` if there is none."""
    if "digest" not in document:
        return None
    return Tally(int(document["documents"]), int(document["dead"]), int(document["digest"], 16))


def total(tallies: Iterable[Tally | None]) -> Tally | None:
    """The sum, or ``None`` if one is not known."""
    summed = Tally()
    for tally in tallies:
        if tally is None:
            return None
        summed += tally
    return summed


def flat(raw: bytes) -> bytes:
    """A document as it is sent in a bulk body, and given back: on one line, nothing around it.

    JSON strings cannot hold bare line ends, so that only space between tokens changes.
    """
    if b"\n" in raw or b"\r" in raw:
        raw = raw.replace(b"\n", b" ").replace(b"\r", b" ")
    return raw.strip()


def document_digest(key: Key, body: bytes) -> int:
    """Digest of one document."""
    # Ids and routing are JSON strings, in which no bare zero byte stands.
    whole = b"%b\0%b\0%b" % (*key, body)
    return int.from_bytes(blake2b(whole, digest_size=16).digest(), "little")


def bucket_of(key: Key) -> int:
    """Where a document is counted; the same on both sides, whatever its content."""
    return crc32(key[0], crc32(key[1])) % BUCKETS


@dataclass(slots=True)
class Buckets:
    """Tallies by the hash of the id: where two sides differ, few documents need to be looked at.

    Memory does not grow with documents.
    """

    counts: list[int] = field(default_factory=lambda: [0] * BUCKETS)
    digests: list[int] = field(default_factory=lambda: [0] * BUCKETS)

    def add(self, key: Key, digest: int) -> None:
        """Counts a document."""
        bucket = bucket_of(key)
        self.counts[bucket] += 1
        self.digests[bucket] += digest

    def differing(self, other: Buckets) -> set[int]:
        """Buckets in which the two sides do not hold the same."""
        return {
            n
            for n in range(BUCKETS)
            if self.counts[n] != other.counts[n] or (self.digests[n] - other.digests[n]) & _MASK
        }

    def merge(self, other: Buckets) -> None:
        """Adds what ``other`` counted."""
        for n in range(BUCKETS):
            self.counts[n] += other.counts[n]
            self.digests[n] += other.digests[n]
