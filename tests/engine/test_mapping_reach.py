"""What PUT mapping can do, asked again: what we send is taken, what we refuse it refuses."""

from __future__ import annotations

import json
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.exceptions import ApiError

from tests.engine.asking import create
from tests.engines import on_opensearch
from ucaudit.mapping.reach import put_mapping_body

NUMBERS = ("long", "integer", "short", "byte", "double", "float", "half_float")
SCALARS = (*NUMBERS, "keyword", "date", "date_nanos", "boolean", "ip")
ANALYSIS = {"analysis": {"analyzer": {"own": {"type": "custom", "tokenizer": "standard"}}}}

# (type, live parameters, wanted parameters)
CHANGES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    *((kind, {}, {"index": False}) for kind in SCALARS),
    *((kind, {"index": False}, {}) for kind in SCALARS),
    *((kind, {}, {"doc_values": False}) for kind in SCALARS),
    *((kind, {}, {"store": True}) for kind in SCALARS),
    *((kind, {}, {"meta": {"unit": "x"}}) for kind in SCALARS),
    *((kind, {}, {"copy_to": ["all"]}) for kind in SCALARS),
    *((kind, {}, {"fields": {"k": {"type": "keyword"}}}) for kind in SCALARS),
    *((kind, {}, {"ignore_malformed": True}) for kind in SCALARS if kind != "keyword"),
    *((kind, {"ignore_malformed": True}, {"ignore_malformed": False}) for kind in NUMBERS),
    *((kind, {}, {"coerce": False}) for kind in NUMBERS),
    *((kind, {}, {"null_value": 1}) for kind in NUMBERS),
    *((kind, {"null_value": 1}, {"null_value": 2}) for kind in NUMBERS),
    ("keyword", {}, {"ignore_above": 10}),
    ("keyword", {"ignore_above": 256}, {"ignore_above": 8191}),
    ("keyword", {}, {"eager_global_ordinals": True}),
    ("keyword", {}, {"split_queries_on_whitespace": True}),
    ("keyword", {}, {"norms": True}),
    ("keyword", {"norms": True}, {"norms": False}),
    ("keyword", {}, {"null_value": "N"}),
    ("keyword", {}, {"normalizer": "lowercase"}),
    ("keyword", {"normalizer": "lowercase"}, {}),
    ("keyword", {}, {"index_options": "freqs"}),
    ("keyword", {}, {"similarity": "boolean"}),
    ("keyword", {}, {"time_series_dimension": True}),
    ("text", {}, {"norms": False}),
    ("text", {"norms": False}, {"norms": True}),
    ("text", {}, {"fielddata": True}),
    ("text", {}, {"search_analyzer": "own"}),
    ("text", {}, {"search_quote_analyzer": "own"}),
    ("text", {}, {"analyzer": "own"}),
    ("text", {}, {"index_options": "docs"}),
    ("text", {}, {"term_vector": "yes"}),
    ("text", {}, {"index_phrases": True}),
    ("text", {}, {"eager_global_ordinals": True}),
    ("text", {}, {"fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}),
    ("text", {"fields": {"k": {"type": "keyword"}}}, {"fields": {"raw": {"type": "keyword"}}}),
    (
        "text",
        {"fields": {"k": {"type": "keyword", "ignore_above": 256}}},
        {"fields": {"k": {"type": "keyword", "ignore_above": 8191}}},
    ),
    ("text", {"fields": {"k": {"type": "keyword"}}}, {"fields": {"k": {"type": "long"}}}),
    ("date", {}, {"format": "epoch_millis"}),
    ("date", {"format": "epoch_millis"}, {}),
    ("date", {}, {"locale": "fr"}),
    ("date", {}, {"null_value": "2020-01-01"}),
    ("boolean", {}, {"null_value": True}),
    ("ip", {}, {"null_value": "1.2.3.4"}),
    ("binary", {}, {"store": True}),
    ("binary", {}, {"doc_values": True}),
    ("integer_range", {}, {"coerce": False}),
    ("integer_range", {}, {"index": False}),
    ("date_range", {}, {"format": "epoch_millis"}),
    ("geo_point", {}, {"ignore_malformed": True}),
    ("geo_point", {}, {"ignore_z_value": False}),
    ("geo_point", {}, {"doc_values": False}),
    ("completion", {}, {"max_input_length": 20}),
    ("completion", {}, {"search_analyzer": "own"}),
    ("completion", {}, {"preserve_separators": False}),
    ("flattened", {}, {"depth_limit": 1000}),
    ("flattened", {}, {"ignore_above": 10}),
    ("flattened", {}, {"eager_global_ordinals": True}),
    ("flattened", {}, {"split_queries_on_whitespace": True}),
    ("flattened", {}, {"index": False}),
    ("flattened", {}, {"doc_values": False}),
    ("flattened", {}, {"null_value": "x"}),
    ("flattened", {}, {"index_options": "freqs"}),
    ("object", {"dynamic": "true"}, {"dynamic": False}),
    ("object", {}, {"properties": {"a": {"type": "keyword"}}}),
    ("object", {"enabled": False}, {"enabled": True}),
    ("object", {}, {"enabled": False}),
    ("nested", {}, {"properties": {"a": {"type": "keyword"}}}),
    ("nested", {"dynamic": "true"}, {"dynamic": False}),
]
TYPES = (
    *("keyword", "text", "long", "integer", "double", "date", "boolean", "ip"),
    *("flattened", "object", "nested"),
)


def _name(change: tuple[str, dict[str, Any], dict[str, Any]]) -> str:
    kind, live, wanted = change
    return f"{kind} {json.dumps(live)} → {json.dumps(wanted)}"


def _ask(es: Elasticsearch, index: str, name: str, definition: dict[str, Any]) -> str | None:
    """Sends PUT mapping; gives the refusal."""
    try:
        es.indices.put_mapping(index=index, properties={name: definition})
    except ApiError as error:
        return str(error)
    return None


def _elsewhere(change: tuple[str, dict[str, Any], dict[str, Any]]) -> bool:
    """Whether OpenSearch lacks the parameter, or what ours is spelled as has none."""
    kind, _, wanted = change
    lacks = "ignore_malformed" in wanted if kind == "boolean" else "time_series_dimension" in wanted
    return kind == "flattened" or lacks


def test_parameters(es: Elasticsearch, engine_prefix: str) -> None:
    index = f"{engine_prefix}parameters"
    asked = [change for change in CHANGES if not (on_opensearch(es) and _elsewhere(change))]
    properties = {f"f{i}": {"type": kind, **live} for i, (kind, live, _) in enumerate(asked)}
    create(es, index, properties, ANALYSIS)
    before = es.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    wrong, taken = [], 0
    for i, change in enumerate(asked):
        name, (kind, _, wanted) = f"f{i}", change
        definition = {"type": kind, **wanted}
        sent = put_mapping_body({"properties": before}, {"properties": {name: definition}})
        if sent.refused:
            # A default that is left out is the same as one that is sent.
            if _ask(es, index, name, definition) is None:
                wrong.append(f"{_name(change)}: the engine takes it")
            continue
        refusal = _ask(es, index, name, sent.body[name])
        if refusal is not None:
            wrong.append(f"{_name(change)}: {refusal}")
        taken += 1
    assert wrong == []
    assert 60 < taken < len(asked) - 60
    after = es.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    for i, (kind, _, wanted) in enumerate(asked):
        if "norms" in wanted:
            continue  # the engine does not show what is its default
        again = {f"f{i}": {"type": kind, **wanted}}
        sent = put_mapping_body({"properties": after}, {"properties": again})
        assert sent.body == {}, (kind, wanted)


def test_types(es: Elasticsearch, engine_prefix: str) -> None:
    index = f"{engine_prefix}types"
    pairs = [(a, b) for a in TYPES for b in TYPES if a != b]
    create(es, index, {f"f{i}": {"type": a} for i, (a, _) in enumerate(pairs)})
    live = es.indices.get_mapping(index=index)[index]["mappings"]
    for i, (a, b) in enumerate(pairs):
        wanted = {f"f{i}": {"type": b}}
        assert put_mapping_body(live, {"properties": wanted}).refused, (a, b)
        assert _ask(es, index, f"f{i}", {"type": b}) is not None, (a, b)


def test_what_is_sent_keeps_what_is_there(es: Elasticsearch, engine_prefix: str) -> None:
    index = f"{engine_prefix}kept"
    live = {
        "o": {
            "properties": {
                "name": {
                    "type": "keyword",
                    "ignore_above": 256,
                    "eager_global_ordinals": True,
                    "copy_to": ["all"],
                    "meta": {"unit": "x"},
                    "fields": {"words": {"type": "text", "search_analyzer": "own"}},
                },
                "by_hand": {"type": "long", "coerce": False},
            }
        },
        "all": {"type": "keyword"},
    }
    create(es, index, live, ANALYSIS)
    before = es.indices.get_mapping(index=index)[index]["mappings"]
    wanted = {
        "o": {
            "properties": {
                "name": {"type": "keyword", "ignore_above": 8191},
                "new": {"type": "long"},
            }
        }
    }
    sent = put_mapping_body(before, {"properties": wanted})
    es.indices.put_mapping(index=index, properties=sent.body)
    after = es.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    expected = json.loads(json.dumps(before["properties"]))
    expected["o"]["properties"]["name"]["ignore_above"] = 8191
    expected["o"]["properties"]["new"] = {"type": "long"}
    assert after == expected
