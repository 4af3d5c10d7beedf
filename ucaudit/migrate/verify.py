"""Whether copies that readers see hold what their sources hold, any time after the migration.

Read only. ``verify_copy`` is what a command asks before it deletes a source.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Event
from typing import Any, Final, Literal

import orjson

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.read import read_shards
from ucaudit.errors import RefusedError
from ucaudit.history.version import CallHistory
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate import target as requests
from ucaudit.migrate.compare import Comparison, Difference, Kind, Source
from ucaudit.migrate.deadletters import DeadLetters
from ucaudit.migrate.digest import Tally
from ucaudit.plan.members import Member, Membership
from ucaudit.transform.apply import Transform
from ucaudit.transform.digest import steps_digest

FORMAT: Final = "ucaudit.verify/1"
_SAMPLES: Final = 3


@dataclass(frozen=True, slots=True)
class Copy:
    """A copy that readers see.

    Attributes:
        call: Full name of the call.
        member: The copy.
        sources: What it was made from and is still there, nearest first: in a chain of generations
            g1 -> g2 -> g3 the documents of g3 came from g2, and late ones straight from g1.
        letters: UUID of a source -> the copies (``h8``) under which its dead letters are kept.
        whole: Whether all sources are there, so that what none of them has is extra.
    """

    call: str
    member: Member
    sources: tuple[Member, ...]
    letters: Mapping[str, tuple[str, ...]]
    whole: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """One source of a copy, as it was read.

    Attributes:
        index: Its name.
        generation: Its generation.
        tally: Its documents, transformed.
    """

    index: str
    generation: int
    tally: Tally


@dataclass(frozen=True, slots=True)
class Verification:
    """What a comparison of a copy with its sources has shown.

    Attributes:
        call: Full name of the call.
        copy: Name of the copy.
        generation: Its generation.
        sources: What it was compared with, nearest first.
        target: What the copy holds.
        compared: ``ids`` where the steps that made the copy are not recorded any more (they were
            mended since), so that contents cannot be told.
        counts: How many documents differ, by kind.
        samples: Some of them.
        whole: Whether documents that no source has were looked for.
    """

    call: str
    copy: str
    generation: int
    sources: tuple[Counted, ...]
    target: Tally
    compared: Literal["documents", "ids"]
    counts: Mapping[Kind, int]
    samples: tuple[Difference, ...] = ()
    whole: bool = True

    @property
    def holds(self) -> bool:
        """Whether the copy holds what its sources hold, and nothing else."""
        return not any(self.counts.values())

    @property
    def covered(self) -> bool:
        """Whether every document of the sources is in the copy, or a dead letter.

        Sources may then be deleted, as far as documents go; the copy may have more.
        """
        return not any(number for kind, number in self.counts.items() if kind != "extra")

    def to_dict(self) -> JsonObject:
        """The verification as JSON."""
        return {
            "index": self.copy,
            "generation": self.generation,
            "holds": self.holds,
            "compared": self.compared,
            "documents": self.target.documents,
            "digest": self.target.hex,
            "sources": [
                {"index": one.index, "generation": one.generation, **one.tally.to_dict()}
                for one in self.sources
            ],
            "differences": dict(self.counts),
            "extra_looked_for": self.whole,
            "samples": [_sample(difference) for difference in self.samples],
        }


def copies_of(call: str, membership: Membership) -> list[Copy]:
    """Copies that readers see, with those of their sources that are still there."""
    there = {m.uuid: m for m in membership.members}
    copies: list[Copy] = []
    for member in membership.members:
        if not (member.read and member.mark.source_uuid):
            continue
        sources = tuple(there[u] for u in reversed(member.mark.sources) if u in there)
        if sources:
            letters = {s.uuid: _letters(membership, s) for s in sources}
            whole = len(sources) == len(set(member.mark.sources))
            copies.append(Copy(call, member, sources, letters, whole))
    return copies


def verify_copy(
    cluster: Cluster,
    history: CallHistory,
    copy: Copy,
    *,
    stop: Event | None = None,
    advanced: Callable[[int], None] = lambda _count: None,
) -> Verification:
    """Compares a copy with its sources: counts, digests, and where they differ, by id.

    Nothing is written. Documents that are dead letters, discarded ones included, are accounted for.
    Documents that arrived in a source since the last migrate are missing: run migrate before.

    Args:
        cluster: Where.
        history: The released versions of the call.
        copy: What to compare.
        stop: Set to stop.
        advanced: Told how many documents were read, of all sides.

    Raises:
        Interrupted: If asked to stop.
        ClusterError: If an index cannot be read.
        InputError: If a step names a Python function that cannot be used.
        RefusedError: If an index was deleted meanwhile.
    """
    sources = _sources(history, copy)
    comparison = Comparison(
        cluster,
        copy.member.index.name,
        sources,
        DeadLetters(cluster),
        whole=copy.whole,
        stop=stop or Event(),
        advanced=advanced,
    )
    names = [*(source.index for source in sources), comparison.target]
    for name in names:
        _refresh(cluster, name)
    *upto, target_upto = _upto(cluster, names)
    scans, target = comparison.scan_all(upto, target_upto)
    buckets: set[int] = set()
    for scan in scans:
        buckets |= scan.buckets.differing(target.buckets) | scan.suspects
    counts: dict[Kind, int] = {"missing": 0, "changed": 0, "extra": 0, "collides": 0}
    samples: list[Difference] = []
    for differences in comparison.differences(buckets, upto, target_upto) if buckets else ():
        for difference in differences:
            if counts[difference.kind] < _SAMPLES:
                samples.append(difference)
            counts[difference.kind] += 1
    counted = (
        Counted(member.index.name, member.name.generation, scan.total)
        for member, scan in zip(copy.sources, scans, strict=True)
    )
    return Verification(
        call=copy.call,
        copy=copy.member.index.name,
        generation=copy.member.name.generation,
        sources=tuple(counted),
        target=target.total,
        compared="ids" if any(source.ids_only for source in sources) else "documents",
        counts=counts,
        samples=tuple(samples),
        whole=copy.whole,
    )


def _letters(membership: Membership, source: Member) -> tuple[str, ...]:
    copies = (m for m in membership.members if source.uuid in m.mark.sources)
    return tuple(m.name.h8 for m in copies if m.name.h8)


def _sources(history: CallHistory, copy: Copy) -> list[Source]:
    """The sources with what was done to their documents; contents count where that is known."""
    made = copy.member.mark.steps
    to = copy.member.name.generation
    generations = {0, *(version.generation for version in history.versions)}
    known = any(
        steps_digest(way) == made for g in generations if g < to for way in _ways(history, g, to)
    )
    sources: list[Source] = []
    for member in copy.sources:
        ways = _ways(history, member.name.generation, to)
        # The way that made the copy first: most documents went it.
        ways.sort(key=lambda way: steps_digest(way) != made)
        sources.append(
            Source(
                index=member.index.name,
                uuid=member.uuid,
                transforms=tuple(Transform(way) for way in ways),
                letters=copy.letters[member.uuid],
                ids_only=not known,
            )
        )
    return sources


def _ways(history: CallHistory, source: int, to: int) -> list[tuple[JsonObject, ...]]:
    """Steps between two generations, as each version of the newer one had them, newest first."""
    if source == to:
        return [()]
    found: list[tuple[JsonObject, ...]] = []
    for version in reversed(history.versions):
        if version.generation == to:
            upto = tuple(v for v in history.versions if v.number <= version.number)
            steps = CallHistory(history.call, upto).steps(source, to)
            if steps not in found:
                found.append(steps)
    return found


def _refresh(cluster: Cluster, name: str) -> None:
    """So that what was acknowledged is seen; who may only read sees what the last one showed."""
    try:
        requests.refresh(cluster, name)
    except ClusterError as error:
        if error.status != 403:
            raise


def _upto(cluster: Cluster, names: list[str]) -> list[dict[int, int]]:
    shards = read_shards(cluster, names)
    for name in names:
        if name not in shards:
            raise RefusedError("index-gone", "An index was deleted meanwhile.", where=name)
    return [{n: state.max_seq_no for n, state in shards[name].items()} for name in names]


def _sample(difference: Difference) -> JsonObject:
    id_, routing = difference.key
    there = difference.there
    return {
        "kind": difference.kind,
        "id": orjson.loads(id_),
        "routing": orjson.loads(routing) if routing else None,
        "expected": _value(difference.expected),
        "there": _value(there.source if there else None),
        "reason": str(difference.failure) if difference.failure else None,
    }


def _value(raw: bytes | None) -> Any:
    """A document for JSON output; as text where orjson does not read it."""
    if not raw:
        return None
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        return raw.decode(errors="replace")
