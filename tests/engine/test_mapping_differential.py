"""Generated pairs of schemas tried on the engine; ``scripts/bench/differential`` has more."""

from __future__ import annotations

from collections import Counter

from elasticsearch import Elasticsearch

from tests.engine.pairs import is_of, make_pair
from tests.engine.trials import Batch

PAIRS = 420
IN_A_BATCH = 60
WRONG_ONCE = (22, 132, 1068, 2578, 3320, 3342, 3579, 3914, 101276, 103843, 200168, 200327)


def test_what_is_promised_holds(es: Elasticsearch, engine_prefix: str) -> None:
    counts: Counter[str] = Counter()
    for start in range(0, PAIRS, IN_A_BATCH):
        pairs = [make_pair(seed) for seed in range(start, start + IN_A_BATCH)]
        batch = Batch(es, f"{engine_prefix}{start}", pairs)
        batch.run()
        counts += batch.counts
        assert [f"{t.pair.seed}: {t.wrong}" for t in batch.trials if t.wrong] == []
    print(counts)
    assert counts["documents"] >= 3000
    assert all(counts[word] > PAIRS / 12 for word in ("none", "put_mapping", "reindex"))
    assert counts["leaf searches"] > counts["documents"]
    assert counts["transformed"] > PAIRS


def test_pairs_that_were_wrong_once(es: Elasticsearch, engine_prefix: str) -> None:
    """Found by long runs: secrets beside objects in one field, required fields nobody declares."""
    batch = Batch(es, f"{engine_prefix}once", [make_pair(seed) for seed in WRONG_ONCE])
    batch.run()
    assert [f"{t.pair.seed}: {t.wrong}" for t in batch.trials if t.wrong] == []


def test_documents_are_what_their_schemas_allow() -> None:
    pairs = [make_pair(seed) for seed in range(PAIRS)]
    for pair in pairs:
        for schema, documents in ((pair.old, pair.before), (pair.new, pair.after)):
            assert all(is_of(schema, document) for document in documents), pair.seed
