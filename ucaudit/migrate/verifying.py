"""Whether a copy may take the place of its source: proven before every swap, mended if need be.

What was copied is summed up while it is copied (the journal keeps the sums with the checkpoints).
Such a sum stays true as long as the engine still counts as many documents up to the checkpoint as
were read: an update or a deletion takes a document out of that range, and nothing comes into it
but beyond the checkpoint. Likewise a copy holds what was acknowledged, and nothing else, as long as
its shards show one write per document. So the proof under the write block is a few counts. Where
they do not agree, the block is lifted, both sides are read and the copy is mended; what comes after
that is little.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ucaudit.cluster.client import Cluster, quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.cluster.read import count, read_shards
from ucaudit.cluster.state import ShardState
from ucaudit.migrate import target as requests
from ucaudit.migrate.compare import Difference, Scan
from ucaudit.migrate.digest import Tally, total
from ucaudit.migrate.journal import Checkpoint, Journal, Pair
from ucaudit.migrate.pages import some_keys
from ucaudit.migrate.repair import Repair

_ROUNDS: Final = 3
_SPOT: Final = 50
_SAMPLES: Final = 5

Checkpoints = Mapping[int, Checkpoint]
Shards = Mapping[int, ShardState]


@dataclass(slots=True)
class SwapCheck:
    """Verifies one copy, and mends it.

    Attributes:
        cluster: Where.
        pair: Source and copy.
        repair: Compares them, and mends the copy.
        journal: Where sums are kept.
        mended: Documents of the copy that were changed.
        differences: What could not be mended; a sample.
    """

    cluster: Cluster
    pair: Pair
    repair: Repair
    journal: Journal
    mended: int = 0
    differences: list[Difference] = field(default_factory=list)
    _read: tuple[dict[int, int], Scan] | None = None

    def prepare(self, shards: Shards, checkpoints: Checkpoints) -> bool:
        """Before the block: does what would take long under it; whether that came out well.

        Documents may be written meanwhile; what comes after the checkpoints is left to `verify`.

        Raises:
            TargetGone, StoppedError, ClusterError, Interrupted: As `Repair.repair`.
        """
        self._read = None
        self._refresh()
        if self._as_copied(checkpoints) and self._spot_is_right(checkpoints):
            return True
        return self._recount(shards, {number: one.at for number, one in checkpoints.items()})

    def verify(self, shards: Shards, checkpoints: Checkpoints, *, thorough: bool) -> bool:
        """Under the block, with everything copied: whether the copy holds what the source holds.

        Args:
            shards: The source's shards.
            checkpoints: How far they were copied: to their ends.
            thorough: Whether to read both sides, and to mend the copy, where counts do not agree.

        Raises:
            TargetGone, StoppedError, ClusterError, Interrupted: As `Repair.repair`.
        """
        self._refresh()
        if self._as_copied(checkpoints) and (self._read or self._spot_is_right(checkpoints)):
            return True
        upto = {number: one.at for number, one in checkpoints.items()}
        return thorough and self._recount(shards, upto)

    def _refresh(self) -> None:
        requests.refresh(self.cluster, self.pair.source)
        requests.refresh(self.cluster, self.pair.target)

    def _as_copied(self, checkpoints: Checkpoints) -> bool:
        """Whether the kept sums still stand for both sides, and agree."""
        tally = total(one.tally for one in checkpoints.values())
        if tally is None or self._letters() != tally.dead:
            return False
        kept = {number: one.tally or Tally() for number, one in checkpoints.items()}
        upto = {number: one.at for number, one in checkpoints.items()}
        if not self._untouched(self.pair.source, kept, upto):
            return False
        there = self._target()
        if there is None:
            return self._written_once(tally)
        return there.same(tally)

    def _letters(self) -> int:
        origin = self.repair.origin
        return self.repair.dead_letters.kept([origin.h8], origin.source_uuid)

    def _untouched(self, index: str, tallies: Mapping[int, Tally], upto: Mapping[int, int]) -> bool:
        """Whether no document up to these sequence numbers was updated or deleted since."""
        return all(
            _count_upto(self.cluster, index, number, upto[number]) == tally.read
            for number, tally in tallies.items()
        )

    def _written_once(self, tally: Tally) -> bool:
        """Whether the copy was written once per document, so that it has what we wrote."""
        shards = read_shards(self.cluster, [self.pair.target]).get(self.pair.target, {})
        writes = sum(state.max_seq_no + 1 for state in shards.values())
        return writes == tally.documents == count(self.cluster, self.pair.target)

    def _target(self) -> Tally | None:
        """What the copy holds: what was read before the block, and what came since."""
        if self._read is None:
            return None
        upto, scan = self._read
        now = self._target_shards()
        if set(now) != set(upto) or not self._untouched(self.pair.target, scan.tallies, upto):
            return None
        return scan.total + self.repair.comparison.scan_target(now, after=upto).total

    def _target_shards(self) -> dict[int, int]:
        shards = read_shards(self.cluster, [self.pair.target]).get(self.pair.target, {})
        return {number: state.max_seq_no for number, state in shards.items()}

    def _recount(self, shards: Shards, upto: dict[int, int]) -> bool:
        """Reads both sides until they agree, and mends the copy in between."""
        comparison = self.repair.comparison
        before: int | None = None
        for _ in range(_ROUNDS):
            self._read = None
            now = self._target_shards()
            (scan,), there = comparison.scan_all([upto], now)
            buckets = scan.buckets.differing(there.buckets) | scan.suspects
            if not buckets:
                tallies = scan.tallies
                self.journal.save(
                    self.pair, shards, {n: Checkpoint(upto[n], tallies[n]) for n in upto}
                )
                self._read = (now, there)
                return True
            seen = self._mend(buckets, upto, now)
            if not seen:
                return True  # What differs is how documents are spelled: each was looked at.
            if before is not None and seen >= before:
                break  # Mending does not help.
            before = seen
        return False

    def _mend(self, buckets: set[int], upto: dict[int, int], now: dict[int, int]) -> int:
        """Mends what differs; returns how many documents that were."""
        seen, self.differences = 0, []
        for differences in self.repair.comparison.differences(buckets, [upto], now):
            seen += len(differences)
            self.differences += differences[: _SAMPLES - len(self.differences)]
            self.mended += self.repair.repair([one.key for one in differences]).changes
        if seen:
            self.repair.dead_letters.settle(self.repair.origin.h8, self.pair.target)
            self._refresh()
        return seen

    def _spot_is_right(self, checkpoints: Checkpoints) -> bool:
        """Whether some documents are as they should be: an engine may alter what it is sent.

        Pipelines and synthetic sources do so, for all documents alike.
        """
        number = random.choice(sorted(checkpoints))  # noqa: S311  (no secret)
        upto = checkpoints[number].at
        keys = some_keys(self.cluster, self.pair.source, number, upto=upto, size=_SPOT)
        return not self.repair.comparison.judge(keys)


def _count_upto(cluster: Cluster, index: str, shard: int, at: int) -> int:
    """How many documents of a shard a search finds up to a sequence number, inclusive."""
    answer = cluster.query(
        f"/{quoted(index)}/_count",
        {"query": {"range": {"_seq_no": {"lte": at}}}},
        preference=f"_shards:{shard}",
    )
    if answer["_shards"]["failed"]:
        raise ClusterError(503, "shards_failed", "not all shards counted", f"count {index}")
    return int(answer["count"])
