"""What ``not``, ``if`` and dependent schemas come to for values of one JSON type.

Whatever can be decided from the type alone is: then they are further schemas that hold, shapes that
are ruled out, or nothing. The rest is kept as it is, its subschemas in normal form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from ucaudit.jsontypes import JsonObject, canonical
from ucaudit.schema.assertions import asserted
from ucaudit.schema.document import escape
from ucaudit.schema.node import ANY_SIZE, Condition, Kind, Node, Shape
from ucaudit.schema.values import plain

if TYPE_CHECKING:
    from ucaudit.schema.graph import Graph

_DEPENDENT: Final = ("dependentSchemas", "dependencies")
_DYNAMIC: Final = ("$dynamicRef", "$recursiveRef")
_ALWAYS: Final = frozenset({"not", "if", *_DYNAMIC})
_BY_KIND: Final[dict[Kind, frozenset[str]]] = {
    "array": _ALWAYS | {"contains"},
    "object": _ALWAYS | {"dependentRequired", *_DEPENDENT},
}


@dataclass(frozen=True, slots=True)
class Case:
    """A conjunction of flat schemas, as values of one type see it.

    Attributes:
        pointers: Where the schemas stand.
        denied: Shapes that a value must not have.
        kept: What was not decided.
        needs: Names of fields that a field needs beside it.
        depends: Pointers of schemas that hold where a field is present.
        seen: What was looked at: pointer and keyword.
    """

    pointers: tuple[str, ...]
    denied: tuple[Shape, ...] = ()
    kept: tuple[Condition, ...] = ()
    needs: tuple[tuple[str, frozenset[str]], ...] = ()
    depends: tuple[tuple[str, str], ...] = ()
    seen: frozenset[str] = field(default=frozenset())


def cases(graph: Graph, kind: Kind, branch: Sequence[str]) -> Iterator[Case]:
    """The conjunction at ``branch`` as a union, its conditions decided for values of ``kind``."""
    keywords = _BY_KIND.get(kind, _ALWAYS)
    waiting = [Case(tuple(branch))]
    while waiting:
        case = waiting.pop()
        case, applied = _advance(graph, kind, case, keywords)
        if applied is None:
            yield case
            continue
        for more in graph.combine(applied):
            pointers = tuple(dict.fromkeys((*case.pointers, *more)))
            waiting.append(replace(case, pointers=pointers))


def required(graph: Graph, case: Case) -> frozenset[str]:
    """The fields that must be present, those that they need included."""
    found = {n for p in case.pointers for n in graph.document.at(p).get("required", ())}
    while more := {n for name, names in case.needs if name in found for n in names} - found:
        found |= more
    return frozenset(found)


def covers(node: Node, kind: Kind) -> bool:
    """Whether ``node`` takes every value of ``kind``."""
    return any(shape.is_blank and _spans(shape.kind, kind) for shape in node.shapes)


def _spans(wide: Kind, narrow: Kind) -> bool:
    return wide == narrow or (wide, narrow) == ("number", "integer")


def _advance(
    graph: Graph, kind: Kind, case: Case, keywords: frozenset[str]
) -> tuple[Case, list[str] | None]:
    """Decides until a schema is found that holds as well; ``None`` when nothing is left."""
    for pointer in case.pointers:
        schema = graph.document.at(pointer)
        if keywords.isdisjoint(schema):
            continue
        for keyword in sorted(keywords & schema.keys()):
            place = f"{pointer}/{escape(keyword)}"
            if place in case.seen:
                continue
            case = replace(case, seen=case.seen | {place})
            case, applied = _decide(graph, kind, case, pointer, keyword)
            if applied:
                return case, applied
    if case.depends:
        present = required(graph, case)
        applied = [place for name, place in case.depends if name in present]
        rest = tuple(item for item in case.depends if item[0] not in present)
        if applied:
            return replace(case, depends=rest), applied
    return case, None


def _decide(
    graph: Graph, kind: Kind, case: Case, pointer: str, keyword: str
) -> tuple[Case, list[str]]:
    """What one keyword comes to: the case with it, and what holds as well."""
    schema = graph.document.at(pointer)
    if keyword == "not":
        return _negate(graph, kind, case, f"{pointer}/not")
    if keyword == "if":
        return _branch(graph, kind, case, pointer, schema)
    if keyword == "contains":
        return _contain(graph, case, pointer, schema), []
    if keyword in _DYNAMIC:
        says = canonical(schema[keyword]).decode()
        followed = not graph.document.is_dynamic(schema[keyword])
        return case if followed else _keep(case, Condition(keyword, says)), []
    for name, need in schema[keyword].items():
        if isinstance(need, list):
            case = replace(case, needs=(*case.needs, (name, frozenset(need) - {name})))
        else:
            case = _depend(graph, case, name, f"{pointer}/{keyword}/{escape(name)}")
    return case, []


def _keep(case: Case, condition: Condition | None) -> Case:
    return case if condition is None else replace(case, kept=(*case.kept, condition))


def _deny(graph: Graph, kind: Kind, case: Case, place: str) -> Case:
    node = graph.of_kind((place,), kind)
    if graph.is_under_way(node):
        return _keep(case, Condition("not", "", (node,)))
    return replace(case, denied=(*case.denied, *node.shapes))


def _negate(graph: Graph, kind: Kind, case: Case, place: str) -> tuple[Case, list[str]]:
    """``not``; what it negates may be a negation itself, and then that holds."""
    branches = graph.branches(place)
    negated = branches[0] if len(branches) == 1 else ()
    if len(negated) == 1 and asserted(graph.document.at(negated[0])) == ["not"]:
        return case, [f"{negated[0]}/not"]
    return _deny(graph, kind, case, place), []


def _branch(
    graph: Graph, kind: Kind, case: Case, pointer: str, schema: JsonObject
) -> tuple[Case, list[str]]:
    """``if``, ``then`` and ``else``: whichever of the two holds, or both as they are the same."""
    then, other = ([f"{pointer}/{k}"] if k in schema else [] for k in ("then", "else"))
    if schema.get("then", True) == schema.get("else", True):
        return case, then
    chosen = graph.of_kind((f"{pointer}/if",), kind)
    ways = [graph.of_kind(way, kind) for way in (then, other)]
    if any(map(graph.is_under_way, (chosen, *ways))):
        return _keep(case, Condition("if", "", (chosen, *ways))), []
    if not chosen.shapes:
        return case, other
    if covers(chosen, kind):
        return case, then
    if all(covers(way, kind) for way in ways):
        return case, []
    if not ways[0].shapes:
        return _deny(graph, kind, case, f"{pointer}/if"), other
    if not ways[1].shapes:
        return case, [f"{pointer}/if", *then]
    names = _only_required(chosen.shapes) if kind == "object" and not other else None
    if names is not None and len(names) == 1:
        return _depend(graph, case, next(iter(names)), then[0]), []
    nodes = tuple(graph.any() if covers(way, kind) else way for way in ways)
    return _keep(case, Condition("if", "", (chosen, *nodes))), []


def _depend(graph: Graph, case: Case, name: str, place: str) -> Case:
    """What must hold where the field ``name`` is present."""
    node = graph.of_kind((place,), "object")
    if graph.is_under_way(node):
        return replace(case, depends=(*case.depends, (name, place)))
    if covers(node, "object"):
        return case
    if not node.shapes:
        bare = Shape(kind="object", bounds=ANY_SIZE, required=frozenset({name}))
        return replace(case, denied=(*case.denied, bare))
    names = _only_required(node.shapes)
    if names is not None:
        return replace(case, needs=(*case.needs, (name, names - {name})))
    return replace(case, depends=(*case.depends, (name, place)))


def _only_required(shapes: Sequence[Shape]) -> frozenset[str] | None:
    """The fields that must be present, if nothing else is asked for."""
    if len(shapes) != 1 or not replace(shapes[0], required=frozenset()).is_blank:
        return None
    return shapes[0].required


def _contain(graph: Graph, case: Case, pointer: str, schema: JsonObject) -> Case:
    place = f"{pointer}/contains"
    limits = [schema.get("minContains", 1), schema.get("maxContains")]
    if limits == [0, None] or graph.is_blank(place):
        return case
    if graph.is_impossible(place):
        nothing = Shape(kind="array", bounds=ANY_SIZE, items=graph.any())
        return replace(case, denied=(*case.denied, nothing)) if limits[0] else case
    says = canonical([plain(limit) for limit in limits]).decode()
    return _keep(case, Condition("contains", says, (graph.node((place,)),)))


def undecided(graph: Graph, case: Case, present: frozenset[str]) -> tuple[Condition, ...]:
    """What is kept of ``case``, where the fields in ``present`` must be there."""
    found = list(case.kept)
    names = dict.fromkeys(name for name, _ in case.needs)
    for name in names:
        needed = {n for own, needs in case.needs if own == name for n in needs} - present
        if needed and name not in present:
            says = canonical([name, sorted(needed)]).decode()
            found.append(Condition("dependentRequired", says))
    for name, place in case.depends:
        node = graph.of_kind((place,), "object")
        found.append(Condition("dependentSchemas", canonical(name).decode(), (node,)))
    return tuple(found)
