"""Makes room for the new shape: templates, mappings, aliases. Safe while the old version runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from ucaudit.cluster.client import Cluster, quoted
from ucaudit.cluster.failures import ClusterError
from ucaudit.errors import StoppedError
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate.target import put_settings
from ucaudit.names import GUARD_TEMPLATE
from ucaudit.plan.operations import (
    AddAliases,
    MendMapping,
    MendSettings,
    Operation,
    PutMapping,
    PutTemplate,
)

_THREADS: Final = 16
T = TypeVar("T")


def expand(cluster: Cluster, operations: Iterable[Operation]) -> None:
    """Carries out the expanding operations: components, templates, guard, mappings, aliases.

    Raises:
        StoppedError: If the cluster refuses one of them.
        ClusterError: If it does not answer.
    """
    todo = [operation for operation in operations if operation.expand]
    templates = [op for op in todo if isinstance(op, PutTemplate)]
    guard = [op for op in templates if op.name == GUARD_TEMPLATE]
    with ThreadPoolExecutor(_THREADS, "ucaudit-expand") as pool:
        _each(pool, [op for op in templates if op.component], lambda op: _put(cluster, op))
        plain = [op for op in templates if not op.component and op not in guard]
        _each(pool, plain, lambda op: _put(cluster, op))
        # The guard comes last: it must never stand in for a template that is about to be there.
        _each(pool, guard, lambda op: _put(cluster, op))
        # What the release adds to a mapping stands on what was mended, and that needs its limits.
        limits = [op for op in todo if isinstance(op, MendSettings)]
        _each(pool, limits, lambda op: _put_settings(cluster, op))
        mends = [op for op in todo if isinstance(op, MendMapping)]
        _each(pool, mends, lambda op: _put_mapping(cluster, op))
        mappings = [op for op in todo if isinstance(op, PutMapping) and not op.mends]
        _each(pool, mappings, lambda op: _put_mapping(cluster, op))
    _add_aliases(cluster, [op for op in todo if isinstance(op, AddAliases)])


def _each(pool: ThreadPoolExecutor, items: Sequence[T], act: Callable[[T], None]) -> None:
    for future in [pool.submit(act, item) for item in items]:
        future.result()


def _put(cluster: Cluster, operation: PutTemplate) -> None:
    kind = "_component_template" if operation.component else "_index_template"
    try:
        cluster.put(f"/{kind}/{quoted(operation.name)}", operation.body)
    except ClusterError as error:
        raise _refused(error, operation) from error


def _put_settings(cluster: Cluster, operation: MendSettings) -> None:
    try:
        put_settings(cluster, operation.index, operation.settings)
    except ClusterError as error:
        if error.status != 404:
            raise _refused(error, operation) from error


def _put_mapping(cluster: Cluster, operation: PutMapping) -> None:
    meta = {**operation.other_meta, "ucaudit": operation.meta}
    body: JsonObject = {"_meta": meta, "dynamic": False}
    if operation.properties:
        body["properties"] = operation.properties
    try:
        if operation.settings:
            put_settings(cluster, operation.index, operation.settings)
        cluster.put(f"/{quoted(operation.index)}/_mapping", body)
    except ClusterError as error:
        if error.status != 404:  # Deleted since: nothing is left to be updated.
            raise _refused(error, operation) from error


def _add_aliases(cluster: Cluster, operations: list[AddAliases]) -> None:
    """All in one request; if an index was deleted since, one by one."""
    if not operations:
        return
    try:
        _post_aliases(cluster, operations)
    except ClusterError as error:
        if error.status != 404:
            raise _refused(error, operations[0]) from error
        for operation in operations:
            try:
                _post_aliases(cluster, [operation])
            except ClusterError as single:
                if single.status != 404:
                    raise _refused(single, operation) from single


def _post_aliases(cluster: Cluster, operations: list[AddAliases]) -> None:
    actions = [
        {"add": {"index": op.index, "alias": alias}} for op in operations for alias in op.aliases
    ]
    cluster.post("/_aliases", {"actions": actions})


def _refused(error: ClusterError, operation: Operation) -> Exception:
    if error.transient or error.status in (401, 403):
        return error
    return StoppedError(
        "operation-refused",
        f"The cluster refused: {operation.describe()}",
        where=error.request,
        why=f"{error.kind}: {error.reason}",
    )
