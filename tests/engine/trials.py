"""Mapping, verdict and transform tried on a genuine engine with generated pairs of schemas.

Promises 1 to 3 of design section 6: a compiled mapping accepts and finds what is written under its
schema; after ``none`` and ``put_mapping`` one index does so for both versions; after ``reindex``
the engine refuses the update, or what proves the clash; a transformed document is accepted or its
refusal foretold. Each pair is a field of its own in the indices that a batch shares.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from elasticsearch import Elasticsearch
from elasticsearch.exceptions import ApiError

from tests.engine.asking import create, missed, write
from tests.engine.leaves import Leaf, leaves, parsed
from tests.engine.otherwise import foretold_otherwise, taken, takes_objects
from tests.engine.pairs import Pair
from tests.schema.documents import validator
from ucaudit.mapping.acceptance import Writer
from ucaudit.mapping.accepts import refusals
from ucaudit.mapping.reach import field_type, put_mapping_body
from ucaudit.mapping.verdict import judge
from ucaudit.schema.parsing import parse
from ucaudit.transform.apply import Transform, TransformFailed
from ucaudit.transform.derive import derive

# Limits are part of what each pair compiles to; together the pairs need more than any alone.
SETTINGS = {
    "index.mapping.total_fields.limit": 200_000,
    "index.mapping.depth.limit": 60,
    "index.mapping.nested_fields.limit": 1000,
}
Documents = dict[str, Any]


class Trial:
    """One pair as a field of shared indices, and what does not hold of it."""

    def __init__(self, number: int, pair: Pair) -> None:
        self.pair = pair
        self.name = f"s{number}"
        nodes = [parse(schema) for schema in (pair.old, pair.new)]
        before, after = (Writer.of({self.name: node}) for node in nodes)
        self.old, self.new = before.properties, after.properties
        self.verdict = judge({"properties": self.old}, {"properties": self.new}, after, [before])
        self.before, self.after = self._named("b", pair.before), self._named("a", pair.after)
        self.wrong: list[str] = []
        steps = derive(*nodes, self.name, self.verdict)
        decided = [s for s in steps if "undecided" not in s and "proposed" not in s]
        self.transformed: dict[str, bytes] = {}
        self.dead_letters = 0
        self._transform(Transform(decided))

    def _named(self, side: str, documents: Iterable[Any]) -> Documents:
        return {f"{self.name}-{side}{i}": {self.name: each} for i, each in enumerate(documents)}

    def _transform(self, transform: Transform) -> None:
        for key, document in self.before.items():
            try:
                raw = transform.apply(json.dumps(document).encode())
            except TransformFailed:
                self.dead_letters += 1
            else:
                self.transformed[f"{key}-t"] = raw

    @property
    def kept(self) -> bool:
        """Whether both versions share an index."""
        return self.verdict.index != "reindex"


class Batch:
    """Trials that share two indices: one that both versions write to, one of the new version."""

    def __init__(self, es: Elasticsearch, index: str, pairs: Sequence[Pair]) -> None:
        self._es = es
        self._shared, self._fresh = f"{index}-shared", f"{index}-fresh"
        self.trials = [Trial(number, pair) for number, pair in enumerate(pairs)]
        self.counts: Counter[str] = Counter(pairs=len(self.trials))

    def run(self) -> None:
        """Asks the engine everything; what does not hold is in ``wrong`` of each trial."""
        try:
            self._ask_shared()
            self._ask_fresh()
        finally:
            for index in (self._shared, self._fresh):
                self._es.options(ignore_status=404).indices.delete(index=index)
        for trial in self.trials:
            self.counts[trial.verdict.index] += 1
            self.counts["dead letters"] += trial.dead_letters

    def _ask_shared(self) -> None:
        trials, kept = self.trials, [trial for trial in self.trials if trial.kept]
        create(self._es, self._shared, _together(t.old for t in trials), SETTINGS)
        self._accepts(self._shared, [(trial, trial.old, trial.before) for trial in trials])
        self._update()
        # Old software goes on writing until it is stopped.
        again = [(t, t.old, {f"{key}-again": d for key, d in t.before.items()}) for t in kept]
        after = [(t, t.new, t.after) for t in kept]
        self._accepts(self._shared, [*again, *after])

    def _ask_fresh(self) -> None:
        create(self._es, self._fresh, _together(t.new for t in self.trials), SETTINGS)
        self._accepts(self._fresh, [(t, t.new, t.after) for t in self.trials if not t.kept])
        raw = {
            key: (trial, trial.transformed[key])
            for trial in self.trials
            for key, document in _parsed(trial.transformed).items()
            if any(refusals(trial.new, document)) or taken(self._es, trial.new, {key: document})
        }
        refused = self._write(self._fresh, {key: each for key, (_, each) in raw.items()})
        found: dict[str, list[Leaf]] = {}
        for key, (trial, each) in raw.items():
            document = parsed(each)
            foretold = list(refusals(trial.new, document))
            refusal = refused.get(key)
            otherwise = bool(foretold) != (key in refused)
            if otherwise and not foretold_otherwise(self._es, foretold, refusal):
                trial.wrong.append(f"{key}: foretold {foretold}, engine says {refusal}")
            if key not in refused:
                found[key] = list(leaves(trial.new, document))
        self.counts["transformed"] += len(found)
        self.counts["transformed, refused"] += len(refused)
        self._finds(self._fresh, found, {key: trial for key, (trial, _) in raw.items()})

    def _accepts(
        self, index: str, writes: Sequence[tuple[Trial, dict[str, Any], Documents]]
    ) -> None:
        """Writes documents; all must be accepted, and found by what their mapping indexes."""
        writes = [(t, fields, taken(self._es, fields, each)) for t, fields, each in writes]
        trials = {key: trial for trial, _, documents in writes for key in documents}
        refused = self._write(index, _together(documents for _, _, documents in writes))
        for key, why in refused.items():
            trials[key].wrong.append(f"{key} is refused: {why}")
        wanted = {
            key: list(leaves(properties, document))
            for _, properties, documents in writes
            for key, document in documents.items()
            if key not in refused
        }
        self._finds(index, wanted, trials)

    def _write(self, index: str, documents: Documents) -> dict[str, str]:
        self.counts["document checks"] += len(documents)
        # Without what old software goes on writing.
        self.counts["documents"] += sum(not key.endswith("-again") for key in documents)
        return write(self._es, index, documents) if documents else {}

    def _finds(self, index: str, wanted: dict[str, list[Leaf]], trials: dict[str, Trial]) -> None:
        self.counts["leaf searches"] += sum(map(len, wanted.values()))
        for key, leaf in missed(self._es, index, wanted):
            trials[key].wrong.append(f"{key}: {leaf} is not found")

    def _update(self) -> None:
        """Does to the shared mapping what each verdict says that can be done."""
        live = self._es.indices.get_mapping(index=self._shared)[self._shared]["mappings"]
        bodies: dict[str, tuple[Trial, dict[str, Any]]] = {}
        for trial in self.trials:
            if not trial.kept:
                continue
            sent = put_mapping_body(live, trial.verdict.mapping)
            if sent.refused or bool(sent.body) != (trial.verdict.index == "put_mapping"):
                trial.wrong.append(f"{trial.verdict.index} sends {sent}")
            if sent.body:
                bodies[trial.name] = trial, sent.body
        if self._put(_together(body for _, body in bodies.values())) is not None:
            for trial, body in bodies.values():
                refusal = self._put(body)
                if refusal is not None:
                    trial.wrong.append(f"put_mapping is refused: {refusal}")
        for trial in self.trials:
            if not trial.kept:
                refusal = self._put(_outspoken(trial.new))
                if refusal is not None:
                    # What can be put, as the witnesses are held against that.
                    self._put(put_mapping_body(live, {"properties": trial.new}).body)
                self.counts["updates refused"] += refusal is not None
                self._prove(trial, needed=refusal is None)

    def _prove(self, trial: Trial, *, needed: bool) -> None:
        """Tries the documents that are said to show why a new index is needed.

        Args:
            trial: One whose verdict is ``reindex``.
            needed: Whether nothing else shows it, as the engine takes the update.
        """
        changes = [change for change in trial.verdict.changes if change.kind == "refused"]
        shown = {f"{trial.name}-w{i}": c for i, c in enumerate(changes) if c.witness is not None}
        for key, change in shown.items():
            schema = trial.pair.old if change.written_by == "old" else trial.pair.new
            if not validator(schema, lenient=False).is_valid(change.witness[trial.name]):
                trial.wrong.append(f"{key}: {change.path} has no witness in {change.witness}")
        refused = self._write(self._shared, {key: c.witness for key, c in shown.items()})
        self.counts["witnesses"] += len(shown)
        self.counts["witnesses refused"] += len(refused)
        # Where the engine refuses the update, documents may be found otherwise instead.
        lenient = {k for k, c in shown.items() if takes_objects(self._es, field_type(c.wanted))}
        clashes = {key for key, change in shown.items() if change.live is None} - lenient
        trial.wrong += [f"{key} is taken: {shown[key].witness}" for key in clashes - set(refused)]
        self.counts["without witness"] += len(changes) - len(shown)
        # Where nobody can write anything, nothing can be proven.
        written = any(trial.before if c.written_by == "old" else trial.after for c in changes)
        if needed and written and not refused and not lenient:
            trial.wrong.append(
                f"reindex, but the engine takes the update and {len(shown)} documents"
            )

    def _put(self, properties: dict[str, Any]) -> str | None:
        if not properties:
            return None
        try:
            self._es.indices.put_mapping(index=self._shared, properties=properties)
        except ApiError as error:
            return str(error)
        return None


def _parsed(documents: dict[str, bytes]) -> Documents:
    return {key: parsed(raw) for key, raw in documents.items()}


def _together(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {name: each for part in parts for name, each in part.items()}


def _outspoken(properties: dict[str, Any]) -> dict[str, Any]:
    """Objects that say that they are indexed: else the engine leaves one that is not as it is."""
    said = {}
    for name, definition in properties.items():
        said[name] = definition
        if "properties" in definition:
            enabled = {} if definition.get("type") == "nested" else {"enabled": True}
            inner = _outspoken(definition["properties"])
            said[name] = {**definition, **enabled, "properties": inner}
    return said


def disagreements(es: Elasticsearch, index: str, pair: Pair) -> list[str]:
    """What does not hold of one pair."""
    batch = Batch(es, index, [pair])
    batch.run()
    return batch.trials[0].wrong
