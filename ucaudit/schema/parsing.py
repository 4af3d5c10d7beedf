"""Schemas into normal form: one, or many that share definitions."""

from __future__ import annotations

from ucaudit.config import Reading
from ucaudit.jsontypes import Json
from ucaudit.schema.document import Document
from ucaudit.schema.graph import Graph
from ucaudit.schema.node import Node


class Parser:
    """Brings schemas into normal form; those with one and the same ``$defs`` object share nodes.

    It remembers all that it parsed, so it should not live longer than what is compared.

    Args:
        reading: ``ignored``: senders send the fields that they declare, ``oneOf`` is any of its
            members. ``literal``: all is as JSON Schema says.
        lazy: Look at schemas with shared ``$defs`` only where somebody asks; sources have resolved
            the references in them.
    """

    def __init__(self, reading: Reading = "ignored", *, lazy: bool = False) -> None:
        self._reading = reading
        self._lazy = lazy
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
            document = Document(
                schema,
                name,
                library.document if library is not None else None,
                shared=library is not None,
            )
            graph = Graph(document, library, self._reading)
            if not self._lazy or library is None:
                _resolve_all(graph)
            known = self._roots[id(schema)] = schema, graph.root
        return known[1]

    def _library(self, schema: Json, name: str) -> Graph | None:
        definitions = schema.get("$defs") if isinstance(schema, dict) else None
        if not definitions:
            return None
        known = self._libraries.get(id(definitions))
        if known is None:
            document = Document({"$defs": definitions}, name, shared=self._lazy)
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
