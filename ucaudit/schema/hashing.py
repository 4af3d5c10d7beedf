"""Digests of nodes that do not depend on names, order or spelling, cycles included.

Nodes are taken component by component of the reference graph, the referenced first. Inside a cycle,
digests are refined until no two members that looked alike come apart any more. A node outside that
says the same as one inside gets its digest, so that it does not matter where a cycle is entered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from ucaudit.jsontypes import Json, canonical
from ucaudit.schema.node import Condition, Node, Shape

_NONE: Mapping[Node, bytes] = {}
# Notes that say something, and marks that a place has or has not.
_SAID = ("default", "contentEncoding", "contentMediaType")
_MARKS = ("writeOnly", "readOnly", "deprecated")
# Digest of what takes every value.
_ANYTHING = hashlib.blake2b(b"{}any", digest_size=16).hexdigest()


def hash_nodes(root: Node) -> None:
    """Fills in ``_hash`` of ``root`` and of every node below that has none yet."""
    known_as = root.graph.digests
    for component in _components(root):
        final = _NONE
        if len(component) > 1 or component[0] in _children(component[0]):
            final = _refine(component)
        for node in component:
            digest = known_as.get(_digest(node, _NONE)) if not final else None
            node._hash = digest or final.get(node) or _digest(node, _NONE)  # noqa: SLF001
        if final:
            known_as.update({_digest(node, _NONE): final[node] for node in component})


def _refine(component: list[Node]) -> dict[Node, bytes]:
    """Digests of the nodes of a cycle.

    No two of them come apart after so many rounds, but one of another cycle may after more: rounds
    see only so far. So the digest of each is that of all, seen from it.
    """
    known, classes = dict.fromkeys(component, b""), 1
    while True:
        known = {node: _digest(node, known) for node in component}
        now = len(set(known.values()))
        if now == classes:
            whole = b"".join(sorted(set(known.values())))
            return {node: _blake(digest + whole) for node, digest in known.items()}
        classes = now


def _blake(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()


def shape_digest(shape: Shape) -> bytes:
    """Digest of one alternative of a node, once the nodes below have theirs."""
    return _shape(shape, _NONE)


def condition_digest(condition: Condition) -> str:
    """The same for what is kept of a condition."""
    return canonical(_condition(condition, lambda node: node.hash.hex())).decode()


def _condition(condition: Condition, of: Callable[[Node], str]) -> Json:
    nodes = [of(node) for node in condition.nodes]
    ordered = sorted(nodes) if condition.keyword == "oneOf" else nodes
    return [condition.keyword, condition.says, ordered]


def _children(node: Node) -> list[Node]:
    if node.is_any:
        return []
    return [child for shape in node.shapes for child in shape.children()]


def _digest(node: Node, known: Mapping[Node, bytes]) -> bytes:
    shapes = [b"any"] if node.is_any else sorted({_shape(s, known) for s in node.shapes})
    return _blake(said(node) + b"".join(shapes))


def said(node: Node) -> bytes:
    """What is said of a place beside its values, as canonical JSON."""
    return canonical(_notes(node)) if node.notes else b"{}"


def _notes(node: Node) -> dict[str, Json]:
    notes: dict[str, Json] = {key: node.notes[key] for key in _SAID if key in node.notes}
    notes.update((key, True) for key in _MARKS if node.notes.get(key) is True)
    # What a field was called before says nothing of its values.
    hints = {key: hint for key, hint in node.audit.items() if key != "renamed_from"}
    return {**notes, "x-audit": hints} if hints else notes


def _shape(shape: Shape, known: Mapping[Node, bytes]) -> bytes:
    def of(node: Node | None) -> str:
        if node is None:
            return ""
        return (known.get(node) or node._hash or b"").hex()  # noqa: SLF001

    content: list[Json] = [
        shape.kind,
        shape.enum,
        shape.bounds.to_list(),
        shape.format,
        shape.patterns,
        shape.multiple_of,
        of(shape.items),
        _places([of(node) for node in shape.prefix], of(shape.items)) if shape.prefix else [],
        shape.unique,
        {name: of(node) for name, node in shape.properties.items()},
        sorted(shape.required),
        _others(shape, of),
        {pattern: of(node) for pattern, node in shape.patterned.items()},
        of(shape.names),
        sorted(_condition(condition, of) for condition in shape.residual),
    ]
    return _blake(canonical(content))


def _places(prefix: list[str], rest: str) -> list[str]:
    """The first places of a list, without those at the end that hold what all others hold."""
    while prefix and prefix[-1] == rest:
        prefix.pop()
    return prefix


def _others(shape: Shape, of: Callable[[Node | None], str]) -> str:
    """What undeclared fields hold: where some are sent, saying nothing means anything."""
    if shape.kind == "object" and shape.additional is None and shape.sends_undeclared:
        return _ANYTHING
    return of(shape.additional)


def _components(root: Node) -> list[list[Node]]:  # noqa: C901  (Tarjan is one loop)
    """Strongly connected components, each after those it refers to (Tarjan, without recursion)."""
    index: dict[Node, int] = {}
    low: dict[Node, int] = {}
    on_stack: set[Node] = set()
    stack: list[Node] = []
    found: list[list[Node]] = []
    work: list[tuple[Node, list[Node], int]] = [(root, _children(root), 0)]
    while work:
        node, children, position = work.pop()
        if position == 0:
            index[node] = low[node] = len(index)
            stack.append(node)
            on_stack.add(node)
        descended = False
        for i in range(position, len(children)):
            child = children[i]
            if child._hash is not None:  # noqa: SLF001
                continue
            if child not in index:
                work.append((node, children, i + 1))
                work.append((child, _children(child), 0))
                descended = True
                break
            if child in on_stack:
                low[node] = min(low[node], index[child])
        if descended:
            continue
        for child in children:
            if child in on_stack:
                low[node] = min(low[node], low[child])
        if low[node] == index[node]:
            component: list[Node] = []
            while True:
                member = stack.pop()
                on_stack.discard(member)
                component.append(member)
                if member is node:
                    break
            found.append(component)
    return found
