"""What mappings, values and changes of mappings rest on, asked of the live engine again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from elasticsearch import ApiError, Elasticsearch

from tests.engine.facts import (
    FOLDER,
    ParameterChange,
    ask_all,
    create_with,
    recorded_answers,
    recorded_changes,
)
from tests.engines import engine_name
from ucaudit.cluster.adapter import client_of
from ucaudit.mapping.reach import changes


@pytest.fixture(scope="module")
def plain_es(ucaudit_engine_url: str) -> Iterator[Elasticsearch]:
    """A client that says to OpenSearch what it is told."""
    with client_of(ucaudit_engine_url, request_timeout=60) as client:
        yield client


def known_differences(es: Elasticsearch, what: str) -> dict[str, str]:
    """What this engine is known to answer otherwise than Elasticsearch 9.0.0."""
    content = json.loads((FOLDER / "differences.json").read_text(encoding="utf-8"))
    found: dict[str, str] = content[what].get(engine_name(es), {})
    return found


def test_fields_take_the_values_that_they_took(plain_es: Elasticsearch, engine_prefix: str) -> None:
    recorded = recorded_answers()
    live, missing = ask_all(plain_es, engine_prefix)
    assert len(live) + len(missing) == len(recorded) == 34
    found = {
        f"{kind}|{value}": answer
        for kind, answers in live.items()
        for value, answer in answers.items()
        if not same(answer, recorded[kind][value])
    }
    assert found == known_differences(plain_es, "accept")
    if missing:
        pytest.skip(f"{43 * len(live):,} answers are as recorded; not here: {listed(missing)}")


def test_put_mapping_changes_what_it_changed(plain_es: Elasticsearch, engine_prefix: str) -> None:
    recorded = recorded_changes()
    assert len(recorded) == 205
    back = [change for change in recorded if change.taken_back is not None]
    trials = {
        "set": Trial(plain_es, f"{engine_prefix}set", recorded, old, new, lambda c: c.taken),
        "set back": Trial(plain_es, f"{engine_prefix}back", back, new, old, lambda c: c.taken_back),
        "omit": Trial(
            plain_es, f"{engine_prefix}omit", recorded, new, bare, lambda c: c.may_be_omitted
        ),
    }
    found = {
        f"{how}: {change}": "taken" if taken else "refused"
        for how, trial in trials.items()
        for change, taken in trial.disagreements()
    }
    assert found == known_differences(plain_es, "put_mapping")
    if missing := {str(c): why for trial in trials.values() for c, why in trial.missing.items()}:
        kept = len(recorded) - len(missing)
        pytest.skip(f"{kept} changes are as recorded; not here: {listed(missing)}")


def test_our_own_rules_say_the_same() -> None:
    """``reach`` against what the engine answered, without an engine."""
    wrong = []
    for change in recorded_changes():
        if change.kind in {"alias", "dense_vector"} or change.new is None:
            continue  # not compiled, and merged by rules of their own
        found = list(changes({"f": old(change)}, {"f": new(change)}))
        if change.taken != all(each.kind != "refused" for each in found):
            wrong.append(str(change))
    assert wrong == []


class Trial:
    """Changes of the fields of one index."""

    def __init__(
        self,
        es: Elasticsearch,
        index: str,
        asked: list[ParameterChange],
        before: Callable[[ParameterChange], dict[str, Any]],
        after: Callable[[ParameterChange], dict[str, Any]],
        expected: Callable[[ParameterChange], bool | None],
    ) -> None:
        self._es, self._index, self._after, self._expected = es, index, after, expected
        self._names = {change: f"f{number}" for number, change in enumerate(asked)}
        self.fields = {name: before(change) for change, name in self._names.items()}
        self.missing: dict[ParameterChange, str] = {}

    def disagreements(self) -> Iterable[tuple[ParameterChange, bool]]:
        """Each change that is taken, or refused, other than expected."""
        refused = create_with(self._es, self._index, self.fields)
        self.missing = {c: refused[name] for c, name in self._names.items() if name in refused}
        asked = [change for change in self._names if change not in self.missing]
        # One request for all that are taken: refusals cost nothing, changes a new cluster state.
        taken = [change for change in asked if self._expected(change)]
        if not self._takes(taken):
            yield from ((change, False) for change in taken if not self._takes([change]))
        others = [change for change in asked if change not in taken]
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda change: self._takes([change]), others)
            yield from (
                (change, True) for change, takes in zip(others, answers, strict=True) if takes
            )

    def _takes(self, asked: list[ParameterChange]) -> bool:
        properties = {self._names[change]: self._after(change) for change in asked}
        try:
            self._es.indices.put_mapping(index=self._index, properties=properties)
        except ApiError:
            return False
        return True


def old(change: ParameterChange) -> dict[str, Any]:
    return with_value(change, change.old)


def new(change: ParameterChange) -> dict[str, Any]:
    return with_value(change, change.new)


def bare(change: ParameterChange) -> dict[str, Any]:
    return with_value(change, None)


def with_value(change: ParameterChange, value: object) -> dict[str, Any]:
    definition = {"type": change.kind, **base(change.kind)}
    definition.pop(change.parameter, None)
    return definition if value is None else {**definition, change.parameter: value}


def base(kind: str) -> dict[str, Any]:
    """What a field of a kind cannot be without."""
    return {"alias": {"path": "z"}, "dense_vector": {"dims": 3}}.get(kind, {})


def same(answer: str, recorded: str) -> bool:
    """The recorded ones were cut, and hold reasons that change with the version."""
    if recorded.startswith("REJECT"):
        return answer.startswith("REJECT 400")
    return answer[: len(recorded)] == recorded


def listed(missing: dict[str, str]) -> str:
    return "; ".join(f"{kind} ({why})" for kind, why in sorted(missing.items()))
