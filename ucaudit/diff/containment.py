"""Whether a reader surely takes all that a sender sends.

Only a certain yes is a yes: where the structure does not show it, the answer is no, and a witness
has to say whether that is a break. What is open on the sender's side and what on the reader's is in
design section 5: a sender sends the fields it declares, a reader takes what its schema takes.

Questions about nodes depend on questions about nodes below, in cycles too.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from ucaudit.schema.equality import Equality
from ucaudit.schema.fixpoint import Fixpoint
from ucaudit.schema.graph import ANYTHING
from ucaudit.schema.node import Bounds, Condition, Node, Shape
from ucaudit.schema.patterns import apart
from ucaudit.schema.senders import listed_names, sent_fields
from ucaudit.schema.values import accepts, divides, json_of, judge

Question = tuple[Node, Node] | tuple[int, int]
"""Reader and sender: places, or two alternatives by their ids."""

# Formats that describe without restricting: validators check none of them.
SILENT_FORMATS: Final = frozenset({"password", "binary", "byte", "float", "double", "decimal"})


class Containment:
    """Answers about the nodes of two documents, each decided once."""

    def __init__(self, equality: Equality) -> None:
        self._equality = equality
        self._answers: Fixpoint[Question] = Fixpoint(self._decide)
        self._pairs: dict[Question, tuple[Shape, Shape]] = {}
        self._sent: dict[int, tuple[Shape, dict[str, list[Node]]]] = {}

    def learn(self, reader: Node, sender: Node) -> None:
        """Takes for certain that ``reader`` takes all of ``sender``, and thinks all else over."""
        self._answers.learn((reader, sender))

    def takes(self, reader: Node, sender: Node) -> bool:
        """Whether ``reader`` takes every value that ``sender`` sends."""
        return self._surely(reader, sender) or self._answers.answer((reader, sender))

    def takes_shape(self, reader: Node, shape: Shape) -> bool:
        """Whether ``reader`` takes every value of one alternative of a sender."""
        while True:
            answer = self._takes(reader, shape)
            if not self._answers.settle():
                return answer

    def distinct(self, shapes: Iterable[Shape]) -> tuple[Shape, ...]:
        """``shapes`` without those that say the same as one before."""
        found: list[Shape] = []
        for shape in shapes:
            if not any(self.same_shape(known, shape) for known in found):
                found.append(shape)
        return tuple(found)

    def same(self, a: Node, b: Node) -> bool:
        """Whether two places say the same."""
        return self._equality.same(a, b)

    def same_shape(self, a: Shape, b: Shape) -> bool:
        """Whether two alternatives say the same."""
        return self._equality.same_shape(a, b)

    def _surely(self, reader: Node, sender: Node) -> bool:
        return reader.is_any or self.same(reader, sender)

    def _ask(self, reader: Node, sender: Node) -> bool:
        return self._surely(reader, sender) or self._answers.ask((reader, sender))

    def _decide(self, question: Question) -> bool:
        reader, sender = question
        if isinstance(reader, int):
            own, shape = self._pairs[question]
            return self._includes_objects(own, shape)
        assert isinstance(sender, Node)  # noqa: S101  (both are, or none is)
        return all(self._takes(reader, shape) for shape in sender.shapes)

    def _takes(self, reader: Node, shape: Shape) -> bool:
        if any(self._includes(own, shape) for own in reader.shapes):
            return True
        values = shape.enum
        if shape.kind == "boolean" and values is None:
            values = ("false", "true")
        return values is not None and all(accepts(reader, json_of(value)) for value in values)

    def _includes(self, reader: Shape, sender: Shape) -> bool:
        if reader.kind != sender.kind and (reader.kind, sender.kind) != ("number", "integer"):
            return False
        if not self._keeps_conditions(reader, sender):
            return False
        if reader.enum is not None and not set(sender.enum or ("",)) <= set(reader.enum):
            return False
        if reader.kind == "array":
            return self._includes_lists(reader, sender)
        if reader.kind == "object":
            return reader is sender or self._ask_objects(reader, sender)
        if not _includes_format(reader, sender):
            return False
        return reader.enum is not None or (
            sender.enum is None and _includes_scalars(reader, sender)
        )

    def _includes_lists(self, reader: Shape, sender: Shape) -> bool:
        bounds = sender.bounds
        if sender.items is not None and sender.items.is_never:
            bounds = bounds.meet(Bounds(None, len(sender.prefix)))
        if not reader.bounds.holds(bounds):
            return False
        most = bounds.high
        if reader.unique and not sender.unique and (most is None or most > 1):
            return False
        places = max(len(reader.prefix), len(sender.prefix)) + 1
        return all(
            self._ask(reader.place(i) or ANYTHING, sender.place(i) or ANYTHING)
            for i in range(places if most is None else min(places, int(most)))
        )

    def _ask_objects(self, reader: Shape, sender: Shape) -> bool:
        # The shapes are kept along, so that their ids stay their own.
        pair = id(reader), id(sender)
        self._pairs[pair] = reader, sender
        return self._answers.ask(pair)

    def _includes_objects(self, reader: Shape, sender: Shape) -> bool:
        if any(node.is_never for name in sender.required for node in sender.rules_for(name)):
            return True
        if not reader.required <= sender.required:
            return False
        sent = self._sent_fields(sender)
        if not reader.bounds.holds(_sizes(sender, sent)):
            return False
        names = reader.names
        if names is not None and not all(accepts(names, name) for name in sent):
            return False
        declared = all(self._field(reader, name, rules) for name, rules in sent.items())
        return declared and self._includes_others(reader, sender)

    def _keeps_conditions(self, reader: Shape, sender: Shape) -> bool:
        """Whether all that the reader asks for is promised by the sender in the same words.

        That fields do not come together is kept by a sender that never sends one of them.
        """
        return all(
            any(self._equality.same_condition(asked, own) for own in sender.residual)
            or any(not _may_come(sender, name) for name in forbidden_together(asked))
            for asked in reader.residual
        )

    def _sent_fields(self, sender: Shape) -> dict[str, list[Node]]:
        # The shape is kept along, so that its id stays its own.
        known = self._sent.get(id(sender))
        if known is None:
            known = self._sent[id(sender)] = (sender, sent_fields(sender))
        return known[1]

    def _field(self, reader: Shape, name: str, rules: list[Node]) -> bool:
        """Whether each rule of the reader follows from one of the sender's."""
        declared = reader.properties.get(name)
        if declared is not None and len(rules) == 1:
            return self._ask(declared, rules[0])
        return all(
            any(self._ask(own, rule) for rule in rules or [ANYTHING])
            for own in reader.rules_for(name)
        )

    def _includes_others(self, reader: Shape, sender: Shape) -> bool:
        """Fields that the sender does not declare: by pattern, or any."""
        values = dict(sender.patterned)
        free = sender.sends_others and listed_names(sender) is None
        if not (values or free):
            return True
        if reader.names is not None and not self._ask(reader.names, sender.names or ANYTHING):
            return False
        if not all(
            self._field(reader, name, sender.rules_for(name))
            for name in reader.properties
            if may_send(sender, name) and (sender.sends_others or sender.rules_for(name))
        ):
            return False
        others = [sender.additional or ANYTHING] if free else []
        # What matches a pattern of both satisfies the sender's rule for it.
        for pattern, node in reader.patterned.items():
            own = [node for other, node in values.items() if not apart(pattern, other)]
            own += others if _may_match(sender.names, pattern) else []
            if pattern in values:
                own = [values[pattern]]
            if not all(self._ask(node, value) for value in own):
                return False
        unmatched = [node for pattern, node in values.items() if pattern not in reader.patterned]
        rule = reader.additional or ANYTHING
        return all(self._ask(rule, value) for value in (*unmatched, *others))


