"""What must hold for every pair of schemas, with figures of how much was checked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import jsonschema_rs
from jsonschema_rs import canonical

from tests.schema.documents import closed, documents, is_tangled, lowered, validator
from tests.schema.strategies import reordered
from tests.schema.topics import Pair, is_about, make_topical
from ucaudit import diff_schemas
from ucaudit.config import Reading
from ucaudit.diff.model import Diff, Finding

DOCUMENTS: Final = 200
# Direction of a request to (sender, reader), as places in the pair.
DIRECTIONS: Final = {"backward": (0, 1), "forward": (1, 0)}


@dataclass
class Tally:
    """How much was checked, and what did not hold."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    @property
    def unproven(self) -> float:
        """The share of breaks, proven or suspected, that have no witness."""
        return self.counts["unknown"] / max(self.counts["unknown"] + self.counts["breaks"], 1)

    def add(self, other: Tally) -> None:
        """Adds the figures of another tally."""
        self.counts += other.counts
        self.failures += other.failures


def check_topical(topic: str, seed: int, tally: Tally) -> None:
    """Checks the pair about ``topic`` that ``seed`` gives, in both readings."""
    pair = make_topical(random.Random(f"{topic} {seed}"), topic)
    tally.counts["pairs"] += 1
    tally.counts["about"] += is_about(topic, pair[0]) or is_about(topic, pair[1])
    readings: tuple[Reading, ...] = ("ignored", "literal")
    for reading in readings:
        for failure in check(pair, reading, random.Random(seed), tally.counts):
            tally.failures.append(f"{topic} {seed} {reading}: {failure}")


def check(pair: Pair, reading: Reading, rng: random.Random, counts: Counter[str]) -> Iterator[str]:
    """What does not hold for ``pair``.

    Args:
        pair: Schemas of a request before and after.
        reading: How undeclared fields are read.
        rng: Makes documents and orders.
        counts: Figures of what was checked.
    """
    diff = diff_schemas(*pair, unknown_fields=reading)
    counts["differ"] += bool(diff.findings)
    # In one reading or the other, or the tests take too long.
    if rng.random() < 0.5:
        yield from _other_orders(pair, reading, rng, diff)
    for finding in diff.findings:
        counts["findings"] += 1
        for direction in DIRECTIONS:
            yield from _proof(pair, reading, finding, direction, counts)
    for direction in DIRECTIONS:
        yield from _documents(pair, reading, rng, diff, direction, counts)
        yield from _algebra(pair, reading, diff, direction, counts)


def said(diff: Diff) -> list[tuple[str, ...]]:
    """What a diff says but for the witnesses, in an order that means nothing."""
    return sorted(
        (
            f.rule,
            f.owner,
            f.effects.backward,
            f.effects.forward,
            *sorted(o.path for o in f.occurrences),
        )
        for f in diff.findings
    )


def _other_orders(pair: Pair, reading: Reading, rng: random.Random, diff: Diff) -> Iterator[str]:
    old, new = (reordered(schema, rng) for schema in pair)
    if rng.random() < 0.5:
        if said(diff_schemas(old, new, unknown_fields=reading)) != said(diff):
            yield "another order of keys says something else"
        return
    there, back = diff.effects, diff_schemas(new, old, unknown_fields=reading).effects
    if (there.backward, there.forward) != (back.forward, back.backward):
        yield f"swapped sides do not swap directions: {there} {back}"


def _proof(
    pair: Pair, reading: Reading, finding: Finding, direction: str, counts: Counter[str]
) -> Iterator[str]:
    """Whether a break has a witness that is what it says, where it says, and nothing else has."""
    effect = getattr(finding.effects, direction)
    counts[effect] += 1
    if effect != "breaks":
        if direction in finding.witnesses:
            yield f"{finding.rule} has a witness without a break"
        return
    sender, reader = (pair[side] for side in DIRECTIONS[direction])
    document = finding.witnesses[direction].document
    literal = reading == "literal"
    if not validator(sender, lenient=False).is_valid(document):
        yield f"{finding.rule} {direction}: nobody sends {document}"
    plain = not literal and not is_tangled(sender)
    if plain and not validator(closed(sender)).is_valid(document):
        yield f"{finding.rule} {direction}: the sender does not declare all of {document}"
    errors = list(validator(reader, lenient=not literal).iter_errors(document))
    if not errors:
        yield f"{finding.rule} {direction}: {document} is taken"
    elif not any(_is_at(error, o.path) for error in errors for o in finding.occurrences):
        paths = [o.path for o in finding.occurrences]
        yield f"{finding.rule} {direction}: {document} does not fail at {paths}"


def _is_at(error: Any, path: str) -> bool:
    """Whether an error is where the finding is, below it, or at what holds it."""
    at = [str(key) for key in error.instance_path]
    steps = _steps(path)
    shared = min(len(at), len(steps))
    return all(step in ("*", key) for key, step in zip(at[:shared], steps[:shared], strict=True))


def _steps(path: str) -> list[str]:
    for written, step in (("[*]", ".*"), ("{*}", ".*"), ("[", "."), ("]", "")):
        path = path.replace(written, step)
    return [step.strip('"') for step in path.removeprefix("$").split(".")[1:]]


def _documents(
    pair: Pair,
    reading: Reading,
    rng: random.Random,
    diff: Diff,
    direction: str,
    counts: Counter[str],
) -> Iterator[str]:
    """Whether what is called harmless is: the reader takes what the sender sends."""
    if getattr(diff.effects, direction) != "ok":
        return
    counts["oks"] += 1
    sender, reader = (pair[side] for side in DIRECTIONS[direction])
    judge = validator(reader, lenient=reading == "ignored")
    for document in documents(sender, rng, DOCUMENTS, reading):
        counts["documents"] += 1
        if not judge.is_valid(document):
            yield f"{direction} is ok, but {document} is refused"
            return


def _algebra(
    pair: Pair, reading: Reading, diff: Diff, direction: str, counts: Counter[str]
) -> Iterator[str]:
    """Whether an algebra that knows nothing of ours contradicts."""
    effect = getattr(diff.effects, direction)
    opinion = containment(*(pair[side] for side in DIRECTIONS[direction]), reading)
    counts[f"algebra {opinion}"] += 1
    if (opinion, effect) in (("yes", "breaks"), ("no", "ok")):
        yield f"{direction} {effect}, but jsonschema-rs says {opinion}"
        counts["disagreements"] += 1


def containment(sender: Any, reader: Any, reading: Reading) -> str:
    """What jsonschema-rs says to whether the reader takes all that is sent."""
    literal = reading == "literal"
    if not literal and is_tangled(sender):
        return "not asked"
    sent = lowered(sender, lenient=False) if literal else closed(sender)
    try:
        sides = [
            jsonschema_rs.canonicalize(schema, offline=True, validate_formats=True)
            for schema in (lowered(reader, lenient=not literal), sent)
        ]
        return str(sides[0].covers(sides[1]))
    except canonical.CanonicalizationError:
        return "unknown"
