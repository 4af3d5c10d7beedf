"""The server: whether it answers, what it is, and whether the installed client fits it."""

from __future__ import annotations

from importlib.metadata import version

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError, refusal
from ucaudit.doctor.finding import Check, of_error
from ucaudit.errors import UcauditError


def server(cluster: Cluster) -> Check:
    """Whether the server can be reached, and is one that ucaudit works with."""
    try:
        oldest = cluster.server_version()
    except UcauditError as error:
        return of_error("server", error)
    except ClusterError as error:
        return of_error("server", refusal(error, cluster.shown))
    return Check("server", "ok", f"{_flavour(cluster)} {oldest} at {cluster.shown}")


def mismatch(oldest: str) -> Check | None:
    """What a service that writes with the installed client meets, if it is not of the server's.

    ucaudit itself speaks to servers of all versions alike.
    """
    client, server_major = version("elasticsearch"), int(oldest.partition(".")[0])
    if int(client.partition(".")[0]) <= server_major:
        return None
    return Check(
        "client",
        "warning",
        f"elasticsearch {client} does not speak to a server {oldest}; ucaudit itself does.",
        "a service that writes with this client fails: media_type_header_exception",
        f"For such a service: pip install 'elasticsearch<{server_major + 1}'",
        "client-mismatch",
    )


def _flavour(cluster: Cluster) -> str:
    """``OpenSearch`` says so; the small distribution of Elasticsearch does not answer at all."""
    try:
        answer = cluster.get("/")
    except ClusterError:
        return "Elasticsearch"
    found = answer.get("version", {}) if isinstance(answer, dict) else {}
    return "OpenSearch" if found.get("distribution") == "opensearch" else "Elasticsearch"
