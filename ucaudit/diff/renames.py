"""Fields that went and came, and may be the same under another name: proposed, never assumed.

Of one object, each field that is gone is held against each that is new. Their types must be alike;
then names, descriptions, field numbers and the place among the fields that stayed are weighed. A
proposal that has a rival about as good is none: a person is asked one question, not several.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from ucaudit.diff.containment import Containment
from ucaudit.diff.likeness import (
    is_listed,
    name_likeness,
    text_likeness,
    tokens,
    types_alike,
    written,
)
from ucaudit.schema.node import Node, Shape

_LEAST_SCORE: Final = 0.6
# Only what is declared is certain.
_MOST_SCORE: Final = 0.99
# What is this close to the best is a rival of it.
_MARGIN: Final = 0.1
# An object in which more pairs are possible was written anew; there, only names that are spelled
# otherwise are looked for, in one pass.
_MOST_PAIRS: Final = 1024
_WEIGHTS: Final = {"name": 0.5, "type": 0.2, "description": 0.5, "number": 1.0, "place": 0.15}
# One of these must speak for it: like types at the same place are not enough.
_LEAST: Final = {"name": 0.5, "description": 1.0, "number": 1.0}
_SIMILAR: Final = 0.5
_FEWEST_WORDS: Final = 3


class Candidate(NamedTuple):
    """A field that is gone, one that is new, and how much speaks for their being the same."""

    score: float
    old: str
    new: str
    reason: str


def propose_renames(
    before: Shape,
    after: Shape,
    lost: Sequence[str],
    gained: Sequence[str],
    containment: Containment,
) -> list[Candidate]:
    """Pairs of a lost and a gained field that may be a rename; no field is in two of them.

    Args:
        before: The object before.
        after: The object after.
        lost: Declared fields that are gone, in order.
        gained: Declared fields that are new, in order.
        containment: Knows which types are the same.
    """
    places = _Places(before, after, frozenset(lost), frozenset(gained))
    pairs = (
        ((old, new) for old in lost for new in gained)
        if len(lost) * len(gained) <= _MOST_PAIRS
        else _respelled(lost, gained)
    )
    candidates = [
        candidate
        for old, new in pairs
        if (candidate := _candidate(before, after, old, new, places, containment)) is not None
    ]
    return list(_one_to_one(candidates))


def _respelled(lost: Sequence[str], gained: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Names of the same words, such as ``user_id`` and ``userId``."""
    known: dict[str, list[str]] = defaultdict(list)
    for name in gained:
        known["".join(tokens(name))].append(name)
    for name in lost:
        found = known["".join(tokens(name))]
        if len(found) == 1:
            yield name, found[0]


def _one_to_one(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    """The best first; neither it nor its rivals where there are such."""
    best: dict[tuple[str, str], list[float]] = defaultdict(list)
    for candidate in candidates:
        best["old", candidate.old].append(candidate.score)
        best["new", candidate.new].append(candidate.score)
    for candidate in candidates:
        scores = best["old", candidate.old] + best["new", candidate.new]
        # Its own score is among them twice.
        if sum(score > candidate.score - _MARGIN for score in scores) == 2:
            yield candidate


def _candidate(
    before: Shape, after: Shape, old: str, new: str, places: _Places, containment: Containment
) -> Candidate | None:
    fields = before.properties[old], after.properties[new]
    evidence = _evidence(*fields, old, new)
    if all(evidence.get(kind, 0) < least for kind, least in _LEAST.items()):
        return None
    # Where one value became several, the name went into the plural: the words are the same.
    listed = evidence["name"] == 1 and is_listed(*fields, containment)
    if not listed and not types_alike(*fields, containment):
        return None
    evidence["type"] = 1.0 if containment.same(*fields) else 0.5
    evidence |= places.evidence(old, new)
    weight = sum(_WEIGHTS[kind] for kind in evidence)
    score = sum(_WEIGHTS[kind] * value for kind, value in evidence.items()) / weight
    if score < _LEAST_SCORE:
        return None
    return Candidate(min(round(score, 2), _MOST_SCORE), old, new, _reason(evidence, listed=listed))


def _evidence(before: Node, after: Node, old: str, new: str) -> dict[str, float]:
    """What is quick to see; what a side does not say is no evidence."""
    evidence = {"name": name_likeness(old, new)}
    sites = written(before), written(after)
    texts = [site.get("description") for site in sites]
    if all(isinstance(text, str) and len(text.split()) >= _FEWEST_WORDS for text in texts):
        evidence["description"] = text_likeness(str(texts[0]), str(texts[1]))
    numbers = [site.get("x-proto-number") for site in sites]
    if None not in numbers:
        evidence["number"] = float(numbers[0] == numbers[1])
    return evidence


def _reason(evidence: Mapping[str, float], *, listed: bool) -> str:
    """The evidence in words, the strongest kind first."""
    words = []
    if evidence.get("number"):
        words.append("same field number")
    like = "one is a list of the other" if listed else "like type"
    words.append("same type" if evidence["type"] == 1 else like)
    for kind in ("name", "description"):
        value = evidence.get(kind, 0)
        if value == 1:
            words.append("same words" if kind == "name" else "same description")
        elif value >= _SIMILAR:
            words.append(f"similar {kind}")
    if evidence.get("place"):
        words.append("same place")
    return ", ".join(words)


class _Places:
    """Where fields stand among those that stayed.

    Where all fields are in alphabetical order, their place only says their name once more.
    """

    def __init__(
        self, before: Shape, after: Shape, lost: frozenset[str], gained: frozenset[str]
    ) -> None:
        orders = [list(shape.properties) for shape in (before, after)]
        self._tell = any(order != sorted(order) for order in orders)
        self._old, self._new = _gaps(orders[0], lost), _gaps(orders[1], gained)

    def evidence(self, old: str, new: str) -> dict[str, float]:
        """1 at the same place, a half if only the neighbours are the same, else 0."""
        if not self._tell:
            return {}
        (gap, index), (other, other_index) = self._old[old], self._new[new]
        near = gap[0] == other[0] or gap[1] == other[1]
        value = 1.0 if gap == other and index == other_index else 0.5 if near else 0.0
        return {"place": value}


Gap = tuple[str | None, str | None]


def _gaps(order: Sequence[str], aside: frozenset[str]) -> dict[str, tuple[Gap, int]]:
    """The nearest other fields before and after each of ``aside``, and its place between them."""
    found: dict[str, tuple[Gap, int]] = {}
    waiting: list[str] = []
    previous: str | None = None
    for name in (*order, None):
        if name in aside and name is not None:
            waiting.append(name)
            continue
        found |= {field: ((previous, name), index) for index, field in enumerate(waiting)}
        waiting, previous = [], name
    return found
