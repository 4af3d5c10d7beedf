"""The server: whether it answers, what it is, and whether the installed client fits it."""

from __future__ import annotations

from importlib.metadata import version

from ucaudit.cluster.client import OPENSEARCH, Cluster, Server, version_tuple
from ucaudit.cluster.failures import ClusterError, refusal
from ucaudit.doctor.finding import Check, of_error
from ucaudit.errors import UcauditError


def server(cluster: Cluster) -> Check:
    """Whether the server can be reached, and is one that ucaudit works with."""
    try:
        found = cluster.server()
    except UcauditError as error:
        return of_error("server", error)
    except ClusterError as error:
        return of_error("server", refusal(error, cluster.shown))
    return Check("server", "ok", f"{found.product} {found.version} at {cluster.shown}")


def mismatch(server: Server) -> Check | None:
    """What a service that writes with the installed client meets, if it is not of the server's.

    ucaudit itself speaks to servers of all versions alike.
    """
    client = version("elasticsearch")
    if server.product == OPENSEARCH:
        why = "a service that writes with this client fails: UnsupportedProductError"
        fix = "For such a service: pip install opensearch-py"
    elif version_tuple(client)[0] > (major := version_tuple(server.version)[0]):
        why = "a service that writes with this client fails: media_type_header_exception"
        fix = f"For such a service: pip install 'elasticsearch<{major + 1}'"
    else:
        return None
    name = server.product if server.product == OPENSEARCH else "a server"
    what = f"elasticsearch {client} does not speak to {name} {server.version}; ucaudit itself does."
    return Check("client", "warning", what, why, fix, "client-mismatch")
