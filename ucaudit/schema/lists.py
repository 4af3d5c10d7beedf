"""Lists: which conjunct says what about which place."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.flat import NEIGHBOURS, Flat, sizes
from ucaudit.schema.node import Bounds, Condition, Shape
from ucaudit.schema.values import plain

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph


def list_shape(graph: Graph, flat: Flat, common: Shape) -> Shape:
    """``common`` with all that the conjuncts say of a list."""
    length = max((len(_prefix(schema)[1]) for _, schema in flat), default=0)
    places = [graph.node(_sources(i, flat)) for i in range(length)]
    rest = graph.node(_sources(length, flat))
    unseen = [f"{at}/unevaluatedItems" for at, schema in flat if _sees_others(schema)]
    if unseen and _sees_others(flat[0][1]) and not any(map(_evaluates, flat)):
        rest, unseen = graph.node(unseen[:1]), unseen[1:]
    kept = [
        Condition("unevaluatedItems", "", (graph.node((place,)),))
        for place in unseen
        if not graph.is_blank(place)
    ]
    bounds = sizes(flat, "minItems", "maxItems")
    for at, schema in flat:
        if "contains" in schema and graph.is_blank(f"{at}/contains"):
            most = plain(schema.get("maxContains"))
            bounds = bounds.meet(Bounds(plain(schema.get("minContains", 1)), most))
    return replace(
        common,
        bounds=bounds,
        items=rest,
        prefix=tuple(places),
        unique=any(s.get("uniqueItems") is True for _, s in flat),
        residual=(*common.residual, *kept),
    )


def _prefix(schema: JsonObject) -> tuple[str, list[Json]]:
    """Keyword and schemas of the first places; up to draft 2019-09 they are a list of items."""
    items = schema.get("items")
    return ("items", items) if isinstance(items, list) else (
        "prefixItems", schema.get("prefixItems", [])
    )  # fmt: skip


def _after(schema: JsonObject) -> str | None:
    """The keyword for what follows the first places."""
    after = "additionalItems" if isinstance(schema.get("items"), list) else "items"
    if after in schema:
        return after
    alone = "contains" not in schema and NEIGHBOURS.isdisjoint(schema)
    return "unevaluatedItems" if "unevaluatedItems" in schema and alone else None


def _sees_others(schema: JsonObject) -> bool:
    """Whether what ``unevaluatedItems`` is about depends on other keywords and conjuncts."""
    return "unevaluatedItems" in schema and _after(schema) is None


def _evaluates(conjunct: tuple[str, JsonObject]) -> bool:
    """Whether it says something of items beyond the first places."""
    return _after(conjunct[1]) is not None or "contains" in conjunct[1]


def _sources(index: int, flat: Flat) -> list[str]:
    """Everything that the item at ``index`` must satisfy."""
    found = []
    for at, schema in flat:
        keyword, prefix = _prefix(schema)
        after = _after(schema)
        if index < len(prefix):
            found.append(f"{at}/{keyword}/{index}")
        elif after is not None:
            found.append(f"{at}/{after}")
    return found
