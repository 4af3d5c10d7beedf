"""Whether two places say the same, however each is spelled and whatever their types are called.

Most of what two versions have in common is equal to the letter, which is seen before any normal
form is made; only the rest is compared shape by shape. The answer is that of equal digests
(``hashing``), without the digests of all that lies below.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Final, NamedTuple, TypeVar

import orjson

from ucaudit.jsontypes import Json
from ucaudit.schema.fixpoint import Fixpoint
from ucaudit.schema.hashing import said
from ucaudit.schema.node import Condition, Node, Shape

_REFERENCE: Final = re.compile(rb'"\$ref":("(?:[^"\\]|\\.)*")')


class _Text(NamedTuple):
    """A part of a schema as it is written.

    Attributes:
        value: The part, whose id stays its own by being kept.
        written: As JSON; ``None`` if it cannot be.
        references: What ``$ref`` in it says, each once.
    """

    value: Json
    written: bytes | None
    references: tuple[str, ...]


class Equality:
    """Answers about nodes of two documents, each decided once."""

    def __init__(self) -> None:
        self._answers: Fixpoint[tuple[Node, Node]] = Fixpoint(self._decide)
        self._texts: dict[int, _Text] = {}

    def same(self, a: Node, b: Node) -> bool:
        """Whether ``a`` and ``b`` say the same."""
        return a is b or self._answers.answer((a, b))

    def same_shape(self, a: Shape, b: Shape) -> bool:
        """Whether two alternatives say the same."""
        return a is b or self._settled(lambda: self._same_shape(a, b))

    def same_condition(self, a: Condition, b: Condition) -> bool:
        """Whether two conditions say the same."""
        return a is b or self._settled(lambda: self._same_condition(a, b))

    def _settled(self, ask: Callable[[], bool]) -> bool:
        while True:
            answer = ask()
            if not self._answers.settle():
                return answer

    def _ask(self, a: Node | None, b: Node | None) -> bool:
        if a is b:
            return True
        return a is not None and b is not None and self._answers.ask((a, b))

    def _decide(self, pair: tuple[Node, Node]) -> bool:
        a, b = pair
        if self._same_text(a, b):
            return True
        if said(a) != said(b):
            return False
        shapes = a.shapes, b.shapes
        if a.is_any or b.is_any:
            return a.is_any and b.is_any
        return _all_in(self._same_shape, *shapes)

    def _same_text(self, a: Node, b: Node) -> bool:
        """Whether both are written alike and refer to the same; no says nothing."""
        if len(a.sources) != len(b.sources) or a.only != b.only:
            return False
        if not (a.graph.local and b.graph.local):
            return False
        for here, there in zip(a.sources, b.sources, strict=True):
            texts = a.graph.document.at(here), b.graph.document.at(there)
            # To Python, true is 1 as well: what is equal so far may still be written otherwise.
            if texts[0] != texts[1]:
                return False
            own, other = self._text(texts[0]), self._text(texts[1])
            if own.written is None or own.written != other.written:
                return False
            if not all(
                self._ask(a.graph.reference(ref), b.graph.reference(ref)) for ref in own.references
            ):
                return False
        return True

    def _same_shape(self, a: Shape, b: Shape) -> bool:
        return (
            a.plain == b.plain
            and a.properties.keys() == b.properties.keys()
            and a.patterned.keys() == b.patterned.keys()
            and len(a.residual) == len(b.residual)
            and all(self._ask(node, b.properties[name]) for name, node in a.properties.items())
            and all(self._ask(node, b.patterned[name]) for name, node in a.patterned.items())
            and self._ask(a.others, b.others)
            and self._ask(a.names, b.names)
            # A place that holds what all others hold need not be listed.
            and all(
                self._ask(a.place(i), b.place(i))
                for i in range(max(len(a.prefix), len(b.prefix)) + 1)
            )
            and _all_in(self._same_condition, a.residual, b.residual)
        )

    def _same_condition(self, a: Condition, b: Condition) -> bool:
        if (a.keyword, a.says, len(a.nodes)) != (b.keyword, b.says, len(b.nodes)):
            return False
        if a.keyword == "oneOf":
            return _all_in(self._ask, a.nodes, b.nodes)
        return all(self._ask(here, there) for here, there in zip(a.nodes, b.nodes, strict=True))

    def _text(self, value: Json) -> _Text:
        known = self._texts.get(id(value))
        if known is None:
            known = self._texts[id(value)] = _text(value)
        return known


Item = TypeVar("Item")


def _all_in(
    same: Callable[[Item, Item], bool], some: Sequence[Item], others: Sequence[Item]
) -> bool:
    """Whether each of either side is on the other."""
    return all(any(same(a, b) for b in others) for a in some) and all(
        any(same(a, b) for a in some) for b in others
    )


def _text(value: Json) -> _Text:
    try:
        written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return _Text(value, None, ())
    references = dict.fromkeys(_REFERENCE.findall(written)) if b'"$ref"' in written else ()
    return _Text(value, written, tuple(orjson.loads(ref) for ref in references))
