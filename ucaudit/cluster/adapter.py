"""elasticsearch-py for servers that it refuses: OpenSearch, and Elasticsearch older than itself.

``Cluster`` needs none of it: what it sends is plain JSON, which all servers understand. This is for
services, tests and measurements that use the client's own calls.
"""

from __future__ import annotations

import re
from typing import Any, Final

from elastic_transport import HttpHeaders, Urllib3HttpNode
from elastic_transport.client_utils import DEFAULT, DefaultType
from elasticsearch import Elasticsearch, __version__

from ucaudit.cluster.client import OPENSEARCH, Cluster, Server, version_tuple
from ucaudit.cluster.options import ConnectionOptions

# `application/vnd.elasticsearch+x-ndjson; compatible-with=9`
_VENDOR: Final = re.compile(r"application/vnd\.elasticsearch\+([\w.-]+)\s*;\s*compatible-with=\d+")


class PlainNode(Urllib3HttpNode):
    """Sends plain media types, and lets the answer pass for one of Elasticsearch."""

    def perform_request(
        self,
        method: str,
        target: str,
        body: bytes | None = None,
        headers: HttpHeaders | None = None,
        request_timeout: DefaultType | float | None = DEFAULT,
    ) -> Any:
        """See ``Urllib3HttpNode``."""
        plain = HttpHeaders(headers or {})
        for name in ("accept", "content-type"):
            if name in plain:
                plain[name] = _VENDOR.sub(r"application/\1", plain[name])
        answer = super().perform_request(method, target, body, plain, request_timeout)
        answer.meta.headers["x-elastic-product"] = "Elasticsearch"
        return answer


def client_of(url: str, **keywords: Any) -> Elasticsearch:
    """A client of elasticsearch-py that the server at ``url`` understands.

    Args:
        url: Where the server answers; it is asked what it is.
        keywords: Passed on to the client.

    Raises:
        RefusedError: If nothing answers, or nothing that is supported.
    """
    cluster = Cluster(ConnectionOptions((url,)))
    try:
        server = cluster.server()
    finally:
        cluster.close()
    if needs_plain(server):
        keywords.setdefault("node_class", PlainNode)
    return Elasticsearch(url, **keywords)


def needs_plain(server: Server) -> bool:
    """Whether the installed elasticsearch-py and a server do not understand each other."""
    older = version_tuple(server.version)[0] < __version__[0]
    return server.product == OPENSEARCH or older
