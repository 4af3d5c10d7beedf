from elasticsearch import Elasticsearch

_used: list[str] = []


def test_the_engine_takes_a_document_and_finds_it(es: Elasticsearch, engine_prefix: str) -> None:
    _used.append(engine_prefix)
    es.cluster.put_component_template(name=f"{engine_prefix}part", template={"settings": {}})
    es.indices.put_index_template(
        name=f"{engine_prefix}template",
        index_patterns=[f"{engine_prefix}*"],
        composed_of=[f"{engine_prefix}part"],
        template={"aliases": {f"{engine_prefix}read": {}}},
    )
    es.index(index=f"{engine_prefix}a-2026.11.23", document={"port": 1718}, refresh=True)
    assert es.count(index=f"{engine_prefix}read")["count"] == 1


def test_what_a_test_made_is_gone_in_the_next(es: Elasticsearch, engine_prefix: str) -> None:
    assert engine_prefix not in _used
    names = [*es.indices.get(index="*", expand_wildcards="all")]
    names += [each["name"] for each in es.indices.get_index_template()["index_templates"]]
    names += [each["name"] for each in es.cluster.get_component_template()["component_templates"]]
    assert not [name for name in names if name.startswith((*_used,))]
