"""Reads the templates of a cluster: what they give to indices, and ours as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec
import orjson

from ucaudit.cluster.client import Cluster, patiently
from ucaudit.cluster.dialect import understood
from ucaudit.cluster.failures import NOT_JSON, ClusterError
from ucaudit.cluster.state import LiveTemplate

_OURS: Final = "ucaudit-*"
_FILTER: Final = ",".join(
    f"index_templates.{part}"
    for part in (
        "name",
        "index_template.index_patterns",
        "index_template.priority",
        "index_template._meta.ucaudit",
        "index_template.template.settings",
    )
)


class _Entry(msgspec.Struct):
    name: str
    index_template: msgspec.Raw = msgspec.Raw(b"{}")
    component_template: msgspec.Raw = msgspec.Raw(b"{}")


class _Entries(msgspec.Struct):
    index_templates: list[_Entry] = []
    component_templates: list[_Entry] = []


_DECODER: Final = msgspec.json.Decoder(_Entries)


def index_templates(cluster: Cluster) -> dict[str, LiveTemplate]:
    """All index templates by name, ours with their bodies."""
    answer = cluster.get("/_index_template", filter_path=_FILTER) or {}
    bodies = {
        entry.name: bytes(entry.index_template)
        for entry in _entries(cluster, "/_index_template/").index_templates
    }
    return {
        item["name"]: LiveTemplate(
            name=item["name"],
            patterns=_patterns(item["index_template"].get("index_patterns", [])),
            priority=int(item["index_template"].get("priority", 0)),
            meta=item["index_template"].get("_meta", {}).get("ucaudit"),
            settings=flat_settings(item["index_template"].get("template", {}).get("settings", {})),
            body=bodies.get(item["name"]),
        )
        for item in answer.get("index_templates", [])
    }


def component_templates(cluster: Cluster) -> dict[str, LiveTemplate]:
    """Our component templates by name, with their bodies."""
    entries = _entries(cluster, "/_component_template/").component_templates
    return {
        entry.name: LiveTemplate(entry.name, body=bytes(entry.component_template))
        for entry in entries
    }


def legacy_templates(cluster: Cluster) -> dict[str, LiveTemplate]:
    """All legacy index templates by name."""
    answer = _or_nothing(cluster, "/_template", "*.index_patterns,*.order,*.settings")
    return {
        name: LiveTemplate(
            name=name,
            patterns=_patterns(body.get("index_patterns", [])),
            priority=int(body.get("order", 0)),
            settings=flat_settings(body.get("settings", {})),
        )
        for name, body in answer.items()
    }


def flat_settings(settings: Mapping[str, Any], path: str = "") -> dict[str, object]:
    """``{"index": {"number_of_shards": "1"}}`` as ``{"index.number_of_shards": "1"}``."""
    flat: dict[str, object] = {}
    for key, value in settings.items():
        name = f"{path}.{key}" if path else key
        flat.update(flat_settings(value, name) if isinstance(value, dict) else {name: value})
    return flat


def _or_nothing(cluster: Cluster, path: str, filter_path: str) -> Any:
    """A listing that some servers answer with 404 when it is empty."""
    try:
        return cluster.get(path, filter_path=filter_path) or {}
    except ClusterError as error:
        if error.status != 404:
            raise
        return {}


def _entries(cluster: Cluster, path: str) -> _Entries:
    """Our templates of one kind; their bodies stay bytes."""
    try:
        raw = patiently(lambda: cluster.send("GET", path + _OURS))
        entries = _DECODER.decode(raw)
    except ClusterError as error:
        if error.status != 404:
            raise
        return _Entries()
    except msgspec.MsgspecError as error:
        raise ClusterError(200, NOT_JSON, str(error), f"GET {path}{_OURS}") from error
    if cluster.opensearch:
        for entry in (*entries.index_templates, *entries.component_templates):
            entry.index_template = _understood(entry.index_template)
            entry.component_template = _understood(entry.component_template)
    return entries


def _understood(body: msgspec.Raw) -> msgspec.Raw:
    return msgspec.Raw(orjson.dumps(understood(orjson.loads(bytes(body)))))


def _patterns(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
