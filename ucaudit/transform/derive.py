"""Transform steps that a change of schema determines, and the questions that it leaves open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from ucaudit.diff.cause import cause_id, locate
from ucaudit.diff.indexing import blame, place
from ucaudit.diff.local import Step
from ucaudit.diff.walk import Hit, Walk
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.verdict import Verdict, effect_of
from ucaudit.schema.node import SCALARS, Node
from ucaudit.transform.path import Each, Segment, format_path

_CASTS: Final = frozenset({"integer", "number", "string", "boolean"})
# Rules after which a stored value may have to become one of another type.
_CASTING: Final = frozenset(
    {
        "type-changed",
        "type-narrowed",
        "type-fixed",
        "number-to-integer",
        "scalar-to-object",
        "object-to-scalar",
    }
)
# Rules after which a stored structure may have to become another; only a person knows which.
_REBUILDING: Final = frozenset(
    {"map-to-object", "free-form-to-object", "list-to-tuple", "tuple-to-list"}
)


def derive(old: Node, new: Node, root: str, verdict: Verdict) -> list[JsonObject]:
    """Steps that turn documents of ``old`` into documents of ``new``.

    Args:
        old: What was stored, in normal form.
        new: What will be stored.
        root: Field of the audit document that holds it.
        verdict: The index verdict; only where it asks for a new index is a decision needed.

    Returns:
        Steps in the order in which they run, renames first. A step with ``undecided`` is a
        question: what becomes of the stored values, with the verbs that can answer it; one with
        ``proposed`` is a rename that nobody declared, which need not be answered. ``for`` holds the
        cause, by which decisions are found again.
    """
    hits = _places(old, new)
    reindexed = _reindexed(hits, root, verdict)
    steps: dict[str, JsonObject] = {}
    for hit in hits:
        found = [(step, hit.cause) for step in _steps(hit, root, needed=hit.cause in reindexed)]
        for step, key in (*found, *_proposed(hit, root)):
            known = {**step, "for": key}
            steps.setdefault(repr(sorted(known.items(), key=str)), known)
    return sorted(steps.values(), key=lambda step: not _renames(step))


def _renames(step: JsonObject) -> bool:
    return "rename" in step or "rename" in step.get("answers", ())


class _Place(NamedTuple):
    """A difference, its cause, and the way to it from the root."""

    hit: Hit
    cause: str
    steps: tuple[Step, ...]


def _places(old: Node, new: Node) -> list[_Place]:
    trace = Walk().trace(old, new)
    return [_Place(hit, _cause(hit), trace.steps(hit)) for hit in trace.hits]


def _cause(hit: Hit) -> str:
    return cause_id(hit.local, *locate(hit.old.graph, hit.anchor, ""))


def _reindexed(hits: Sequence[_Place], root: str, verdict: Verdict) -> set[str]:
    places = [
        p for h in hits for p in place(h.cause, h.hit.local.rule, root, (*h.steps, *h.hit.local.at))
    ]
    return {
        cause
        for change in verdict.changes
        if effect_of(change) == "reindex"
        for cause in blame(change, places)
    }


def _steps(found: _Place, root: str, *, needed: bool) -> Iterator[JsonObject]:
    hit, local = found.hit, found.hit.local
    where = path_of(root, (*found.steps, *local.at))
    if local.rule == "field-renamed":
        last = local.at[-1]
        old = path_of(root, (*found.steps, Step("field", last.old, last.new, last.name, last.name)))
        yield {"rename": old, "to": last.new_name}
    elif local.rule == "single-to-list":
        yield {"to_list": where}
    elif local.rule == "list-to-single":
        # A list of several values has no faithful single form; it must not be cut in silence.
        yield {"first": where, "on_many": "dead_letter"}
    elif local.rule in _CASTING:
        target = _cast_target(hit.old, hit.new)
        if target is not None:
            yield {"cast": where, "to": target}
        elif needed:
            yield _question(hit, where)
    elif local.rule in _REBUILDING and needed:
        yield _question(hit, where)


def _proposed(found: _Place, root: str) -> Iterator[tuple[JsonObject, str]]:
    """The question whether a field that is gone is one that is new, and its fingerprint."""
    hit = found.hit
    proposal = hit.local.perhaps
    if proposal is None or hit.local.new is not None:
        return
    step = hit.local.at[-1]
    if step.old is None or step.new is None:
        return
    old, new = step.old.properties[step.name], step.new.properties[proposal.name]
    if old.redacted:
        return  # nothing is stored
    why = f"perhaps renamed to {proposal.name} ({proposal.score:.2f}: {proposal.reason})"
    answers = ["rename", "keep"]
    if any(s for inner in _places(old, new) for s in _steps(inner, root, needed=False)):
        # One answer is one step: what else becomes of the values, only the schema can say.
        why, answers = f"{why}; if so, declare it with renamed_from", ["keep"]
    # Where every stored document has a value and every new reader wants one, silence loses them.
    needed = step.name in step.old.required and proposal.name in step.new.required
    where = path_of(root, (*found.steps, step))
    question = {"undecided" if needed else "proposed": where, "to": proposal.name}
    yield {**question, "why": why, "answers": answers}, _fingerprint(hit, step.name, proposal.name)


def _fingerprint(hit: Hit, old: str, new: str) -> str:
    """Of a proposed rename: it stays the same when more becomes known of the fields."""
    local = replace(hit.local, rule="rename-proposed", old={"name": old}, new={"name": new})
    return cause_id(local, *locate(hit.old.graph, local.anchor, ""))


def _cast_target(old: Node, new: Node) -> str | None:
    kinds = new.kinds - {"null"}
    plain = old.kinds - {"null"} <= SCALARS and not old.is_any
    if not plain or len(kinds) != 1:
        return None
    kind = next(iter(kinds))
    return kind if kind in _CASTS else None


def _question(hit: Hit, where: str) -> JsonObject:
    plain = hit.old.kinds - {"null"} <= SCALARS and "object" in hit.new.kinds
    listed = "array" in hit.old.kinds and hit.new.kinds - {"null"} == {"string"}
    answers = ["python", "keep", "remove"]
    if plain:
        answers.insert(0, "wrap")
    if listed:
        answers.insert(0, "join")
    what = hit.local.message.replace("{at}", where)
    return {"undecided": where, "why": what, "answers": answers}


def path_of(root: str, steps: Sequence[Step]) -> str:
    """The transform path that ``steps`` lead to below ``root``, by the new names of fields."""
    segments: list[Segment] = [root]
    for step in steps:
        if step.kind == "field":
            segments.append(step.new_name or step.name)
        elif step.kind in ("items", "place"):
            segments.append(Each.ITEM)
        elif step.kind == "value":
            segments.append(Each.VALUE)
    return format_path(tuple(segments))
