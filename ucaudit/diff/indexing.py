"""Which finding asks what of the audit index: mapping changes brought home to their causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ucaudit.diff.local import Step
from ucaudit.mapping.reach import Change, field_type


@dataclass(frozen=True, slots=True)
class Place:
    """Where a finding reaches, as a path in the mapping.

    Attributes:
        finding: Id of the finding.
        fields: Names from the document's root.
        opaque: Whether the way leads through free keys, which have no fields of their own.
        presence: Whether the finding is about presence only, not about what the field holds.
    """

    finding: str
    fields: tuple[str, ...]
    opaque: bool
    presence: bool = False


_OF_PRESENCE: Final = frozenset(
    {
        "default-added",
        "default-changed",
        "default-removed",
        "field-became-optional",
        "field-became-required",
    }
)


def place(finding: str, rule: str, root: str, steps: Sequence[Step]) -> list[Place]:
    """The mapping paths of a finding at ``steps`` below the field ``root``: old and new name."""
    olds, news, opaque = [root], [root], False
    for step in steps:
        if step.kind == "value":
            opaque = True
            break
        if step.kind == "field":
            olds.append(step.name)
            news.append(step.new_name or step.name)
    paths = dict.fromkeys((tuple(news), tuple(olds)))
    return [Place(finding, path, opaque, rule in _OF_PRESENCE) for path in paths]


def blame(change: Change, places: Sequence[Place]) -> list[str]:
    """Ids of the findings that caused ``change``.

    The finding at the field itself; else those nearest above; else those below, which changed
    what kind of field it has to be. Whether a field must be there changes no mapping: a finding of
    that is to blame only where there is no other.
    """
    target = tuple(change.path.split("."))
    exact = [p for p in places if p.fields == target]
    if exact:
        return _ids([p for p in exact if not p.presence] or exact)
    above = [
        p for p in places if len(p.fields) < len(target) and target[: len(p.fields)] == p.fields
    ]
    if above:
        nearest = max(len(p.fields) for p in above)
        return _ids([p for p in above if len(p.fields) == nearest])
    return _ids([p for p in places if p.fields[: len(target)] == target])


def _ids(places: Sequence[Place]) -> list[str]:
    return list(dict.fromkeys(p.finding for p in places))


def index_rule(change: Change) -> str:
    """The rule of a difference between two mappings that no schema explains."""
    if change.live is None:
        return "mapping-field-added" if change.kind == "add" else "mapping-clash"
    if field_type(change.live) != field_type(change.wanted):
        return "mapping-type-changed"
    sides = (change.live, change.wanted)
    differing = {key for key in {*sides[0], *sides[1]} if sides[0].get(key) != sides[1].get(key)}
    return "mapping-limit-changed" if differing == {"ignore_above"} else "mapping-parameter-changed"