def may_send(shape: Shape, name: str) -> bool:
    """Whether a sender of ``shape`` may send ``name`` without declaring it."""
    if name in shape.properties:
        return False
    return shape.names is None or shape.names.is_any or _may_be(shape.names, name)


def _may_be(names: Node, name: str) -> bool:
    """What restricts names in other ways than by list, length and pattern may let it through."""
    return any(judge(named, name) is not False for named in names.of("string"))


def _may_match(names: Node | None, pattern: str) -> bool:
    return names is None or any(
        not any(apart(pattern, other) for other in named.patterns) for named in names.of("string")
    )


def _sizes(sender: Shape, sent: dict[str, list[Node]]) -> Bounds:
    """How many fields a sender may send."""
    least = Bounds(len(sender.required))
    countable = not sender.patterned and not (sender.sends_others and listed_names(sender) is None)
    most = Bounds(None, len(sent)) if countable else Bounds()
    return sender.bounds.meet(least).meet(most)


def _includes_format(reader: Shape, sender: Shape) -> bool:
    return reader.kind != "string" or reader.format in (None, sender.format, *SILENT_FORMATS)


def _includes_scalars(reader: Shape, sender: Shape) -> bool:
    if not reader.bounds.holds(sender.bounds) or not set(reader.patterns) <= set(sender.patterns):
        return False
    steps = [*sender.multiple_of, *([1] if sender.kind == "integer" else [])]
    return all(any(divides(own, step) for step in steps) for own in reader.multiple_of)


def forbidden_together(condition: Condition) -> frozenset[str]:
    """The fields that must not be there at once, if ``condition`` says no more than that."""
    shapes = condition.nodes[0].shapes if condition.keyword == "not" else ()
    if len(shapes) != 1 or not replace(shapes[0], required=frozenset()).is_blank:
        return frozenset()
    return shapes[0].required


def _may_come(sender: Shape, name: str) -> bool:
    if name in sender.properties or name in sender.required:
        return True
    return may_send(sender, name) and (sender.sends_others or bool(sender.rules_for(name)))
