"""What a rule is, and short ways to write two that mirror each other and their example."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

from ucaudit.diff.model import Effects, Part
from ucaudit.jsontypes import Json, JsonObject

Scope = Part | Literal["calls"]


@dataclass(frozen=True, slots=True)
class Example:
    """A change that the rule names.

    Attributes:
        old: Schema before; for ``calls``, a list of calls before.
        new: The same after.
        part: Which side of a call the schemas are, or ``calls``.
    """

    old: Json
    new: Json
    part: Scope = "request"

    def swapped(self) -> Example:
        """The change made backwards."""
        return Example(self.new, self.old, self.part)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of change.

    Attributes:
        name: Stable kebab-case name.
        family: ``fields``, ``types``, ``enums``, ``unions``, ``constraints``, ``formats``,
            ``defaults``, ``openness``, ``calls``, ``audit`` or ``index``.
        summary: What changed, in a few words.
        explanation: What that means for callers and for the audit index.
        safe_way: How to get there without breaking anyone.
        example: A change that it names.
        effects: What the example does.
        mirror: The rule of the same change made backwards; empty where there is none.
        no_mirror: Why there is none.
    """

    name: str
    family: str
    summary: str
    explanation: str
    safe_way: str
    example: Example
    effects: Effects
    mirror: str = ""
    no_mirror: str = ""

    def to_dict(self) -> JsonObject:
        """As in the JSON output."""
        return {
            "rule": self.name,
            "family": self.family,
            "summary": self.summary,
            "explanation": self.explanation,
            "safe_way": self.safe_way,
            "mirror": self.mirror or None,
            "no_mirror": self.no_mirror or None,
            "example": {
                "part": self.example.part,
                "old": self.example.old,
                "new": self.example.new,
            },
            "effects": self.effects.to_dict(),
        }


@dataclass(frozen=True, slots=True)
class Text:
    """One direction of a change in words: summary, explanation, safe way."""

    summary: str
    explanation: str
    safe_way: str


def pair(
    family: str,
    names: tuple[str, str],
    example: Example,
    effects: tuple[Effects, Effects],
    there: Text,
    back: Text,
) -> tuple[Rule, Rule]:
    """Two rules, each the other made backwards; the second's example is the first's swapped."""
    first = alone(family, names[0], example, effects[0], there)
    second = alone(family, names[1], example.swapped(), effects[1], back)
    return replace(first, mirror=names[1]), replace(second, mirror=names[0])


def alone(
    family: str,
    name: str,
    example: Example,
    effects: Effects,
    text: Text,
    no_mirror: str = "",
) -> Rule:
    """A rule that is its own mirror, or has none for the reason given."""
    return Rule(
        name,
        family,
        text.summary,
        text.explanation,
        text.safe_way,
        example,
        effects,
        "" if no_mirror else name,
        no_mirror,
    )


def fields(*required: str, **properties: Json) -> JsonObject:
    """An object with declared fields, those in ``required`` required."""
    schema: JsonObject = {"type": "object", "properties": properties}
    return {**schema, "required": list(required)} if required else schema


def change(old: Json, new: Json, part: Scope = "request") -> Example:
    """Another schema of the one optional field ``value``."""
    return Example(fields(value=old), fields(value=new), part)


STRING: Final[JsonObject] = {"type": "string"}
INTEGER: Final[JsonObject] = {"type": "integer"}

# Whom a change breaks: old callers, old services, both, nobody.
BACKWARD: Final = Effects("breaks", "ok")
FORWARD: Final = Effects("ok", "breaks")
BOTH: Final = Effects("breaks", "breaks")
SAFE: Final = Effects()
# What neither structure nor document decides.
UNKNOWN: Final = Effects("unknown", "unknown")
