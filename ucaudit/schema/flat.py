"""Flat schemas: the conjuncts that are left when references and ``allOf`` are resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ucaudit.jsontypes import JsonObject
from ucaudit.schema.node import ANY_SIZE, Bounds
from ucaudit.schema.values import plain

Flat = Sequence[tuple[str, JsonObject]]
"""Pointer and schema of each conjunct."""

# Beside these, what "unevaluated" keywords see depends on other schemas too.
NEIGHBOURS: Final = frozenset(
    {"$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "if", "dependentSchemas",
     "dependencies"}
)  # fmt: skip


def sizes(flat: Flat, low: str, high: str) -> Bounds:
    """What two limits of all conjuncts leave of the lengths that there are."""
    bounds = ANY_SIZE
    for _, schema in flat:
        bounds = bounds.meet(Bounds(plain(schema.get(low)), plain(schema.get(high))))
    return bounds
