"""What a check holds the recorded history against: a git revision, a folder, or another source."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from ucaudit.config import Config
from ucaudit.errors import InputError
from ucaudit.history.compiled import with_open
from ucaudit.history.files import folders, json_files
from ucaudit.history.folder import files_of
from ucaudit.history.layout import Layout, is_recorded
from ucaudit.history.recorded import Recorded
from ucaudit.history.sources import Source, load_source, named_revision
from ucaudit.history.store import load_open
from ucaudit.history.unchanged import ids_like, is_part_of_open
from ucaudit.history.version import CallHistory, History
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.reading import read_bytes
from ucaudit.sources.record import CallSchemas

if TYPE_CHECKING:
    from ucaudit.sources.revisions import Revision

HISTORY: Final = "history/"


@dataclass(frozen=True, slots=True)
class Base:
    """The other side of a check.

    Attributes:
        name: What a person calls it.
        source: As sources are named.
        ids: Files of a recorded folder as names that git gives to their content; empty for others.
        revision: Where it is a git revision.
        folder: Where it is a folder of the work tree.
    """

    name: str
    source: str
    ids: Mapping[str, str] = field(default_factory=dict)
    revision: Revision | None = None
    folder: Path = Path()

    @property
    def open_ids(self) -> dict[str, str]:
        """The open versions and types among the files."""
        return {name: key for name, key in self.ids.items() if is_part_of_open(name)}

    def load(
        self,
        root: Path,
        skipped: frozenset[str],
        known: Sequence[CallSchemas],
        here: Mapping[str, bytes],
        history: History,
    ) -> Source:
        """Its calls, but for those of the files ``skipped``; none where nothing was recorded yet.

        Args:
            root: Where relative paths start.
            skipped: Files of open versions that nobody asks for.
            known: Calls of the other side, which are given as they are where the base has them.
            here: Open versions and types of the other side: what is the same is not fetched.
            history: The released versions of the other side.

        Raises:
            InputError: If it cannot be read.
        """
        opened = {name for name in self.open_ids if "/" not in name}
        implied = self.name != self.source
        if opened <= skipped if opened else implied:
            return Source([])
        if self.revision is None or not opened:
            return load_source(self.source, root, skipped=skipped, known=known)
        recorded = Recorded(
            self._files(self.revision, skipped, here), {call.name: call for call in known}
        )
        try:
            entries = load_open(Layout(Path(self.source)), recorded=recorded)
        except InputError as error:
            # Nobody mends a file at a revision.
            error.fix = f"Compare with another revision, such as {self.name}~1."
            raise
        calls = {name: entry.schemas for name, entry in entries.items()}
        same = {id(call) for call in known}
        changed = [call for call in calls.values() if id(call) not in same]
        return Source([*calls.values()], self._accumulated(changed, history))

    def _files(
        self, revision: Revision, skipped: frozenset[str], here: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        wanted = {name: key for name, key in self.open_ids.items() if name not in skipped}
        ours = {key: here[name] for name, key in ids_like(here, wanted).items()}
        fetched = revision.contents(key for key in wanted.values() if key not in ours)
        return {name: ours[key] if key in ours else fetched[key] for name, key in wanted.items()}

    def _accumulated(self, calls: Iterable[CallSchemas], history: History) -> dict[str, JsonObject]:
        """Call to what its generation had accumulated at the base, its open version included."""
        newest = newest_released(self.ids)
        found = {}
        for call in calls:
            known = history.calls.get(call.name)
            versions = known.versions if known is not None else ()
            until = [v for v in versions if v.number <= newest.get(call.name, 0)]
            if until and until[-1].number == newest.get(call.name):
                found[call.name] = with_open(CallHistory(call.name, tuple(until)), call)
        return found

    def content(self, name: str) -> bytes:
        """What is in one of its files.

        Raises:
            InputError: If it cannot be read.
        """
        key = self.ids[name]
        if self.revision is not None:
            return self.revision.contents([key])[key]
        return read_bytes(self.folder / name)

    def released(self) -> dict[str, int] | None:
        """Call to the number of its newest released version; ``None`` where nobody can know."""
        known = bool(self.open_ids) or self.name != self.source
        return newest_released(self.ids) if known else None


def find_base(against: str, config: Config) -> Base:
    """What ``against`` names; a revision without a path is the folder of the recorded history.

    Raises:
        InputError: If it is no revision that git knows.
    """
    if not against.startswith("git:"):
        path = config.root / against
        if not (path.is_dir() and is_recorded(path)):
            return Base(against, against)
        raw = files_of(path)
        ids = raw | ids_like(read_history(Layout(path)), raw)
        return Base(against, against, ids, folder=path)
    source = against
    if ":" not in against.removeprefix("git:").rstrip(":"):
        folder = os.path.relpath(config.schemas_path, config.root)
        source = f"{against.rstrip(':')}:{Path(folder).as_posix()}"
    revision, inner = named_revision(source, config.root)
    return Base(against.rstrip(":"), source, revision.ids(inner), revision)


def read_history(layout: Layout) -> dict[str, bytes]:
    """The released versions by path within the folder.

    Raises:
        InputError: If one cannot be read.
    """
    return {
        f"{HISTORY}{folder.name}/{path.name}": read_bytes(path)
        for folder in folders(layout.root / "history")
        for path in json_files(folder)
    }


def newest_released(names: Iterable[str]) -> dict[str, int]:
    """Call to the number of its newest released version, by the names of files."""
    numbers: dict[str, int] = {}
    for call, number in map(released_file, names):
        if number:
            numbers[call] = max(number, numbers.get(call, 0))
    return numbers


def released_file(name: str) -> tuple[str, int]:
    """Call and number of a released version, by its file; the number is 0 for any other file."""
    folder, _, file = name.removeprefix(HISTORY).partition("/")
    stem = file.removesuffix(".json")
    released = name.startswith(HISTORY) and stem.isdecimal() and file.endswith(".json")
    return unquote(folder), int(stem) if released else 0
