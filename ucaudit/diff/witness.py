"""Documents that prove an effect, validated by an independent validator before they are shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any, Final

import jsonschema_rs

from ucaudit.diff.local import Side, Step
from ucaudit.diff.model import Witness
from ucaudit.diff.samples import NoSample, free_key, sample_list, sample_shape
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.document import walk
from ucaudit.schema.shapes import INTEGER_FORMATS

_MOST_TRIES: Final = 64
_MOST_STEPS: Final = 60


@dataclass
class Judge:
    """Validators of both sides of one part of a call."""

    old: Json
    new: Json

    @cached_property
    def senders(self) -> dict[Side, Any]:
        """What each side may send, to the letter; integer formats count as bounds."""
        return {"old": _validator(lower(self.old)), "new": _validator(lower(self.new))}

    @cached_property
    def readers(self) -> dict[Side, Any]:
        """What each side takes: the same, but that ``oneOf`` reads as ``anyOf``."""
        return {
            "old": _validator(lower(self.old, lenient=True)),
            "new": _validator(lower(self.new, lenient=True)),
        }

    def check(self, document: Json, sender: Side, fields: Sequence[str]) -> Witness | None:
        """The witness, if the sender's schema accepts ``document`` and the other refuses it.

        Args:
            document: What is sent.
            sender: Whose producer sends it.
            fields: Names that lead to the finding; the refusal has to be there.
        """
        reader: Side = "new" if sender == "old" else "old"
        if None in (self.senders[sender], self.readers[sender], self.readers[reader]):
            return None
        # However oneOf is read: within ``not``, the lenient reading is the stricter one.
        if not all(side[sender].is_valid(document) for side in (self.senders, self.readers)):
            return None
        for error in self.readers[reader].iter_errors(document):
            if _concerns(error, list(fields)):
                return Witness(document, sender, reader, _message(error))
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
    paths = [[key for key in path if key] for path in (sent, missed)]
    for value in islice(values, _MOST_TRIES):
        for document in embed(steps, sender, value):
            for path in paths:
                witness = judge.check(document, sender, path)
                if witness is not None:
                    return witness
    return None


def _concerns(error: Any, fields: list[str]) -> bool:
    """Whether an error is at ``fields``, or at a union above that gives no closer reason."""
    at = [part for part in error.instance_path if isinstance(part, str)]
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


def _validator(schema: Json) -> Any:
    """A validator, or ``None`` where the library cannot make one; then nothing is proven."""
    try:
        return jsonschema_rs.validator_for(schema, validate_formats=True, offline=True)
    except (jsonschema_rs.ValidationError, jsonschema_rs.ReferencingError, ValueError):
        return None


def lower(schema: Json, *, lenient: bool = False) -> Json:
    """``schema`` as validators check it.

    Integer formats are written as bounds; without a dialect, older spellings as in 2020-12.

    Args:
        schema: A JSON Schema.
        lenient: Read ``oneOf`` as ``anyOf``.
    """
    lowered = _copy(schema)
    modern = isinstance(schema, dict) and "$schema" not in schema
    for _, part in walk(lowered):
        if not isinstance(part, dict):
            continue
        if part.get("format") in INTEGER_FORMATS:
            _bound(part)
        if modern:
            _modernize(part)
        if lenient and "oneOf" in part:
            part["allOf"] = [*part.get("allOf", []), {"anyOf": part.pop("oneOf")}]
    return lowered


def _copy(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _copy(item) for key, item in value.items()}
    return [_copy(item) for item in value] if isinstance(value, list) else value


def _modernize(part: JsonObject) -> None:
    for limit, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if isinstance(part.get(exclusive), bool) and part.pop(exclusive) and limit in part:
            part[exclusive] = part.pop(limit)
    if isinstance(part.get("items"), list):
        part["prefixItems"] = part.pop("items")
        if "additionalItems" in part:
            part["items"] = part.pop("additionalItems")


def _bound(part: JsonObject) -> None:
    low, high = INTEGER_FORMATS[part["format"]]
    kinds = part.get("type")
    if kinds != "integer" and not (isinstance(kinds, list) and "integer" in kinds):
        return
    part["minimum"] = max(low, part.get("minimum", low))
    part["maximum"] = min(high, part.get("maximum", high))


def _message(error: Any) -> str:
    path = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in error.instance_path)
    return f"${path}: {error.message}" if path else str(error.message)
