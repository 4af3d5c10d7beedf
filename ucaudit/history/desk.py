"""What lies on the table of a check: files, calls and released versions that need a look."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import orjson

from ucaudit.config import Config
from ucaudit.errors import InputError
from ucaudit.history.base import Base, read_history
from ucaudit.history.layout import Layout, OpenVersion
from ucaudit.history.lock import Locked, lock
from ucaudit.history.lost import lost_history
from ucaudit.history.recorded import Recorded
from ucaudit.history.released import with_former_names
from ucaudit.history.remark import Remark
from ucaudit.history.settled import settled_files
from ucaudit.history.sources import Source
from ucaudit.history.store import load_history, load_open, plan_open, stale_open
from ucaudit.history.unchanged import ids_like
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.envelope import load_envelope
from ucaudit.sources.record import CallSchemas

_POSITION = re.compile(r":\d+:\d+\Z")


@dataclass(frozen=True, slots=True)
class Desk:
    """The calls that need a look, and what is known of them.

    Attributes:
        config: The project.
        layout: Its recorded folder.
        envelope: JSON Schema of the fields around the calls' own data.
        declared: The calls as they are declared; ``None`` if only what is recorded counts.
        recorded: The files of the folder.
        opened: The open versions that could be read.
        settled: Files of open versions that nobody needs to look at.
        damaged: Files of open versions that cannot be read.
        history: The released versions of the calls that need a look.
        broken: Calls whose released versions are not whole.
        remarks: What is wrong with the files.
    """

    config: Config
    layout: Layout
    envelope: JsonObject
    declared: Sequence[CallSchemas] | None
    recorded: Recorded
    opened: Mapping[str, OpenVersion]
    settled: frozenset[str]
    damaged: frozenset[str]
    history: History
    broken: frozenset[str]
    remarks: list[Remark] = field(default_factory=list)

    def file(self, call: str) -> Path:
        """The open version of a call."""
        return self.layout.open_file(call)

    @property
    def calls(self) -> list[CallSchemas]:
        """The calls that need a look, as they are now."""
        now = self.declared
        if now is None:
            now = [entry.schemas for entry in self.opened.values()]
        return [call for call in now if self.file(call.name).name not in self.settled]

    @property
    def idle(self) -> list[CallSchemas]:
        """The others, without their schemas."""
        names = (orjson.loads(self.recorded.files[file])["call"] for file in sorted(self.settled))
        return [CallSchemas(name, {}) for name in names]

    def before(self, base: Base, now: Sequence[CallSchemas]) -> Source:
        """The calls of the base that need a look.

        Raises:
            InputError: If the base cannot be read.
        """
        return base.load(self.config.root, self.skipped, now, self.recorded.files, self.history)

    @property
    def skipped(self) -> frozenset[str]:
        """Files of open versions that the other side need not read either."""
        return self.settled if self.declared is not None else self.settled | self.damaged

    @property
    def legible(self) -> History:
        """The released versions of calls that can be compared with what is open."""
        if self.declared is not None:
            return self.history
        return History(
            {
                name: history
                for name, history in self.history.calls.items()
                if self.file(name).name not in self.damaged
            }
        )

    def lock(self) -> list[Locked]:
        """What ``ucaudit lock`` would say of the calls that need a look.

        Raises:
            InputError: As ``lock``.
        """
        calls = [call for call in self.calls if call.name not in self.broken]
        opened = {
            name: entry
            for name, entry in self.opened.items()
            if name not in self.broken and self.file(name).name not in self.settled
        }
        return lock(calls, opened, self.history, envelope=self.envelope)

    def stale(self, results: Iterable[Locked]) -> list[Path]:
        """Files that ``ucaudit lock`` would write or delete, but for those that are damaged."""
        entries = {r.call: r.entry for r in results if r.entry is not None}
        if self.declared is not None or not (self.settled or self.damaged):
            names = {call.name for call in self.declared or ()} or self.opened.keys()
            others = self._unlocked(names)
            changes = plan_open(self.layout, [*entries.values(), *others], self.recorded)
        else:
            changes = stale_open(self.layout, entries.values(), self.recorded)
        files = [path for path in changes if path.name not in self.damaged]
        return sorted(files, key=lambda path: (path.parent != self.layout.root, path))

    def _unlocked(self, names: Iterable[str]) -> Iterator[OpenVersion]:
        """Open versions that were not locked anew, of the calls that are still there."""
        for name in names:
            entry = self.opened.get(name)
            if entry is not None and (name in self.broken or self.file(name).name in self.settled):
                yield entry

    def line_of_acceptance(self, key: str) -> int:
        """Line of an acceptance in its file."""
        text = self.layout.accepted_file.read_text(encoding="utf-8")
        return text[: text.index(f'"{key}"')].count("\n") + 1


def open_desk(config: Config, declared: Sequence[CallSchemas] | None, base: Base | None) -> Desk:
    """Reads what is recorded, and finds out which calls need a look.

    Args:
        config: The project.
        declared: The calls as they are declared.
        base: What they are compared with, if it is another recorded folder.

    Raises:
        InputError: If there is no recorded folder, or it cannot be listed.
    """
    layout, envelope = Layout(config.schemas_path), load_envelope(config)
    recorded = Recorded.read(layout, declared or ())
    settled, remarks = frozenset[str](), list[Remark]()
    if base is not None and base.ids:
        raw = read_history(layout)
        here = ids_like(raw, base.ids)
        settled = settled_files(recorded.files, raw, here, base, envelope)
        remarks += lost_history(base, raw, here, layout)
    errors: list[InputError] = []
    unread = settled if declared is None else frozenset[str]()
    opened = load_open(layout, errors, unread, recorded)
    files = {layout.open_file(name).name: entry for name, entry in opened.items()}
    damaged = set(recorded.open_files) - unread - files.keys()
    if declared is not None:
        known = {id(call) for call in declared}
        settled = frozenset(f for f in settled if f in files and id(files[f].schemas) in known)
    wanted = None
    if base is not None:
        calls = [*(declared or ()), *(entry.schemas for entry in opened.values())]
        busy = [call for call in calls if layout.open_file(call.name).name not in settled]
        wanted = with_former_names({call.name: call for call in busy})
    broken: list[InputError] = []
    history = load_history(layout.root, only=wanted, damaged=broken)
    remarks += _damages(errors, "Run ucaudit lock to write it anew.")
    remarks += _damages(broken, "Restore the file from version control.", remarks)
    return Desk(
        config,
        layout,
        envelope,
        declared,
        recorded,
        opened,
        settled,
        frozenset(damaged),
        history,
        frozenset(unquote(_file(error).parent.name) for error in broken),
        remarks,
    )


def _file(error: InputError) -> Path:
    return Path(_POSITION.sub("", error.where or ""))


def _damages(
    errors: Iterable[InputError], fix: str, known: Iterable[Remark] = ()
) -> Iterator[Remark]:
    """Errors as remarks, each file once: a damaged type is met by every call that uses it."""
    seen = {(remark.name, remark.file) for remark in known}
    for error in errors:
        file = _file(error)
        if (error.name, file) in seen:
            continue
        seen.add((error.name, file))
        position = _POSITION.search(error.where or "")
        line = int(position[0].split(":")[1]) if position else None
        why = f": {error.why}" if error.why else ""
        message = f"{error.what[0].lower()}{error.what[1:].rstrip('.')}{why}"
        yield Remark(error.name, "error", message, None, file, error.fix or fix, line)
