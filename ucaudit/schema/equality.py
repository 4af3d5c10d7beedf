"""Whether two places say the same, however each is spelled and whatever their types are called.

Most of what two versions have in common is equal to the letter, which is seen before any normal
form is made; only the rest is compared shape by shape. The answer is that of equal digests
(``hashing``), without the digests of all that lies below.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

import orjson

from ucaudit.jsontypes import Json
from ucaudit.schema.fixpoint import Fixpoint
from ucaudit.schema.hashing import said
from ucaudit.schema.node import Node, Shape

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
        while True:
            answer = a is b or self._same_shape(a, b)
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
        if a.is_any or b.is_any:
            return a.is_any and b.is_any
        return self._all_in(a.shapes, b.shapes) and self._all_in(b.shapes, a.shapes, swapped=True)

    def _same_text(self, a: Node, b: Node) -> bool:
        """Whether both are written alike and refer to the same; no says nothing."""
        if len(a.sources) != len(b.sources) or not (a.graph.local and b.graph.local):
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

    def _text(self, value: Json) -> _Text:
        known = self._texts.get(id(value))
        if known is None:
            known = self._texts[id(value)] = _text(value)
        return known

    def _all_in(
        self, some: Sequence[Shape], others: Sequence[Shape], *, swapped: bool = False
    ) -> bool:
        """Whether each of ``some`` is among ``others``."""
        return all(
            any(self._same_shape(*((b, a) if swapped else (a, b))) for b in others) for a in some
        )

    def _same_shape(self, a: Shape, b: Shape) -> bool:
        return (
            a.plain == b.plain
            and a.properties.keys() == b.properties.keys()
            and a.patterned.keys() == b.patterned.keys()
            and len(a.prefix) == len(b.prefix)
            and len(a.asides) == len(b.asides)
            and all(self._ask(node, b.properties[name]) for name, node in a.properties.items())
            and all(self._ask(node, b.patterned[name]) for name, node in a.patterned.items())
            and self._pairwise((a.items, a.additional, a.names), (b.items, b.additional, b.names))
            and self._pairwise(a.prefix, b.prefix)
            and self._pairwise(a.asides, b.asides)
        )

    def _pairwise(self, some: Iterable[Node | None], others: Iterable[Node | None]) -> bool:
        return all(self._ask(a, b) for a, b in zip(some, others, strict=True))


def _text(value: Json) -> _Text:
    try:
        written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        return _Text(value, None, ())
    references = dict.fromkeys(_REFERENCE.findall(written)) if b'"$ref"' in written else ()
    return _Text(value, written, tuple(orjson.loads(ref) for ref in references))
