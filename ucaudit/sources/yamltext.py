"""YAML 1.2 as JSON values, built from libyaml's events.

PyYAML's own loaders read YAML 1.1: ``no`` is a boolean there, ``12:30`` a number, ``2020-01-02`` a
date object, ``200:`` a key that is no string. Here only what JSON knows is recognised, keys stay as
written, and what YAML allows but JSON cannot say is refused with line and column. Aliases share
their value, so what they expand to is counted before anyone walks it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import yaml

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json

_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_PREFIX: Final = "tag:yaml.org,2002:"
_WORDS: Final[dict[str, Json]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,400}\Z|0o[0-7]{1,400}\Z|0x[0-9a-fA-F]{1,400}\Z")
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?\Z")
# Documents that people write repeat a block a few times; a bomb repeats one a billion times.
_MOST_NODES: Final = 2_000_000
_MOST_GROWTH: Final = 20
_DEEPEST: Final = 300


def parse_yaml(text: str, name: str) -> Json:
    """The one YAML document in ``text``.

    Args:
        text: The text.
        name: What errors call it: the file.

    Raises:
        InputError: If it is not YAML, or holds what JSON cannot; with line and column.
    """
    builder = _Builder(name)
    try:
        return builder.document(yaml.parse(text, Loader=_LOADER))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise _refused(name, mark, error.problem or "it cannot be parsed") from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        where = f"{name}:{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"
        why = f"the character {error.character!r} is not allowed in YAML"
        raise InputError(
            "not-yaml", "The file is not YAML.", where=where, why=why, fix=_MEND
        ) from error


_MEND: Final = "Mend the file at that line and column."


def _refused(name: str, mark: Any, why: str) -> InputError:
    where = f"{name}:{mark.line + 1}:{mark.column + 1}" if mark is not None else name
    return InputError("not-yaml", "The file is not YAML.", where=where, why=why, fix=_MEND)


class _Builder:
    """Turns events into values.

    A value is returned with its size when every alias in it is written out.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._anchors: dict[str, tuple[Json, int] | None] = {}
        self._written = 0
        self._depth = 0

    def document(self, events: Iterator[Any]) -> Json:
        value: Json = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._refuse(event, "it holds more than one document")
                value, size = self._value(next(events), events)
                self._check_growth(event, size)
        return value

    def _check_growth(self, event: Any, size: int) -> None:
        if size > _MOST_NODES and size > self._written * _MOST_GROWTH:
            raise self._refuse(event, f"its aliases expand to {size:,} values")

    def _value(self, event: Any, events: Iterator[Any]) -> tuple[Json, int]:
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event)
        anchor = event.anchor
        if anchor is not None:
            self._anchors[anchor] = None
        self._written += 1
        if isinstance(event, yaml.ScalarEvent):
            result = self._scalar(event), 1
        else:
            self._depth += 1
            if self._depth > _DEEPEST:
                raise self._refuse(event, f"it is nested more than {_DEEPEST} deep")
            build = self._list if isinstance(event, yaml.SequenceStartEvent) else self._object
            result = build(event, events)
            self._depth -= 1
        if anchor is not None:
            self._anchors[anchor] = result
        return result

    def _alias(self, event: Any) -> tuple[Json, int]:
        known = self._anchors.get(event.anchor)
        if known is None:
            inside = event.anchor in self._anchors
            why = "contains itself" if inside else "is not defined before"
            raise self._refuse(event, f"the anchor {event.anchor!r} {why}")
        return known

    def _list(self, start: Any, events: Iterator[Any]) -> tuple[Json, int]:
        self._check_tag(start, "seq")
        items, size = [], 1
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            value, own = self._value(event, events)
            items.append(value)
            size += own
        return items, size

    def _object(self, start: Any, events: Iterator[Any]) -> tuple[Json, int]:
        self._check_tag(start, "map")
        members: dict[str, Json] = {}
        merged: dict[str, Json] = {}
        size = 1
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event)
            value, own = self._value(next(events), events)
            size += own
            if key == "<<" and event.implicit[0]:
                self._merge(event, value, merged)
            elif key in members:
                raise self._refuse(event, f"the key {key!r} stands here twice")
            else:
                members[key] = value
        self._check_growth(start, size)
        return ({**merged, **members} if merged else members), size

    def _key(self, event: Any) -> str:
        if isinstance(event, yaml.AliasEvent):
            value, _ = self._alias(event)
            if isinstance(value, str):
                return value
        elif isinstance(event, yaml.ScalarEvent):
            if event.anchor is not None:
                self._anchors[event.anchor] = event.value, 1
            return str(event.value)
        raise self._refuse(event, "a key is not a string")

    def _merge(self, event: Any, value: Json, merged: dict[str, Json]) -> None:
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise self._refuse(event, "what << merges is not a mapping")
            for key, item in source.items():
                merged.setdefault(key, item)

    def _scalar(self, event: Any) -> Json:
        text = str(event.value)
        if event.tag is None:
            return self._plain(event, text) if event.implicit[0] else text
        kind = event.tag.removeprefix(_PREFIX)
        if event.tag == "!" or kind in ("str", "timestamp", "binary"):
            return text
        value = self._plain(event, text)
        kinds: dict[str, Any] = {
            "null": type(None),
            "bool": bool,
            "int": int,
            "float": (int, float),
        }
        if kind not in kinds or not isinstance(value, kinds[kind]):
            raise self._refuse(event, f"{text!r} cannot be read as {event.tag}")
        return value

    def _plain(self, event: Any, text: str) -> Json:
        if text in _WORDS:
            return _WORDS[text]
        if text[0] not in "+-.0123456789":
            return text
        if _INTEGER.match(text):
            return int(text, 0 if text[:2] in ("0o", "0x") else 10)
        if _FLOAT.match(text):
            value = float(text)
            if value in (float("inf"), float("-inf")):
                raise self._refuse(event, "the number is too large")
            return value
        return text

    def _check_tag(self, event: Any, kind: str) -> None:
        if event.tag not in (None, "!", _PREFIX + kind):
            raise self._refuse(event, f"the tag {event.tag} is not known")

    def _refuse(self, event: Any, why: str) -> InputError:
        return _refused(self._name, event.start_mark, why)
