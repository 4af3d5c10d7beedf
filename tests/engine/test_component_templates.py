"""Component templates are put together by the engine as plans foresee it."""

from __future__ import annotations

from elasticsearch import Elasticsearch

from tests.plan.test_shapes import CASES


def test_the_engine_overlays_fields_likewise(es: Elasticsearch, engine_prefix: str) -> None:
    index, names = f"{engine_prefix}shape", [f"{engine_prefix}{n}" for n in ("earlier", "later")]
    try:
        for number, name in enumerate(names):
            fields = {case.replace("-", "_"): both[number] for case, both in CASES.items()}
            template = {"mappings": {"dynamic": False, "properties": fields}}
            es.cluster.put_component_template(name=name, template=template)
        es.indices.put_index_template(
            name=index, index_patterns=[index], composed_of=names, priority=900
        )
        es.indices.create(index=index)
        found = es.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    finally:
        es.options(ignore_status=404).indices.delete_index_template(name=index)
        es.options(ignore_status=404).cluster.delete_component_template(name=names)
    assert found == {case.replace("-", "_"): both[2] for case, both in CASES.items()}
