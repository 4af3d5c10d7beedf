"""A thin, typed way to an Elasticsearch cluster: bytes out, bytes in, errors as one type."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast
from urllib.parse import quote, urlencode

import orjson
import tenacity

from ucaudit.cluster import dialect
from ucaudit.cluster.failures import NOT_JSON, ClusterError, Unreachable, error_of, refusal
from ucaudit.cluster.options import ConnectionOptions
from ucaudit.errors import RefusedError
from ucaudit.jsontypes import JsonObject

JSON: Final = "application/json"
NDJSON: Final = "application/x-ndjson"
ELASTICSEARCH: Final = "Elasticsearch"
OPENSEARCH: Final = "OpenSearch"
# The oldest version of each, and the newest major one.
_SUPPORTED: Final = {ELASTICSEARCH: ((8, 15), 9), OPENSEARCH: ((2, 19), 3)}
pause = time.sleep  # tests replace it
T = TypeVar("T")
Told = Callable[[float, ClusterError], None]
_LOG: Final = logging.getLogger(__name__)
_MAX_TARGET = 3500  # Elasticsearch refuses request lines beyond 4096 bytes


@dataclass(frozen=True, slots=True)
class Server:
    """What a cluster runs.

    Attributes:
        product: ``Elasticsearch`` or ``OpenSearch``.
        version: Version of its oldest node.
    """

    product: str
    version: str


class Cluster:
    """One cluster. Safe to use from several threads.

    Requests carry plain ``application/json``, which servers of all versions understand, and bodies
    pass as the bytes they are. Reads are repeated on passing faults; a write is repeated only by
    who knows that it is idempotent.

    Attributes:
        told: Told each pause before a request is repeated: its seconds, and the error.
    """

    def __init__(self, options: ConnectionOptions, *, node_class: Any = None) -> None:
        from elasticsearch import Elasticsearch  # noqa: PLC0415  (slow to load)

        logging.getLogger("elastic_transport").setLevel(logging.ERROR)
        self.options = options
        self.told: Told = _untold
        keywords: dict[str, Any] = {"connections_per_node": 24, "serializers": _raw_serializers()}
        # The client's own headers do not reach its transport, which is what requests go through.
        self._headers = {"accept": JSON, **_authorization(options)}
        if options.ca_certs:
            keywords["ca_certs"] = options.ca_certs
        if options.fingerprint:
            keywords["ssl_assert_fingerprint"] = options.fingerprint
        if node_class is not None:
            keywords["node_class"] = node_class
        hosts = [_with_port(url) for url in options.urls]
        self._server: Server | None = None
        self._client = Elasticsearch(hosts, **keywords)
        self._transport = self._client.transport

    @property
    def shown(self) -> str:
        """The address, for messages."""
        return self.options.shown

    def close(self) -> None:
        """Closes all connections."""
        self._client.close()

    def send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str | int | bool] | None = None,
        body: bytes | None = None,
        *,
        mime: str = JSON,
        timeout: float | None = None,
    ) -> bytes:
        """One request, sent once.

        Raises:
            ClusterError: If the answer is no success, or there is none.
        """
        from elastic_transport import TransportError  # noqa: PLC0415  (slow to load)

        headers = dict(self._headers)
        if body is not None:
            headers["content-type"] = mime
        target = path + ("?" + urlencode(_params(params)) if params else "")
        started = time.monotonic()
        try:
            meta, answer = self._transport.perform_request(
                method,
                target,
                body=body,
                headers=headers,
                max_retries=0,
                request_timeout=timeout or self.options.timeout,
            )
        except TransportError as error:
            _LOG.debug("%s %s: no answer", method, target)
            raise Unreachable(_reason(error), f"{method} {path}") from error
        took = 1000 * (time.monotonic() - started)
        _LOG.debug("%s %s: %d in %.0f ms", method, target, meta.status, took)
        raw = cast("bytes | None", answer) or b""
        if not 200 <= meta.status < 300:
            raise error_of(meta.status, raw, f"{method} {path}")
        return raw

    def get(self, path: str, **params: str | int | bool) -> Any:
        """A read: repeated on passing faults, decoded.

        Raises:
            ClusterError: If the answer is no success.
        """
        return self._read("GET", path, params, None)

    def query(self, path: str, body: JsonObject, **params: str | int | bool) -> Any:
        """A read that has a body, such as a search or a count.

        Raises:
            ClusterError: If the answer is no success.
        """
        return self._read("POST", path, params, self._encoded(body))

    def read_bytes(self, path: str, body: bytes, **params: str | int | bool) -> bytes:
        """A read that has a body, its answer left as bytes.

        Raises:
            ClusterError: If the answer is no success.
        """
        return patiently(lambda: self.send("POST", path, params, body), self.told)

    def put(self, path: str, body: JsonObject | None = None, **params: str | int | bool) -> Any:
        """An idempotent write: repeated on passing faults.

        Raises:
            ClusterError: If the answer is no success.
        """
        raw = None if body is None else self._encoded(body)
        return _decoded(patiently(lambda: self.send("PUT", path, params, raw), self.told))

    def post(self, path: str, body: JsonObject | None = None, **params: str | int | bool) -> Any:
        """A write that is sent once.

        Raises:
            ClusterError: If the answer is no success.
        """
        raw = None if body is None else orjson.dumps(body)
        return _decoded(self.send("POST", path, params, raw))

    def delete(self, path: str, **params: str | int | bool) -> Any:
        """Deletes something, once.

        Raises:
            ClusterError: If the answer is no success.
        """
        return _decoded(self.send("DELETE", path, params))

    def bulk(self, index: str, body: bytes, **params: str | int | bool) -> bytes:
        """A bulk request, sent once, its answer left as bytes.

        Raises:
            ClusterError: If the request as a whole failed.
        """
        return self.send("POST", f"/{quoted(index)}/_bulk", params, body, mime=NDJSON)

    def server(self) -> Server:
        """Product and version of the oldest node; those that this cannot work with are refused.

        Raises:
            RefusedError: If the cluster is unreachable, does not accept us, or is too old.
        """
        why = "it names no nodes"
        try:
            answer = self.get("/_nodes", filter_path="nodes.*.version,nodes.*.build_flavor")
        except ClusterError as error:
            # A web page with another status may come from a gate before the cluster.
            if error.kind != NOT_JSON or error.status not in (200, 404):
                raise refusal(error, self.shown) from error
            answer, why = None, "it answers, but not as Elasticsearch does"
        nodes = answer.get("nodes") if isinstance(answer, dict) else None
        if not nodes:
            raise RefusedError(
                "not-elasticsearch",
                "What answers at this address is neither Elasticsearch nor OpenSearch.",
                where=self.shown,
                why=why,
                fix="Check the address (--url, UCAUDIT_URL).",
            )
        oldest = min(nodes.values(), key=lambda node: version_tuple(node["version"]))
        # OpenSearch took the flavour out when it was forked; `GET /` is not there everywhere.
        product = ELASTICSEARCH if "build_flavor" in oldest else OPENSEARCH
        version = str(oldest["version"])
        first, last_major = _SUPPORTED[product]
        if version_tuple(version) < first or version_tuple(version)[0] > last_major:
            raise RefusedError(
                "server-unsupported",
                "This version of the server is not supported.",
                where=self.shown,
                why=f"it is {product} {version}",
                fix="Elasticsearch 8.15 and later and 9, and OpenSearch 2.19 and later and 3, are "
                "supported.",
            )
        self._server = Server(product, version)
        return self._server

    @property
    def opensearch(self) -> bool:
        """Whether it is OpenSearch; asked once.

        Raises:
            RefusedError: See ``server``.
        """
        server = self._server or self.server()
        return server.product == OPENSEARCH

    def _encoded(self, body: JsonObject) -> bytes:
        """A body as the server spells it."""
        if dialect.differs(body) and self.opensearch:
            body = dialect.spoken(body)
        return orjson.dumps(body)

    def _read(
        self, method: str, path: str, params: Mapping[str, str | int | bool], body: bytes | None
    ) -> Any:
        return _decoded(patiently(lambda: self.send(method, path, params, body), self.told))


def _untold(_seconds: float, _error: ClusterError) -> None:
    """Nobody watches."""


def patiently(act: Callable[[], T], told: Told = _untold) -> T:
    """``act()``, repeated with growing pauses while the cluster is busy or out of reach.

    A cluster that was never reached is given up sooner than one that is busy.

    Args:
        act: What to do.
        told: Told each pause, and what it is for.
    """

    def tell(state: tenacity.RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, ClusterError) and state.next_action:
            told(state.next_action.sleep, error)

    return tenacity.Retrying(
        retry=tenacity.retry_if_exception(_passing),
        stop=_give_up,
        wait=tenacity.wait_random_exponential(multiplier=0.2, max=5),
        sleep=pause,
        before_sleep=tell,
        reraise=True,
    )(act)


def _passing(error: BaseException) -> bool:
    return isinstance(error, ClusterError) and error.transient


def _give_up(state: tenacity.RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    limit = 3 if isinstance(error, Unreachable) else 12
    return state.attempt_number >= limit


def quoted(*names: str) -> str:
    """Index names as they stand in a path."""
    return ",".join(quote(name, safe="*-_.") for name in names)


def in_paths(names: list[str]) -> list[str]:
    """``names`` joined with commas into as few paths as a request line can hold."""
    paths: list[str] = []
    line: list[str] = []
    length = 0
    for name in names:
        part = quoted(name)
        if line and length + len(part) + 1 > _MAX_TARGET:
            paths.append(",".join(line))
            line, length = [], 0
        line.append(part)
        length += len(part) + 1
    return [*paths, ",".join(line)] if line else paths


def version_tuple(version: str) -> tuple[int, ...]:
    """``9.1.10-SNAPSHOT`` as ``(9, 1, 10)``."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("-")[0]))


