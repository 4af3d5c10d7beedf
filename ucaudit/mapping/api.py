"""Mappings and verdicts for bare schemas."""

from __future__ import annotations

from ucaudit.jsontypes import Json, JsonObject
from ucaudit.mapping.acceptance import Writer
from ucaudit.mapping.compile import Compiled, compile_fields, compile_root
from ucaudit.mapping.envelope import ENVELOPE, REQUEST, RESPONSE, envelope_mapping
from ucaudit.mapping.verdict import IndexEffect, judge
from ucaudit.schema.node import Node
from ucaudit.schema.parsing import parse


def call_fields(logged: Node | None, response: Node | None) -> Compiled:
    """The call's own part of its audit mapping.

    Args:
        logged: What is written as ``requestJson``: the audit type, else the request.
        response: What is written as ``responseJson``, if the call records it.
    """
    roots = {REQUEST: logged, RESPONSE: response}
    return compile_fields({name: node for name, node in roots.items() if node is not None})


def compile_mapping(schema: Json, bare: bool = False) -> JsonObject:
    """The Elasticsearch mapping for documents of ``schema``.

    Args:
        schema: A JSON Schema, as parsed JSON, of what is written.
        bare: Leave the envelope out, so that a document of the schema itself can be indexed.

    Returns:
        ``{"mappings": {…}, "settings": {…}}``, as a create-index request takes it.

    Raises:
        InputError: If it is not a JSON Schema.
    """
    root = parse(schema)
    document, _ = bare_mapping(root) if bare else whole_mapping(root, None, ENVELOPE)
    return document


def bare_mapping(root: Node | None) -> tuple[JsonObject, list[str]]:
    """Mapping and settings for documents that are values of ``root``, and what is not indexed."""
    parameters, compiled = compile_root(root) if root is not None else ({}, Compiled({}))
    mappings: JsonObject = {"dynamic": False, **parameters}
    if compiled.properties:
        mappings["properties"] = compiled.properties
    return {"mappings": mappings, "settings": compiled.settings}, compiled.notices


def whole_mapping(
    logged: Node | None, response: Node | None, envelope: JsonObject
) -> tuple[JsonObject, list[str]]:
    """Mapping and settings for whole audit documents, and what is not indexed."""
    compiled = call_fields(logged, response)
    properties = {**envelope_mapping(envelope)["properties"], **compiled.properties}
    mappings = {"dynamic": False, "properties": properties}
    return {"mappings": mappings, "settings": compiled.settings}, compiled.notices


def index_verdict(old: Json, new: Json) -> IndexEffect:
    """What the audit index needs when a call's logged data goes from schema ``old`` to ``new``.

    Returns:
        ``none``, ``put_mapping`` or ``reindex``.

    Raises:
        InputError: If either is not a JSON Schema.
    """
    before, after = (Writer.of({REQUEST: parse(*side)}) for side in ((old, "old"), (new, "new")))
    have, wish = {"properties": before.properties}, {"properties": after.properties}
    return judge(have, wish, after, [before]).index
