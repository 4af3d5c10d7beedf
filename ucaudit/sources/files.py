"""Documents that refer to each other: read once, and what each reference leads to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

from ucaudit.errors import InputError
from ucaudit.jsontypes import Json
from ucaudit.schema.document import escape, unescape
from ucaudit.sources.reading import read_document


class Place(NamedTuple):
    """A value in a file, by JSON pointer."""

    file: Path
    pointer: str = ""

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"

    def below(self, *tokens: str | int) -> Place:
        """The place that ``tokens`` lead to from here."""
        steps = "".join(f"/{escape(str(token))}" for token in tokens)
        return Place(self.file, self.pointer + steps)


@dataclass(slots=True)
class _Names:
    """What a document calls its parts: pointers by ``$anchor`` and by ``$id``."""

    anchors: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    dynamic: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    ids: dict[str, str] = field(default_factory=dict)


class Files:
    """The files of one source, each read when something first leads there.

    Args:
        read: What was read already.
    """

    def __init__(self, read: Mapping[Path, Json] | None = None) -> None:
        self._roots: dict[Path, Json] = dict(read or {})
        self._names: dict[Path, _Names] = {}
        self._resolved: dict[tuple[Path, str, str], Place] = {}

    @property
    def read(self) -> list[Path]:
        """The files that were read so far."""
        return [*self._roots]

    def root(self, file: Path) -> Json:
        """The document in ``file``.

        Raises:
            InputError: If it cannot be read.
        """
        if file not in self._roots:
            self._roots[file] = read_document(file)
        return self._roots[file]

    def at(self, place: Place) -> Json:
        """The value at ``place``.

        Raises:
            KeyError: If there is none.
        """
        value = self.root(place.file)
        for token in place.pointer.split("/")[1:]:
            value = _step(value, unescape(token))
        return value

    def resolve(self, ref: Json, at: Place, base: str = "") -> Place:
        """The place that the reference ``ref`` leads to.

        Args:
            ref: The reference as written.
            at: Where it stands, for errors.
            base: Pointer of the resource around it: the nearest schema with an ``$id``.

        Raises:
            InputError: If it leads nowhere, or to another machine.
        """
        if not isinstance(ref, str):
            raise InputError(
                "ref-unresolvable",
                "A reference is not a string.",
                where=str(at),
                why=f"{ref!r:.60}",
                fix="Write a path and a JSON pointer, such as other.json#/$defs/Name.",
            )
        known = self._resolved.get((at.file, base, ref))
        if known is None:
            known = self._resolved[at.file, base, ref] = self._resolve(ref, at, base)
        return known

    def _resolve(self, ref: str, at: Place, base: str) -> Place:
        uri, _, fragment = ref.partition("#")
        target = Place(at.file, base) if not uri else self._resource(uri, ref, at, base)
        fragment = unquote(fragment)
        if fragment and not fragment.startswith("/"):
            return self._anchored(target, fragment, ref, at)
        found = Place(target.file, target.pointer + fragment)
        try:
            self.at(found)
        except KeyError:
            raise _nowhere(ref, at) from None
        return found

    def base_of(self, place: Place) -> str:
        """Pointer of the resource that ``place`` belongs to."""
        base, pointer, value = "", "", self.root(place.file)
        for token in place.pointer.split("/")[1:]:
            if starts_resource(value):
                base = pointer
            try:
                value = _step(value, unescape(token))
            except KeyError:
                break
            pointer = f"{pointer}/{token}"
        return base

    def dynamic(self, file: Path, name: str) -> list[str]:
        """Pointers of the schemas in ``file`` with this ``$dynamicAnchor``."""
        return self._known(file).dynamic.get(name, [])

    def _anchored(self, target: Place, anchor: str, ref: str, at: Place) -> Place:
        found = self._known(target.file).anchors.get(anchor, [])
        inside = [p for p in found if p == target.pointer or p.startswith(f"{target.pointer}/")]
        if not inside:
            raise _nowhere(ref, at)
        return Place(target.file, inside[0])

    def _resource(self, uri: str, ref: str, at: Place, base: str) -> Place:
        ids = self._known(at.file).ids
        own = next((name for name, pointer in ids.items() if pointer == base), "")
        for name in (uri, _join(own, uri)):
            if name in ids:
                return Place(at.file, ids[name])
        if _has_scheme(uri):
            raise InputError(
                "ref-remote",
                f"The reference {ref!r} leads to another machine.",
                where=str(at),
                why="schemas are read without fetching anything",
                fix="Download the document beside this one, and refer to the file.",
            )
        path = at.file.parent / unquote(uri)
        try:
            path = path.resolve()
            there = path.is_file()
        except (OSError, ValueError):
            # A name that no file can have: too long, or with a null character.
            there = False
        if not there:
            raise InputError(
                "ref-unresolvable",
                f"The reference {ref!r:.80} leads to a file that is not there.",
                where=str(at),
                why=str(path)[:200],
                fix="Add the file, or mend the reference.",
            )
        return Place(path)

    def _known(self, file: Path) -> _Names:
        if file not in self._names:
            self._names[file] = _names(self.root(file))
        return self._names[file]


def starts_resource(schema: Json) -> bool:
    """Whether references inside ``schema`` start from it: it has an identifier of its own."""
    own = schema.get("$id") if isinstance(schema, dict) else None
    return isinstance(own, str) and not own.startswith("#")


def _nowhere(ref: str, at: Place) -> InputError:
    return InputError(
        "ref-unresolvable",
        f"The reference {ref!r} leads nowhere.",
        where=str(at),
        fix="Add the definition, or mend the reference.",
    )


def _step(value: Json, token: str) -> Json:
    if isinstance(value, dict):
        return value[token]
    is_index = token.isascii() and token.isdecimal() and len(token) < 9
    if isinstance(value, list) and is_index and int(token) < len(value):
        return value[int(token)]
    raise KeyError(token)


def _join(base: str, uri: str) -> str:
    try:
        return urljoin(base, uri)
    except ValueError:
        return uri


def _has_scheme(uri: str) -> bool:
    try:
        parts = urlsplit(uri)
    except ValueError:
        return True
    return bool(parts.scheme or parts.netloc)


def _names(root: Json) -> _Names:
    """Looks at every object; what is no schema does no harm, as nothing refers to it."""
    names = _Names()
    stack: list[tuple[str, Json]] = [("", root)]
    while stack:
        pointer, value = stack.pop()
        if isinstance(value, dict):
            _collect(names, pointer, value)
            members = [(escape(str(key)), item) for key, item in value.items()]
        elif isinstance(value, list):
            members = [(str(index), item) for index, item in enumerate(value)]
        else:
            continue
        stack.extend((f"{pointer}/{token}", item) for token, item in reversed(members))
    return names


def _collect(names: _Names, pointer: str, value: dict[str, Json]) -> None:
    own = value.get("$id", value.get("id"))
    if isinstance(own, str) and own.startswith("#"):
        names.anchors[own[1:]].append(pointer)
    elif isinstance(own, str) and own:
        names.ids.setdefault(own.partition("#")[0], pointer)
    for keyword in ("$anchor", "$dynamicAnchor"):
        anchor = value.get(keyword)
        if isinstance(anchor, str):
            names.anchors[anchor].append(pointer)
            if keyword == "$dynamicAnchor":
                names.dynamic[anchor].append(pointer)
