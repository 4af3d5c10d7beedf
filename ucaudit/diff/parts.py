"""Findings of one part of one call: hits turned into causes, effects and witnesses."""

from __future__ import annotations

from dataclasses import dataclass, field

from ucaudit.diff.cause import cause_id, locate
from ucaudit.diff.indexing import Place, place
from ucaudit.diff.local import path_text
from ucaudit.diff.model import Effect, Effects, Finding, Occurrence, Part, Witness
from ucaudit.diff.samples import NoSample, sample
from ucaudit.diff.walk import Hit, Walk
from ucaudit.diff.witness import Judge, Side, embed, find
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.graph import parse


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
        effects, witnesses = _effects(hit, part, judge)
        finding = Finding(
            id=key,
            rule=local.rule,
            owner=owner,
            pointer=pointer,
            old=local.old,
            new=local.new,
            message=local.message.replace("{at}", _short(path)),
            effects=effects,
            witnesses=witnesses,
        )
        result.findings[key] = finding
        result.hits[key] = hit
    occurrence = Occurrence(call, part, path, anchor)
    if all(o.path != path for o in finding.occurrences):
        finding.occurrences.append(occurrence)
    if root_field is not None:
        result.places.extend(place(key, root_field, steps))


def _short(path: str) -> str:
    """The place as a person names it: the path without its root."""
    short = path.removeprefix("$").removeprefix(".")
    return short or "the value"


def _effects(hit: Hit, part: Part, judge: Judge) -> tuple[Effects, dict[str, Witness]]:
    if part == "audit":
        return Effects(), {}
    local = hit.local
    takes: dict[Side, Effect] = {"old": local.takes_old, "new": local.takes_new}
    values = {"old": local.old_values, "new": local.new_values}
    # A request's sender of the old side is the old caller; a response's is the old service.
    directions: dict[Side, str] = {"old": "backward", "new": "forward"}
    if part == "response":
        directions = {"old": "forward", "new": "backward"}
    witnesses: dict[str, Witness] = {}
    effects: dict[str, Effect] = {}
    for sender, direction in directions.items():
        effect = takes[sender]
        if effect != "ok":
            witness = find(judge, sender, hit.steps, local.at, values[sender])
            # Without proof a break is a suspicion; with it, a suspicion is a break.
            effect = "breaks" if witness is not None else "unknown"
            if witness is not None:
                witnesses[direction] = witness
        effects[direction] = effect
    return Effects(effects["backward"], effects["forward"]), witnesses


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
