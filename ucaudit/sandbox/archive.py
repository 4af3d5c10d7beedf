"""Gets an engine by its Maven coordinates, checks its digests, and lays it out once."""

from __future__ import annotations

import errno
import shutil
import stat
import tempfile
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ucaudit.errors import InputError, RefusedError, UcauditError
from ucaudit.sandbox.account import make_folders, open_to_read
from ucaudit.sandbox.artifacts import Engine, Jar, jars_of
from ucaudit.sandbox.locking import file_lock
from ucaudit.sandbox.maven import fetched, require_digest
from ucaudit.sandbox.progress import Progress

Fetch = Callable[[Engine, Path, Progress], Path]
_DOWNLOADS_AT_ONCE = 8


def unpacked(engine: Engine, cache: Path, progress: Progress, fetch: Fetch | None = None) -> Path:
    """The engine's folder; downloaded and unpacked when it is not there yet.

    Any number of processes may ask at once: one does the work, the others wait. The folder
    appears by a rename, so that one that is there is whole.

    Raises:
        UcauditError: If it cannot be had: no network, wrong digest, no space.
    """
    folder = make_folders(cache / "engines")
    # The digest is in the name: a pin that changes is never served from an old folder.
    home = folder / f"{engine.artifact}-{engine.version}-{engine.sha256[:8]}"
    if home.is_dir():
        return home
    with file_lock(folder / f"{engine.version}.lock"):
        if not home.is_dir():
            for left_over in folder.glob(f".new-{engine.version}-*"):  # by one that was killed
                shutil.rmtree(left_over, ignore_errors=True)
            _require_space(folder, engine.archive_bytes + engine.unpacked_bytes)
            prefix = f".new-{engine.version}-"
            with tempfile.TemporaryDirectory(prefix=prefix, dir=folder) as scratch:
                try:
                    if engine.jars:
                        root = _gathered(engine, Path(scratch), progress)
                    else:
                        archive = (fetch or download)(engine, Path(scratch), progress)
                        with progress.step(f"Unpacking {engine.title}"):
                            root = _unzipped(engine, archive, Path(scratch) / "unpacked")
                    open_to_read((root, *root.rglob("*")))
                    root.rename(home)
                except OSError as error:
                    raise _disk_error(error, folder) from error
    return home


def download(engine: Engine, folder: Path, progress: Progress) -> Path:
    """The archive, from the local Maven repository if it is there and right, else downloaded.

    Raises:
        InputError: If the extra is not installed.
        RefusedError: If it cannot be downloaded.
    """
    return fetched(engine, engine.title, folder, progress)


def _gathered(engine: Engine, scratch: Path, progress: Progress) -> Path:
    """A folder ``lib`` with all jars of an engine that comes in jars."""
    lib = scratch / "engine" / "lib"
    lib.mkdir(parents=True)

    def take(jar: Jar) -> None:
        source = fetched(jar, engine.title, scratch / jar.sha256, None)
        require_digest(jar, engine.title, source)
        shutil.copyfile(source, lib / f"{jar.artifact}-{jar.release}.jar")

    jars = jars_of(engine)
    megabytes = engine.archive_bytes / 1e6
    with (
        progress.step(f"Downloading {engine.title} ({len(jars)} jars, {megabytes:.0f} MB)"),
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE) as pool,
    ):
        for done in [pool.submit(take, jar) for jar in jars]:
            done.result()
    return lib.parent


def _unzipped(engine: Engine, archive: Path, scratch: Path) -> Path:
    require_digest(engine, engine.title, archive)
    with zipfile.ZipFile(archive) as content:
        for entry in content.infolist():
            target = Path(content.extract(entry, scratch))
            # ZipFile.extract drops the permissions, and bin/ must be executable.
            if not entry.is_dir() and (entry.external_attr >> 16) & stat.S_IXUSR:
                target.chmod(0o755)
    (root,) = scratch.iterdir()
    return root


def _require_space(folder: Path, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed * 1.1:
        raise no_space(folder, f"{needed * 1.1 / 1e6:.0f} MB are needed, {free / 1e6:.0f} are free")


def no_space(folder: Path, why: str) -> RefusedError:
    """The error for a disk without room."""
    return RefusedError(
        "disk-full",
        "There is not enough disk space for the sandbox.",
        where=str(folder),
        why=why,
        fix="Free some, or name a folder on another disk in UCAUDIT_CACHE_DIR or with --data.",
    )


def _disk_error(error: OSError, folder: Path) -> UcauditError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return no_space(folder, error.strerror or "no space left")
    return InputError(
        "cache-unwritable",
        "The engine cannot be unpacked.",
        where=error.filename or str(folder),
        why=error.strerror or str(error),
        fix="Name a folder that you may write to in UCAUDIT_CACHE_DIR.",
    )
