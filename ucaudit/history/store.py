"""Reads and writes ``schemas/``: open versions, shared types, released versions."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from pathlib import Path

from ucaudit.errors import InputError
from ucaudit.history.compiled import compile_call
from ucaudit.history.digest import ALGORITHM, is_known, mapping_digest, version_digest
from ucaudit.history.files import folders, json_files, write_file
from ucaudit.history.layout import (
    VERSION_FORMAT,
    Layout,
    OpenVersion,
    TypeFiles,
    from_document,
    join,
)
from ucaudit.history.recorded import Recorded
from ucaudit.history.spelling import to_document
from ucaudit.history.version import CallHistory, History, Version, is_step
from ucaudit.jsontypes import JsonObject, pretty, pretty_bytes, sha256
from ucaudit.mapping.compile import settings_for
from ucaudit.mapping.envelope import ENVELOPE
from ucaudit.mapping.reach import accumulate
from ucaudit.names import check_call_names, file_part
from ucaudit.sources.reading import parse_json, read_json
from ucaudit.sources.record import CallSchemas


def load_history(
    path: Path,
    *,
    allow_open: bool = False,
    only: Collection[str] | None = None,
    damaged: list[InputError] | None = None,
) -> History:
    """The released versions below ``path``, checked.

    Args:
        path: The folder of the recorded history.
        allow_open: Whether open versions that changed count as released (for development).
        only: The calls that are asked for; by default all.
        damaged: Takes the errors of calls whose history is not whole, which then count as absent;
            without it the first is raised.

    Raises:
        InputError: If there is no history, a file was edited or is missing, or calls collide.
    """
    layout = Layout(path)
    folder = path / "history"
    if not path.is_dir():
        raise InputError(
            "history-missing",
            "There is no recorded history.",
            where=str(path),
            fix="Run ucaudit init, ucaudit lock and ucaudit release, or name the right folder.",
        )
    calls: dict[str, CallHistory] = {}
    wanted = None if only is None else {file_part(name) for name in only}
    for child in folders(folder):
        if wanted is not None and child.name not in wanted:
            continue
        try:
            history = _load_call(child)
        except InputError as error:
            if damaged is None:
                raise
            damaged.append(error)
            continue
        if history is not None:
            calls[history.call] = history
    if allow_open:
        for entry in load_open(layout).values():
            name = entry.schemas.name
            calls[name] = _with_open(calls.get(name), entry)
    check_call_names(list(calls))
    return History(dict(sorted(calls.items())))


def load_open(
    layout: Layout,
    damaged: list[InputError] | None = None,
    skipped: Collection[str] = (),
    recorded: Recorded | None = None,
) -> dict[str, OpenVersion]:
    """Every open version by the call's name.

    Args:
        layout: The folder; with ``recorded``, only errors name it.
        damaged: Takes the errors of files that cannot be read, which then count as absent; without
            it they are raised.
        skipped: Names of files that nobody asks for.
        recorded: The files of the folder, if they were read; its declared calls are known again.

    Raises:
        InputError: If a file is not what it should be.
    """
    paths = [layout.root / name for name in recorded.open_files] if recorded is not None else None
    if paths is None:
        paths = layout.open_files()
    recorded = recorded or Recorded({})
    types = TypeFiles(layout, recorded.files)
    entries = []
    for path in paths:
        if path.name in skipped:
            continue
        try:
            entries.append(_load_one(path, types, recorded))
        except InputError as error:
            if damaged is None:
                raise
            damaged.append(error)
    return {entry.schemas.name: entry for entry in entries}


def _load_one(path: Path, types: TypeFiles, recorded: Recorded) -> OpenVersion:
    raw = recorded.files.get(path.name)
    document = read_json(path) if raw is None else parse_json(raw, path)
    return from_document(
        document,
        path,
        lambda open_: recorded.spelled_by(open_) or join(open_, path, types),
    )


def plan_open(
    layout: Layout, entries: Iterable[OpenVersion], recorded: Recorded | None = None
) -> dict[Path, str | None]:
    """What must be written for the open versions and shared types to be up to date.

    Args:
        layout: The folder.
        entries: The open versions as they should be.
        recorded: What is in the folder; by default it is read.

    Returns:
        File to its new content; ``None`` for calls and types that are no longer there.
    """
    if recorded is None:
        recorded = Recorded.read(layout)
    files, wanted = recorded.files, _spelled(layout, entries, recorded)
    gone: dict[Path, str | None] = {layout.root / n: None for n in sorted(files.keys() - wanted)}
    return gone | _changed(layout, wanted, recorded)


def stale_open(
    layout: Layout, entries: Iterable[OpenVersion], recorded: Recorded
) -> dict[Path, str | None]:
    """The same for some of the calls: the files of others are left alone."""
    return _changed(layout, _spelled(layout, entries, recorded), recorded)


def _spelled(
    layout: Layout, entries: Iterable[OpenVersion], recorded: Recorded
) -> dict[str, bytes]:
    """Files that hold ``entries`` and the types that they use, by path within the folder."""
    wanted: dict[str, bytes] = {}
    types: dict[str, bytes] = {}
    for entry in entries:
        spelled = recorded.speller.spell(entry.schemas)
        file = layout.open_file(entry.schemas.name).name
        wanted[file] = pretty_bytes(to_document(entry, spelled.parts))
        types.update(spelled.types)
    return wanted | types


def _changed(
    layout: Layout, wanted: Mapping[str, bytes], recorded: Recorded
) -> dict[Path, str | None]:
    files = recorded.files
    return {layout.root / n: raw.decode() for n, raw in wanted.items() if files.get(n) != raw}


def write_version(layout: Layout, version: Version) -> Path:
    """Writes a released version; an existing file is never touched.

    Raises:
        InputError: If the version is there already.
    """
    path = layout.version_file(version.call, version.number)
    try:
        write_file(path, pretty(_to_document(version)), fresh=True)
    except FileExistsError as error:
        raise InputError(
            "version-exists",
            f"Version {version.number} of {version.call} has been released already.",
            where=str(path),
            fix="Run ucaudit lock again: someone released meanwhile.",
        ) from error
    return path


def _to_document(version: Version) -> JsonObject:
    return {
        "format": VERSION_FORMAT,
        "call": version.call,
        "version": version.number,
        "label": version.label,
        "generation": version.generation,
        "new_generation": version.new_generation,
        "index": version.index,
        "digest": version.digest,
        "parent": version.parent,
        "mapping_digest": mapping_digest(version.generation, version.mapping, version.settings),
        "retention_days": version.retention_days,
        "record_response": version.record_response,
        "parts": version.parts,
        "steps": list(version.steps),
        "mapping": version.mapping,
        "settings": version.settings,
        "envelope": version.envelope,
    }


def make_version(
    schemas: CallSchemas,
    entry: OpenVersion,
    history: CallHistory | None,
    *,
    envelope: JsonObject = ENVELOPE,
    label: str | None = None,
) -> Version:
    """The version that ``entry`` becomes when it is released now."""
    newest = history.newest if history is not None else None
    compiled = compile_call(schemas)
    mapping: JsonObject = {"properties": compiled.properties}
    settings = compiled.settings
    fresh = newest is None or entry.generation != newest.generation
    if newest is not None and not fresh:
        mapping = accumulate(newest.mapping, mapping)
        # What two versions hold together may be more than either may without a setting.
        settings = settings_for(mapping["properties"])
    number = newest.number + 1 if newest is not None else 1
    parent = newest.digest if newest is not None else None
    parts = {part: dict(contracts) for part, contracts in schemas.parts.items()}
    digest = version_digest(
        schemas.name,
        number,
        parts,
        schemas.retention_days,
        schemas.record_response,
        envelope,
        parent,
    )
    return Version(
        call=schemas.name,
        number=number,
        generation=entry.generation,
        index=entry.index,
        parts=parts,
        retention_days=schemas.retention_days,
        record_response=schemas.record_response,
        envelope=envelope,
        mapping=mapping,
        settings=settings,
        steps=tuple(filter(is_step, entry.steps)),
        digest=digest,
        steps_digest=sha256(entry.steps),
        parent=parent,
        label=label,
        new_generation=entry.new_generation,
    )


def _with_open(history: CallHistory | None, entry: OpenVersion) -> CallHistory:
    if history is not None and entry.version <= history.newest.number:
        return history
    version = make_version(entry.schemas, entry, history, label="open")
    versions = history.versions if history is not None else ()
    return CallHistory(entry.schemas.name, (*versions, version))


def _load_call(folder: Path) -> CallHistory | None:
    versions: list[Version] = []
    for path in json_files(folder):
        version = _read_version(path)
        _check_chain(versions, version, path)
        versions.append(version)
    if not versions:
        return None
    return CallHistory(versions[0].call, tuple(versions))


def _read_version(path: Path) -> Version:
    document = read_json(path)
    if not isinstance(document, dict) or document.get("format") != VERSION_FORMAT:
        raise _edited(path, f"its format is not {VERSION_FORMAT!r}")
    try:
        version = Version(
            call=document["call"],
            number=document["version"],
            generation=document["generation"],
            index=document["index"],
            parts=document["parts"],
            retention_days=document["retention_days"],
            record_response=document["record_response"],
            envelope=document["envelope"],
            mapping=document["mapping"],
            settings=document["settings"],
            steps=tuple(document["steps"]),
            digest=document["digest"],
            steps_digest=sha256(document["steps"]),
            parent=document["parent"],
            label=document["label"],
            new_generation=document["new_generation"],
        )
        compiled = document["mapping_digest"]
    except (KeyError, TypeError) as error:
        raise _edited(path, f"{error} is missing or wrong") from error
    expected = version_digest(
        version.call,
        version.number,
        version.parts,
        version.retention_days,
        version.record_response,
        version.envelope,
        version.parent,
    )
    if not is_known(version.digest):
        raise InputError(
            "digest-unknown",
            "The digest of a released version is of another algorithm.",
            where=str(path),
            why=f"it begins with {version.digest.partition(':')[0]!r}, known is {ALGORITHM}",
            fix="Use the release of ucaudit that wrote the file, or a newer one.",
        )
    if version.digest != expected:
        raise _edited(path, "its digest does not fit its schemas, audit options and envelope")
    if compiled != mapping_digest(version.generation, version.mapping, version.settings):
        raise _edited(path, "its mapping digest does not fit its mapping")
    return version


def _check_chain(versions: list[Version], version: Version, path: Path) -> None:
    expected = versions[-1].number + 1 if versions else 1
    if version.number != expected or path.stem != f"{version.number:04}":
        raise InputError(
            "history-gap",
            f"Version {expected} of {version.call} is missing.",
            where=str(path),
            why=f"this file holds version {version.number}",
            fix="Restore the missing file from version control.",
        )
    parent = versions[-1].digest if versions else None
    if version.parent != parent:
        raise _edited(path, f"it does not follow version {expected - 1}")
    if versions and version.call != versions[0].call:
        raise _edited(path, f"it belongs to the call {version.call}")


def _edited(path: Path, why: str) -> InputError:
    return InputError(
        "history-edited",
        "A released version is not what was released.",
        where=str(path),
        why=why,
        fix="Restore the file from version control; calls change by ucaudit lock and release.",
    )
