"""elasticsearch-py against servers that it was not made for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from elasticsearch import __version__

from ucaudit.cluster.adapter import client_of, needs_plain
from ucaudit.cluster.client import Server


@pytest.fixture
def opensearch() -> Iterator[tuple[str, list[dict[str, str]]]]:
    """Answers as OpenSearch does: only to plain media types, and without a product header."""
    heard: list[dict[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            heard.append({key.lower(): value for key, value in self.headers.items()})
            vendor = "vnd.elasticsearch" in str(self.headers)
            raw = json.dumps({"nodes": {"a": {"version": "3.3.2"}}, "count": 7}).encode()
            self.send_response(406 if vendor else 200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_PUT = do_POST  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    thread.join()
    server.server_close()


def test_opensearch_is_spoken_to_plainly(opensearch: tuple[str, list[dict[str, str]]]) -> None:
    url, heard = opensearch
    with client_of(url) as client:
        assert client.count(query={"match_all": {}})["count"] == 7
        client.bulk(operations=[{"index": {"_index": "a"}}, {}])
    assert [each.get("content-type") for each in heard[-2:]] == [
        "application/json",
        "application/x-ndjson",
    ]
    assert all("vnd.elasticsearch" not in str(each) for each in heard)


@pytest.mark.parametrize(
    ("server", "plain"),
    [
        (Server("OpenSearch", "3.3.2"), True),
        (Server("Elasticsearch", f"{__version__[0] - 1}.19.0"), True),
        (Server("Elasticsearch", f"{__version__[0]}.1.0"), False),
        (Server("Elasticsearch", f"{__version__[0] + 1}.0.0"), False),
    ],
)
def test_who_needs_it(server: Server, plain: bool) -> None:
    assert needs_plain(server) is plain
