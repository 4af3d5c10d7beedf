"""Takes from an engine what a test has left there."""

from __future__ import annotations

from elasticsearch import Elasticsearch, NotFoundError


def remove_all(es: Elasticsearch, token: str) -> None:
    """Removes all whose name or pattern holds ``token``."""
    # Aliases go with their indices. Names are listed first: engines refuse to delete by wildcard.
    found = es.indices.get_alias(index=f"*{token}*", expand_wildcards="all", allow_no_indices=True)
    for name in found:
        es.options(ignore_status=404).indices.delete(index=name)
    templates = es.indices.get_index_template().body["index_templates"]
    components: set[str] = set()
    for entry in templates:
        content = entry["index_template"]
        if any(token in text for text in (entry["name"], *content["index_patterns"])):
            components.update(content.get("composed_of", ()))
            es.indices.delete_index_template(name=entry["name"])
    legacy = es.indices.get_template().body
    for name, content in legacy.items():
        if any(token in text for text in (name, *content["index_patterns"])):
            es.indices.delete_template(name=name)
    still_used = {
        name
        for entry in es.indices.get_index_template().body["index_templates"]
        for name in entry["index_template"].get("composed_of", ())
    }
    for name in _component_names(es):
        if token in name or (name in components and name not in still_used):
            es.options(ignore_status=404).cluster.delete_component_template(name=name)


def _component_names(es: Elasticsearch) -> list[str]:
    try:
        found = es.cluster.get_component_template().body["component_templates"]
    except NotFoundError:
        return []
    return [entry["name"] for entry in found]
