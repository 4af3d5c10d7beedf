"""What all workers of a run share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.read import read_indices
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.bulk import Sender
from ucaudit.migrate.compare import Comparison, Source
from ucaudit.migrate.copying import Copier
from ucaudit.migrate.deadletters import DeadLetters, Origin
from ucaudit.migrate.journal import Journal
from ucaudit.migrate.machine import Step
from ucaudit.migrate.progress import Progress
from ucaudit.migrate.repair import Repair
from ucaudit.migrate.throttle import Throttle
from ucaudit.migrate.writing import Writer
from ucaudit.names import Naming
from ucaudit.plan.members import copy_alias
from ucaudit.plan.shapes import Shape
from ucaudit.transform.apply import Transform

Ancestors = Sequence[str] | None


@dataclass(frozen=True, slots=True)
class Tools:
    """Built once for a run.

    Attributes:
        cluster: Where.
        copier: Copies documents.
        journal: Where checkpoints are kept.
        dead_letters: Where documents go that cannot be copied.
        naming: How indices are named.
        progress: Told what is done.
        settings: Gives the flat settings for copies of a shape.
        throttle: Holds writes back.
        accepted: Dead letters that an index may have and still be swapped; ``None`` for any number.
        before_step: Called with the source and each step; tests interrupt here.
    """

    cluster: Cluster
    copier: Copier
    journal: Journal
    dead_letters: DeadLetters
    naming: Naming
    progress: Progress
    settings: Callable[[Shape], JsonObject]
    throttle: Throttle
    accepted: int | None = 0
    before_step: Callable[[str, Step], None] = lambda _index, _step: None

    def repair(self, origin: Origin, transform: Transform, ancestors: Ancestors) -> Repair:
        """Mends documents of a copy.

        Args:
            origin: Source and copy.
            transform: What is done to the documents.
            ancestors: UUIDs of the indices that documents of the copy may come from: what none of
                them has is deleted, as long as all of them are there. ``None`` to delete nothing.
        """

        def also() -> list[str] | None:
            wanted = set(ancestors or ()) - {origin.source_uuid}
            if not wanted:
                return []
            found = read_indices(self.cluster, self.naming.base(origin.call) + "*")
            names = [index.name for index in found.values() if index.uuid in wanted]
            return names if len(names) == len(wanted) else None

        source = Source(origin.source, origin.source_uuid, (transform,), (origin.h8,))
        comparison = Comparison(
            self.cluster,
            origin.target,
            (source,),
            self.dead_letters,
            whole=ancestors is not None,
            also=also,
            stop=self.copier.stop,
        )
        return Repair(comparison, self.sender(origin), self.dead_letters, origin)

    def sender(self, origin: Origin) -> Sender:
        """Writes to a copy."""
        return Sender(self.cluster, copy_alias(origin.h8), origin.target, self.throttle)

    def writer(self, origin: Origin, transform: Transform, *, mends: bool = True) -> Writer:
        """Copies documents into a copy.

        Args:
            origin: Source and copy.
            transform: What is done to the documents.
            mends: Whether documents that are there with another content are mended.
        """
        repair = self.repair(origin, transform, None) if mends else None
        return Writer(self.sender(origin), transform, self.dead_letters, origin, repair)
