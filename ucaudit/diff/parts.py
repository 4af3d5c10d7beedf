"""Findings of one part of one call: hits turned into causes, effects and witnesses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from ucaudit.diff.cause import cause_id, locate
from ucaudit.diff.indexing import Place, place
from ucaudit.diff.local import Side, path_text
from ucaudit.diff.model import Effect, Effects, Finding, Occurrence, Part
from ucaudit.diff.samples import NoSample, sample
from ucaudit.diff.walk import Hit, Walk
from ucaudit.diff.witness import Judge, embed, find
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.graph import parse

Direction = Literal["backward", "forward"]
# Who sends what the other side may refuse: old callers and old services, in this order.
_SENDERS: Final[dict[Part, dict[Direction, Side]]] = {
    "request": {"backward": "old", "forward": "new"},
    "response": {"backward": "new", "forward": "old"},
}
# Places of one cause at which a witness is looked for.
_MOST_SEARCHES: Final = 8


@dataclass(slots=True)
class PartFindings:
    """What changed in one part of one call.

    Attributes:
        findings: By id.
        places: Where they reach in the mapping.
        hits: One hit of each finding, for the witness of the index.
    """

    findings: dict[str, Finding] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    hits: dict[str, Hit] = field(default_factory=dict)


def compare_part(
    call: str, part: Part, old: JsonObject, new: JsonObject, root_field: str | None
) -> PartFindings:
    """Compares one part.

    Args:
        call: Full name of the call.
        part: Which side it is; decides who sends and who reads.
        old: Schema before.
        new: Schema after.
        root_field: Name of the field that holds the part in the audit document, if it does.
    """
    result = PartFindings()
    before, after = parse(old, f"{call} {part} (old)"), parse(new, f"{call} {part} (new)")
    judge = Judge(old, new)
    for hit in Walk().hits(before, after):
        _add(result, hit, call, part, judge, root_field)
    return result


def _add(
    result: PartFindings, hit: Hit, call: str, part: Part, judge: Judge, root_field: str | None
) -> None:
    local = hit.local
    # What takes any value is written nowhere; its place is where the step above leads.
    anchor = hit.steps[-1].anchor if hit.steps and not hit.old.sources else local.anchor
    owner, pointer = locate(hit.old.graph, anchor, call)
    key = cause_id(local, owner, pointer)
    steps = (*hit.steps, *local.at)
    path = path_text(steps)
    finding = result.findings.get(key)
    if finding is None:
        finding = result.findings[key] = Finding(
            id=key,
            rule=local.rule,
            owner=owner,
            pointer=pointer,
            old=local.old,
            new=local.new,
            message=local.message.replace("{at}", _short(path)),
            effects=Effects(),
        )
        result.hits[key] = hit
    if part != "audit" and len(finding.occurrences) < _MOST_SEARCHES:
        _add_effects(finding, hit, _SENDERS[part], judge)
    occurrence = Occurrence(call, part, path, anchor)
    if all(o.path != path for o in finding.occurrences):
        finding.occurrences.append(occurrence)
    if root_field is not None:
        result.places.extend(place(key, root_field, steps))


def _short(path: str) -> str:
    """The place as a person names it: the path without its root."""
    short = path.removeprefix("$").removeprefix(".")
    return short or "the value"


def _add_effects(
    finding: Finding, hit: Hit, senders: Mapping[Direction, Side], judge: Judge
) -> None:
    """Joins what one hit does to what other hits of the same cause do."""
    for direction, sender in senders.items():
        effects: dict[str, Effect] = {
            "backward": finding.effects.backward,
            "forward": finding.effects.forward,
        }
        harmless = sender not in hit.doubt or hit.local.takes(sender) == "ok"
        if harmless or effects[direction] == "breaks":
            continue
        witness = find(judge, sender, hit.steps, hit.local.at, hit.local.values(sender))
        # Without proof a break is a suspicion; with it, a suspicion is a break.
        effects[direction] = "unknown" if witness is None else "breaks"
        if witness is not None:
            finding.witnesses[direction] = witness
        finding.effects = Effects(effects["backward"], effects["forward"])


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
