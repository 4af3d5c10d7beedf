"""Brings documents of a copy to what its source has now, one by one, by id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from ucaudit.errors import StoppedError
from ucaudit.migrate.bulk import Line, Sender
from ucaudit.migrate.compare import Comparison, Difference
from ucaudit.migrate.deadletters import DeadLetters, Failure, Origin
from ucaudit.migrate.digest import Key

_ROUNDS: Final = 6


@dataclass(slots=True)
class Repaired:
    """What was done.

    Attributes:
        written: Documents that were created or indexed again.
        deleted: Documents that the source does not have, and the copy does not have any more.
        dead: Documents that cannot be in the copy: dead letters now.
    """

    written: int = 0
    deleted: int = 0
    dead: set[Key] = field(default_factory=set)

    @property
    def changes(self) -> int:
        """Documents that were changed in the copy."""
        return self.written + self.deleted


@dataclass(frozen=True, slots=True)
class Repair:
    """Mends a copy.

    Both sides are looked up anew for each document, and what is written takes the place of what was
    seen only: several runners, and writers of the source, may go on meanwhile.

    Attributes:
        comparison: Says what differs. Where it is ``whole``, documents that the source does not
            have are deleted.
        sender: Writes to the copy.
        dead_letters: Where documents go that cannot be there.
        origin: Source and copy.
    """

    comparison: Comparison
    sender: Sender
    dead_letters: DeadLetters
    origin: Origin

    def repair(self, keys: Sequence[Key]) -> Repaired:
        """Mends those of these documents that are not as they should be.

        Raises:
            TargetGone, StoppedError, ClusterError, Interrupted: As `Sender.send`.
        """
        done, left = Repaired(), list(keys)
        for _ in range(_ROUNDS):
            differences = self.comparison.judge(left) if left else []
            if not differences:
                return done
            left = self._mend(differences, done)
        raise StoppedError(
            "no-progress",
            "A document of a copy keeps changing.",
            where=f"{self.origin.target}, document {left[0][0].decode(errors='replace')}",
            fix="See who else writes into the copy.",
        )

    def _mend(self, differences: Sequence[Difference], done: Repaired) -> list[Key]:
        """Mends what differs; returns what was changed meanwhile by somebody else."""
        failures = [failure for one in differences if (failure := _dead(one)) is not None]
        sent = self.sender.send([line for one in differences if (line := self._line(one))])
        failures += [failure_of(line.key, line.source, reason) for line, reason in sent.refused]
        # Kept before what is in their place goes.
        self.dead_letters.keep(self.origin, failures)
        done.dead.update((failure.id, failure.routing) for failure in failures)
        stale = [
            Line(line.key, action="delete", guard=line.guard)
            for line, _ in sent.refused
            if line.action == "index" and self.comparison.whole
        ]
        conflicts = {line.key for line in (*sent.conflicts, *self.sender.send(stale).conflicts)}
        for one in differences:
            if one.key not in conflicts and one.key not in done.dead:
                done.deleted += one.kind == "extra"
                done.written += one.kind != "extra"
        return list(conflicts)

    def _line(self, one: Difference) -> Line | None:
        there = one.there
        guard = (there.seq_no, there.term) if there else None
        if one.kind == "extra" or (one.kind == "changed" and one.expected is None):
            whole = self.comparison.whole
            return Line(one.key, action="delete", guard=guard) if whole else None
        if one.kind == "collides" or one.expected is None:
            return None
        if one.kind == "missing":
            return Line(one.key, one.expected, one.source)
        return Line(one.key, one.expected, one.source, "index", guard)


def _dead(one: Difference) -> Failure | None:
    if one.failure is not None:
        return failure_of(one.key, one.source, one.failure.reason, one.failure.step)
    if one.kind != "collides" or one.there is None:
        return None
    routing = one.there.key[1].decode(errors="replace") or "none"
    reason = f"another document of the same id, whose routing is {routing}, has its place"
    return failure_of(one.key, one.source, reason)


def failure_of(key: Key, source: bytes, reason: str, step: str | None = None) -> Failure:
    """The dead letter of a document.

    Args:
        key: Its id and routing.
        source: Its bytes.
        reason: Why it cannot be in the copy.
        step: The step that failed; ``None`` if the engine refused it.
    """
    return Failure(key[0], key[1], source, reason, step)
