"""What a check holds the recorded history against: a git revision, a folder, or another source."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from ucaudit.config import Config
from ucaudit.errors import InputError
from ucaudit.history.compiled import compile_call
from ucaudit.history.files import folders, json_files
from ucaudit.history.folder import files_of
from ucaudit.history.layout import Layout, is_recorded
from ucaudit.history.recorded import Recorded
from ucaudit.history.remark import Remark
from ucaudit.history.sources import Source, load_source, named_revision
from ucaudit.history.store import load_open
from ucaudit.history.unchanged import ids_like, is_part_of_open
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.verdict import judge
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
    """

    name: str
    source: str
    ids: Mapping[str, str] = field(default_factory=dict)
    revision: Revision | None = None

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
        newest = _newest(self.ids)
        found = {}
        for call in calls:
            known = history.calls.get(call.name)
            versions = known.versions if known is not None else ()
            last = next((v for v in versions if v.number == newest.get(call.name)), None)
            if last is not None:
                own = {"properties": compile_call(call).properties}
                found[call.name] = judge(last.mapping, own).mapping
        return found

    def released(self) -> dict[str, int] | None:
        """Call to the number of its newest released version; ``None`` where nobody can know."""
        known = bool(self.open_ids) or self.name != self.source
        return _newest(self.ids) if known else None


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
        return Base(against, against, raw | ids_like(read_history(Layout(path)), raw))
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


def lost_history(base: Base, here: Mapping[str, str], layout: Layout) -> Iterator[Remark]:
    """What was released at the base and is not the same here.

    Args:
        base: The other side.
        here: The released versions here, as names that git would give to their content.
        layout: The folder here.
    """
    newest = _newest(here)
    ahead: bool | None = None
    for name, key in sorted(base.ids.items()):
        call, number = _released(name)
        if not number or here.get(name) == key:
            continue
        path = layout.root / name
        if name in here:
            yield Remark(
                "history-edited",
                "error",
                f"version {number} of {call} is not what was released at {base.name}",
                call,
                path,
                "Restore the file from version control; calls change by ucaudit lock and release.",
            )
            continue
        if ahead is None:
            ahead = base.revision is not None and base.revision.may_be_ahead()
        behind = ahead and number > newest.get(call, 0)
        yield Remark(
            "history-behind" if behind else "history-gap",
            "warning" if behind else "error",
            f"version {number} of {call}, which {base.name} has, is not here",
            call,
            path,
            f"Rebase on {base.name}, or merge it."
            if behind
            else "Restore the file from version control.",
        )


def _newest(names: Iterable[str]) -> dict[str, int]:
    numbers: dict[str, int] = {}
    for call, number in map(_released, names):
        if number:
            numbers[call] = max(number, numbers.get(call, 0))
    return numbers


def _released(name: str) -> tuple[str, int]:
    """Call and number of a released version, by its file; the number is 0 for any other file."""
    folder, _, file = name.removeprefix(HISTORY).partition("/")
    stem = file.removesuffix(".json")
    released = name.startswith(HISTORY) and stem.isdecimal() and file.endswith(".json")
    return unquote(folder), int(stem) if released else 0