def _params(params: Mapping[str, str | int | bool]) -> dict[str, str]:
    return {
        key: str(value).lower() if isinstance(value, bool) else str(value)
        for key, value in params.items()
    }


def _decoded(raw: bytes) -> Any:
    try:
        return orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError as error:
        raise ClusterError(200, NOT_JSON, str(error), "the answer") from error


def _authorization(options: ConnectionOptions) -> dict[str, str]:
    if options.api_key:
        return {"authorization": f"ApiKey {options.api_key}"}
    if options.basic_auth is None:
        return {}
    from base64 import b64encode  # noqa: PLC0415  (rare)

    user, password = options.basic_auth
    return {"authorization": "Basic " + b64encode(f"{user}:{password}".encode()).decode()}


def _with_port(url: str) -> str:
    """The client insists on a port."""
    from urllib.parse import urlsplit, urlunsplit  # noqa: PLC0415  (rare)

    parts = urlsplit(url)
    if parts.port is None:
        default = 443 if parts.scheme == "https" else 80
        parts = parts._replace(netloc=f"{parts.netloc}:{default}")
    return urlunsplit(parts)


def _reason(error: Exception) -> str:
    """The client's sentence without class names, and never an address that has a secret in it."""
    text = str(getattr(error, "message", error))
    found = re.search(r"(\[Errno -?\d+\] )?([A-Z][a-z]+[^()<>\[\]]*?)['\")]*$", text)
    text = found[2] if found else text
    return re.sub(r"//[^/@\s]*@", "//", text).strip() or type(error).__name__


def _raw_serializers() -> dict[str, Any]:
    from elastic_transport import Serializer  # noqa: PLC0415  (slow to load)

    class Raw(Serializer):
        """Bytes out, bytes in."""

        mimetype = JSON

        def loads(self, data: bytes) -> bytes:
            return data

        def dumps(self, data: bytes) -> bytes:
            return data

    raw = Raw()
    kinds = (
        JSON,
        NDJSON,
        "text/plain",
        "text/html",
        "text/*",
        "application/vnd.elasticsearch+json",
    )
    return dict.fromkeys((*kinds, "application/cbor", "application/yaml"), raw)
