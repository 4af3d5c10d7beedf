"""Documents that prove an effect, validated by an independent validator before they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Final

from ucaudit.config import Reading
from ucaudit.diff.local import Side, Step
from ucaudit.diff.model import Witness
from ucaudit.diff.sending import sends
from ucaudit.jsontypes import Json
from ucaudit.schema.node import Node
from ucaudit.schema.samples import NoSample, free_key, sample_list, sample_shape
from ucaudit.schema.validators import Problem, Validator, Validators

_MOST_TRIES: Final = 64
_MOST_STEPS: Final = 60
# Below the place in question. What validators say of unions of themselves doubles with each level.
_MOST_LEVELS: Final = 8


@dataclass
class Judge:
    """Validators of both sides of one part of a call."""

    old: Validators
    new: Validators
    roots: Mapping[Side, Node]
    reading: Reading

    @cached_property
    def senders(self) -> dict[Side, Validator | None]:
        """What each side may send, to the letter; integer formats count as bounds."""
        return self._both(lenient=False)

    @cached_property
    def readers(self) -> dict[Side, Validator | None]:
        """What each side takes: the same, but for how ``oneOf`` is read."""
        return self._both(lenient=self.reading == "ignored")

    def _both(self, *, lenient: bool) -> dict[Side, Validator | None]:
        return {
            "old": self.old.of(self.roots["old"].graph.document, lenient=lenient),
            "new": self.new.of(self.roots["new"].graph.document, lenient=lenient),
        }

    def check(self, document: Json, sender: Side, fields: Sequence[str]) -> Witness | None:
        """The witness, if the sender's schema accepts ``document`` and the other refuses it.

        Args:
            document: What is sent.
            sender: Whose producer sends it.
            fields: Keys and places that lead to the finding; the refusal has to be there.
        """
        reader: Side = "new" if sender == "old" else "old"
        strict, own, other = self.senders[sender], self.readers[sender], self.readers[reader]
        if strict is None or own is None or other is None:
            return None
        # However oneOf is read: within ``not``, the lenient reading is the stricter one.
        if not strict.takes(document) or not (own == strict or own.takes(document)):
            return None
        if not sends(self.roots[sender], document):
            return None
        for problem in other.problems(document):
            if _concerns(problem, list(fields)):
                return Witness(document, sender, reader, _message(problem))
        return None


def find(
    judge: Judge,
    sender: Side,
    steps: Sequence[Step],
    at: Sequence[Step],
    values: Iterable[Json],
) -> Witness | None:
    """The first of ``values``, put in place by ``steps``, that the other side refuses there.

    Args:
        judge: Validators of both sides.
        sender: Who sends the values.
        steps: From the root to the pair that the values belong to.
        at: From the pair to what the finding is about.
        values: Candidates.
    """
    if len(steps) > _MOST_STEPS:
        return None
    reader: Side = "new" if sender == "old" else "old"
    # A field that only the reader knows is missed under the reader's name for it.
    sent = [step.key(sender) for step in (*steps, *at)]
    missed = [*sent[: len(steps)], *(step.key(reader) for step in at)]
    paths = [[key for key in path if key is not None] for path in (sent, missed)]
    for value in islice(values, _MOST_TRIES):
        for document in embed(steps, sender, value):
            if _is_deeper(document, len(steps) + _MOST_LEVELS):
                continue
            for path in paths:
                witness = judge.check(document, sender, path)
                if witness is not None:
                    return witness
    return None


def _is_deeper(value: Json, levels: int) -> bool:
    """Whether ``value`` is nested more than ``levels`` deep."""
    layer = [value]
    for _ in range(levels + 1):
        inside = [
            v.values() if isinstance(v, dict) else v for v in layer if isinstance(v, dict | list)
        ]
        layer = [item for items in inside for item in items]
        if not layer:
            return False
    return True


def _concerns(error: Problem, fields: list[str]) -> bool:
    """Whether an error is at ``fields``, or at a union above that gives no closer reason."""
    at = [str(part) for part in error.path]
    missing = getattr(error.kind, "property", None)
    if isinstance(missing, str):
        return _leads([*at, missing], fields)
    unexpected = getattr(error.kind, "unexpected", None)
    if isinstance(unexpected, list) and unexpected:
        return any(_leads([*at, name], fields) for name in unexpected) or _same(at, fields)
    shared = min(len(at), len(fields))
    return _same(at[:shared], fields[:shared])


def _leads(at: list[str], fields: list[str]) -> bool:
    return len(at) >= len(fields) and _same(at[: len(fields)], fields)


def _same(at: list[str], fields: list[str]) -> bool:
    return len(at) == len(fields) and all(
        field in ("*", part) for part, field in zip(at, fields, strict=True)
    )


def embed(steps: Sequence[Step], side: Side, value: Json) -> Iterator[Json]:
    """Documents of ``side`` that hold ``value`` where ``steps`` lead, the smallest first.

    There may be none. The second has all fields beside the way, which other keywords may ask for.
    """
    for full in (False, True):
        document = value
        try:
            for step in reversed(steps):
                document = _wrap(step, side, document, full=full)
        except NoSample:
            continue
        yield document


def _wrap(step: Step, side: Side, value: Json, *, full: bool) -> Json:
    shape = step.old if side == "old" else step.new
    if shape is None:
        return value
    if step.kind == "field":
        name = step.name if side == "old" else step.new_name
        return {**sample_shape(shape, full=full), name: value}
    if step.kind == "value":
        key = free_key(shape, pattern=step.name)
        return {**sample_shape(shape, full=full), key: value}
    low, high = int(shape.bounds.low or 0), shape.bounds.high
    place = len(shape.prefix) if step.kind == "inside" else step.index
    if high is not None and place >= high:
        raise NoSample
    items = sample_list(shape, max(low, place + 1))
    return [*items[:place], value, *items[place + 1 :]]


def _message(error: Problem) -> str:
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.path)
    return f"${path}: {error.message}" if path else str(error.message)
