"""What a change of the recorded history asks of the audit indices, before any cluster is asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from ucaudit.history.lock import Locked
from ucaudit.history.version import CallHistory, History, IndexEffect, is_step
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.verdict import worst


@dataclass(frozen=True, slots=True)
class Migration:
    """What one call needs once it is released.

    Attributes:
        call: Full name.
        old: Version and generation before; ``None`` for a new call.
        new: Version and generation after.
        index: What the index needs.
        fields: Fields that are added to its mapping, or changed in it.
        steps: Transform steps of stored documents.
        undecided: Questions on stored values that nobody answered yet.
        released: Whether the new version is released already.
    """

    call: str
    old: tuple[int, int] | None
    new: tuple[int, int]
    index: IndexEffect
    fields: tuple[str, ...] = ()
    steps: tuple[JsonObject, ...] = ()
    undecided: tuple[JsonObject, ...] = ()
    released: bool = False

    @property
    def new_generation(self) -> bool:
        """Whether stored documents are copied into a new generation."""
        return self.old is not None and self.old[1] != self.new[1]

    def to_dict(self) -> JsonObject:
        """As in the JSON output."""
        sides: JsonObject = {
            "from": _version(self.old) if self.old is not None else None,
            "to": _version(self.new),
        }
        return {
            "call": self.call,
            **sides,
            "new_generation": self.new_generation,
            "index": self.index,
            "fields": list(self.fields),
            "steps": list(self.steps),
            "undecided": list(self.undecided),
            "released": self.released,
        }


def _version(pair: tuple[int, int]) -> JsonObject:
    return {"version": pair[0], "generation": pair[1]}


def migrations(
    results: Iterable[Locked], history: History, before: Mapping[str, int] | None
) -> Iterator[Migration]:
    """What calls need that are locked as ``results`` say.

    Args:
        results: The calls.
        history: Their released versions.
        before: Call to the number of its newest version at the time that is compared with; by
            default that of the newest released one.
    """
    for locked in results:
        known = history.calls.get(locked.call)
        newest = known.newest.number if known is not None else 0
        number = newest if before is None else before.get(locked.call, 0)
        found = _migration(locked, known, min(number, newest))
        if found is not None:
            yield found


def _migration(locked: Locked, known: CallHistory | None, number: int) -> Migration | None:
    versions = known.versions if known is not None else ()
    old = next((v for v in versions if v.number == number), None)
    later = [v for v in versions if v.number > number]
    entry = locked.entry
    pending = entry is not None and entry.version > len(versions)
    if entry is None or not (later or pending):
        return None
    effects = [v.index for v in later]
    steps = [step for v in later for step in v.steps] if old is not None else []
    if pending:
        effects.append(entry.index)
        steps += filter(is_step, entry.steps)
    verdict = locked.verdict
    return Migration(
        call=locked.call,
        old=(old.number, old.generation) if old is not None else None,
        new=(entry.version, entry.generation),
        index=worst(effects) if old is not None else "none",
        fields=tuple(change.path for change in verdict.changes) if verdict is not None else (),
        steps=tuple(steps),
        undecided=tuple(locked.questions) if pending else (),
        released=not pending,
    )
