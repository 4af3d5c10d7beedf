"""File and line of what a finding is about, in the source of the new side."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from ucaudit.diff.model import Finding, Occurrence
from ucaudit.history.layout import OPEN_FORMAT, Layout, type_name
from ucaudit.schema.document import escape, unescape
from ucaudit.sources.lines import line_in_json, line_in_proto, line_in_yaml
from ucaudit.sources.model_lines import Spot, call_spot, model_spot
from ucaudit.sources.reading import TEXT_SUFFIXES, YAML_SUFFIXES
from ucaudit.sources.record import CallSchemas

_DEFINITION: Final = "/$defs/"
_COMPONENT: Final = "/components/schemas/"


class Places:
    """Finds places in the calls of one side.

    Args:
        calls: The calls, with their schemas.
        root: Where relative paths start.
        declared: The source of declared calls, which may be ``package.module:attribute``.
        layout: Where calls stand that are gone.
    """

    def __init__(
        self,
        calls: Iterable[CallSchemas],
        root: Path,
        declared: str | None = None,
        layout: Layout | None = None,
    ) -> None:
        self._calls = {call.name: call for call in calls}
        self._root = root
        self._declared = declared
        self._layout = layout
        self._texts: dict[Path, str] = {}

    def of_finding(self, finding: Finding) -> Spot | None:
        """The first of its places that stands in a file; ``None`` if there is none."""
        for occurrence in finding.occurrences:
            spot = self._of(occurrence)
            if spot is not None:
                return spot
        return None

    def of_call(self, name: str) -> Spot | None:
        """Where a call stands."""
        call = self._calls.get(name)
        if call is None:
            return self._of_lost(name)
        if call.origin == f"call {name}":
            return call_spot(self._declared, name) if self._declared is not None else None
        return self._written(call, "", "")

    def _of_lost(self, name: str) -> Spot | None:
        """A call that is gone: the registry that had it, else the file that it was in."""
        if self._declared is not None:
            return call_spot(self._declared, name)
        return Spot(self._layout.open_file(name), 1) if self._layout is not None else None

    def _of(self, occurrence: Occurrence) -> Spot | None:
        call = self._calls.get(occurrence.call)
        if call is None or not occurrence.pointer:
            return self.of_call(occurrence.call)
        if call.origin == f"call {call.name}":
            return _modelled(occurrence.pointer) or self.of_call(call.name)
        return self._written(call, occurrence.part, occurrence.pointer)

    def _written(self, call: CallSchemas, part: str, pointer: str) -> Spot | None:
        """The place in the file that a call was read from."""
        origin, _, inside = call.origin.partition("#")
        if origin.startswith("git:"):
            # The line at another revision is no line of the work tree.
            inner = self._root / origin.partition(":")[2].partition(":")[2]
            return Spot(inner, 1) if inner.suffix in TEXT_SUFFIXES else None
        path = self._file(origin, part)
        if path is None:
            return None
        if path.suffix == ".proto":
            return Spot(path, line_in_proto(self._text(path), *_named(pointer, call.name)))
        if path.suffix not in TEXT_SUFFIXES:
            return Spot(path, 1)
        if f'"{OPEN_FORMAT}"' in self._text(path):
            path, pointer = _recorded(call, path, part, pointer)
        elif inside:
            name = pointer.removeprefix(_DEFINITION)
            pointer = f"{_COMPONENT}{name}" if name != pointer else inside
        line_in = line_in_yaml if path.suffix in YAML_SUFFIXES else line_in_json
        return Spot(path, line_in(self._text(path), pointer))

    def _file(self, origin: str, part: str) -> Path | None:
        """The file that an origin names, or the one that it leads to."""
        path = self._root / origin
        candidates = [path]
        if path.is_dir():
            candidates = [path / f"{part or 'request'}{suffix}" for suffix in TEXT_SUFFIXES]
        elif ", " in origin:
            # A file of protobuf is told beside the one that was named.
            named, _, file = origin.rpartition(", ")
            candidates += [self._root / file, self._root / named]
        return next((file for file in candidates if file.is_file()), None)

    def _text(self, path: Path) -> str:
        if path not in self._texts:
            self._texts[path] = path.read_text(encoding="utf-8-sig")
        return self._texts[path]


def _modelled(pointer: str) -> Spot | None:
    """The class of a definition, and its field."""
    name, field = _named(pointer, "")
    return model_spot(name, field) if name else None


def _named(pointer: str, otherwise: str) -> tuple[str, str | None]:
    """The definition that a pointer leads into, and the field of it."""
    if not pointer.startswith(_DEFINITION):
        return otherwise, None
    name, *rest = pointer.removeprefix(_DEFINITION).split("/")
    field = unescape(rest[1]) if len(rest) > 1 and rest[0] == "properties" else None
    return unescape(name), field


def _recorded(call: CallSchemas, path: Path, part: str, pointer: str) -> tuple[Path, str]:
    """The file of a recorded folder that holds a place, and the pointer there."""
    contract = "in" if part == "request" else "out"
    escaped, _, rest = pointer.removeprefix(_DEFINITION).partition("/")
    name = unescape(escaped)
    if pointer.startswith(_DEFINITION) and name in call.shared:
        file = Layout(path.parent).types / type_name(name, contract)
        return file, f"/{rest}" if rest else ""
    return path, f"/{escape(part)}/{contract}{pointer}" if part else ""
