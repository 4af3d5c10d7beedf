"""Differences between two bare schemas."""

from __future__ import annotations

from ucaudit.config import Reading
from ucaudit.diff.calls import call_of, diff_calls
from ucaudit.diff.model import Diff, Part
from ucaudit.jsontypes import Json
from ucaudit.schema.parsing import parse
from ucaudit.schema.plain import check_json


def diff_schemas(
    old: Json,
    new: Json,
    part: Part = "request",
    unknown_fields: Reading = "ignored",
    name: str = "schema",
) -> Diff:
    """Compares two JSON Schemas.

    Args:
        old: The schema before, as parsed JSON.
        new: The schema after.
        part: Which side of the call it is: it decides who sends and who reads. The index effect is
            given as if that part were recorded.
        unknown_fields: ``ignored``: senders send the fields that they declare, and ``oneOf`` is any
            of its members. ``literal``: both sides are as JSON Schema says.
        name: What the call is called in the result.

    Returns:
        The findings; ``to_dict()`` gives the JSON document ``ucaudit.diff/1``.

    Raises:
        InputError: If one of them is not a JSON Schema, or the reading is another.
    """
    for side, schema in (("old", old), ("new", new)):
        check_json(schema, f"{name} ({side})")
        parse(schema, f"{name} {part} ({side})")
    return diff_calls(
        [call_of(name, part, old)], [call_of(name, part, new)], unknown_fields=unknown_fields
    )
