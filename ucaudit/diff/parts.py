"""Findings of one part of one call: hits turned into causes, effects and witnesses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal, NamedTuple

from ucaudit.config import Reading
from ucaudit.diff.algebra import Algebra
from ucaudit.diff.cause import cause_id, locate
from ucaudit.diff.indexing import Place, place
from ucaudit.diff.local import Local, Side
from ucaudit.diff.model import NO_EFFECTS, Effect, Effects, Finding, Part, Reached, Spot, Witness
from ucaudit.diff.proposals import Renames
from ucaudit.diff.samples import NoSample, sample
from ucaudit.diff.validators import Validators
from ucaudit.diff.walk import Hit, Pair, Trace, Walk
from ucaudit.diff.witness import Judge, embed, find
from ucaudit.jsontypes import Json, sha256
from ucaudit.schema.document import LIBRARY, Document
from ucaudit.schema.equality import Equality
from ucaudit.schema.graph import Parser
from ucaudit.schema.node import Node
from ucaudit.sources.record import CallSchemas

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


@dataclass(slots=True)
class Sweep:
    """What the hits of one trace say in one part, whatever calls it reaches.

    Attributes:
        effects: What each finding does there, by id.
        told: The findings, each at every hit.
        reached: The parts of calls that have the trace.
        total: The worst of the effects.
    """

    effects: dict[str, Effects] = field(default_factory=dict)
    told: list[tuple[str, Hit]] = field(default_factory=list)
    reached: list[Reached] = field(default_factory=list)
    total: Effects = NO_EFFECTS


class PartFindings(NamedTuple):
    """What changed in one part of one call."""

    trace: Trace
    sweep: Sweep

    def places(self, root_field: str) -> Iterator[Place]:
        """Where the findings reach in the mapping, below the field ``root_field``."""
        for key, hit in self.sweep.told:
            yield from place(key, root_field, (*self.trace.steps(hit), *hit.local.at))

    def index_document(self, finding: str) -> Json:
        """A document that a new writer stores and that shows the finding, if one can be made."""
        hit = next(hit for key, hit in self.sweep.told if key == finding)
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
        stored: Makes the normal form of what is stored, on both sides.
        findings: All that was found so far, by id.
    """

    def __init__(self, reading: Reading = "ignored") -> None:
        self._reading = reading
        self._parser = Parser(lazy=True, reading=reading)
        # What is stored, and so the index, does not depend on who reads it how.
        self.stored = self._parser if reading == "ignored" else Parser(lazy=True)
        self.findings: dict[str, Finding] = {}
        self._walk = Walk()
        self._algebra = Algebra()
        self._learned: list[tuple[Pair, Side]] = []
        self._documents: dict[Side, list[Document]] = {"old": [], "new": []}
        self._sweeps: dict[tuple[Pair, frozenset[Side], Part], Sweep] = {}
        self._causes: dict[tuple[int, str, str], _Cause] = {}
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
        roots: dict[Side, Node] = {"old": old, "new": new}
        for _ in range(_MOST_ROUNDS):
            trace = self._walk.trace(old, new)
            way, key = trace.way, (trace.way.pair, trace.way.doubt, part)
            sweep = self._sweeps.get(key)
            if sweep is not None or not self._learn(trace, call, part, roots):
                break
        if sweep is None:
            sweep = self._sweep(trace, call, part)
            if all(hit.anchor.startswith(LIBRARY) for _, hit in sweep.told):
                self._sweeps[key] = sweep
        sweep.reached.append(Reached(call, part, f"${way.text}"))
        return PartFindings(trace, sweep)

    def note(
        self, rule: str, call: str, old: Json, new: Json, message: str, effects: Effects
    ) -> Finding:
        """A finding about a call as a whole."""
        key = sha256([rule, call, "", old, new])[:16]
        finding = Finding(key, rule, call, "", old, new, message, effects)
        finding.occurrences.add([Spot("", "")], [Reached(call, "request", "$")])
        return self.findings.setdefault(key, finding)

    def _learn(self, trace: Trace, call: str, part: Part, roots: Mapping[Side, Node]) -> bool:
        """Looks for proofs; whether it came out that there are none where some were suspected.

        Then other doubts are left, and perhaps none: the documents have to be compared again.
        """
        for hit in trace.hits:
            self._search(hit, trace, self._cause(hit, call), part, roots)
        learned = bool(self._learned)
        for pair, side in self._learned:
            self._walk.learn(pair, side)
        self._learned.clear()
        return learned

    def _sweep(self, trace: Trace, call: str, part: Part) -> Sweep:
        sweep, renames = Sweep(), Renames()
        spots: dict[str, dict[str, Spot]] = {}
        for hit in trace.hits:
            cause = self._cause(hit, call)
            text = hit.text
            finding = self.findings.get(cause.id)
            if finding is None:
                finding = self.findings[cause.id] = _finding(cause, f"${trace.way.text}{text}")
            elif finding.filled:
                finding.filled &= _filled(hit.local)
            renames.add(hit, finding)
            sweep.told.append((cause.id, hit))
            spots.setdefault(cause.id, {}).setdefault(text, Spot(text, cause.anchor))
            effects = sweep.effects.get(cause.id, NO_EFFECTS)
            sweep.effects[cause.id] = self._with_proofs(effects, hit, trace, cause, part)
        for key, effects in sweep.effects.items():
            finding = self.findings[key]
            finding.effects = finding.effects.join(effects)
            finding.occurrences.add([*spots[key].values()], sweep.reached)
            sweep.total = sweep.total.join(effects)
        renames.link()
        return sweep

    def _cause(self, hit: Hit, call: str) -> _Cause:
        """The cause of a hit; of what stands in a definition, the same for all calls."""
        anchor = hit.anchor
        key = (id(hit.local), anchor, "" if anchor.startswith(LIBRARY) else call)
        known = self._causes.get(key)
        if known is None:
            owner, pointer = locate(hit.old.graph, anchor, call)
            name = cause_id(hit.local, owner, pointer)
            known = self._causes[key] = _Cause(name, owner, pointer, anchor, hit.local)
        return known

    def _suspects(self, hit: Hit, trace: Trace, part: Part) -> Iterator[tuple[Direction, Side]]:
        """The directions in which a hit may break, and who sends then."""
        for direction, sender in _SENDERS[part].items():
            doubted = sender in hit.way.doubt and sender in trace.way.doubt
            if doubted and hit.local.takes(sender) != "ok":
                yield direction, sender

    def _search(
        self, hit: Hit, trace: Trace, cause: _Cause, part: Part, roots: Mapping[Side, Node]
    ) -> None:
        for direction, sender in self._suspects(hit, trace, part):
            proof = self._proofs.setdefault((cause.id, part, direction), _Proof())
            place = (roots[sender], trace.way.text + hit.way.text)
            if proof.witness is not None or place in proof.searched:
                continue
            if len(proof.searched) < _MOST_SEARCHES:
                proof.searched.add(place)
                proof.witness = self._prove(self._judge(roots), sender, hit, trace)

    def _prove(self, judge: Judge, sender: Side, hit: Hit, trace: Trace) -> Witness | None:
        """A witness by our own means, else by the algebra's; or it is learned that there is none.

        The algebra is asked at the pair itself, then further up, as what is around may matter.
        """
        steps, at = trace.steps(hit), hit.local.at
        witness = find(judge, sender, steps, at, hit.local.values(sender))
        if witness is not None:
            return witness
        upwards = [(pair, above) for pair, above in trace.upwards(hit) if pair[2]]
        for pair, above in (*upwards[:_HIGHEST], *upwards[_HIGHEST:][-1:]):
            old, new, _ = pair
            opinion = self._algebra.opinion(*((new, old) if sender == "old" else (old, new)))
            if opinion.takes:
                self._learned.append((pair, sender))
                return None
            rest = (*steps[len(above) :], *at)
            witness = find(judge, sender, above, rest, opinion.refused())
            if witness is not None:
                return witness
        return None

    def _with_proofs(
        self, effects: Effects, hit: Hit, trace: Trace, cause: _Cause, part: Part
    ) -> Effects:
        """``effects`` joined with what one more hit of the same cause does."""
        for direction, _ in self._suspects(hit, trace, part):
            witness = self._proofs[cause.id, part, direction].witness
            # Without proof a break is a suspicion; with it, a suspicion is a break.
            effect: Effect = "unknown" if witness is None else "breaks"
            if witness is not None:
                self.findings[cause.id].witnesses.setdefault(direction, witness)
            effects = effects.join(_in(direction, effect))
        return effects

    def _judge(self, roots: Mapping[Side, Node]) -> Judge:
        validators = self._validators
        return Judge(validators["old"], validators["new"], roots, self._reading)

    @cached_property
    def _validators(self) -> dict[Side, Validators]:
        return {side: Validators(documents) for side, documents in self._documents.items()}


def _in(direction: Direction, effect: Effect) -> Effects:
    return Effects(backward=effect) if direction == "backward" else Effects(forward=effect)


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


def _finding(cause: _Cause, path: str) -> Finding:
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
