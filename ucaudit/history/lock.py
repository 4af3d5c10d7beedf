"""Brings the open versions up to date with the declared calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ucaudit.errors import InputError
from ucaudit.history.compiled import (
    Envelopes,
    alike,
    compile_call,
    declared_renames,
    parse_logged,
    writer_of,
    writers_of,
)
from ucaudit.history.layout import OpenVersion
from ucaudit.history.version import CallHistory, History, Version, is_step, released_schemas
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.envelope import ENVELOPE, REQUEST, RESPONSE
from ucaudit.mapping.verdict import Verdict, judge
from ucaudit.names import check_call_names
from ucaudit.schema.parsing import Parser
from ucaudit.sources.record import CallSchemas

Outcome = Literal["new", "changed", "open", "unchanged", "removed"]


@dataclass(frozen=True, slots=True)
class Locked:
    """What became of one call.

    Attributes:
        call: Full name of the call.
        outcome: ``new`` call, ``changed`` since the last release by this lock, ``open`` (changed by
            an earlier lock), ``unchanged`` since the release, or ``removed``.
        entry: The open version; ``None`` for a removed call.
        verdict: Why the index verdict is what it is.
        notices: What of a new call is kept but not indexed, and what its schemas cannot tell.
    """

    call: str
    outcome: Outcome
    entry: OpenVersion | None
    verdict: Verdict | None = None
    notices: tuple[str, ...] = ()

    @property
    def questions(self) -> list[JsonObject]:
        """The decisions that are missing."""
        steps = self.entry.steps if self.entry is not None else []
        return [step for step in steps if "undecided" in step]

    @property
    def proposals(self) -> list[JsonObject]:
        """Renames that a person may confirm or deny; a release does not wait for that."""
        steps = self.entry.steps if self.entry is not None else []
        return [step for step in steps if "proposed" in step]


@dataclass(slots=True)
class Decisions:
    """What a person says while locking.

    Attributes:
        answers: Cause, or ``call:path``, to the step that answers its question.
        added: Call to further steps.
        generations: Calls that are to start a generation of their own.
    """

    answers: Mapping[str, JsonObject] = field(default_factory=dict)
    added: Mapping[str, list[JsonObject]] = field(default_factory=dict)
    generations: frozenset[str] = frozenset()


def lock(
    declared: Iterable[CallSchemas],
    opened: Mapping[str, OpenVersion],
    history: History,
    decisions: Decisions | None = None,
    envelope: JsonObject = ENVELOPE,
) -> list[Locked]:
    """Compares the declared calls with what is recorded; writes nothing.

    Args:
        declared: The calls as they are now.
        opened: The open versions, by call.
        history: The released versions.
        decisions: Answers to questions that earlier locks asked.
        envelope: JSON Schema of the fields around the calls' own data.

    Returns:
        One entry a call, in order of name.

    Raises:
        InputError: If calls collide, a decision answers no question, or a step cannot be carried
            out.
    """
    calls = {call.name: call for call in declared}
    check_call_names(list(calls))
    decisions = decisions or Decisions()
    _check_targets(decisions, calls)
    desk = _Desk(decisions, envelope)
    result = [
        _lock_call(calls[name], opened.get(name), history.calls.get(name), desk)
        for name in sorted(calls)
    ]
    unanswered = set(decisions.answers) - desk.used
    if unanswered:
        raise InputError(
            "decision-unmatched",
            "A decision answers no open question.",
            where=min(unanswered),
            fix="Run ucaudit lock without it, and take cause or call:path from what it prints.",
        )
    result += [Locked(name, "removed", None) for name in sorted(opened) if name not in calls]
    return result


def _check_targets(decisions: Decisions, calls: Mapping[str, CallSchemas]) -> None:
    for name in [*decisions.added, *decisions.generations]:
        if name not in calls:
            raise InputError(
                "call-unknown",
                f"No call {name!r} is declared.",
                where=name,
                fix="Name a declared call.",
            )


@dataclass(slots=True)
class _Desk:
    """What all calls of one lock share."""

    decisions: Decisions
    envelope: JsonObject
    envelopes: Envelopes = field(default_factory=Envelopes)
    used: set[str] = field(default_factory=set)

    def wants_more(self, call: str) -> bool:
        """Whether a person asks something of a call whose schemas did not change."""
        return call in self.decisions.generations or call in self.decisions.added


def _lock_call(
    call: CallSchemas, opened: OpenVersion | None, history: CallHistory | None, desk: _Desk
) -> Locked:
    parser = Parser()
    if opened is not None and _respelled(opened.schemas, call, parser):
        # Equal in normal form: a respelling by another pydantic is no change to write down.
        call = opened.schemas
    if history is None:
        notices = (*compile_call(call, parser).notices, *call.notices)
        outcome: Outcome = "new" if opened is None else "open"
        return Locked(call.name, outcome, OpenVersion(call, 1, 1, "none"), None, notices)
    newest = history.newest
    waiting = opened if opened is not None and opened.version > newest.number else None
    same = newest.envelope == desk.envelope and alike(released_schemas(newest), call, parser)
    known = waiting is not None and waiting.schemas.parts is call.parts
    asked_before = waiting is not None and known and waiting.new_generation
    if same and not asked_before and not desk.wants_more(call.name):
        return Locked(call.name, "unchanged", _as_released(call, opened, newest))
    compiled = compile_call(call, parser)
    wanted = desk.envelopes.around(desk.envelope, {"properties": compiled.properties})
    verdict = judge(
        desk.envelopes.accumulated(history),
        wanted,
        writer_of(call, parser),
        writers_of(history, parser),
    )
    steps, declared = _steps(newest, call, verdict, waiting, desk, parser)
    # A transform that a person declares is carried out by a generation of its own (design, 4).
    asked = declared or call.name in desk.decisions.generations
    asked = asked or (waiting is not None and waiting.new_generation)
    entry = OpenVersion(
        schemas=call,
        version=newest.number + 1,
        generation=newest.generation + (asked or verdict.index == "reindex"),
        index=verdict.index,
        steps=steps,
        new_generation=asked,
    )
    outcome = "open" if known else "changed"
    return Locked(call.name, outcome, entry, verdict, call.notices)


def _respelled(opened: CallSchemas, call: CallSchemas, parser: Parser) -> bool:
    """Whether a call is as it is recorded, spelling aside; what it renames is no spelling."""
    if not alike(opened, call, parser):
        return False
    equal = opened.parts == call.parts and opened.renamed_from == call.renamed_from
    return equal or declared_renames(opened) == declared_renames(call)


def _as_released(call: CallSchemas, opened: OpenVersion | None, newest: Version) -> OpenVersion:
    """The open version of a call that is as it was released, whatever was written into it."""
    steps = list(newest.steps)
    if opened is not None and opened.version == newest.number:
        settled = list(filter(is_step, opened.steps))
        # Decisions that no step came of are kept in the open version only.
        steps = opened.steps if settled == steps else steps
    return OpenVersion(
        call, newest.number, newest.generation, newest.index, steps, newest.new_generation
    )


def _steps(
    newest: Version,
    call: CallSchemas,
    verdict: Verdict,
    waiting: OpenVersion | None,
    desk: _Desk,
    parser: Parser,
) -> tuple[list[JsonObject], bool]:
    """The steps of an open version, and whether a person declared some beyond what was asked."""
    from ucaudit.transform.derive import derive  # noqa: PLC0415  (most calls did not change)
    from ucaudit.transform.digest import steps_digest  # noqa: PLC0415  (as above)
    from ucaudit.transform.steps import parse_step  # noqa: PLC0415  (as above)

    earlier = waiting.steps if waiting is not None else []
    decided = {(s["for"], _path(s)): s for s in earlier if "for" in s and not _asks(s)}
    old, new = (parse_logged(state, parser) for state in (released_schemas(newest), call))
    derived: list[JsonObject] = []
    for root, before, after in zip((REQUEST, RESPONSE), old, new, strict=True):
        if before is not None and after is not None:
            derived += derive(before, after, root, verdict)
    steps = [_decide(step, call.name, decided, desk) for step in derived]
    # Steps that a person added belong to no cause, and stay.
    own = [step for step in earlier if "for" not in step]
    own += [step for step in desk.decisions.added.get(call.name, []) if step not in own]
    # Whoever writes the step of a rename need not be asked whether it is one.
    renamed = {step["rename"] for step in own if "rename" in step}
    steps = [
        step for step in steps if not (_asks(step) and "to" in step and _path(step) in renamed)
    ]
    settled = list(filter(is_step, (*steps, *own)))
    for step in settled:
        parse_step(step)
    # Names Python functions that cannot be imported while there is still time to mend them.
    steps_digest(settled)
    return steps + own, bool(own)


def _path(step: JsonObject) -> str | None:
    """The place that a step is about; a whole-document function is about none."""
    if "python" in step:
        return step.get("path")
    return next((str(step[k]) for k in step if k not in {"for", "why", "answers"}), None)


def _decide(
    step: JsonObject,
    call: str,
    decided: Mapping[tuple[str, str | None], JsonObject],
    desk: _Desk,
) -> JsonObject:
    cause, path = step["for"], _path(step)
    for key in (cause, f"{call}:{path}"):
        if key in desk.decisions.answers:
            desk.used.add(key)
            return {**_answer(desk.decisions.answers[key], str(path)), "for": cause}
    # What a person wrote in the open version is kept; two places of one cause are told apart.
    if (cause, path) in decided:
        return decided[cause, path]
    # A function of the whole document answers for all places of its cause.
    return decided.get((cause, None), step) if _asks(step) else step


def _asks(step: JsonObject) -> bool:
    """Whether it is a question."""
    return "undecided" in step or "proposed" in step


def _answer(answer: JsonObject, path: str) -> JsonObject:
    """The step that an answer makes; a verb without a path of its own gets the question's."""
    verb = next(iter(answer), None)
    if verb == "python":
        completed = {**answer, "path": path} if answer.get("path") == "" else dict(answer)
    elif verb is not None and answer[verb] in (None, True, ""):
        completed = {**answer, verb: path}
    else:
        completed = dict(answer)
    if verb != "keep":
        from ucaudit.transform.steps import parse_step  # noqa: PLC0415  (most locks decide nothing)

        parse_step(completed)
    return completed
