"""Transforms documents of a source and writes them into its copy; what fails is a dead letter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ucaudit.errors import StoppedError
from ucaudit.migrate.bulk import Line, Sender
from ucaudit.migrate.deadletters import DeadLetters, Failure, Origin
from ucaudit.migrate.digest import Key, Tally, document_digest, flat
from ucaudit.migrate.lookup import look_up
from ucaudit.migrate.pages import Document
from ucaudit.migrate.repair import Repair, failure_of
from ucaudit.transform.apply import Transform, TransformFailed


@dataclass(frozen=True, slots=True)
class Written:
    """What became of some documents.

    Attributes:
        created: New in the copy.
        existing: Already there.
        dead: Kept as dead letters.
        mended: Of those that were there, how many had another content.
        digest: Sum of the digests of those that are in the copy now.
    """

    created: int = 0
    existing: int = 0
    dead: int = 0
    mended: int = 0
    digest: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(
            self.created + other.created,
            self.existing + other.existing,
            self.dead + other.dead,
            self.mended + other.mended,
            self.digest + other.digest,
        )

    @property
    def tally(self) -> Tally:
        """The same as documents of the source."""
        return Tally() + Tally(self.created + self.existing, self.dead, self.digest)


class Writer:
    """Transforms documents of one source and writes them into its copy; thread-safe.

    Args:
        sender: Writes to the copy.
        transform: What is done to the documents.
        dead_letters: Where documents go that cannot be copied.
        origin: Source and copy.
        repair: Mends documents that are in the copy already, with another content; ``None`` to
            leave them as they are.
    """

    def __init__(
        self,
        sender: Sender,
        transform: Transform,
        dead_letters: DeadLetters,
        origin: Origin,
        repair: Repair | None = None,
    ) -> None:
        self._sender = sender
        self._transform = transform
        self._dead_letters = dead_letters
        self._origin = origin
        self._repair = repair

    def write(self, documents: Sequence[Document]) -> Written:
        """Writes them all, or keeps them as dead letters.

        Raises:
            TargetGone: If the copy is not there any more.
            StoppedError: If the copy does not take writes.
            ClusterError: If the cluster does not answer.
            Interrupted: If asked to stop while the cluster is busy.
        """
        lines, failures = self._transformed(documents)
        digests = {line.key: document_digest(line.key, line.raw) for line in lines}
        sent = self._sender.send(lines)
        failures += [failure_of(line.key, line.source, reason) for line, reason in sent.refused]
        self._dead_letters.keep(self._origin, failures)
        mended, dead = self._settle(sent.conflicts) if sent.conflicts else (0, set())
        for key in dead.union(line.key for line, _ in sent.refused):
            digests.pop(key, None)
        return Written(
            created=sent.taken,
            existing=len(sent.conflicts) - len(dead),
            dead=len(failures) + len(dead),
            mended=mended,
            digest=sum(digests.values()),
        )

    def _transformed(self, documents: Sequence[Document]) -> tuple[list[Line], list[Failure]]:
        lines: list[Line] = []
        failures: list[Failure] = []
        apply = self._transform.apply
        for document in documents:
            raw = bytes(document.source)
            if not raw:
                raise StoppedError(
                    "source-disabled",
                    "An index does not keep the source of its documents.",
                    where=self._origin.source,
                    why="a hit has no _source",
                    fix="It cannot be copied; leave its call out (--exclude).",
                )
            try:
                lines.append(Line(document.key, flat(apply(raw)), raw))
            except TransformFailed as failed:
                failures.append(failure_of(document.key, raw, failed.reason, failed.step))
        return lines, failures

    def _settle(self, conflicts: Sequence[Line]) -> tuple[int, set[Key]]:
        """Looks at documents that were there; how many were mended, and which cannot be there."""
        if self._repair is None:
            return 0, set()
        there = look_up(self._sender.cluster, self._sender.alias, [one.key for one in conflicts])
        others = [
            line.key
            for line, found in zip(conflicts, there, strict=True)
            if found is None or found.key != line.key or flat(found.source) != line.raw
        ]
        repaired = self._repair.repair(others)
        return repaired.written, repaired.dead
