"""How alike two fields of different names are: names, types, descriptions."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

from ucaudit.diff.containment import Containment
from ucaudit.jsontypes import JsonObject
from ucaudit.schema.node import Kind, Node, Shape

_WORD: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+|[^\W\d_a-zA-Z]+")
# Below this, words are different words: "quantity" and "quality" are 0.8 alike.
_SAME_WORD: Final = 0.83
_ABBREVIATED: Final = 0.7
_DEEPEST: Final = 2


def tokens(name: str) -> tuple[str, ...]:
    """The words of a camelCase, snake_case or kebab-case name, in lower case and singular."""
    return tuple(_singular(word.lower()) for word in _WORD.findall(name))


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return f"{word[:-3]}y"
    plural = len(word) > 2 and word.endswith("s") and word[-2] not in "su"
    return word[:-1] if plural else word


@lru_cache(maxsize=4096)
def name_likeness(old: str, new: str) -> float:
    """From 0 to 1: the share of words in common, and half of it where words were replaced.

    ``port`` and ``portNumber`` are alike, ``startDate`` and ``endDate`` are not: where each name
    has a word of its own, they are more often two things than one.
    """
    befores, afters = tokens(old), tokens(new)
    if "".join(befores) == "".join(afters):
        return 1.0 if befores else 0.0
    matched = _match_words(befores, afters)
    share = 2 * sum(matched) / (len(befores) + len(afters))
    replaced = len(matched) < min(len(befores), len(afters))
    return share / 2 if replaced else share


def _match_words(befores: Sequence[str], afters: Sequence[str]) -> list[float]:
    """How alike the words are that both names have, one entry a word."""
    left, found = list(afters), []
    for word in befores:
        best = max(left, key=lambda other: _word_likeness(word, other), default="")
        likeness = _word_likeness(word, best)
        if likeness:
            found.append(likeness)
            left.remove(best)
    return found


def _word_likeness(a: str, b: str) -> float:
    if a == b:
        return 1.0
    short, long = sorted((a, b), key=len)
    # A prefix negates ("active", "inactive"), so words of another first letter are others.
    if len(short) < 3 or a[0] != b[0]:
        return 0.0
    if long.startswith(short):
        return _ABBREVIATED
    ratio = max(_ratio(a, b), _ratio(b, a))
    return ratio if ratio >= _SAME_WORD else 0.0


def _ratio(a: Sequence[str], b: Sequence[str]) -> float:
    return SequenceMatcher(None, a, b, autojunk=False).ratio()


def text_likeness(old: str, new: str) -> float:
    """From 0 to 1: how much two descriptions have in common, word by word."""
    befores, afters = old.lower().split(), new.lower().split()
    return max(_ratio(befores, afters), _ratio(afters, befores))


def written(node: Node) -> JsonObject:
    """The schema that stands where a field is declared, as it is written."""
    if not node.sources:
        return {}
    schema = node.graph.document.at(node.pointer)
    return schema if isinstance(schema, dict) else {}


def types_alike(old: Node, new: Node, containment: Containment, depth: int = _DEEPEST) -> bool:
    """Whether stored values of ``old`` can stay as they are where ``new`` is expected.

    Bounds, nulls and single enum values do not matter, and of objects half the fields are enough.
    """
    if containment.same(old, new):
        return True
    if old.is_any or new.is_any or old.redacted != new.redacted:
        return False
    kinds = [_families(node) for node in (old, new)]
    if kinds[0] != kinds[1] or not kinds[0]:
        return False
    return all(
        _shapes_alike(_of(old, kind), _of(new, kind), containment, depth) for kind in kinds[0]
    )


def is_listed(old: Node, new: Node, containment: Containment) -> bool:
    """Whether one of them is a list of what the other is."""
    for listed, single in ((new, old), (old, new)):
        lists = listed.of("array")
        if len(lists) == 1 and _families(listed) == {"array"} and "array" not in single.kinds:
            items = lists[0].items
            return items is not None and types_alike(items, single, containment)
    return False


def _families(node: Node) -> frozenset[Kind]:
    """The types but null; integers are numbers."""
    kinds = node.kinds - {"null"}
    return frozenset("number" if kind == "integer" else kind for kind in kinds)


def _of(node: Node, kind: Kind) -> tuple[Shape, ...]:
    return (*node.of("integer"), *node.of("number")) if kind == "number" else node.of(kind)


def _shapes_alike(
    olds: Sequence[Shape], news: Sequence[Shape], containment: Containment, depth: int
) -> bool:
    if len(olds) != 1 or len(news) != 1:
        common = sum(any(containment.same_shape(a, b) for b in news) for a in olds)
        return 2 * common >= len(olds) + len(news) - common
    old, new = olds[0], news[0]
    if old.kind == "array":
        return _both_alike(old.items, new.items, containment, depth)
    if old.kind == "object":
        return _objects_alike(old, new, containment, depth)
    if old.kind == "string" and old.format != new.format:
        return False
    return old.enum is None or new.enum is None or _overlap(set(old.enum), set(new.enum))


def _both_alike(old: Node | None, new: Node | None, containment: Containment, depth: int) -> bool:
    if old is None or new is None:
        return old is new
    return types_alike(old, new, containment, depth)


def _objects_alike(old: Shape, new: Shape, containment: Containment, depth: int) -> bool:
    if old.is_map or new.is_map:
        return (
            old.is_map
            and new.is_map
            and _both_alike(old.additional, new.additional, containment, depth)
        )
    common = [name for name in old.properties if name in new.properties]
    if not _overlap(set(old.properties), set(new.properties)) or not depth:
        return False
    pairs = ((old.properties[name], new.properties[name]) for name in common)
    return all(types_alike(a, b, containment, depth - 1) for a, b in pairs)


def _overlap(olds: set[str], news: set[str]) -> bool:
    return 2 * len(olds & news) >= len(olds | news)
