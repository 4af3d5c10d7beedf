"""Gets files from a Maven repository, and lets none pass but the one that was pinned."""

from __future__ import annotations

import hashlib
import os
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ucaudit.errors import InputError, RefusedError
from ucaudit.sandbox.artifacts import Engine, Jar
from ucaudit.sandbox.progress import Progress


def fetched(wanted: Engine | Jar, title: str, folder: Path, progress: Progress | None) -> Path:
    """The file, from the local Maven repository if it is there and right, else downloaded.

    Args:
        wanted: What to get.
        title: The engine that it is (a part of), for messages.
        folder: Where to put what is downloaded.
        progress: Where to tell of the download.

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

    def file_in(repository: Path | None) -> Path:
        context = MavenContext(
            resolver=PythonResolver(progress_callback=progress.transfer if progress else None),
            repo_cache=repository,
            remote_repos=_mirror(),
            timeout=60,
        )
        component = context.project(wanted.group, wanted.artifact).at_version(wanted.release)
        artifact = component.artifact(packaging=wanted.packaging)
        if repository is None:
            return Path(artifact.cached_path or "")
        return Path(artifact.resolve())

    local = file_in(None)
    if local.is_file() and sha256(local) == wanted.sha256:
        return local
    try:
        try:
            return file_in(folder / "first")
        except SSLError:
            # requests trusts a list of its own; a company's proxy is in that of the system.
            with _system_certificates():
                return file_in(folder / "second")
    except (RequestException, RuntimeError) as error:
        raise RefusedError(
            "engine-unavailable",
            f"{title} cannot be downloaded.",
            where=wanted.coordinates,
            why=_network_reason(error),
            fix="Check the network and its proxy, or name a Maven repository that can be reached "
            "in UCAUDIT_MAVEN_URL. Once downloaded, no network is needed.",
        ) from error


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def require_digest(wanted: Engine | Jar, title: str, path: Path) -> None:
    """Refuses a file that is not the one that was pinned.

    Raises:
        RefusedError: If its digest is another one.
    """
    found = sha256(path)
    if found != wanted.sha256:
        raise RefusedError(
            "digest-mismatch",
            f"The download of {title} is not the file that is expected; it was thrown away.",
            where=wanted.coordinates,
            why=f"its SHA-256 is {found}, not {wanted.sha256}",
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
