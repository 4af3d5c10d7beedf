"""The part of an examination that needs no cluster: configuration, calls, history, client."""

from __future__ import annotations

import platform
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from ucaudit.config import Config, find_config
from ucaudit.doctor.finding import Check, of_error
from ucaudit.errors import InputError, UcauditError
from ucaudit.history.pending import Pending, pending_of
from ucaudit.history.store import load_history
from ucaudit.history.version import History
from ucaudit.report.words import count

# As pyproject.toml asks for it.
_CLIENT_FROM: Final = (8, 15)
_CLIENT_BELOW: Final = 10


def versions() -> dict[str, str]:
    """What is installed."""
    return {
        "ucaudit": version("ucaudit"),
        "python": platform.python_version(),
        "elasticsearch": _installed("elasticsearch") or "not installed",
    }


def configuration(load: Callable[[], Config], given: str | None) -> tuple[Check, Config | None]:
    """Whether the configuration can be read, from a ``given`` file or the nearest one."""
    try:
        config = load()
    except UcauditError as error:
        return of_error("configuration", error), None
    found = Path(given) if given else find_config(Path.cwd().resolve())
    return Check("configuration", "ok", str(found) if found else "none: defaults are used"), config


def calls(config: Config) -> Check:
    """Whether the declared calls can be read, and schemas/ is what they are now."""
    if config.source is None:
        return Check(
            "calls",
            "warning",
            "The configuration does not say where the calls are declared.",
            fix='Set source, such as source = "app.calls:registry".',
            name="source-unnamed",
        )
    try:
        pending = pending_of(config)
    except UcauditError as error:
        return of_error("calls", error)
    return _of_pending(pending, config.source)


def _of_pending(pending: Pending, source: str) -> Check:
    declared = sum(one.outcome != "removed" for one in pending.locked)
    shown = f"{count(declared, 'call')} declared in {source}"
    if pending.changes:
        return Check(
            "calls",
            "warning",
            f"{shown}; ucaudit lock would write {count(len(pending.changes), 'file')}.",
            fix="Run ucaudit lock, and commit what it writes.",
            name="lock-stale",
        )
    questions = sum(len(one.questions) for one in pending.locked)
    if questions:
        return Check(
            "calls",
            "warning",
            f"{shown}; {count(questions, 'decision')} missing.",
            fix="Run ucaudit lock: it shows what to answer; release refuses until then.",
            name="steps-undecided",
        )
    waiting = sum(one.outcome in ("new", "changed", "open") for one in pending.locked)
    if waiting:
        return Check("calls", "ok", f"{shown}; {waiting:,} to be released")
    return Check("calls", "ok", shown)


def schemas(config: Config) -> tuple[Check, History | None]:
    """Whether the recorded history is whole."""
    try:
        history = load_history(config.schemas_path)
    except InputError as error:
        return of_error("schemas", error), None
    if not history.calls:
        return Check(
            "schemas",
            "warning",
            "No version is released yet.",
            str(config.schemas_path),
            "Run ucaudit lock, then ucaudit release.",
            "nothing-released",
        ), None
    released = sum(len(call.versions) for call in history.calls.values())
    what = f"{count(released, 'released version')} of {count(len(history.calls), 'call')}, whole"
    return Check("schemas", "ok", what), history


def client() -> Check:
    """Whether the client of Elasticsearch is one that ucaudit knows."""
    found = _installed("elasticsearch")
    if found is None:
        return Check(
            "client",
            "problem",
            "The package elasticsearch is not installed.",
            fix="pip install 'elasticsearch>=8.15,<10'",
        )
    numbers = tuple(int(part) for part in found.split(".")[:2] if part.isdecimal())
    if numbers < _CLIENT_FROM or numbers[0] >= _CLIENT_BELOW:
        return Check(
            "client",
            "problem",
            f"elasticsearch {found} is not supported.",
            fix="pip install 'elasticsearch>=8.15,<10'",
            name="client-unsupported",
        )
    return Check("client", "ok", f"elasticsearch {found}")


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
