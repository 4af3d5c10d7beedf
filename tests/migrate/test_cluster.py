"""Connections and refusals, without an engine."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.migrate.server import answering
from ucaudit.cluster import client
from ucaudit.cluster.client import Cluster, in_paths, quoted, version_tuple
from ucaudit.cluster.failures import ClusterError, error_of
from ucaudit.cluster.options import ConnectionOptions, connection_options
from ucaudit.cluster.templates import flat_settings
from ucaudit.errors import InputError, RefusedError


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "pause", lambda _seconds: None)


def refused(url: str, **options: object) -> RefusedError:
    cluster = Cluster(ConnectionOptions((url,), **options))  # type: ignore[arg-type]
    try:
        with pytest.raises(RefusedError) as raised:
            cluster.server()
    finally:
        cluster.close()
    assert raised.value.exit_code == 3
    return raised.value


def test_nobody_there() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        error = refused(f"http://127.0.0.1:{free.getsockname()[1]}")
    assert error.name == "cluster-unreachable"
    assert "refused" in (error.why or "")
    assert "object at" not in str(error)


@pytest.mark.parametrize(
    ("status", "body", "name"),
    [
        (401, '{"error":{"type":"security_exception","reason":"missing credentials"}}',
         "wrong-credentials"),
        (403, '{"error":{"type":"security_exception","reason":"no monitor"}}', "not-permitted"),
        (400, '{"error":{"type":"media_type_header_exception","reason":"9, not 8"}}',
         "client-mismatch"),
        (404, "<html>", "not-elasticsearch"),
        (502, "<html>", "cluster-error"),
        (200, '{"hello": "world"}', "not-elasticsearch"),
        (200, '{"nodes":{"a":{"version":"7.17.24"}}}', "server-unsupported"),
        (200, '{"nodes":{"a":{"version":"9.1.0"},"b":{"version":"8.14.3"}}}',
         "server-unsupported"),
        (503, '{"error":"busy"}', "cluster-error"),
    ],
)  # fmt: skip
def test_refusals(status: int, body: str, name: str) -> None:
    with answering(status, body) as url:
        assert refused(url).name == name


@pytest.mark.parametrize("status", [200, 404, 502])
def test_web_pages_are_not_printed(status: int) -> None:
    with answering(status, "<html><body>hello</body></html>", "text/html") as url:
        error = refused(url)
    assert "<" not in str(error)
    assert "Elasticsearch" in str(error)


def test_what_answers_is_no_json() -> None:
    with answering(200, "<html>hello</html>", "text/html") as url:
        assert refused(url).name == "not-elasticsearch"


def test_secrets_are_never_shown() -> None:
    with answering(401, "{}") as url:
        secret = url.replace("http://", "http://elastic:hunter2@")
        errors = [
            refused(secret),
            refused(url, api_key="c2VjcmV0"),
            refused(url, basic_auth=("elastic", "hunter2")),
        ]
    options = ConnectionOptions((secret,), api_key="c2VjcmV0", basic_auth=("elastic", "hunter2"))
    shown = [*map(repr, errors), *(str(error.to_dict()) for error in errors), options.shown]
    assert not any("hunter2" in text or "c2VjcmV0" in text for text in shown)


@pytest.mark.parametrize("url", ["localhost:9200", "ftp://x", "http://", "http://x:99999999", ""])
def test_addresses_that_are_none(url: str) -> None:
    with pytest.raises(InputError) as raised:
        connection_options(url=url or "x://user:hunter2@host", environ={})
    assert raised.value.name == "url-invalid"
    assert "hunter2" not in str(raised.value)


def test_credentials_come_from_files_and_the_environment(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("abc\n")
    assert connection_options(api_key_file=str(key), environ={}).api_key == "abc"
    assert connection_options(environ={"UCAUDIT_API_KEY": "abc"}).api_key == "abc"
    both = {"UCAUDIT_USER": "u", "UCAUDIT_PASSWORD": "p"}
    assert connection_options(environ=both).basic_auth == ("u", "p")


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"environ": {"UCAUDIT_USER": "u"}}, "credentials-incomplete"),
        ({"environ": {}, "api_key_file": "/nowhere"}, "api-key-unreadable"),
        ({"environ": {}, "ca_certs": "/nowhere"}, "ca-certs-unreadable"),
    ],
)
def test_credentials_that_cannot_be_used(arguments: dict[str, object], name: str) -> None:
    with pytest.raises(InputError) as raised:
        connection_options(**arguments)  # type: ignore[arg-type]
    assert raised.value.name == name


def test_a_passing_fault_is_waited_out() -> None:
    calls = []

    class Busy(Cluster):
        def send(self, *_: object, **__: object) -> bytes:
            calls.append(1)
            if len(calls) < 4:
                raise ClusterError(429, "busy", "later", "GET /")
            return b"{}"

    cluster = Busy(ConnectionOptions(("http://127.0.0.1:9",)))
    assert cluster.get("/") == {}
    assert len(calls) == 4
    cluster.close()


def test_reasons_are_gathered_from_the_causes() -> None:
    body = b'{"error":{"type":"a","reason":"b","caused_by":{"type":"c","reason":"d"}},"status":400}'
    error = error_of(400, body, "PUT /x")
    assert (error.kind, error.reason) == ("a", "b: d")
    assert not error.transient
    assert error_of(500, b"\xff", "x").kind == "http_error"


def test_long_lists_of_names_are_cut() -> None:
    names = [f"http_logs_call-{n:05}" for n in range(1000)]
    paths = in_paths(names)
    assert all(len(path) < 3600 for path in paths)
    assert ",".join(paths).split(",") == names
    assert in_paths([]) == []


def test_small_things() -> None:
    assert version_tuple("9.1.10-SNAPSHOT") == (9, 1, 10)
    assert quoted("a%20b", "c") == "a%2520b,c"
    assert flat_settings({"index": {"a": {"b": "1"}, "c": 2}}) == {"index.a.b": "1", "index.c": 2}
