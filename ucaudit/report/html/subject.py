"""What a report is about, gathered from a check or from two sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ucaudit.config import Config
from ucaudit.diff.model import Diff
from ucaudit.history.check import check
from ucaudit.history.comparison import compare_sources
from ucaudit.history.layout import Layout, OpenVersion
from ucaudit.history.lock import lock
from ucaudit.history.migration import Migration, migrations
from ucaudit.history.places import Places
from ucaudit.history.sources import Source
from ucaudit.history.store import load_history, load_open, make_version
from ucaudit.history.version import CallHistory, History
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.envelope import load_envelope
from ucaudit.report.problems import Problem, of_findings, of_remarks
from ucaudit.sources.record import CallSchemas

_RELEASED: Final = "newest released versions"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a report is about.

    Attributes:
        title: What the project is called.
        old: The side before, as a person named it.
        new: The side after.
        diff: What changed.
        before: The old calls, with the mappings that their generations have accumulated.
        after: The new calls, by name.
        problems: What is wrong besides what changed; then the findings, with their places.
        migrations: What the change asks of the audit indices.
        numbered: Whether the versions and generations in them are those of the recorded history.
        history: Released versions, of calls that have any.
        config: The project.
        status: A cluster (``ucaudit.status/1``), if one was asked.
    """

    title: str
    old: str
    new: str
    diff: Diff
    before: Source
    after: Mapping[str, CallSchemas]
    problems: Sequence[Problem]
    migrations: Sequence[Migration]
    numbered: bool
    history: History
    config: Config
    status: JsonObject | None = None


def of_check(config: Config, against: str | None, top: Path, status: JsonObject | None) -> Subject:
    """The open versions against a base, by default against the newest released ones.

    Args:
        config: The project.
        against: The base, as ``ucaudit check`` takes it.
        top: What names of files start from.
        status: A cluster.

    Raises:
        InputError: If the base or the recorded folder cannot be read.
    """
    checked = check(config, against=against)
    places = Places(checked.after, config.root.resolve(), None, Layout(config.schemas_path))
    problems = [
        *of_remarks(checked.remarks, places, top),
        *of_findings(checked.diff.findings, places, top),
    ]
    return Subject(
        config.root.resolve().name,
        checked.against or _RELEASED,
        config.schemas,
        checked.diff,
        checked.before,
        {call.name: call for call in checked.after},
        problems,
        checked.migrations,
        numbered=True,
        history=_history(config),
        config=config,
        status=status,
    )


def of_sources(
    old: str,
    new: str,
    config: Config,
    top: Path,
    status: JsonObject | None,
    *,
    only: str | None = None,
) -> Subject:
    """Two sources, as ``ucaudit diff`` takes them.

    Args:
        old: The source before.
        new: The source after.
        config: The project.
        top: What names of files start from.
        status: A cluster.
        only: Glob on the names of the calls that are compared.

    Raises:
        InputError: If a source, the history or the configuration cannot be read.
    """
    compared = compare_sources(old, new, config, only=only, unknown_fields=config.unknown_fields)
    places = Places(compared.after.calls, config.root.resolve(), new)
    after = {call.name: call for call in compared.after.calls}
    return Subject(
        config.root.resolve().name,
        old,
        new,
        compared.diff,
        compared.before,
        after,
        [*of_findings(compared.diff.findings, places, top)],
        _as_if_locked(compared.diff, compared.before, after, config, new),
        numbered=False,
        history=_history(config),
        config=config,
        status=status,
    )


def _history(config: Config) -> History:
    """The released versions; none where nothing was recorded, or of calls that are damaged."""
    if not config.schemas_path.is_dir():
        return History()
    return load_history(config.schemas_path, damaged=[])


def _as_if_locked(
    diff: Diff, before: Source, after: Mapping[str, CallSchemas], config: Config, new: str
) -> list[Migration]:
    """What ``lock`` would say if the old side had been released."""
    olds = {call.name: call for call in before.calls}
    history: dict[str, CallHistory] = {}
    calls = []
    for entry in diff.calls:
        old, call = olds.get(entry.renamed_from or entry.call), after.get(entry.call)
        if entry.status == "unchanged" or call is None:
            continue
        calls.append(call)
        if old is not None and entry.status == "changed":
            version = make_version(old, OpenVersion(old, 1, 1, "none"), None)
            history[call.name] = CallHistory(call.name, (version,))
    recorded = (config.root / new).resolve() == config.schemas_path.resolve()
    opened = load_open(Layout(config.schemas_path)) if recorded else {}
    found = History(history)
    kept = {call.name: opened[call.name] for call in calls if call.name in opened}
    results = lock(calls, kept, found, envelope=load_envelope(config))
    return [*migrations(results, found, None)]
