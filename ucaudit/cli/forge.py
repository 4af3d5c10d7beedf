"""The pull request that CI runs for, on GitHub or GitLab, and the comments on it.

Tokens come from the environment, go into one header of requests to the address that CI names, and
into nothing else; redirects are not followed, as they would take the header along.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any, Final
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import HTTPRedirectHandler, Request, build_opener

from ucaudit.errors import InputError, RefusedError

_TIMEOUT: Final = 30
_PAGE: Final = 100
_MOST_PAGES: Final = 100


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment that is there.

    Attributes:
        url: Where a request changes it.
        body: Its text.
        shown: Where a person reads it.
    """

    url: str
    body: str
    shown: str


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request, or a merge request, of a forge.

    Attributes:
        comments: Address of its comments.
        one: Address of a comment, without its id.
        user: Address that says who the token is.
        headers: That carry the token.
        change: HTTP method that changes a comment.
        permission: What a token needs, in words.
        shown: Gives where a person reads a comment.
    """

    comments: str
    one: str
    user: str
    headers: Mapping[str, str]
    change: str
    permission: str
    shown: Callable[[dict[str, Any]], str]

    def find(self, mark: str) -> Comment | None:
        """The oldest comment of ours that begins with ``mark``.

        Raises:
            RefusedError: If the forge does not answer as it should.
        """
        mine = self._mine()
        for entry in self._all():
            author = entry.get("user") or entry.get("author") or {}
            if str(entry.get("body", "")).startswith(mark) and mine(author):
                return Comment(f"{self.one}/{entry['id']}", entry["body"], self.shown(entry))
        return None

    def create(self, body: str) -> str:
        """Comments; gives where a person reads it.

        Raises:
            RefusedError: If the forge refuses.
        """
        return self.shown(self._send("POST", self.comments, {"body": body}))

    def update(self, comment: Comment, body: str) -> None:
        """Gives a comment another text.

        Raises:
            RefusedError: If the forge refuses.
        """
        self._send(self.change, comment.url, {"body": body})

    def _mine(self) -> Callable[[dict[str, Any]], bool]:
        """Whether an author is whom the token belongs to: nobody else's text is ours."""
        try:
            known = self._send("GET", self.user)
        except RefusedError:
            # The token that GitHub gives a job may not ask that; it comments as a bot.
            return lambda author: author.get("type") == "Bot"
        return lambda author: author.get("id") == known.get("id")

    def _all(self) -> Iterator[dict[str, Any]]:
        for page in range(1, _MOST_PAGES + 1):
            found = self._send("GET", f"{self.comments}?per_page={_PAGE}&page={page}")
            yield from found
            if len(found) < _PAGE:
                return

    def _send(self, method: str, url: str, document: Mapping[str, str] | None = None) -> Any:
        body = json.dumps(document).encode() if document is not None else None
        headers = {**self.headers, "User-Agent": "ucaudit", "Content-Type": "application/json"}
        request = Request(url, body, headers, method=method)  # noqa: S310  (CI names the address)
        try:
            with build_opener(_NoRedirects).open(request, timeout=_TIMEOUT) as answer:
                return json.loads(answer.read())
        except HTTPError as error:
            raise _refused(
                method, url, f"{error.code}: {_reason(error)}", self.permission
            ) from None
        except (OSError, HTTPException, ValueError) as error:
            why = str(getattr(error, "reason", error))
            raise _refused(method, url, why, self.permission) from None


class _NoRedirects(HTTPRedirectHandler):
    def redirect_request(
        self,
        req: Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> Request | None:
        """None: the answer that redirects becomes an error."""
        del req, fp, code, msg, headers, newurl
        return None


def _reason(error: HTTPError) -> str:
    try:
        document = json.loads(error.read())
        return str(document.get("message") or document.get("error") or error.reason)
    except (OSError, HTTPException, ValueError, AttributeError):
        return str(error.reason)


def _refused(method: str, url: str, why: str, permission: str) -> RefusedError:
    return RefusedError(
        "comment-refused",
        "The comment cannot be written.",
        where=f"{method} {url}",
        why=why,
        fix=permission,
    )


def pull_request(environ: Mapping[str, str]) -> PullRequest | None:
    """The pull request that this run of CI is for; ``None`` if it is for none.

    Args:
        environ: The environment, as GitHub Actions or GitLab CI sets it.

    Raises:
        InputError: If this is neither, or something is missing in it.
    """
    if environ.get("GITHUB_ACTIONS") == "true":
        return _of_github(environ)
    if environ.get("GITLAB_CI") == "true":
        return _of_gitlab(environ)
    raise InputError(
        "ci-unknown",
        "Nobody says which pull request this is for.",
        why="neither GITHUB_ACTIONS nor GITLAB_CI is set",
        fix="Run it in GitHub Actions or GitLab CI, in a job for a pull request.",
    )


def _of_github(environ: Mapping[str, str]) -> PullRequest | None:
    event = _event(Path(_variable(environ, "GITHUB_EVENT_PATH")))
    number = (event.get("pull_request") or {}).get("number")
    if number is None:
        return None
    api = _variable(environ, "GITHUB_API_URL").rstrip("/")
    repository = quote(_variable(environ, "GITHUB_REPOSITORY"))
    token = _variable(environ, "GITHUB_TOKEN", "Pass it on: env: GITHUB_TOKEN: ${{ github.token }}")
    issues = f"{api}/repos/{repository}/issues"
    return PullRequest(
        f"{issues}/{number}/comments",
        f"{issues}/comments",
        f"{api}/user",
        {"Authorization": f"Bearer {token}", "Accept": "application/vnd.github+json"},
        "PATCH",
        "Give the job permissions: pull-requests: write. Pull requests from forks do not get it.",
        lambda entry: str(entry.get("html_url", "")),
    )


def _event(path: Path) -> dict[str, Any]:
    try:
        event = json.loads(path.read_bytes())
        if isinstance(event, dict):
            return event
        why = "it holds no JSON object"
    except (OSError, ValueError) as error:
        why = str(error)
    raise InputError(
        "event-unreadable",
        "The event that GitHub started the job for cannot be read.",
        where=str(path),
        why=why,
        fix="Run it in GitHub Actions, which sets GITHUB_EVENT_PATH.",
    )


def _of_gitlab(environ: Mapping[str, str]) -> PullRequest | None:
    number = environ.get("CI_MERGE_REQUEST_IID")
    if not number:
        return None
    api = _variable(environ, "CI_API_V4_URL").rstrip("/")
    project = quote(_variable(environ, "CI_MERGE_REQUEST_PROJECT_ID"), safe="")
    fix = "Set it to a project access token with the scope api; a job's own token may not comment."
    shown = f"{environ.get('CI_MERGE_REQUEST_PROJECT_URL', '')}/-/merge_requests/{number}#note_"
    notes = f"{api}/projects/{project}/merge_requests/{quote(number, safe='')}/notes"
    return PullRequest(
        notes,
        notes,
        f"{api}/user",
        {"PRIVATE-TOKEN": _variable(environ, "GITLAB_TOKEN", fix)},
        "PUT",
        "GITLAB_TOKEN has to be an access token with the scope api of a reporter or above.",
        lambda entry: f"{shown}{entry.get('id', '')}",
    )


def _variable(environ: Mapping[str, str], name: str, fix: str = "") -> str:
    value = environ.get(name)
    if value:
        return value
    raise InputError(
        "variable-missing",
        f"The environment variable {name} is not set.",
        where=name,
        fix=fix or "Run it in a job of GitHub Actions or GitLab CI, which sets it.",
    )
