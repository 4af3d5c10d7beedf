"""Component templates are put together by the engine as plans foresee it."""

from __future__ import annotations

import pytest
from elasticsearch import Elasticsearch

from tests.engines import on_opensearch
from tests.plan.test_shapes import CASES

# Within a generation no field changes between object and value, and no object is strict.
NOT_ON_OPENSEARCH = {
    "object-to-field": "it refuses the template",
    "field-to-object": "it refuses the template",
    "parameters-of-objects": "it keeps the earlier parameters of objects",
    "opened": "it keeps the earlier parameters of objects",
}


@pytest.mark.parametrize("case", CASES)
def test_the_engine_overlays_fields_likewise(
    es: Elasticsearch, engine_prefix: str, case: str
) -> None:
    if case in NOT_ON_OPENSEARCH and on_opensearch(es):
        pytest.skip(f"not on OpenSearch: {NOT_ON_OPENSEARCH[case]}")
    earlier, later, both = CASES[case]
    index, names = f"{engine_prefix}shape", [f"{engine_prefix}{n}" for n in ("earlier", "later")]
    try:
        for name, field in zip(names, (earlier, later), strict=True):
            template = {"mappings": {"dynamic": False, "properties": {"f": field}}}
            es.cluster.put_component_template(name=name, template=template)
        es.indices.put_index_template(
            name=index, index_patterns=[index], composed_of=names, priority=900
        )
        es.indices.create(index=index)
        found = es.indices.get_mapping(index=index)[index]["mappings"]["properties"]
    finally:
        es.options(ignore_status=404).indices.delete_index_template(name=index)
        es.options(ignore_status=404).cluster.delete_component_template(name=names)
    assert found == {"f": both}
