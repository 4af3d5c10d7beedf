"""Promise 2 (design, section 6), first cut: verdicts tried on the engine.

After ``none`` and ``put_mapping`` one index takes the documents of both versions, and each value is
found; after ``reindex`` the engine refuses the update, or free fields may clash.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from itertools import count
from typing import Any

import pytest
from elasticsearch import Elasticsearch
from elasticsearch.exceptions import ApiError

from tests.engine.asking import create, missed, write
from tests.engine.batching import SETTINGS, for_all
from tests.engine.leaves import leaves
from tests.engine.strategies import pairs
from ucaudit.mapping.compile import compile_fields
from ucaudit.mapping.reach import put_mapping_body
from ucaudit.mapping.verdict import judge
from ucaudit.schema.parsing import parse

Pair = tuple[Any, list[Any], Any, list[Any]]


class Trial:
    """One pair as fields of a shared index."""

    def __init__(self, number: int, pair: Pair) -> None:
        self.name = f"s{number}"
        self.schemas = pair[0], pair[2]
        self.before = {f"{self.name}-b{i}": {self.name: each} for i, each in enumerate(pair[1])}
        self.after = {f"{self.name}-a{i}": {self.name: each} for i, each in enumerate(pair[3])}
        old, new = (compile_fields({self.name: parse(schema)}) for schema in self.schemas)
        self.old, self.new = old.properties, new.properties
        self.verdict = judge({"properties": self.old}, {"properties": self.new})

    def complain(self, why: str) -> str:
        changes = [(c.path, c.reason) for c in self.verdict.changes]
        facts = (why, self.verdict.index, changes, *self.schemas, self.before, self.after)
        return "\n  ".join(f"{fact}"[:1500] for fact in facts)


def check(es: Elasticsearch, index: str, batch: list[Pair]) -> Counter[str]:
    trials = [Trial(number, pair) for number, pair in enumerate(batch)]
    wrong: list[str] = []
    try:
        create(es, index, {k: v for t in trials for k, v in t.old.items()}, SETTINGS)
        _write(es, index, trials, "before", wrong)
        for trial in trials:
            wrong += [trial.complain(why) for why in _update(es, index, trial)]
        kept = [trial for trial in trials if trial.verdict.index != "reindex"]
        # Old software goes on writing until it is stopped.
        for trial in kept:
            trial.before |= {f"{key}-again": each for key, each in trial.before.items()}
        _write(es, index, kept, "before", wrong, again=True)
        _write(es, index, kept, "after", wrong)
        for trial in kept:
            for properties, documents in ((trial.old, trial.before), (trial.new, trial.after)):
                wanted = {key: list(leaves(properties, d)) for key, d in documents.items()}
                wrong += [trial.complain(f"{k}: {leaf}") for k, leaf in missed(es, index, wanted)]
    finally:
        es.options(ignore_status=404).indices.delete(index=index)
    assert not wrong, "\n".join(wrong)
    return Counter(trial.verdict.index for trial in trials)


def _write(
    es: Elasticsearch,
    index: str,
    trials: Iterable[Trial],
    side: str,
    wrong: list[str],
    *,
    again: bool = False,
) -> None:
    documents = {
        key: (trial, each)
        for trial in trials
        for key, each in getattr(trial, side).items()
        if again == key.endswith("-again")
    }
    if documents:
        refused = write(es, index, {key: each for key, (_, each) in documents.items()})
        wrong += [documents[key][0].complain(f"{key}: {why}") for key, why in refused.items()]


def _update(es: Elasticsearch, index: str, trial: Trial) -> list[str]:
    live = es.indices.get_mapping(index=index)[index]["mappings"]
    sent = put_mapping_body(live, {"properties": trial.new})
    if trial.verdict.index == "none":
        return [f"sends {json.dumps(sent.body)}"] if sent.body or sent.refused else []
    if trial.verdict.index == "put_mapping":
        refusal = _put(es, index, sent.body)
        return [f"{refusal}, {sent.refused}"] if refusal or sent.refused else []
    if _put(es, index, {n: _outspoken(d) for n, d in trial.new.items()}) is None:
        clashes = [c for c in trial.verdict.changes if "free fields" in c.reason]
        return [] if clashes else ["the engine takes it"]
    return []


def _outspoken(definition: dict[str, Any]) -> dict[str, Any]:
    """An object that says that it is indexed: else the engine leaves one that is not as it is."""
    if "properties" not in definition:
        return definition
    inner = {name: _outspoken(below) for name, below in definition["properties"].items()}
    said = {} if definition.get("type") == "nested" else {"enabled": True}
    return {**definition, **said, "properties": inner}


def _put(es: Elasticsearch, index: str, properties: dict[str, Any]) -> str | None:
    try:
        es.indices.put_mapping(index=index, properties=properties)
    except ApiError as error:
        return str(error)
    return None


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_verdicts(es: Elasticsearch, engine_prefix: str) -> None:
    numbers = count()
    verdicts: Counter[str] = Counter()

    def run(batch: list[Pair]) -> None:
        verdicts.update(check(es, f"{engine_prefix}{next(numbers)}", batch))

    for_all(pairs(), run, most=160)
    print(verdicts)
    assert all(verdicts[word] > 0 for word in ("none", "put_mapping", "reindex"))
