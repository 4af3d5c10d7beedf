"""The second and third means of containment: an algebra of schemas that knows nothing of causes.

It is asked where our walk suspects a break and no witness was found. Only its yes counts; what it
says is left of the sender, once the reader's values are taken away, is searched for a witness.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Final

import jsonschema_rs
from jsonschema_rs import canonical

from ucaudit.diff.standalone import TooLarge, standalone
from ucaudit.errors import InputError
from ucaudit.jsontypes import Json
from ucaudit.schema.node import Node
from ucaudit.schema.parsing import parse
from ucaudit.schema.samples import variety
from ucaudit.schema.validators import lower

_UNDECIDED: Final = (
    TooLarge,
    canonical.CanonicalizationError,
    jsonschema_rs.ValidationError,
    jsonschema_rs.ReferencingError,
    ValueError,
)


class Algebra:
    """Opinions on pairs of nodes, each asked for once."""

    def __init__(self) -> None:
        self._known: dict[tuple[Node, Node], Opinion] = {}

    def opinion(self, reader: Node, sender: Node) -> Opinion:
        """What the algebra makes of a reader and a sender."""
        if (reader, sender) not in self._known:
            self._known[reader, sender] = Opinion(reader, sender)
        return self._known[reader, sender]


class Opinion:
    """What the algebra makes of a reader and a sender.

    Args:
        reader: Who should take what is sent.
        sender: Who sends.
    """

    def __init__(self, reader: Node, sender: Node) -> None:
        self._sides: tuple[Any, Any] | None = None
        try:
            self._sides = _canonical(reader, "reader"), _canonical(sender, "sender")
        except _UNDECIDED:
            return

    @cached_property
    def takes(self) -> bool:
        """Whether the reader surely takes all that is sent."""
        if self._sides is None:
            return False
        reader, sender = self._sides
        try:
            return bool(reader.covers(sender) is canonical.Containment.YES)
        except _UNDECIDED:
            return False

    def refused(self) -> Iterator[Json]:
        """Values that are sent and that the reader refuses; none where none are found."""
        rest = self._rest()
        if rest is None:
            return
        try:
            judge = jsonschema_rs.validator_for(rest, validate_formats=True, offline=True)
            root = parse(rest, "difference")
        except (*_UNDECIDED, InputError):
            return
        for value in variety(root):
            if judge.is_valid(value):
                yield value

    def _rest(self) -> Json:
        if self._sides is None:
            return None
        reader, sender = self._sides
        try:
            return sender.subtract(reader).to_json_schema()
        except _UNDECIDED:
            return None


def _canonical(node: Node, role: Any) -> Any:
    schema = lower(standalone(node, role))
    return jsonschema_rs.canonicalize(schema, offline=True, validate_formats=True)
