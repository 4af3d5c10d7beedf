"""Schemas of several files as one self-contained document in JSON Schema 2020-12.

Every schema that something refers to gets one definition, whoever refers to it; all of them stand
in one object that the calls of a source share.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json, JsonObject
from ucaudit.schema.document import SUBSCHEMAS, escape, unescape
from ucaudit.sources.dialect import (
    Dialect,
    dialect_of,
    modernise,
    own_keywords,
    with_null,
)
from ucaudit.sources.files import Files, Place, starts_resource
from ucaudit.sources.record import local_ref

_SCHEMAS: Final = frozenset({*SUBSCHEMAS, "items"})
_SCHEMA_LISTS: Final = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_DEFINITIONS: Final = ("$defs", "definitions")
_SCHEMA_MAPS: Final = frozenset(
    {"properties", "patternProperties", "dependentSchemas", *_DEFINITIONS}
)
_MOVED: Final = {"dependencies": "dependentSchemas"}
_MOVED_TUPLES: Final = {**_MOVED, "items": "prefixItems", "additionalItems": "items"}
_CONTAINERS: Final = ("/components/schemas", "/$defs", "/definitions")
# What OpenAPI spells as JSON Schema does.
_SAID_ALIKE: Final = frozenset(
    {"type", "format", "enum", "title", "description", "default", "pattern", "minLength"}
    | {"maxLength", "minimum", "maximum", "multipleOf", "minItems", "maxItems", "uniqueItems"}
    | {"minProperties", "maxProperties", "required", "properties", "additionalProperties"}
    | {"allOf", "anyOf", "oneOf", "not", "readOnly", "writeOnly", "deprecated", "x-audit"}
)
_IDENTITIES: Final = ("$schema", "$id", "$anchor", "$dynamicAnchor", "$vocabulary")
_DEEPEST: Final = 230


class _Task(NamedTuple):
    """A schema to convert, and the slot that waits for it."""

    schema: Json
    place: Place
    base: str
    holder: Any
    slot: str | int


class Bundle:
    """Collects schemas and what they refer to.

    Args:
        files: Where they are read from.
        dialect: How the source spells schemas; files with a ``$schema`` of their own say so.
        home: A file whose places keep their pointers, instead of becoming definitions.
        unsent: ``readOnly`` or ``writeOnly``: fields so marked are never required.

    Attributes:
        definitions: Converted definitions by name; complete after ``finish``.
        marked: Whether a required field is ``readOnly`` or ``writeOnly``.
    """

    def __init__(
        self,
        files: Files,
        dialect: Dialect,
        *,
        home: Path | None = None,
        unsent: str | None = None,
    ) -> None:
        self.definitions: JsonObject = {}
        self.marked = False
        self._files = files
        self._dialect = dialect
        self._home = home
        self._unsent = unsent
        self._dialects: dict[Path, Dialect] = {}
        # Nearly all places are in the file of the one before.
        self._latest: tuple[Path | None, Dialect] = (None, dialect)
        self._names: dict[Place, str] = {}
        self._taken: dict[str, Place] = {}
        self._waiting: list[Place] = []
        self._dynamic: list[tuple[Place, str]] = []

    def reserve(self, place: Place, name: str) -> None:
        """Gives ``place`` the name ``name``, should something refer to it."""
        self._names[place] = name
        self._taken[name] = place

    def add(self, schema: Json, place: Place) -> Json:
        """``schema``, which stands at ``place``, with references to ``definitions``.

        Raises:
            InputError: If a reference leads nowhere, or the dialect is not known.
        """
        return self._convert(schema, place)

    def finish(self) -> None:
        """Converts all that was referred to.

        Raises:
            InputError: As ``add``.
        """
        while self._waiting:
            place = self._waiting.pop(0)
            self.definitions[self._names[place]] = self._convert(self._files.at(place), place)
        for at, name in self._dynamic:
            others = [f for f in self._files.read if f != at.file and self._files.dynamic(f, name)]
            if others:
                raise _dynamic(at, f"{others[0]} has an anchor {name!r} too")

    def _convert(self, schema: Json, place: Place) -> Json:
        result: list[Json] = [schema]
        tasks = [_Task(schema, place, self._files.base_of(place), result, 0)]
        depth = place.pointer.count("/") + _DEEPEST
        while tasks:
            task = tasks.pop()
            if task.place.pointer.count("/") > depth:
                raise InputError(
                    "schema-too-deep",
                    "The schema is nested too deeply.",
                    where=f"{task.place.file}#{task.place.pointer:.80}…",
                    why=f"at most {_DEEPEST} steps, as JSON parsers and validators refuse more",
                    fix="Give inner schemas a name in $defs and refer to them.",
                )
            if isinstance(task.schema, dict):
                task.holder[task.slot] = self._object(task, tasks)
        return result[0]

    def _object(self, task: _Task, tasks: list[_Task]) -> JsonObject:
        schema, place = task.schema, task.place
        dialect = self._dialect_at(place)
        if dialect.openapi and schema.keys() <= _SAID_ALIKE:
            own = dict(schema)
            if "required" in own and "properties" in own:
                self._relax(own, schema, task)
            tasks.extend(_children(own, task))
            return own
        if starts_resource(schema):
            task = task._replace(base=place.pointer)
            dialect_of(schema, str(place))
        own = own_keywords(schema, dialect)
        for keyword in _IDENTITIES:
            own.pop(keyword, None)
        if isinstance(own.get("id"), str):
            del own["id"]
        if place.file != self._home:
            for keyword in _DEFINITIONS:
                own.pop(keyword, None)
        self._refer(own, task)
        self._relax(own, schema, task)
        modernise(own)
        tasks.extend(_children(own, task))
        if dialect.nullable and schema.get("nullable") is True and "$ref" not in own:
            return with_null(own)
        return own

    def _dialect_at(self, place: Place) -> Dialect:
        if place.file is not self._latest[0]:
            self._latest = place.file, self._dialect_of(place)
        return self._latest[1]

    def _dialect_of(self, place: Place) -> Dialect:
        found = self._dialects.get(place.file)
        if found is None:
            root = self._files.root(place.file)
            if isinstance(root, dict) and "openapi" in root:
                found = self._dialect
            else:
                found = dialect_of(root, f"{place.file}#", self._dialect)
            self._dialects[place.file] = found
        return found

    def _refer(self, own: JsonObject, task: _Task) -> None:
        at = task.place
        if "$recursiveRef" in own:
            raise _dynamic(at, "$recursiveRef depends on who refers here")
        if "$dynamicRef" in own:
            own["$ref"] = self._dynamic_target(own.pop("$dynamicRef"), task)
        elif "$ref" in own:
            own["$ref"] = self._reference(own["$ref"], task)
        discriminator = own.get("discriminator")
        if isinstance(discriminator, dict):
            own["discriminator"] = self._discriminator(discriminator, own, task)

    def _reference(self, ref: Json, task: _Task) -> str:
        at = task.place.below("$ref")
        return self.refer(self._files.resolve(ref, at, task.base))

    def refer(self, target: Place) -> str:
        """A reference to the definition that ``target`` becomes."""
        if target.file == self._home:
            return "#" + self._moved(target)
        name = self._names.get(target)
        if name is None:
            name = next(n for n in _names_for(target) if n not in self._taken)
            self.reserve(target, name)
        if name not in self.definitions:
            self.definitions[name] = None
            self._waiting.append(target)
        return local_ref(name)

    def _dynamic_target(self, ref: Json, task: _Task) -> str:
        at = task.place
        if not isinstance(ref, str) or not ref.startswith("#"):
            raise _dynamic(at, f"{ref!r} leads out of the document")
        name = ref[1:]
        places = self._files.dynamic(at.file, name)
        if len(places) > 1:
            raise _dynamic(at, f"several schemas have the anchor {name!r}")
        if places:
            self._dynamic.append((at, name))
        return self.refer(self._files.resolve(ref, at.below("$dynamicRef"), task.base))

    def _discriminator(self, written: JsonObject, own: JsonObject, task: _Task) -> JsonObject:
        """With references by tag; tags that are not listed are the names of the members."""
        mapping = written.get("mapping")
        spelled: JsonObject = {}
        for member in [*_members(own, "oneOf"), *_members(own, "anyOf")]:
            target = self._files.resolve(member, task.place, task.base)
            if target.pointer.startswith("/components/schemas/"):
                spelled[unescape(target.pointer.rpartition("/")[2])] = self.refer(target)
        if isinstance(mapping, dict):
            listed = {
                str(tag): self._tagged(ref, task.place.below("discriminator", "mapping", tag), task)
                for tag, ref in mapping.items()
            }
            spelled = {t: r for t, r in spelled.items() if r not in listed.values()} | listed
        return {**written, "mapping": spelled} if spelled else dict(written)

    def _tagged(self, ref: Json, at: Place, task: _Task) -> str:
        if isinstance(ref, str) and "#" not in ref:
            named = Place(at.file, f"/components/schemas/{escape(ref)}")
            try:
                self._files.at(named)
            except KeyError:
                pass
            else:
                return self.refer(named)
        return self.refer(self._files.resolve(ref, at, task.base))

    def _relax(self, own: JsonObject, schema: JsonObject, task: _Task) -> None:
        """Takes fields that are never sent this way out of ``required``."""
        required, fields = schema.get("required"), schema.get("properties")
        if not self._dialect_at(task.place).openapi:
            return
        if not isinstance(required, list) or not isinstance(fields, dict):
            return
        marks = {
            name: mark
            for name in required
            if isinstance(name, str) and (mark := self._mark(fields.get(name), task)) is not None
        }
        if marks:
            self.marked = True
            own["required"] = [n for n in required if marks.get(str(n)) != self._unsent]

    def _mark(self, schema: Json, task: _Task) -> str | None:
        if not isinstance(schema, dict):
            return None
        if isinstance(schema.get("$ref"), str):
            target = self._files.resolve(schema["$ref"], task.place, task.base)
            schema = self._files.at(target)
        found = [m for m in ("readOnly", "writeOnly") if _is_true(schema, m)]
        return found[0] if len(found) == 1 else None

    def _moved(self, place: Place) -> str:
        """The pointer in the converted document; tuples and dependencies are spelled anew."""
        moved, here, is_schema = "", Place(place.file), True
        for step in place.pointer.split("/")[1:]:
            name = step
            if is_schema:
                schema = self._files.at(here)
                listed = isinstance(schema, dict) and isinstance(schema.get("items"), list)
                name = (_MOVED_TUPLES if listed else _MOVED).get(step, step)
            moved, here = f"{moved}/{name}", Place(here.file, f"{here.pointer}/{step}")
            is_schema = not is_schema or name not in _SCHEMA_MAPS | _SCHEMA_LISTS
        return moved


def _is_true(schema: Json, keyword: str) -> bool:
    return isinstance(schema, dict) and schema.get(keyword) is True


def _members(own: JsonObject, keyword: str) -> Iterator[str]:
    members = own.get(keyword)
    for member in members if isinstance(members, list) else ():
        if isinstance(member, dict) and isinstance(member.get("$ref"), str):
            yield member["$ref"]


def _children(own: JsonObject, task: _Task) -> Iterator[_Task]:
    """Tasks for the subschemas of ``own``; lists and maps of schemas are copied first."""
    place, base = task.place, task.base
    for keyword, value in [*own.items()]:
        if isinstance(value, dict):
            if keyword in _SCHEMAS:
                yield _Task(value, place.below(keyword), base, own, keyword)
            elif keyword in _SCHEMA_MAPS:
                members = own[keyword] = dict(value)
                file, above = place.file, f"{place.pointer}/{escape(keyword)}"
                for name, member in value.items():
                    if isinstance(member, dict):
                        at = Place(file, f"{above}/{escape(str(name))}")
                        yield _Task(member, at, base, members, name)
        elif isinstance(value, list) and keyword in _SCHEMA_LISTS:
            copy = own[keyword] = list(value)
            for index, member in enumerate(copy):
                yield _Task(member, place.below(keyword, index), base, copy, index)


def _names_for(place: Place) -> Iterator[str]:
    """Names that a definition may have, the best first."""
    container, _, last = place.pointer.rpartition("/")
    stem = place.file.stem
    if not place.pointer:
        best = stem
    elif container.endswith(_CONTAINERS):
        best = unescape(last)
    else:
        best = ".".join(unescape(token) for token in place.pointer.split("/")[1:])
    yield best
    yield f"{stem}.{best}"
    yield f"{place.file.parent.name}.{stem}.{best}"
    number = 2
    while True:
        yield f"{stem}.{best}.{number}"
        number += 1


def _dynamic(at: Place, why: str) -> InputError:
    return InputError(
        "ref-dynamic",
        "The reference cannot be followed without knowing who refers to the schema.",
        where=str(at),
        why=why,
        fix="Use $ref, and one schema for each meaning.",
    )
