"""Field names that the engine can hold, and how it reads dots in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Final

from ucaudit.jsontypes import JsonObject

# Names that a document may not use at its root; inside objects they are names like any other.
METADATA: Final = frozenset(
    {
        "_data_stream_timestamp",
        "_doc_count",
        "_field_names",
        "_id",
        "_ignored",
        "_ignored_source",
        "_index",
        "_nested_path",
        "_routing",
        "_seq_no",
        "_source",
        "_tier",
        "_type",
        "_version",
    }
)


def unusable(names: Iterable[str], *, at_root: bool) -> str | None:
    """The first name that no document may hold but in an object that is not indexed.

    Args:
        names: Field names of one object.
        at_root: Whether the object is the document itself.
    """
    for name in names:
        if not all(part.strip() for part in name.split(".")) or (at_root and name in METADATA):
            return name
    return None


def parts_of(name: str) -> list[str] | None:
    """What the engine makes of a name in a document: it takes no notice of dots at the end.

    Args:
        name: As a document spells it.

    Returns:
        The names of the objects and of the field in them; ``None`` if it refuses the document.
    """
    parts = name.rstrip(".").split(".")
    return parts if all(part.strip() for part in parts) else None


def is_flattenable(name: str) -> bool:
    """Whether ``name`` can be a key in a flattened field, where NUL separates keys from values."""
    return "\0" not in name


def collision(names: Iterable[str]) -> str | None:
    """The first name that cannot stand beside another one.

    The engine reads ``a.b`` as ``b`` inside an object ``a``, which no plain ``a`` can be.
    """
    parts: defaultdict[str, list[str]] = defaultdict(list)
    for name in names:
        head, _, rest = name.partition(".")
        parts[head].append(rest)
    for head, rests in parts.items():
        if len(rests) == 1:
            continue
        if "" in rests:
            return head
        below = collision(rests)
        if below is not None:
            return f"{head}.{below}"
    return None


def expand(properties: JsonObject) -> JsonObject:
    """``properties`` with dotted names as the objects that the engine makes of them."""
    expanded: JsonObject = {}
    for name, definition in properties.items():
        *heads, last = name.split(".")
        into = expanded
        for head in heads:
            into = into.setdefault(head, {"properties": {}})["properties"]
        into[last] = definition
    return expanded
