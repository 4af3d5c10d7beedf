"""Builds the normal form of a document, node by node, when a node is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Final

from ucaudit.config import Reading
from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.document import DEFINITIONS, LIBRARY, SUBSCHEMAS, Document, unescape
from ucaudit.schema.forms import FORMS
from ucaudit.schema.hashing import hash_nodes
from ucaudit.schema.node import Node, Shape
from ucaudit.schema.shapes import build_shapes

_NOTES: Final = (
    "x-audit",
    "default",
    "writeOnly",
    "readOnly",
    "deprecated",
    "discriminator",
    "contentEncoding",
    "contentMediaType",
)
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
        self.digests: dict[bytes, bytes] = {} if library is None else library.digests
        self.resolved: set[Node] = set() if library is None else library.resolved
        self.root = self.node(("",))

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

    def any(self) -> Node:
        """The node that takes every value."""
        return self.node(())

    def is_blank(self, pointer: str) -> bool:
        """Whether the schema at ``pointer`` takes every value: no keyword but notes."""
        if pointer not in self._blank:
            self._blank[pointer] = () in self.branches(pointer)
        return self._blank[pointer]

    def expand(self, node: Node) -> tuple[Shape, ...]:
        """The shapes of ``node``."""
        parts = [self.branches(p) for p in node.sources]
        combined = self._product(parts, node.pointer)
        return build_shapes(self, combined, node.pointer)

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

    def _notes(self, sources: tuple[str, ...]) -> JsonObject:
        notes: JsonObject = {}
        queue, seen = list(sources), set[str]()
        while queue:
            pointer = queue.pop(0)
            schema = self.document.at(pointer)
            if pointer in seen or not isinstance(schema, dict):
                continue
            seen.add(pointer)
            notes = {**{k: schema[k] for k in _NOTES if k in schema}, **notes}
            if "$ref" in schema:
                queue.append(self.document.target(schema["$ref"], pointer))
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
            own: Branch = (pointer,) if exact or _has_own_keywords(schema) else ()
            parts: list[tuple[Branch, ...]] = [(own,)]
            if "$ref" in schema:
                target = self.document.target(schema["$ref"], pointer)
                parts.append(self.branches(target, path))
            parts.extend(
                self.branches(f"{pointer}/allOf/{i}", path)
                for i in range(len(schema.get("allOf", [])))
            )
            for keyword in ("anyOf", "oneOf"):
                if keyword in schema:
                    members = [f"{pointer}/{keyword}/{i}" for i in range(len(schema[keyword]))]
                    parts.append(tuple(b for m in members for b in self.branches(m, path)))
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


# What restricts values; all other keywords are for people, or unknown and so without effect.
_ASSERTIONS: Final = (
    frozenset(FORMS) | frozenset(SUBSCHEMAS) | {"items", "const", "$dynamicRef", "$recursiveRef"}
) - {"$ref", "$anchor", "allOf", "anyOf", "oneOf", *DEFINITIONS, *_NOTES}


def _has_own_keywords(schema: JsonObject) -> bool:
    return not _ASSERTIONS.isdisjoint(schema)


def _is_shared(pointer: str) -> bool:
    return pointer.startswith(LIBRARY)


ANYTHING: Final = Graph(Document(True)).root
"""The node that takes every value, of no document in particular."""


class Parser:
    """Brings schemas into normal form; those with one and the same ``$defs`` object share nodes.

    It remembers all that it parsed, so it should not live longer than what is compared.

    Args:
        reading: ``ignored``: senders send the fields that they declare, ``oneOf`` is any of its
            members. ``literal``: all is as JSON Schema says.
    """

    def __init__(self, reading: Reading = "ignored") -> None:
        self._reading = reading
        # What is known by its id is kept along, so that the id stays its own.
        self._libraries: dict[int, tuple[Json, Graph | None]] = {}
        self._roots: dict[int, tuple[Json, Node]] = {}

    def parse(self, schema: Json, name: str = "schema") -> Node:
        """The root of the normal form of ``schema``.

        Args:
            schema: A JSON Schema.
            name: What errors call it.

        Raises:
            InputError: If it is not a JSON Schema, or a reference leads nowhere.
        """
        known = self._roots.get(id(schema))
        if known is None:
            library = self._library(schema, name)
            document = Document(schema, name, library.document if library is not None else None)
            graph = Graph(document, library, self._reading)
            _resolve_all(graph)
            known = self._roots[id(schema)] = schema, graph.root
        return known[1]

    def _library(self, schema: Json, name: str) -> Graph | None:
        definitions = schema.get("$defs") if isinstance(schema, dict) else None
        if not definitions:
            return None
        known = self._libraries.get(id(definitions))
        if known is None:
            document = Document({"$defs": definitions}, name)
            graph = None
            if document.stands_alone:
                graph = Graph(document, reading=self._reading)
            known = self._libraries[id(definitions)] = definitions, graph
        return known[1]


def parse(schema: Json, name: str = "schema") -> Node:
    """The root of the normal form of ``schema``, which shares nothing with any other.

    Raises:
        InputError: If it is not a JSON Schema, or a reference leads nowhere.
    """
    return Parser().parse(schema, name)


def _resolve_all(graph: Graph) -> None:
    """Looks at every node once, so that bad references are found before anything is decided."""
    stack, seen = [graph.root], graph.resolved
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(child for shape in node.shapes for child in shape.children())
