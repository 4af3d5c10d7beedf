"""The open versions and types in ``schemas/`` as bytes, and which declared calls they spell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from ucaudit.history.layout import PARTS, Layout
from ucaudit.history.spelling import Speller
from ucaudit.jsontypes import JsonObject, canonical
from ucaudit.sources.reading import read_bytes
from ucaudit.sources.record import CallSchemas

_OPTIONS: Final = ("retention_days", "record_response")


def read_files(layout: Layout) -> dict[str, bytes]:
    """Open versions and types by path within the folder; no released versions.

    Raises:
        InputError: If one cannot be read.
    """
    files = {path.name: read_bytes(path) for path in layout.open_files()}
    types = {f"{layout.types.name}/{path.name}": read_bytes(path) for path in layout.type_files()}
    return files | types


@dataclass(frozen=True, slots=True)
class Recorded:
    """What is recorded beside what is declared; nothing is parsed where both are spelled alike.

    Attributes:
        files: Open versions and types, by path within the folder.
        declared: The calls as they are now, by name.
        speller: Knows how calls are written.
    """

    files: Mapping[str, bytes]
    declared: Mapping[str, CallSchemas] = field(default_factory=dict)
    speller: Speller = field(default_factory=Speller)

    @classmethod
    def read(cls, layout: Layout, declared: Iterable[CallSchemas] = ()) -> Recorded:
        """Reads the files of a folder.

        Raises:
            InputError: If one cannot be read.
        """
        return cls(read_files(layout), {call.name: call for call in declared})

    @property
    def open_files(self) -> list[str]:
        """The open versions among the files, in order of name."""
        return sorted(name for name in self.files if "/" not in name)

    def spelled_by(self, document: JsonObject) -> CallSchemas | None:
        """The declared call that an open version and the types that it uses spell, if any."""
        call = self.declared.get(document["call"])
        if call is None or document.get("renamed_from") != call.renamed_from:
            return None
        if any(document[option] != getattr(call, option) for option in _OPTIONS):
            return None
        spelled = self.speller.spell(call)
        if any(self.files.get(file) != content for file, content in spelled.types.items()):
            return None
        written = {part: document[part] for part in PARTS if part in document}
        return call if canonical(written) == canonical(spelled.parts) else None
