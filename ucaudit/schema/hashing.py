"""Digests of nodes that do not depend on names, order or spelling, cycles included.

Nodes are taken component by component of the reference graph, the referenced first. Inside a cycle,
digests are refined as often as the cycle has members: two nodes that look alike to that depth and
whose references look alike are alike.
"""

from __future__ import annotations

import hashlib

from ucaudit.jsontypes import Json, canonical
from ucaudit.schema.node import Node, Shape

_ABSENT = b""


def hash_nodes(root: Node) -> None:
    """Fills in ``_hash`` of ``root`` and of every node below that has none yet."""
    for component in _components(root):
        known = dict.fromkeys(component, b"")
        single = len(component) == 1 and component[0] not in _children(component[0])
        for _ in range(1 if single else len(component) + 1):
            known = {node: _digest(node, known) for node in component}
        for node, digest in known.items():
            node._hash = digest  # noqa: SLF001  (this module is the one that fills it)


def _children(node: Node) -> list[Node]:
    if node.is_any:
        return []
    return [child for shape in node.shapes for child in shape.children()]


def _digest(node: Node, known: dict[Node, bytes]) -> bytes:
    shapes = [b"any"] if node.is_any else sorted({_shape(s, known) for s in node.shapes})
    notes = {
        key: node.notes[key] for key in ("x-audit", "default", "writeOnly") if key in node.notes
    }
    return hashlib.blake2b(canonical(notes) + b"".join(shapes), digest_size=16).digest()


def _shape(shape: Shape, known: dict[Node, bytes]) -> bytes:
    def of(node: Node | None) -> str:
        if node is None:
            return ""
        return known.get(node, node._hash or _ABSENT).hex()  # noqa: SLF001

    content: list[Json] = [
        shape.kind,
        shape.enum,
        shape.bounds.to_list(),
        shape.format,
        shape.patterns,
        shape.multiple_of,
        of(shape.items),
        [of(node) for node in shape.prefix],
        shape.unique,
        {name: of(node) for name, node in shape.properties.items()},
        sorted(shape.required),
        of(shape.additional),
        {pattern: of(node) for pattern, node in shape.patterned.items()},
        of(shape.names),
        shape.declares,
        shape.residual,
    ]
    return hashlib.blake2b(canonical(content), digest_size=16).digest()


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
