"""Findings of one part of one call: hits turned into causes, effects and witnesses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, NamedTuple

from ucaudit.config import Reading
from ucaudit.diff.algebra import Algebra
from ucaudit.diff.cause import cause_id, locate
from ucaudit.diff.indexing import Place, place
from ucaudit.diff.local import Local, Side
from ucaudit.diff.model import Effect, Effects, Finding, Occurrence, Part, Witness
from ucaudit.diff.samples import NoSample, sample
from ucaudit.diff.validators import Validators
from ucaudit.diff.walk import Hit, Pair, Walk
from ucaudit.diff.witness import Judge, embed, find
from ucaudit.jsontypes import Json
from ucaudit.schema.document import LIBRARY, Document
from ucaudit.schema.graph import Parser
from ucaudit.schema.node import Node
from ucaudit.sources.record import CallSchemas

Direction = Literal["backward", "forward"]
# Who sends what the other side may refuse: old callers and old services, in this order.
_SENDERS: Final[dict[Part, dict[Direction, Side]]] = {
    "request": {"backward": "old", "forward": "new"},
    "response": {"backward": "new", "forward": "old"},
}
# Places of one cause at which a witness is looked for.
_MOST_SEARCHES: Final = 8
# How often a part is compared again because something was learned about it.
_MOST_ROUNDS: Final = 8
# How many places, from the difference upwards, the algebra is asked about, besides the root.
_HIGHEST: Final = 6


@dataclass(slots=True)
class PartFindings:
    """What changed in one part of one call.

    Attributes:
        findings: By id.
        places: Where they reach in the mapping.
        hits: One hit of each finding, for the witness of the index.
        seen: Findings with the paths that they have as occurrences.
    """

    findings: dict[str, Finding] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    hits: dict[str, Hit] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)


class Parts:
    """Compares the parts of calls; what they share is looked at once for all of them.

    Args:
        old: The calls before, or those of them that are compared.
        new: The calls after.
        reading: How fields that nobody declares are read.
    """

    def __init__(
        self, old: Iterable[CallSchemas], new: Iterable[CallSchemas], reading: Reading = "ignored"
    ) -> None:
        self._reading = reading
        self._parser = Parser(reading)
        # What is stored, and so the index, does not depend on who reads it how.
        self.stored = self._parser if reading == "ignored" else Parser()
        self._calls: dict[Side, list[CallSchemas]] = {"old": [*old], "new": [*new]}
        self._walk = Walk()
        self._algebra = Algebra()
        self._learned: list[tuple[Pair, Side]] = []
        self._causes: dict[tuple[int, str, str], _Cause] = {}
        self._proofs: dict[tuple[str, Part, Direction], _Proof] = {}

    def parse(self, call: CallSchemas, part: Part, side: Side) -> Node | None:
        """What callers see of a part, in normal form; ``None`` if the call does not have it."""
        schema = call.api(part)
        if schema is None:
            return None
        return self._parser.parse(schema, f"{call.name} {part} ({side})")

    def compare(
        self, call: str, part: Part, old: Node, new: Node, root_field: str | None
    ) -> PartFindings:
        """Compares one part.

        Args:
            call: Full name of the call.
            part: Which side it is; decides who sends and who reads.
            old: The part before.
            new: The part after.
            root_field: Name of the field that holds the part in the audit document, if it does.
        """
        for _ in range(_MOST_ROUNDS):
            result = self._compare(call, part, old, new, root_field)
            if not self._learned:
                break
            # What is certain now leaves other doubts, and perhaps none.
            for pair, side in self._learned:
                self._walk.learn(pair, side)
            self._learned.clear()
        return result

    def _compare(
        self, call: str, part: Part, old: Node, new: Node, root_field: str | None
    ) -> PartFindings:
        result = PartFindings()
        roots: dict[Side, Node] = {"old": old, "new": new}
        for hit in self._walk.hits(old, new):
            cause = self._cause(hit, call)
            path = "".join((hit.way.text, *(step.text for step in hit.local.at)))
            finding = _finding(result, hit, cause, path)
            if part != "audit":
                self._add_effects(finding, hit, part, roots)
            if (cause.id, path) not in result.seen:
                result.seen.add((cause.id, path))
                finding.occurrences.append(Occurrence(call, part, path, cause.anchor))
            if root_field is not None:
                result.places.extend(place(cause.id, root_field, (*hit.steps, *hit.local.at)))
        return result

    def _cause(self, hit: Hit, call: str) -> _Cause:
        """The cause of a hit; of what stands in a definition, the same for all calls."""
        anchor, step = hit.local.anchor, hit.way.step
        if step is not None and not hit.old.sources:
            # What takes any value is written nowhere; its place is where the step above leads.
            anchor = step.anchor
        key = (id(hit.local), anchor, "" if anchor.startswith(LIBRARY) else call)
        known = self._causes.get(key)
        if known is None:
            owner, pointer = locate(hit.old.graph, anchor, call)
            name = cause_id(hit.local, owner, pointer)
            known = self._causes[key] = _Cause(name, owner, pointer, anchor, hit.local)
        return known

    def _add_effects(
        self, finding: Finding, hit: Hit, part: Part, roots: Mapping[Side, Node]
    ) -> None:
        """Joins what one hit does to what other hits of the same cause do."""
        for direction, sender in _SENDERS[part].items():
            if sender not in hit.doubt or hit.local.takes(sender) == "ok":
                continue
            if getattr(finding.effects, direction) == "breaks":
                continue
            proof = self._proofs.setdefault((finding.id, part, direction), _Proof())
            place = (roots[sender], hit.way.text)
            if (
                proof.witness is None
                and place not in proof.searched
                and len(proof.searched) < _MOST_SEARCHES
            ):
                proof.searched.add(place)
                proof.witness = self._prove(self._judge(roots), sender, hit)
            # Without proof a break is a suspicion; with it, a suspicion is a break.
            effect: Effect = "unknown" if proof.witness is None else "breaks"
            if proof.witness is not None:
                finding.witnesses.setdefault(direction, proof.witness)
            if getattr(finding.effects, direction) != effect:
                finding.effects = finding.effects.join(
                    Effects(backward=effect) if direction == "backward" else Effects(forward=effect)
                )

    def _prove(self, judge: Judge, sender: Side, hit: Hit) -> Witness | None:
        """A witness by our own means, else by the algebra's; or it is learned that there is none.

        The algebra is asked at the pair itself, then further up, as what is around may matter.
        """
        witness = find(judge, sender, hit.steps, hit.local.at, hit.local.values(sender))
        if witness is not None:
            return witness
        upwards = [way for way in hit.way.upwards if way.pair[2]]
        for way in (*upwards[:_HIGHEST], *upwards[_HIGHEST:][-1:]):
            old, new, _ = way.pair
            opinion = self._algebra.opinion(*((new, old) if sender == "old" else (old, new)))
            if opinion.takes:
                self._learned.append((way.pair, sender))
                return None
            steps = way.steps
            at = (*hit.steps[len(steps) :], *hit.local.at)
            witness = find(judge, sender, steps, at, opinion.refused())
            if witness is not None:
                return witness
        return None

    def _judge(self, roots: Mapping[Side, Node]) -> Judge:
        validators = self._validators
        return Judge(validators["old"], validators["new"], roots, self._reading)

    @cached_property
    def _validators(self) -> dict[Side, Validators]:
        return {side: Validators(self._documents(side)) for side in self._calls}

    def _documents(self, side: Side) -> Iterator[Document]:
        for call in self._calls[side]:
            for part in _SENDERS:
                root = self.parse(call, part, side)
                if root is not None:
                    yield root.graph.document


class _Cause(NamedTuple):
    """A cause, and the difference that it was first seen in, whose id stays its own by that."""

    id: str
    owner: str
    pointer: str
    anchor: str
    local: Local


@dataclass(slots=True)
class _Proof:
    """What is known of one cause in one direction, whatever call it reaches."""

    witness: Witness | None = None
    searched: set[tuple[Node, str]] = field(default_factory=set)


def _finding(result: PartFindings, hit: Hit, cause: _Cause, path: str) -> Finding:
    finding = result.findings.get(cause.id)
    if finding is None:
        local = hit.local
        finding = result.findings[cause.id] = Finding(
            id=cause.id,
            rule=local.rule,
            owner=cause.owner,
            pointer=cause.pointer,
            old=local.old,
            new=local.new,
            message=local.message.replace("{at}", _short(path)),
            effects=Effects(),
        )
        result.hits[cause.id] = hit
    return finding


def _short(path: str) -> str:
    """The place as a person names it: the path without its root."""
    short = path.removeprefix("$").removeprefix(".")
    return short or "the value"


def index_document(hit: Hit) -> Json:
    """A document that a new writer stores and that shows the finding; ``None`` if none was made."""
    values = list(hit.local.new_values)
    try:
        values.append(sample(hit.new))
    except NoSample:
        if not values:
            return None
    best = max(values, key=lambda value: len(value) if isinstance(value, dict | list) else 0)
    return next(embed(hit.steps, "new", best), None)
