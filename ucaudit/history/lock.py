"""Brings the open versions up to date with the declared calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from ucaudit.errors import InputError
from ucaudit.history.compiled import compile_call, fingerprint, parse_logged
from ucaudit.history.layout import OpenVersion
from ucaudit.history.version import CallHistory, History, Version
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.envelope import REQUEST, RESPONSE
from ucaudit.mapping.verdict import Verdict, judge
from ucaudit.names import check_call_names
from ucaudit.sources.record import CallSchemas
from ucaudit.transform.derive import derive
from ucaudit.transform.steps import parse_step

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
        notices: What is kept but not indexed.
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
) -> list[Locked]:
    """Compares the declared calls with what is recorded; writes nothing.

    Args:
        declared: The calls as they are now.
        opened: The open versions, by call.
        history: The released versions.
        decisions: Answers to questions that earlier locks asked.

    Returns:
        One entry a call, in order of name.

    Raises:
        InputError: If calls collide, or a decision answers no question.
    """
    calls = {call.name: call for call in declared}
    check_call_names(list(calls))
    decisions = decisions or Decisions()
    _check_targets(decisions, calls)
    used: set[str] = set()
    result = [
        _lock_call(calls[name], opened.get(name), history.calls.get(name), decisions, used)
        for name in sorted(calls)
    ]
    unanswered = set(decisions.answers) - used
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


def _lock_call(
    call: CallSchemas,
    opened: OpenVersion | None,
    history: CallHistory | None,
    decisions: Decisions,
    used: set[str],
) -> Locked:
    own = fingerprint(call)
    if opened is not None and fingerprint(opened.schemas) == own:
        # Equal in normal form: a respelling by another pydantic is no change to write down.
        call = opened.schemas
    compiled = compile_call(call)
    notices = tuple(compiled.notices)
    newest = history.newest if history is not None else None
    if newest is not None and fingerprint(released_schemas(newest, call)) == own:
        if opened is not None and opened.version == newest.number and opened.schemas is call:
            return Locked(call.name, "unchanged", opened, None, notices)
        steps = list(newest.steps)
        entry = OpenVersion(
            call, newest.number, newest.generation, newest.index, steps, newest.new_generation
        )
        return Locked(call.name, "unchanged", entry, None, notices)
    wanted = {"properties": compiled.properties}
    verdict = judge(newest.mapping if newest is not None else {}, wanted)
    if newest is None:
        entry = OpenVersion(call, 1, 1, "none")
        outcome: Outcome = "new" if opened is None else "open"
        return Locked(call.name, outcome, entry, None, notices)
    steps = _steps(newest, call, verdict, opened, decisions, used)
    waiting = opened if opened is not None and opened.version > newest.number else None
    asked = call.name in decisions.generations or (waiting is not None and waiting.new_generation)
    entry = OpenVersion(
        schemas=call,
        version=newest.number + 1,
        generation=newest.generation + (asked or verdict.index == "reindex"),
        index=verdict.index,
        steps=steps,
        new_generation=asked,
    )
    same = opened is not None and opened.schemas is call and opened.version == entry.version
    return Locked(call.name, "open" if same else "changed", entry, verdict, notices)


def released_schemas(version: Version, like: CallSchemas | None = None) -> CallSchemas:
    """A released version in the form in which sources give calls."""
    return CallSchemas(
        name=version.call,
        parts=version.parts,
        retention_days=version.retention_days,
        record_response=version.record_response,
        shared=like.shared if like is not None else frozenset(),
        origin=f"version {version.number} of {version.call}",
    )


def _steps(
    newest: Version,
    call: CallSchemas,
    verdict: Verdict,
    opened: OpenVersion | None,
    decisions: Decisions,
    used: set[str],
) -> list[JsonObject]:
    earlier = opened.steps if opened is not None and opened.version > newest.number else []
    decided = {s["for"]: s for s in earlier if "for" in s and "undecided" not in s}
    old, new = parse_logged(released_schemas(newest)), parse_logged(call)
    derived: list[JsonObject] = []
    for root, before, after in zip((REQUEST, RESPONSE), old, new, strict=True):
        if before is not None and after is not None:
            derived += derive(before, after, root, verdict)
    steps = [_decide(step, call.name, decided, decisions, used) for step in derived]
    causes = {step["for"] for step in derived}
    # Steps that a person added belong to no cause, and stay.
    own = [step for step in earlier if step.get("for") not in causes and "for" not in step]
    own += [step for step in decisions.added.get(call.name, []) if step not in own]
    for step in own:
        parse_step(step)
    return steps + own


def _decide(
    step: JsonObject,
    call: str,
    decided: Mapping[str, JsonObject],
    decisions: Decisions,
    used: set[str],
) -> JsonObject:
    cause = step["for"]
    path = next(str(step[k]) for k in step if k not in {"for", "why", "answers"})
    for key in (cause, f"{call}:{path}"):
        if key in decisions.answers:
            used.add(key)
            return {**_answer(decisions.answers[key], path), "for": cause}
    if cause in decided and ("undecided" in step or _is_python(decided[cause])):
        return decided[cause]
    return step


def _is_python(step: JsonObject) -> bool:
    return "python" in step or "keep" in step


def _answer(answer: JsonObject, path: str) -> JsonObject:
    """The step that an answer makes; a verb without a path of its own gets the question's."""
    verb = next(iter(answer), None)
    if verb == "python" and "path" not in answer:
        completed = dict(answer)
    elif verb is not None and answer[verb] in (None, True, ""):
        completed = {**answer, verb: path}
    else:
        completed = dict(answer)
    if verb != "keep":
        parse_step(completed)
    return completed
