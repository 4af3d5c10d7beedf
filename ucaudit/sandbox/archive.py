"""Gets an engine by its Maven coordinates, checks its digest, and unpacks it once."""

from __future__ import annotations

import errno
import hashlib
import os
import re
import shutil
import ssl
import stat
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ucaudit.errors import InputError, RefusedError, UcauditError
from ucaudit.sandbox.account import make_folders, open_to_read
from ucaudit.sandbox.artifacts import Engine
from ucaudit.sandbox.locking import file_lock
from ucaudit.sandbox.progress import Progress

Fetch = Callable[[Engine, Path, Progress], Path]


def unpacked(engine: Engine, cache: Path, progress: Progress, fetch: Fetch | None = None) -> Path:
    """The engine's unpacked folder; downloaded and unpacked when it is not there yet.

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
                    archive = (fetch or download)(engine, Path(scratch), progress)
                    with progress.step(f"Unpacking Elasticsearch {engine.version}"):
                        _unpack(engine, archive, Path(scratch) / "unpacked", home)
                except OSError as error:
                    raise _disk_error(error, folder) from error
    return home


def download(engine: Engine, folder: Path, progress: Progress) -> Path:
    """The archive, from the local Maven repository if it is there and right, else downloaded.

    Raises:
        InputError: If the extra is not installed.
        RefusedError: If it cannot be downloaded.
    """
    try:
        from jgo.maven import MavenContext, PythonResolver
        from requests import RequestException
        from requests.exceptions import SSLError
    except ImportError as error:
        raise extra_missing(error) from error

    def archive_in(repository: Path | None) -> Path:
        context = MavenContext(
            resolver=PythonResolver(progress_callback=progress.transfer),
            repo_cache=repository,
            remote_repos=_mirror(),
            timeout=60,
        )
        component = context.project(engine.group, engine.artifact).at_version(engine.version)
        artifact = component.artifact(packaging=engine.packaging)
        if repository is None:
            return Path(artifact.cached_path or "")
        return Path(artifact.resolve())

    local = archive_in(None)
    if local.is_file() and sha256(local) == engine.sha256:
        return local
    try:
        try:
            return archive_in(folder / "first")
        except SSLError:
            # requests trusts a list of its own; a company's proxy is in that of the system.
            with _system_certificates():
                return archive_in(folder / "second")
    except (RequestException, RuntimeError) as error:
        raise RefusedError(
            "engine-unavailable",
            f"Elasticsearch {engine.version} cannot be downloaded.",
            where=engine.coordinates,
            why=_network_reason(error),
            fix="Check the network and its proxy, or name a Maven repository that can be reached "
            "in UCAUDIT_MAVEN_URL. Once downloaded, no network is needed.",
        ) from error


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def require_digest(engine: Engine, archive: Path) -> None:
    """Refuses an archive that is not the one that was pinned.

    Raises:
        RefusedError: If its digest is another one.
    """
    found = sha256(archive)
    if found != engine.sha256:
        raise RefusedError(
            "digest-mismatch",
            f"The download of Elasticsearch {engine.version} is not the file that is expected; "
            "it was thrown away.",
            where=engine.coordinates,
            why=f"its SHA-256 is {found}, not {engine.sha256}",
            fix="Try again; if it stays so, the repository or a proxy serves another file.",
        )


def extra_missing(error: ImportError) -> InputError:
    """The error for a sandbox without what it needs to run."""
    return InputError(
        "extra-missing",
        "The sandbox needs packages that are not installed.",
        where=error.name,
        fix="pip install 'ucaudit[sandbox]'",
    )


def _unpack(engine: Engine, archive: Path, scratch: Path, home: Path) -> None:
    require_digest(engine, archive)
    with zipfile.ZipFile(archive) as content:
        for entry in content.infolist():
            target = Path(content.extract(entry, scratch))
            # ZipFile.extract drops the permissions, and bin/ must be executable.
            if not entry.is_dir() and (entry.external_attr >> 16) & stat.S_IXUSR:
                target.chmod(0o755)
    (root,) = scratch.iterdir()
    open_to_read((root, *root.rglob("*")))
    root.rename(home)


def _mirror() -> dict[str, str] | None:
    url = os.environ.get("UCAUDIT_MAVEN_URL")
    return {"mirror": url.rstrip("/")} if url else None


@contextmanager
def _system_certificates() -> Iterator[None]:
    paths = ssl.get_default_verify_paths()
    chosen = {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"} & os.environ.keys()
    system = paths.cafile or paths.capath
    if chosen or not system:
        yield
        return
    os.environ["REQUESTS_CA_BUNDLE"] = system
    try:
        yield
    finally:
        del os.environ["REQUESTS_CA_BUNDLE"]


def _network_reason(error: Exception) -> str:
    # requests wraps urllib3, which wraps the reason that a person can act on.
    cause: object = error
    while isinstance(cause, Exception):
        inner = getattr(cause, "reason", None) or (cause.args[0] if cause.args else None)
        if not isinstance(inner, Exception):
            break
        cause = inner
    if isinstance(error, RuntimeError):
        return "the Maven repository does not have it"
    text = str(cause) or type(error).__name__
    return re.sub(r"HTTPS?Connection\(host='(.*?)', port=(\d+)\)", r"\1:\2", text)


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
