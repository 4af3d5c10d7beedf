"""The comments of GitHub and GitLab on this machine: their API as far as a comment needs it."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BOT = {"id": 1, "login": "github-actions[bot]", "type": "Bot"}
ALICE = {"id": 2, "login": "alice", "type": "User"}
TOKEN = "ghs_secret"
_GITHUB = re.compile(r"/repos/acme/service/issues/(?:7/comments|comments/(?P<id>\d+))")
_GITLAB = re.compile(r"/projects/12/merge_requests/7/notes(?:/(?P<id>\d+))?")


@dataclass
class Forge:
    """What is commented, and what was asked.

    Attributes:
        url: Address of the API.
        comments: In order of id; each with its author under ``user`` or ``author``.
        requests: Method and path of each request, in order.
        refuse: Method to the status with which it is refused.
        knows_token: Whether the token may ask whom it belongs to.
    """

    url: str
    comments: list[dict[str, Any]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    refuse: dict[str, int] = field(default_factory=dict)
    knows_token: bool = False

    @property
    def bodies(self) -> list[str]:
        """The texts of the comments."""
        return [comment["body"] for comment in self.comments]

    def add(self, body: str, author: dict[str, Any]) -> dict[str, Any]:
        """Someone comments."""
        number = 100 + len(self.comments)
        comment = {"id": number, "body": body, "user": author, "author": author,
                   "html_url": f"https://forge.example/7#{number}"}  # fmt: skip
        self.comments.append(comment)
        return comment

    def answer(self, method: str, path: str, query: str, body: Any) -> tuple[int, Any]:
        """What the API says."""
        self.requests.append(f"{method} {path}")
        if method in self.refuse:
            return self.refuse[method], {"message": "Resource not accessible by integration"}
        if path == "/user":
            return (200, BOT) if self.knows_token else (403, {"message": "no"})
        match = _GITHUB.fullmatch(path) or _GITLAB.fullmatch(path)
        if match is None:
            return 404, {"message": "Not Found"}
        if match["id"] is None and method == "GET":
            asked = dict(pair.split("=") for pair in query.split("&"))
            size, page = int(asked["per_page"]), int(asked["page"])
            return 200, self.comments[size * (page - 1) : size * page]
        if match["id"] is None and method == "POST":
            return 201, self.add(body["body"], BOT)
        found = next((c for c in self.comments if str(c["id"]) == match["id"]), None)
        if found is None or method != ("PATCH" if path.startswith("/repos") else "PUT"):
            return 404, {"message": "Not Found"}
        found["body"] = body["body"]
        return 200, found


@contextmanager
def forge() -> Iterator[Forge]:
    """A forge on loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            sent = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(sent)) if sent else None
            path, _, query = self.path.partition("?")
            tokens = {self.headers["Authorization"], self.headers["PRIVATE-TOKEN"]}
            if {f"Bearer {TOKEN}", TOKEN}.isdisjoint(tokens):
                status, document = 401, {"message": "Bad credentials"}
            else:
                status, document = made.answer(self.command, path, query, body)
            raw = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            if status == 302:
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.end_headers()
            self.wfile.write(raw)

        do_POST = do_PATCH = do_PUT = do_GET  # noqa: N815  (names of http.server)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made = Forge(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield made
        finally:
            server.shutdown()
