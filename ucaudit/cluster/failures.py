"""What a cluster answers when it does not do what it was asked, and what a person is told."""

from __future__ import annotations

from typing import Any, Final

import orjson

from ucaudit.errors import RefusedError, UcauditError

NOT_JSON: Final = "not_json"


class ClusterError(Exception):
    """An answer of the cluster that is no success.

    Attributes:
        status: HTTP status; 0 if there was no answer.
        kind: The engine's name for the error, such as ``index_not_found_exception``.
        reason: The engine's sentence.
        request: Method and path, for messages.
    """

    def __init__(self, status: int, kind: str, reason: str, request: str) -> None:
        super().__init__(f"{request}: {status} {kind}: {reason}")
        self.status = status
        self.kind = kind
        self.reason = reason
        self.request = request

    @property
    def transient(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.status in (0, 429, 502, 503, 504)


class Unreachable(ClusterError):  # noqa: N818  (it is raised and read as a state)
    """No answer at all."""

    def __init__(self, reason: str, request: str) -> None:
        super().__init__(0, "unreachable", reason, request)


def error_of(status: int, body: bytes, request: str) -> ClusterError:
    """The error that an answer's body describes."""
    kind, reason = "http_error", body[:300].decode(errors="replace")
    if body.lstrip()[:1] == b"<":
        kind, reason = NOT_JSON, "a web page, which is not what Elasticsearch answers"
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = None
    if isinstance(document, dict):
        kind, reason = _described(document.get("error", document), kind, reason)
    return ClusterError(status, kind, reason, request)


def _described(error: Any, kind: str, reason: str) -> tuple[str, str]:
    if isinstance(error, str):
        return kind, error
    if not isinstance(error, dict):
        return kind, reason
    causes = error.get("root_cause") or [error]
    cause = causes[0] if isinstance(causes[0], dict) else error
    text = str(error.get("reason") or cause.get("reason") or reason)
    inner = error.get("caused_by")
    while isinstance(inner, dict):
        if inner.get("reason") and str(inner["reason"]) not in text:
            text = f"{text}: {inner['reason']}"
        inner = inner.get("caused_by")
    return str(error.get("type") or cause.get("type") or kind), text


def refusal(error: ClusterError, where: str) -> UcauditError:
    """The error for a person when the cluster refused before anything was written."""
    if error.status == 0:
        return RefusedError(
            "cluster-unreachable",
            "The cluster cannot be reached.",
            where=where,
            why=error.reason,
            fix="Check the address (--url, UCAUDIT_URL) and that the cluster runs.",
        )
    if error.status == 401:
        return RefusedError(
            "wrong-credentials",
            "The cluster does not accept the credentials.",
            where=where,
            why="it answered 401",
            fix="Check --api-key-file, UCAUDIT_API_KEY, or UCAUDIT_USER and UCAUDIT_PASSWORD.",
        )
    if error.status == 403:
        return RefusedError(
            "not-permitted",
            "The cluster does not permit a request that is needed.",
            where=f"{where}: {error.request}",
            why=error.reason,
            fix="Grant the privilege that the reason names, or use other credentials.",
        )
    if error.kind == "media_type_header_exception":
        return RefusedError(
            "client-mismatch",
            "The installed elasticsearch client and the server do not understand each other.",
            where=where,
            why=error.reason,
            fix="Install the client of the server's major version: pip install 'elasticsearch<9'.",
        )
    return RefusedError(
        "cluster-error",
        "The cluster answered a request with an error.",
        where=f"{where}: {error.request}",
        why=f"{error.status} {error.kind}: {error.reason}",
        fix="If the address is right, look into the cluster's log.",
    )
