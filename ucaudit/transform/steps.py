"""The verbs of transform steps: what each may say, and what it says of itself in one line.

A step is a JSON object in a version file: one verb with a path, its parameters, an optional
condition ``when``, and notes for people (``for``, ``why``) that execution ignores.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.transform.path import Path, format_path, parse_path
from ucaudit.transform.scalars import Scalar

BOOKKEEPING: Final = ("for", "why")
# Entries beside the steps of an open version: questions, and the answer that values stay.
_NOT_STEPS: Final = frozenset({"undecided", "proposed", "keep"})

Occupied = Literal["keep", "replace", "fail"]
OnFailure = Literal["dead_letter", "null"]
OnMany = Literal["first", "dead_letter"]
TypeName = Literal["string", "integer", "number", "boolean", "null", "object", "array"]


@dataclass(frozen=True, slots=True)
class When:
    """A condition on the whole document; with ``[*]`` in the path one match is enough.

    Attributes:
        path: Where to look.
        test: What to ask of the value there.
        expected: A JSON type, a JSON value, or whether the path is there at all.
    """

    path: Path
    test: Literal["type", "equals", "exists"]
    expected: Json

    def __str__(self) -> str:
        where = format_path(self.path)
        if self.test == "exists":
            return f"{where} exists" if self.expected else f"{where} does not exist"
        word = "is" if self.test == "type" else "equals"
        expected = self.expected if self.test == "type" else _compact(self.expected)
        return f"{where} {word} {expected}"


@dataclass(frozen=True, slots=True)
class Rename:
    """Gives a field a new name in the same object, at the same place in its order."""

    path: Path
    to: str
    occupied: Occupied = "keep"
    when: When | None = None

    def __str__(self) -> str:
        taken = {
            "keep": "",
            "replace": ", replacing what is there",
            "fail": ", a taken name becomes a dead letter",
        }[self.occupied]
        return f"rename {format_path(self.path)} to {self.to}{taken}"


@dataclass(frozen=True, slots=True)
class Cast:
    """Gives a value, or each element of a list, another scalar type, exactly."""

    path: Path
    to: Scalar
    on_failure: OnFailure = "dead_letter"
    when: When | None = None

    def __str__(self) -> str:
        failures = "dead letters" if self.on_failure == "dead_letter" else "null"
        return f"cast {format_path(self.path)} to {self.to}, failures become {failures}"


@dataclass(frozen=True, slots=True)
class ToList:
    """Puts a single value into a list."""

    path: Path
    when: When | None = None

    def __str__(self) -> str:
        return f"put {format_path(self.path)} into a list"


@dataclass(frozen=True, slots=True)
class First:
    """Takes the first element of a list; an empty list becomes null."""

    path: Path
    on_many: OnMany = "first"
    when: When | None = None

    def __str__(self) -> str:
        others = "are dropped" if self.on_many == "first" else "make a dead letter"
        return f"take the first element of {format_path(self.path)}, others {others}"


@dataclass(frozen=True, slots=True)
class Join:
    """Makes one string of a list of scalars."""

    path: Path
    separator: str = ","
    when: When | None = None

    def __str__(self) -> str:
        return f"join {format_path(self.path)} with {_compact(self.separator)}"


@dataclass(frozen=True, slots=True)
class Remove:
    """Removes a field."""

    path: Path
    when: When | None = None

    def __str__(self) -> str:
        return f"remove {format_path(self.path)}"


@dataclass(frozen=True, slots=True)
class Wrap:
    """Puts a value that is no object into one, under ``key``, beside constant ``siblings``."""

    path: Path
    key: str
    siblings: JsonObject = field(default_factory=dict)
    lists: bool = False
    when: When | None = None

    def __str__(self) -> str:
        beside = f" beside {_compact(self.siblings)}" if self.siblings else ""
        return f"wrap {format_path(self.path)} into an object under {self.key}{beside}"


@dataclass(frozen=True, slots=True)
class Set:
    """Gives an absent field a value."""

    path: Path
    value: Json
    when: When | None = None

    def __str__(self) -> str:
        return f"set {format_path(self.path)} to {_compact(self.value)} where it is absent"


@dataclass(frozen=True, slots=True)
class Python:
    """Calls a function on the values at ``path`` (null too), or on the document without a path.

    The function returns the new value. It must leave values of the new shape alone, because an
    index may hold both shapes, and a document may be transformed again after a crash. Numbers with
    a fraction or exponent reach it as a float that keeps its text, so that what it does not change
    keeps its digits.
    """

    function: str
    path: Path = ()
    when: When | None = None

    def __str__(self) -> str:
        return f"call {self.function} on {format_path(self.path) or 'the document'}"


Step = Rename | Cast | ToList | First | Join | Remove | Wrap | Set | Python


def is_step(entry: JsonObject) -> bool:
    """Whether an entry of an open version is a step to carry out: no question, no mere answer."""
    return _NOT_STEPS.isdisjoint(entry)


def parse_step(step: JsonObject) -> Step:
    """Reads a step.

    Raises:
        InputError: If it is not exactly one verb with the parameters that verb takes.
    """
    if not isinstance(step, dict):
        raise _bad(step, f"it is a {type(step).__name__}", "Write a JSON object.")
    verbs = [key for key in step if key in _VERBS]
    if len(verbs) != 1:
        why = f"it has the verbs {', '.join(verbs)}" if verbs else "it has no verb that is known"
        raise _bad(step, why, f"Use exactly one of {', '.join(_VERBS)}.")
    verb = _VERBS[verbs[0]]
    given = {key: step[key] for key in step if key not in (*verbs, *BOOKKEEPING, "when")}
    fields = verb.subject(step, step[verbs[0]])
    for key, value in given.items():
        if key not in verb.parameters:
            known = ", ".join([*verb.parameters, "when", *BOOKKEEPING])
            raise _bad(step, f"{verbs[0]} takes no {key!r}", f"Known keys are {known}.")
        name, check = verb.parameters[key]
        fields[name] = check(step, key, value)
    for key in verb.required:
        if key not in given:
            raise _bad(step, f"{key!r} is missing", f"Add {key!r} to the step.")
    if "when" in step:
        fields["when"] = _when(step, step["when"])
    return _checked(step, verb.kind(**fields))


_Check = Callable[[JsonObject, str, Any], Any]


@dataclass(frozen=True, slots=True)
class _Verb:
    kind: Callable[..., Step]
    subject: Callable[[JsonObject, Any], dict[str, Any]]
    parameters: dict[str, tuple[str, _Check]] = field(default_factory=dict)
    required: tuple[str, ...] = ()


def _place(step: JsonObject, value: Any) -> dict[str, Any]:
    return {"path": _path(step, "the path", value)}


def _field_name(step: JsonObject, value: Any) -> dict[str, Any]:
    path = _path(step, "the path", value)
    if not isinstance(path[-1], str):
        raise _bad(step, "its path does not end in a field name", "End the path with a name.")
    return {"path": path}


def _function(step: JsonObject, value: Any) -> dict[str, Any]:
    return {"function": _string(step, "the function", value)}


def _path(step: JsonObject, key: str, value: Any) -> Path:
    return parse_path(_string(step, key, value))


def _string(step: JsonObject, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise _bad(step, f"{key} is {_compact(value)}", "Write a string.")
    return value


def _boolean(step: JsonObject, key: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _bad(step, f"{key!r} is {_compact(value)}", "Write true or false.")
    return value


def _object(step: JsonObject, key: str, value: Any) -> JsonObject:
    if not isinstance(value, dict):
        raise _bad(step, f"{key!r} is {_compact(value)}", "Write a JSON object.")
    _json(step, key, value)
    return value


def _json(step: JsonObject, key: str, value: Any) -> Any:
    try:
        json.dumps(value, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise _bad(step, f"{key!r} is not a JSON value: {error}", "Write a JSON value.") from error
    return value


def _one_of(choices: Any) -> _Check:
    words = get_args(choices)

    def check(step: JsonObject, key: str, value: Any) -> str:
        if value not in words:
            raise _bad(step, f"{key!r} is {_compact(value)}", f"Use one of {', '.join(words)}.")
        return str(value)

    return check


_VERBS: Final[dict[str, _Verb]] = {
    "rename": _Verb(
        Rename,
        _field_name,
        {"to": ("to", _string), "occupied": ("occupied", _one_of(Occupied))},
        required=("to",),
    ),
    "cast": _Verb(
        Cast,
        _place,
        {"to": ("to", _one_of(Scalar)), "on_failure": ("on_failure", _one_of(OnFailure))},
        required=("to",),
    ),
    "to_list": _Verb(ToList, _place),
    "first": _Verb(First, _place, {"on_many": ("on_many", _one_of(OnMany))}),
    "join": _Verb(Join, _place, {"separator": ("separator", _string)}),
    "remove": _Verb(Remove, _field_name),
    "wrap": _Verb(
        Wrap,
        _place,
        {"key": ("key", _string), "with": ("siblings", _object), "lists": ("lists", _boolean)},
        required=("key",),
    ),
    "set": _Verb(Set, _field_name, {"value": ("value", _json)}, required=("value",)),
    "python": _Verb(Python, _function, {"path": ("path", _path)}),
}


def _when(step: JsonObject, value: Any) -> When:
    condition = _object(step, "when", value)
    tests = sorted(set(condition) - {"path"})
    if "path" not in condition or len(tests) != 1 or tests[0] not in ("type", "equals", "exists"):
        raise _bad(
            step,
            f"its condition is {_compact(value)}",
            'Write {"path": …} with one of "type", "equals" and "exists".',
        )
    path = _path(step, "the path of the condition", condition["path"])
    match tests[0]:
        case "type":
            return When(path, "type", _one_of(TypeName)(step, "type", condition["type"]))
        case "exists":
            return When(path, "exists", _boolean(step, "exists", condition["exists"]))
        case _:
            return When(path, "equals", _json(step, "equals", condition["equals"]))


def _checked(step: JsonObject, parsed: Step) -> Step:
    if isinstance(parsed, Rename) and parsed.to == parsed.path[-1]:
        raise _bad(step, "old and new name are the same", "Give another name, or delete the step.")
    if isinstance(parsed, Wrap) and parsed.key in parsed.siblings:
        why = f"{parsed.key!r} is the key of the value and of a constant"
        raise _bad(step, why, "Rename one of them.")
    return parsed


def _compact(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _bad(step: Any, why: str, fix: str) -> InputError:
    try:
        shown = _compact(step)
    except (TypeError, ValueError):
        shown = repr(step)
    return InputError(
        "step-invalid", "A transform step cannot be read.", where=shown, why=why, fix=fix
    )
