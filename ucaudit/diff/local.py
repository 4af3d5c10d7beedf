"""What one comparison of two places says, before anyone knows which calls it reaches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal

from ucaudit.diff.model import Effect, Proposal
from ucaudit.jsontypes import Json
from ucaudit.schema.document import escape
from ucaudit.schema.node import Node, Shape

Side = Literal["old", "new"]
StepKind = Literal["field", "items", "place", "value", "inside"]


@dataclass(frozen=True, slots=True)
class Step:
    """One step down, on both sides at once.

    Attributes:
        kind: ``field`` of an object, ``items`` of a list, ``place`` of a tuple, ``value`` of a map
            or of a pattern, or ``inside`` where one side is a list and the other what it holds.
        old: The shape stepped out of on the old side; ``None`` where that side does not step.
        new: Likewise on the new side.
        name: The field's old name; of a ``value``, the pattern of its key if it has one.
        new_name: Its new name.
        index: The place in a tuple.
        settled: Sides whose values are taken here whatever is found below, such as by another
            member of a union.
    """

    kind: StepKind
    old: Shape | None
    new: Shape | None
    name: str = ""
    new_name: str = ""
    index: int = 0
    settled: frozenset[Side] = frozenset()

    @property
    def text(self) -> str:
        """As part of a path, such as ``.port`` or ``[*]``."""
        if self.kind == "field":
            name = self.new_name or self.name
            return f".{name}" if name.replace("_", "a").isalnum() else f'."{name}"'
        return {"items": "[*]", "value": "{*}", "place": f"[{self.index}]", "inside": ""}[self.kind]

    @property
    def anchor(self) -> str:
        """Pointer of the place stepped into, in the old document."""
        below = {
            "field": f"/properties/{escape(self.name)}",
            "items": "/items",
            "place": f"/prefixItems/{self.index}",
            "value": f"/patternProperties/{escape(self.name)}"
            if self.name
            else "/additionalProperties",
            "inside": "",
        }[self.kind]
        return f"{self.old.pointer if self.old is not None else ''}{below}"

    def key(self, side: Side) -> str | None:
        """The key or place on one side, ``*`` for any; ``None`` where that side does not step."""
        if (self.old if side == "old" else self.new) is None:
            return None
        if self.kind != "field":
            return str(self.index) if self.kind == "place" else "*"
        return self.name if side == "old" else self.new_name


class Lazy:
    """Values that are made when someone asks for them: few differences need a witness."""

    __slots__ = ("_make",)

    def __init__(self, make: Callable[[], Iterable[Json]]) -> None:
        self._make = make

    def __iter__(self) -> Iterator[Json]:
        return iter(self._make())


@dataclass(frozen=True, slots=True)
class Local:
    """A difference at a pair of nodes.

    Attributes:
        rule: Name of the rule.
        old: Operand before.
        new: Operand after.
        message: In words; ``{at}`` stands for the place.
        takes_old: Whether a reader of the new side takes what a producer of the old side sends.
        takes_new: The other way round.
        at: Steps from the pair to the place that the finding is about, for paths.
        anchor: Pointer in the old document (the new one's where the old has none).
        old_values: Values of the old side at the pair that the new side may refuse.
        new_values: The other way round.
        filled: Whether the field is refused only where it is missing, and has a default.
        perhaps: For a field that came or went: what it may be called on the other side.
    """

    rule: str
    old: Json
    new: Json
    message: str
    takes_old: Effect
    takes_new: Effect
    at: tuple[Step, ...] = ()
    anchor: str = ""
    old_values: Iterable[Json] = ()
    new_values: Iterable[Json] = ()
    filled: bool = False
    perhaps: Proposal | None = None

    def takes(self, side: Side) -> Effect:
        """Whether the other side takes what ``side`` sends."""
        return self.takes_old if side == "old" else self.takes_new

    def values(self, side: Side) -> Iterable[Json]:
        """Values of ``side`` that the other may refuse."""
        return self.old_values if side == "old" else self.new_values


@dataclass(slots=True)
class Comparison:
    """All that one pair of nodes says: its own differences, and the pairs below."""

    locals: list[Local] = field(default_factory=list)
    below: list[tuple[Step, Node, Node]] = field(default_factory=list)

    def extend(self, other: Comparison) -> None:
        """Adds what another comparison says."""
        self.locals.extend(other.locals)
        self.below.extend(other.below)

    def settled(self, sides: frozenset[Side]) -> Comparison:
        """The same, where all values of ``sides`` are known to be taken."""
        if not sides:
            return self
        return Comparison(
            [
                replace(
                    local,
                    takes_old="ok" if "old" in sides else local.takes_old,
                    takes_new="ok" if "new" in sides else local.takes_new,
                )
                for local in self.locals
            ],
            [
                (replace(step, settled=step.settled | sides), old, new)
                for step, old, new in self.below
            ],
        )
