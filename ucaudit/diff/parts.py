"""Findings of one part of one call: hits turned into causes, effects and witnesses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from ucaudit.config import Reading
from ucaudit.diff.cause import cause_id, locate
from ucaudit.diff.indexing import Place, place
from ucaudit.diff.local import Local, Side
from ucaudit.diff.model import NO_EFFECTS, Effect, Effects, Finding, Part, Reached, Spot, Witness
from ucaudit.diff.proposals import Renames
from ucaudit.diff.walk import Hit, Pair, Trace, Walk
from ucaudit.diff.witness import Judge, embed, find
from ucaudit.jsontypes import Json, sha256
from ucaudit.schema.document import LIBRARY, Document
from ucaudit.schema.equality import Equality
from ucaudit.schema.node import Node
from ucaudit.schema.parsing import Parser
from ucaudit.schema.samples import NoSample, sample
from ucaudit.schema.validators import Validators
from ucaudit.sources.record import CallSchemas

if TYPE_CHECKING:
    from ucaudit.diff.algebra import Algebra

Direction = Literal["backward", "forward"]
# Who sends what the other side may refuse: old callers and old services, in this order.
_SENDERS: Final[dict[Part, dict[Direction, Side]]] = {
    "request": {"backward": "old", "forward": "new"},
    "response": {"backward": "new", "forward": "old"},
    "audit": {},
}
# Places of one cause at which a witness is looked for.
_MOST_SEARCHES: Final = 8
# How often a part is compared again because something was learned about it.
_MOST_ROUNDS: Final = 8
# How many places, from the difference upwards, the algebra is asked about, besides the root.
_HIGHEST: Final = 6


class Cause(NamedTuple):
    """A cause, and the difference that it was first seen in, whose id stays its own by that."""

    id: str
    owner: str
    pointer: str
    anchor: str
    local: Local


@dataclass(slots=True)
class Sweep:
    """What the hits of one trace say in one part, whatever calls it reaches.

    Attributes:
        effects: What each finding does there, by id.
        told: The causes, each at every hit.
        reached: The parts of calls that have the trace.
        total: The worst of the effects.
    """

    effects: dict[str, Effects] = field(default_factory=dict)
    told: list[tuple[Cause, Hit]] = field(default_factory=list)
    reached: list[Reached] = field(default_factory=list)
    total: Effects = NO_EFFECTS


class PartFindings(NamedTuple):
    """What changed in one part of one call."""

    trace: Trace
    sweep: Sweep

    def places(self, root_field: str) -> Iterator[Place]:
        """Where the findings reach in the mapping, below the field ``root_field``."""
        for cause, hit in self.sweep.told:
            yield from place(
                cause.id, hit.local.rule, root_field, (*self.trace.steps(hit), *hit.local.at)
            )

    def index_document(self, finding: str) -> Json:
        """A document that a new writer stores and that shows the finding, if one can be made."""
        hit = next(hit for cause, hit in self.sweep.told if cause.id == finding)
        values = list(hit.local.new_values)
        try:
            values.append(sample(hit.new))
        except NoSample:
            if not values:
                return None
        best = max(values, key=lambda value: len(value) if isinstance(value, dict | list) else 0)
        return next(embed(self.trace.steps(hit), "new", best), None)


class Parts:
    """Compares the parts of calls; what they share is looked at once for all of them.

    Args:
        reading: How fields that nobody declares are read.

    Attributes:
        findings: All that was found so far, by id.
        stored: Makes the normal form of what is stored; the index does not depend on the reading.
    """

    def __init__(self, reading: Reading = "ignored") -> None:
        self.findings: dict[str, Finding] = {}
        self._reading: Reading = reading
        self._parser = Parser(reading, lazy=True)
        self.stored = self._parser if reading == "ignored" else Parser(lazy=True)
        self._walk = Walk()
        self._learned: list[tuple[Pair, Side]] = []
        self._documents: dict[Side, list[Document]] = {"old": [], "new": []}
        self._sweeps: dict[tuple[Pair, frozenset[Side], Part], Sweep] = {}
        self._causes: dict[tuple[int, str, str], Cause] = {}
        self._proofs: dict[tuple[str, Part, Direction], _Proof] = {}

    def parse(self, call: CallSchemas, part: Part, side: Side) -> Node | None:
        """What callers see of a part, in normal form; ``None`` if the call does not have it."""
        schema = call.api(part)
        if schema is None:
            return None
        return self._parser.parse(schema, f"{call.name} {part} ({side})")

    @property
    def equality(self) -> Equality:
        """Knows what says the same on both sides."""
        return self._walk.equality

    def same(self, old: Node, new: Node) -> bool:
        """Whether nothing changed between two parts; those that did are remembered.

        Documents that share definitions are validated together: all that differ have to be known
        before ``compare`` is asked.
        """
        same = self._walk.equality.same(old, new)
        if not same:
            self._documents["old"].append(old.graph.document)
            self._documents["new"].append(new.graph.document)
        return same

    def compare(self, call: str, part: Part, old: Node, new: Node) -> PartFindings:
        """Compares one part.

        Args:
            call: Full name of the call.
            part: Which side it is; decides who sends and who reads.
            old: The part before.
            new: The part after.
        """
        for _ in range(_MOST_ROUNDS):
            trace = self._walk.trace(old, new)
            known = self._sweeps.get((trace.way.pair, trace.way.doubt, part))
            sweep = known or self._weigh(trace, call, part, {"old": old, "new": new})
            if not self._learned:
                break
            # What is certain now leaves other doubts, and perhaps none.
            for pair, side in self._learned:
                self._walk.learn(pair, side)
            self._learned.clear()
        if not sweep.reached:
            self._record(trace, sweep, part)
            if all(cause.anchor.startswith(LIBRARY) for cause, _ in sweep.told):
                self._sweeps[trace.way.pair, trace.way.doubt, part] = sweep
        sweep.reached.append(Reached(call, part, f"${trace.way.text}"))
        return PartFindings(trace, sweep)

    def note(
        self, rule: str, call: str, old: Json, new: Json, message: str, effects: Effects
    ) -> Finding:
        """A finding about a call as a whole."""
        key = sha256([rule, call, "", old, new])[:16]
        finding = Finding(key, rule, call, "", old, new, message, effects)
        finding.occurrences.add([Spot("", "")], [Reached(call, "request", "$")])
        return self.findings.setdefault(key, finding)

    def _weigh(self, trace: Trace, call: str, part: Part, roots: Mapping[Side, Node]) -> Sweep:
        """What the hits of a trace do."""
        sweep = Sweep()
        for hit in trace.hits:
            cause = self._cause(hit, call)
            sweep.told.append((cause, hit))
            effects = sweep.effects.get(cause.id, NO_EFFECTS)
            sweep.effects[cause.id] = self._with_proofs(effects, hit, trace, cause, part, roots)
        return sweep

    def _record(self, trace: Trace, sweep: Sweep, part: Part) -> None:
        """Makes findings of what a trace says for the first time."""
        renames = Renames()
        spots: dict[str, dict[str, Spot]] = {}
        for cause, hit in sweep.told:
            text = hit.text
            finding = self.findings.get(cause.id)
            if finding is None:
                finding = self.findings[cause.id] = _finding(cause, f"${trace.way.text}{text}")
            elif finding.filled:
                finding.filled &= _filled(hit.local)
            renames.add(hit, finding)
            spots.setdefault(cause.id, {}).setdefault(text, Spot(text, cause.anchor))
        for key, effects in sweep.effects.items():
            finding = self.findings[key]
            finding.effects = finding.effects.join(effects)
            finding.occurrences.add([*spots[key].values()], sweep.reached)
            for direction in _SENDERS[part]:
                witness = self._proofs.get((key, part, direction), _Proof()).witness
                if witness is not None and getattr(effects, direction) == "breaks":
                    finding.witnesses.setdefault(direction, witness)
            sweep.total = sweep.total.join(effects)
        renames.link()

    def _cause(self, hit: Hit, call: str) -> Cause:
        """The cause of a hit; of what stands in a definition, the same for all calls."""
        anchor = hit.anchor
        key = (id(hit.local), anchor, "" if anchor.startswith(LIBRARY) else call)
        known = self._causes.get(key)
        if known is None:
            owner, pointer = locate(hit.old.graph, anchor, call)
            name = cause_id(hit.local, owner, pointer)
            known = self._causes[key] = Cause(name, owner, pointer, anchor, hit.local)
        return known

    def _with_proofs(
        self,
        effects: Effects,
        hit: Hit,
        trace: Trace,
        cause: Cause,
        part: Part,
        roots: Mapping[Side, Node],
    ) -> Effects:
        """``effects`` joined with what one more hit of the same cause does."""
        for direction, sender in _SENDERS[part].items():
            if hit.local.takes(sender) == "ok" or getattr(effects, direction) == "breaks":
                continue
            if sender not in hit.way.doubt or sender not in trace.way.doubt:
                continue
            proof = self._proofs.setdefault((cause.id, part, direction), _Proof())
            place = roots[sender], trace.way.text + hit.way.text
            unsearched = place not in proof.searched and len(proof.searched) < _MOST_SEARCHES
            if proof.witness is None and unsearched:
                proof.searched.add(place)
                proof.witness = self._prove(self._judge(roots), sender, trace, hit)
            # Without proof a break is a suspicion; with it, a suspicion is a break.
            effect: Effect = "unknown" if proof.witness is None else "breaks"
            effects = effects.join(_in(direction, effect))
        return effects

    def _prove(self, judge: Judge, sender: Side, trace: Trace, hit: Hit) -> Witness | None:
        """A witness by our own means, else by the algebra's; or it is learned that there is none.

        The algebra is asked at the pair itself, then further up, as what is around may matter.
        """
        steps = trace.steps(hit)
        witness = find(judge, sender, steps, hit.local.at, hit.local.values(sender))
        if witness is not None:
            return witness
        upwards = [(pair, depth) for pair, depth in trace.upwards(hit) if pair[2]]
        for pair, depth in (*upwards[:_HIGHEST], *upwards[_HIGHEST:][-1:]):
            old, new, _ = pair
            opinion = self._algebra.opinion(*((new, old) if sender == "old" else (old, new)))
            if opinion.takes:
                self._learned.append((pair, sender))
                return None
            at = (*steps[depth:], *hit.local.at)
            witness = find(judge, sender, steps[:depth], at, opinion.refused())
            if witness is not None:
                return witness
        return None

    def _judge(self, roots: Mapping[Side, Node]) -> Judge:
        validators = self._validators
        return Judge(validators["old"], validators["new"], roots, self._reading)

    @cached_property
    def _algebra(self) -> Algebra:
        from ucaudit.diff.algebra import Algebra  # noqa: PLC0415  (hardly ever asked)

        return Algebra()

    @cached_property
    def _validators(self) -> dict[Side, Validators]:
        return {side: Validators(documents) for side, documents in self._documents.items()}


def _in(direction: Direction, effect: Effect) -> Effects:
    return Effects(backward=effect) if direction == "backward" else Effects(forward=effect)


@dataclass(slots=True)
class _Proof:
    """What is known of one cause in one direction, whatever call it reaches."""

    witness: Witness | None = None
    searched: set[tuple[Node, str]] = field(default_factory=set)


def _finding(cause: Cause, path: str) -> Finding:
    local = cause.local
    return Finding(
        id=cause.id,
        rule=local.rule,
        owner=cause.owner,
        pointer=cause.pointer,
        old=local.old,
        new=local.new,
        message=local.message.replace("{at}", _short(path)),
        effects=Effects(),
        filled=_filled(local),
    )


def _filled(local: Local) -> frozenset[Side]:
    """Sides of which nothing is refused once a default stands in for what is missing."""
    sides: tuple[Side, ...] = ("old", "new") if local.takes_new == "ok" else ("old",)
    return frozenset(sides if local.filled else ())


def _short(path: str) -> str:
    """The place as a person names it: the path without its root."""
    short = path.removeprefix("$").removeprefix(".")
    return short or "the value"
