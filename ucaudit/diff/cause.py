"""What one cause is: the rule, whose schema it is, where in it, and what was and is there."""

from __future__ import annotations

import re
from typing import Final

from ucaudit.diff.compare import bare_name
from ucaudit.diff.local import Local
from ucaudit.jsontypes import Json, sha256
from ucaudit.schema.document import DEFINITIONS, unescape
from ucaudit.schema.graph import Graph

# Rules that were once part of another: what was decided about a cause under its name still counts.
_KNOWN_AS: Final = {
    "integer-to-number": "type-widened",
    "number-to-integer": "type-narrowed",
    "type-freed": "type-widened",
    "type-fixed": "type-narrowed",
    "value-allowed": "type-widened",
    "value-forbidden": "type-narrowed",
    "scalar-to-object": "type-changed",
    "object-to-scalar": "type-changed",
}
_UNION_PLACE: Final = re.compile(r"/(?:anyOf|oneOf|allOf)/\d+")


def locate(graph: Graph, anchor: str, call: str) -> tuple[str, str]:
    """Owner of ``anchor`` and the pointer within it.

    The owner is the definition that holds it, without type arguments (which may stand in its title
    only); else the root's title; else the call.
    """
    for keyword in DEFINITIONS:
        head = f"/{keyword}/"
        if anchor.startswith(head):
            name, _, rest = anchor[len(head) :].partition("/")
            full = unescape(name)
            generic = _generic(graph.document.at(head + name)) if "[" not in full else None
            return generic or bare_name(full), f"/{rest}" if rest else ""
    root = graph.document.root
    title = root.get("title") if isinstance(root, dict) else None
    return (bare_name(title) if isinstance(title, str) and title else call), anchor


def _generic(definition: Json) -> str | None:
    """The generic type that a definition is an instance of, if only its title says so.

    ``Page[File]`` is no name that a component may have; its title still is.
    """
    title = definition.get("title") if isinstance(definition, dict) else None
    return bare_name(title) if isinstance(title, str) and title.endswith("]") else None


def cause_id(local: Local, owner: str, pointer: str) -> str:
    """Sixteen hexadecimal digits that stay the same while the cause does.

    Messages, the order of union members and where a shared schema is kept are not part of it.
    """
    place = _UNION_PLACE.sub("", pointer)
    rule = _KNOWN_AS.get(local.rule, local.rule)
    return sha256([rule, owner, place, local.old, local.new])[:16]
