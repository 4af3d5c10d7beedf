"""Builds the normal form of a document, node by node, when a node is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Final

from ucaudit.config import Reading
from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.assertions import NOTES, asks_nothing, asserted
from ucaudit.schema.document import DEFINITIONS, LIBRARY, Document, unescape
from ucaudit.schema.hashing import hash_nodes
from ucaudit.schema.node import Kind, Node, Shape
from ucaudit.schema.quick import surely_allows
from ucaudit.schema.shapes import build_shapes, shapes_at

# Unions multiply under allOf; past this the schema is not one that a person wrote.
_MOST_BRANCHES: Final = 4096
_LONGEST_CHAIN: Final = 200

Branch = tuple[str, ...]


class Graph:
    """The normal form of one document. Nodes with the same sources are one object.

    Args:
        document: The document.
        library: The normal form of its ``$defs``, if several documents share them; it holds the
            nodes that stand there, so that these are the same objects in all of them.
        reading: Who sends undeclared fields, and whether ``oneOf`` is exactly one.
    """

    def __init__(
        self, document: Document, library: Graph | None = None, reading: Reading = "ignored"
    ) -> None:
        self.document = document
        self.literal = reading == "literal"
        self._library = library
        self._nodes: dict[tuple[str, ...], Node] = {}
        self._branches: dict[str, tuple[Branch, ...]] = {}
        self._blank: dict[str, bool] = {}
        self._references: dict[str, Node | None] = {}
        self._shapes: dict[str, tuple[Shape, ...]] = {}
        self._under_way: set[Node] = set()
        self.digests: dict[bytes, bytes] = {} if library is None else library.digests
        self.resolved: set[Node] = set() if library is None else library.resolved
        self.root = self.node(("",))

    def at(self, pointer: str) -> Node:
        """The node for the schema at ``pointer``."""
        return self._nodes.get((pointer,)) or self.node((pointer,))

    def node(self, sources: Iterable[str]) -> Node:
        """The node for the conjunction of the schemas at ``sources``."""
        key = tuple(dict.fromkeys(sources))
        found = self._nodes.get(key)
        if found is None and self._library is not None and key and all(map(_is_shared, key)):
            found = self._nodes[key] = self._library.node(key)
        if found is None:
            notes = self._notes(key)
            if key and not notes and all(self.is_blank(p) for p in key):
                return self.node(())
            found = self._nodes[key] = Node(self, key, notes)
        return found

    @property
    def local(self) -> bool:
        """Whether each reference names a definition, wherever it stands."""
        return self.document.stands_alone

    def reference(self, ref: str) -> Node | None:
        """What ``ref`` leads to, if the document is ``local``; ``None`` if that is nothing."""
        if self._library is not None:
            return self._library.reference(ref)
        if ref not in self._references:
            try:
                self._references[ref] = self.node((self.document.target(ref, ""),))
            except InputError as error:
                if error.name != "ref-unresolvable":
                    raise
                # Sources resolve references: this one is part of an example or a value.
                self._references[ref] = None
        return self._references[ref]

    def of_kind(self, sources: Iterable[str], kind: Kind) -> Node:
        """The same for values of one type only, without notes."""
        key = tuple(dict.fromkeys(sources))
        if self._library is not None and key and all(map(_is_shared, key)):
            return self._library.of_kind(key, kind)
        found = self._nodes.get((kind, *key))
        if found is None:
            found = self._nodes[(kind, *key)] = Node(self, key, {}, kind)
        return found

    def any(self) -> Node:
        """The node that takes every value."""
        return self.node(())

    def never(self) -> Node:
        """The node that takes no value."""
        return NOTHING

    def is_blank(self, pointer: str) -> bool:
        """Whether the schema at ``pointer`` takes every value: no keyword but notes."""
        known = self._blank.get(pointer)
        if known is None:
            schema = self.document.at(pointer)
            plain = isinstance(schema, dict) and (
                isinstance(schema.get("type"), str) or bool(asserted(schema))
            )
            known = self._blank[pointer] = not plain and () in self.branches(pointer)
        return known

    def surely_allows(self, node: Node) -> bool:
        """Whether it is plain that some value is allowed, without looking any closer."""
        if len(node.sources) != 1 or node.only is not None:
            return not node.sources
        return surely_allows(self.document.at(node.pointer), self._follow)

    def _follow(self, ref: str) -> Json:
        target = self.reference(ref) if self.local else None
        return self.document.at(target.pointer) if target is not None and target.sources else False

    def is_impossible(self, pointer: str) -> bool:
        """Whether the schema at ``pointer`` takes no value, as it is written."""
        return self.branches(pointer) == ()

    def is_nothing(self, node: Node | None) -> bool:
        """Whether ``node`` takes no value, as it is written; it may be under way itself."""
        return node is not None and (
            node is NOTHING or any(map(node.graph.is_impossible, node.sources))
        )

    def combine(self, sources: Iterable[str]) -> tuple[Branch, ...]:
        """The conjunction of the schemas at ``sources`` as a union of conjunctions."""
        pointers = tuple(sources)
        if len(pointers) == 1:
            return self.branches(pointers[0])
        return self._product([self.branches(p) for p in pointers], next(iter(pointers), ""))

    def expand(self, node: Node) -> tuple[Shape, ...]:
        """The shapes of ``node``."""
        self._under_way.add(node)
        combined = self.combine(node.sources)
        shapes = build_shapes(self, combined, node.pointer, node.only)
        self._under_way.discard(node)
        return shapes

    def shapes_at(self, pointer: str) -> tuple[Shape, ...]:
        """The shapes of the one schema at ``pointer``; the same objects whoever refers there."""
        if self._library is not None and _is_shared(pointer):
            return self._library.shapes_at(pointer)
        known = self._shapes.get(pointer)
        if known is None:
            known = shapes_at(self, pointer)
            # What depends on what is under way is not known for good.
            if _DEPENDING.isdisjoint(self.document.at(pointer)):
                self._shapes[pointer] = known
        return known

    def is_under_way(self, node: Node) -> bool:
        """Whether the shapes of ``node`` are being built, and so cannot be asked for."""
        return node in self._under_way or (
            self._library is not None and self._library.is_under_way(node)
        )

    def hash_from(self, node: Node) -> None:
        """Fills in the hashes of ``node`` and of all nodes below."""
        hash_nodes(node)

    def definition(self, pointer: str) -> str | None:
        """Name of the definition that stands exactly at ``pointer``."""
        for keyword in DEFINITIONS:
            head = f"/{keyword}/"
            if pointer.startswith(head) and "/" not in pointer[len(head) :]:
                return unescape(pointer[len(head) :])
        return None

    def referenced(self, pointer: str) -> str | None:
        """Pointer that the schema at ``pointer`` refers to, looking through nullability."""
        schema = self.document.at(pointer)
        if not isinstance(schema, dict):
            return None
        if "$ref" in schema:
            return self.document.target(schema["$ref"], pointer)
        for keyword in ("anyOf", "oneOf", "allOf"):
            members = [
                f"{pointer}/{keyword}/{i}"
                for i, member in enumerate(schema.get(keyword, []))
                if member != {"type": "null"}
            ]
            if len(members) == 1:
                return self.referenced(members[0])
        return None

    def referred(self, node: Node) -> Node | None:
        """The definition that ``node`` is a bare reference to."""
        if len(node.sources) != 1 or node.only is not None:
            return None
        schema = self.document.at(node.pointer)
        if not isinstance(schema, dict) or not isinstance(schema.get("$ref"), str):
            return None
        if not _BESIDE.isdisjoint(schema) or asserted(schema):
            return None
        target = self.document.target(schema["$ref"], node.pointer)
        return self.node((target,)) if self.definition(target) is not None else None

    def _notes(self, sources: tuple[str, ...]) -> JsonObject:
        if len(sources) == 1:
            only = self.document.at(sources[0])
            if not isinstance(only, dict) or _NOTING.isdisjoint(only):
                return {}
        notes: JsonObject = {}
        queue, seen = list(sources), set[str]()
        while queue:
            pointer = queue.pop(0)
            schema = self.document.at(pointer)
            if pointer in seen or not isinstance(schema, dict):
                continue
            seen.add(pointer)
            notes = {**{k: schema[k] for k in NOTES if k in schema}, **notes}
            queue.extend(self.document.targets(pointer, schema))
            queue.extend(f"{pointer}/allOf/{i}" for i in range(len(schema.get("allOf", []))))
        return notes

    def branches(self, pointer: str, path: tuple[str, ...] = ()) -> tuple[Branch, ...]:
        """The schema at ``pointer`` as a union of conjunctions of flat schemas.

        Args:
            pointer: Where it stands.
            path: The schemas on the way there, none of which describes anything.
        """
        if pointer in self._branches:
            return self._branches[pointer]
        if self._library is not None and _is_shared(pointer):
            return self._library.branches(pointer, path)
        flat = self.document.at(pointer)
        if isinstance(flat, dict) and _APPLYING.isdisjoint(flat):
            only: Branch = (pointer,) if asserted(flat) else ()
            self._branches[pointer] = (only,)
            return self._branches[pointer]
        if len(path) > _LONGEST_CHAIN:
            raise InputError(
                "schema-too-deep",
                "The references lead on too far.",
                where=f"{self.document.name}#{path[0]}",
                why=f"more than {_LONGEST_CHAIN} steps without describing anything",
                fix="Refer to the last of them directly.",
            )
        if pointer in path:
            raise InputError(
                "ref-cycle",
                "The reference leads back to itself without describing anything.",
                where=f"{self.document.name}#{path[path.index(pointer)]}",
                why=" → ".join(f"#{p}" for p in (*path[path.index(pointer) :], pointer)),
                fix="Let one of the schemas say what it is.",
            )
        path = (*path, pointer)
        schema = self.document.at(pointer)
        result: tuple[Branch, ...]
        if isinstance(schema, bool):
            result = ((),) if schema else ()
        else:
            exact = self.literal and "oneOf" in schema
            own: Branch = (pointer,) if exact or asserted(schema) else ()
            parts: list[tuple[Branch, ...]] = [(own,)]
            targets = self.document.targets(pointer, schema)
            parts.extend(self.branches(target, path) for target in targets)
            parts.extend(
                self.branches(f"{pointer}/allOf/{i}", path)
                for i in range(len(schema.get("allOf", [])))
            )
            for keyword in ("anyOf", "oneOf"):
                if keyword in schema:
                    members = [f"{pointer}/{keyword}/{i}" for i in range(len(schema[keyword]))]
                    parts.append(tuple(b for m in members for b in self.branches(m, path)))
            if asks_nothing(schema.get("not")):
                parts.append(())
            result = self._product(parts, pointer)
        self._branches[pointer] = result
        return result

    def _product(self, parts: list[tuple[Branch, ...]], pointer: str) -> tuple[Branch, ...]:
        size = 1
        for part in parts:
            size *= len(part)
        if size > _MOST_BRANCHES:
            raise InputError(
                "schema-too-wide",
                "The unions of this schema multiply beyond what can be compared.",
                where=f"{self.document.name}#{pointer}",
                why=f"{size} combinations, at most {_MOST_BRANCHES}",
                fix="Write the union at one place instead of combining several with allOf.",
            )
        combined = (
            tuple(dict.fromkeys(p for branch in combination for p in branch))
            for combination in product(*parts)
        )
        return tuple(dict.fromkeys(combined))


# What says something beside the values, or leads to what may.
_NOTING: Final = frozenset({*NOTES, "$ref", "$dynamicRef", "$recursiveRef", "allOf"})
# What makes more than one schema of one.
_APPLYING: Final = frozenset(
    {"$ref", "$dynamicRef", "$recursiveRef", "allOf", "anyOf", "oneOf", "not"}
)
# Whether these can be decided depends on what is being looked at.
_DEPENDING: Final = frozenset(
    {"not", "if", "contains", "dependentSchemas", "dependencies", "propertyNames", "oneOf"}
)
# What says more than a reference does.
_BESIDE: Final = frozenset({"allOf", "anyOf", "oneOf", *NOTES, "$dynamicRef", "$recursiveRef"})


def _is_shared(pointer: str) -> bool:
    return pointer.startswith(LIBRARY)


ANYTHING: Final = Graph(Document(True)).root
"""The node that takes every value, of no document in particular."""
NOTHING: Final = Graph(Document(False)).root
"""The node that takes no value."""
