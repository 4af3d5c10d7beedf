"""What became of a run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.compare import Difference
from ucaudit.migrate.deadletters import Reason

FORMAT = "ucaudit.run/1"

IndexState = Literal[
    "swapped", "waiting", "held", "unverified", "synced", "deleted", "back", "lost"
]


@dataclass(frozen=True, slots=True)
class IndexOutcome:
    """What became of one index.

    Attributes:
        call: Full name of the call.
        index: The source.
        target: Its copy.
        state: ``swapped`` readers see the copy; ``waiting`` its day is not over; ``held`` by dead
            letters; ``unverified`` source and copy differ; ``synced`` late documents were copied;
            ``deleted`` an unfinished copy; ``back`` readers see the source again; ``lost`` the
            source is gone.
        copied: Documents created in the copy.
        existing: Documents that were there already.
        mended: Documents of the copy that were not as the source has them, and are now.
        dead_letters: Dead letters of the copy.
        reason: In words, where the state needs some.
        differences: Where source and copy differ, some documents that do.
    """

    call: str
    index: str
    target: str
    state: IndexState
    copied: int = 0
    existing: int = 0
    mended: int = 0
    dead_letters: int = 0
    reason: str = ""
    differences: tuple[Difference, ...] = ()

    def to_dict(self) -> JsonObject:
        """The outcome as JSON."""
        return {
            "index": self.index,
            "target": self.target,
            "state": self.state,
            "copied": self.copied,
            "existing": self.existing,
            "mended": self.mended,
            "dead_letters": self.dead_letters,
            "reason": self.reason,
        }


def undecided(indices: Iterable[IndexOutcome], accepted: int | None) -> tuple[IndexOutcome, ...]:
    """Indices with more dead letters than were accepted."""
    return tuple(i for i in indices if accepted is not None and i.dead_letters > accepted)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What became of a run.

    Attributes:
        started: When it began.
        finished: When it ended.
        cluster_id: UUID of the cluster.
        expanded: Templates, mappings and aliases that were brought up to date, by call.
        indices: What became of each index.
        calls: Calls in scope.
        accepted: Dead letters that an index may have; ``None`` for any number.
        reasons: The most frequent reasons of dead letters that nobody accepted.
    """

    started: datetime
    finished: datetime
    cluster_id: str
    expanded: dict[str, int]
    indices: tuple[IndexOutcome, ...]
    calls: tuple[str, ...]
    accepted: int | None = 0
    reasons: tuple[Reason, ...] = ()

    def of(self, state: IndexState) -> tuple[IndexOutcome, ...]:
        """Indices of which this became."""
        return tuple(index for index in self.indices if index.state == state)

    @property
    def undecided(self) -> tuple[IndexOutcome, ...]:
        """Indices with more dead letters than were accepted."""
        return undecided(self.indices, self.accepted)

    @property
    def exit_code(self) -> int:
        """1 where a person must look, else 0."""
        look = self.undecided or self.of("held") or self.of("unverified") or self.of("lost")
        return 1 if look else 0

    def to_dict(self) -> JsonObject:
        """The run as ``ucaudit.run/1``."""
        by_call: dict[str, list[IndexOutcome]] = {call: [] for call in self.calls}
        for index in self.indices:
            by_call.setdefault(index.call, []).append(index)
        states = [index.state for index in self.indices]
        return {
            "format": FORMAT,
            "started": self.started.isoformat(timespec="seconds"),
            "finished": self.finished.isoformat(timespec="seconds"),
            "cluster": {"id": self.cluster_id},
            "summary": {
                "expanded": sum(self.expanded.values()),
                "copied": sum(index.copied for index in self.indices),
                "dead_letters": sum(index.dead_letters for index in self.indices),
                "reasons": [reason.to_dict() for reason in self.reasons],
                **{state: states.count(state) for state in sorted(set(states))},
            },
            "calls": [
                {
                    "call": call,
                    "expanded": self.expanded.get(call, 0),
                    "indices": [index.to_dict() for index in indices],
                }
                for call, indices in sorted(by_call.items())
            ],
        }
