"""Where the cluster is and how to prove who we are. Secrets come from files and the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from ucaudit.errors import InputError


@dataclass(frozen=True, slots=True)
class ConnectionOptions:
    """How to reach a cluster.

    Attributes:
        urls: Addresses of nodes; several are tried in turn.
        api_key: Encoded API key; never shown.
        basic_auth: User and password; never shown.
        ca_certs: File with the certificates that sign the server's.
        fingerprint: SHA-256 fingerprint of the server's certificate.
        timeout: Seconds after which a request is given up.
    """

    urls: tuple[str, ...]
    api_key: str | None = field(default=None, repr=False)
    basic_auth: tuple[str, str] | None = field(default=None, repr=False)
    ca_certs: str | None = None
    fingerprint: str | None = None
    timeout: float = 60.0

    @property
    def shown(self) -> str:
        """The addresses without user names and passwords."""
        return ", ".join(without_userinfo(url) for url in self.urls)


def without_userinfo(url: str) -> str:
    """``url`` without what stands before ``@``: it may be a password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def connection_options(
    *,
    url: str | None = None,
    default_url: str = "http://127.0.0.1:9200",
    api_key_file: str | None = None,
    ca_certs: str | None = None,
    fingerprint: str | None = None,
    timeout: float = 60.0,
    environ: Mapping[str, str] = os.environ,
) -> ConnectionOptions:
    """Puts together what the command line, the environment and the configuration say.

    Args:
        url: One address, or several with commas between; overrides ``default_url``.
        default_url: Address in the configuration file.
        api_key_file: File that holds an encoded API key.
        ca_certs: File of certificates.
        fingerprint: SHA-256 fingerprint of the server's certificate.
        timeout: Seconds for one request.
        environ: ``UCAUDIT_API_KEY``, or ``UCAUDIT_USER`` and ``UCAUDIT_PASSWORD``, are read here.

    Raises:
        InputError: If an address is no HTTP URL, a file cannot be read, or credentials are halves.
    """
    urls = tuple(part.strip() for part in (url or default_url).split(",") if part.strip())
    for one in urls:
        _check_url(one)
    user, password = environ.get("UCAUDIT_USER"), environ.get("UCAUDIT_PASSWORD")
    if (user is None) != (password is None):
        raise InputError(
            "credentials-incomplete",
            "Basic authentication needs a user and a password.",
            where="UCAUDIT_USER, UCAUDIT_PASSWORD",
            why=f"only {'UCAUDIT_USER' if user is not None else 'UCAUDIT_PASSWORD'} is set",
            fix="Set both, or use an API key (--api-key-file).",
        )
    api_key = _read_secret(api_key_file) if api_key_file else environ.get("UCAUDIT_API_KEY")
    if ca_certs and not Path(ca_certs).is_file():
        raise InputError(
            "ca-certs-unreadable",
            "The file of certificates cannot be read.",
            where=ca_certs,
            why="there is no such file",
            fix="Name an existing file with --ca-certs.",
        )
    return ConnectionOptions(
        urls=urls,
        api_key=api_key,
        basic_auth=(user, password) if user is not None and password is not None else None,
        ca_certs=ca_certs,
        fingerprint=fingerprint,
        timeout=timeout,
    )


def _check_url(url: str) -> None:
    reason = None
    try:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https"):
            reason = "it does not start with http:// or https://"
        elif not parts.hostname:
            reason = "it names no host"
        elif parts.port == 0:
            reason = "0 is no port"
    except ValueError as error:
        reason = str(error)
    if reason:
        raise InputError(
            "url-invalid",
            "The address of the cluster is not an HTTP URL.",
            where=re.sub(r"//[^/@]*@", "//", url),
            why=reason,
            fix="Give an address such as http://127.0.0.1:9200 with --url or UCAUDIT_URL.",
        )


def _read_secret(path: str) -> str:
    try:
        secret = Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise InputError(
            "api-key-unreadable",
            "The file of the API key cannot be read.",
            where=path,
            why=reason,
            fix="Name a readable file with --api-key-file.",
        ) from error
    if not secret:
        raise InputError(
            "api-key-unreadable",
            "The file of the API key is empty.",
            where=path,
            fix="Put the encoded API key into it.",
        )
    return secret
