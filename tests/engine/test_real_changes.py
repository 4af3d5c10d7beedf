"""The real changes of ``tests/data/ucloud`` on the engine: is each index verdict what it needs?"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import BadRequestError, Elasticsearch

from tests.engine.asking import create, missed, write
from tests.engine.leaves import Leaf, leaves
from ucaudit.mapping.api import whole_mapping
from ucaudit.mapping.envelope import ENVELOPE, REQUEST, RESPONSE
from ucaudit.mapping.reach import put_mapping_body
from ucaudit.mapping.verdict import Verdict, judge
from ucaudit.schema.node import Node
from ucaudit.schema.parsing import parse
from ucaudit.transform.apply import Transform, TransformFailed
from ucaudit.transform.derive import derive

FILES = sorted((Path(__file__).parents[1] / "data" / "ucloud").glob("*.json"))


@dataclass
class Case:
    """One change, its documents as the audit log holds them."""

    content: dict[str, Any]

    @property
    def id(self) -> str:
        return str(self.content["id"])

    @property
    def root(self) -> str:
        return RESPONSE if self.content["part"] == "response" else REQUEST

    @cached_property
    def old(self) -> Node:
        return parse(self.content["before"])

    @cached_property
    def new(self) -> Node:
        return parse(self.content["after"])

    def mapping(self, node: Node) -> dict[str, Any]:
        is_response = self.root == RESPONSE
        logged, response = (None, node) if is_response else (node, None)
        document, _ = whole_mapping(logged, response, ENVELOPE)
        assert document["settings"] == {}
        found: dict[str, Any] = document["mappings"]
        return found

    def documents(self, side: str) -> dict[str, Any]:
        return {
            f"{side}-{i}": {
                "@timestamp": f"2026-11-2{i}T12:00:00.000Z",
                "requestName": self.content["call"],
                "responseCode": 200,
                "expiry": 1_900_000_000_000,
                "token": {"principal": {"username": "alice#1234", "role": "USER"}},
                self.root: value,
            }
            for i, value in enumerate(self.content[f"docs_{side}"])
        }

    @cached_property
    def verdict(self) -> Verdict:
        return judge(self.mapping(self.old), self.mapping(self.new))


CASES = {case.id: case for case in (Case(json.loads(path.read_bytes())) for path in FILES)}


@dataclass(frozen=True)
class Reindex:
    """What the engine says to a change that needs a new index.

    Attributes:
        refusal: To PUT mapping.
        old_index: What becomes of new documents in the old index.
        decided: The step that a person chose where the change determines none.
        carries: The field in which the stored values are found afterwards.
        dead: Why old documents become dead letters, where they do.
    """

    refusal: str
    old_index: str
    decided: dict[str, Any] | None = None
    carries: str | None = None
    dead: str | None = None


REINDEX = {
    "14-hpc-apps-isPublic": Reindex(
        r"can't merge a non object mapping \[responseJson\] with an object mapping",
        "refused",
        {"keep": True},
        dead="tried to parse field .* as object, but found a concrete value",
    ),
    "17-app-license-new": Reindex(
        r"\[requestJson.port\] cannot be changed from type \[keyword\] to \[long\]",
        "found",  # as strings: see test_numbers_in_a_keyword_have_no_ranges
        carries="requestJson.port",
    ),
    "22-files-updateAcl": Reindex(
        r"can't merge a non object mapping \[requestJson.request.changes.entity\] with an object",
        "refused",
        carries="requestJson.request.changes.rights",
    ),
    "27-grant-commentOnApplication": Reindex(
        r"\[requestJson.requestId\] cannot be changed from type \[keyword\] to \[long\]",
        "missed",  # the comment; the id is found, as a string
        carries="requestJson.requestId",
    ),
    "35-notifications-markAsRead": Reindex(
        r"\[requestJson.bulkId.ids\] cannot be changed from type \[long\] to \[keyword\]",
        "missed",
        {"join": "requestJson.bulkId.ids", "separator": ","},
        carries="requestJson.bulkId.ids",
    ),
    "40-mail-toogleEmailSettings": Reindex(
        r"can't merge a non object mapping \[requestJson.items.settings\] with an object mapping",
        "found",
        {
            "python": "tests.engine.decisions:email_settings",
            "path": "requestJson.items[*].settings",
        },
        carries="requestJson.items.settings.lowFunds",
    ),
    "45-wallets-push": Reindex(
        r"can't merge a non object mapping \[requestJson.items.productId\] with an object mapping",
        "refused",
        {"wrap": "requestJson.items[*].productId", "key": "id"},
        carries="requestJson.items.productId.id",
    ),
    "51-accountingv2-reportDelta": Reindex(
        r"can't merge a non object mapping \[requestJson.items.description\] with an object",
        "refused",
        {
            "wrap": "requestJson.items[*].description",
            "key": "description",
            "with": {"itemized": []},
        },
        carries="requestJson.items.description.description",
    ),
    "66-hpc-apps-browseGroups": Reindex(
        r"\[requestJson.repository\] cannot be changed from type \[long\] to \[keyword\]",
        "missed",
        carries="requestJson.repository",
    ),
    "78-grants-v2-submitRevision": Reindex(
        r"can't merge a non object mapping \[requestJson.revision.form.fields\] with an object",
        "found",
        {
            "python": "tests.engine.decisions:form_fields",
            "path": "requestJson.revision.form.fields",
        },
        carries="requestJson.revision.form.fields.answer",
    ),
}


def _of(verdict: str) -> list[Case]:
    return [case for case in CASES.values() if case.verdict.index == verdict]


def _wanted(mapping: dict[str, Any], documents: dict[str, Any]) -> dict[str, list[Leaf]]:
    return {key: list(leaves(mapping["properties"], each)) for key, each in documents.items()}


def _live(es: Elasticsearch, index: str) -> dict[str, Any]:
    found: dict[str, Any] = es.indices.get_mapping(index=index)[index]["mappings"]
    return found


def _old_index(es: Elasticsearch, prefix: str, case: Case) -> str:
    """The index as the old software left it."""
    index = f"{prefix}{case.content['call'].lower()}-2026.11.22"
    create(es, index, case.mapping(case.old)["properties"])
    assert write(es, index, case.documents("before")) == {}
    return index


def _serves(es: Elasticsearch, index: str, case: Case, side: str) -> None:
    """Whether every document is found by all its own paths."""
    node = case.old if side == "before" else case.new
    wanted = _wanted(case.mapping(node), case.documents(side))
    own = [leaf for found in wanted.values() for leaf in found if leaf.path.startswith(case.root)]
    assert own, "nothing of the call's own data would be looked for"
    assert missed(es, index, wanted) == []


def test_every_verdict_occurs_and_every_reindex_has_its_reason() -> None:
    assert len(CASES) == 26
    assert {case.id for case in _of("reindex")} == set(REINDEX)
    assert [case.id[:2] for case in _of("none")] == ["05", "11", "34", "55", "61"]
    assert len(_of("put_mapping")) == 11


@pytest.mark.parametrize("case", _of("none"), ids=lambda case: case.id)
def test_none(es: Elasticsearch, engine_prefix: str, case: Case) -> None:
    index = _old_index(es, engine_prefix, case)
    assert put_mapping_body(_live(es, index), case.mapping(case.new)).body == {}
    assert write(es, index, case.documents("after")) == {}
    _serves(es, index, case, "before")
    _serves(es, index, case, "after")


@pytest.mark.parametrize("case", _of("put_mapping"), ids=lambda case: case.id)
def test_put_mapping(es: Elasticsearch, engine_prefix: str, case: Case) -> None:
    index = _old_index(es, engine_prefix, case)
    change = put_mapping_body(_live(es, index), case.mapping(case.new))
    assert change.body
    assert change.refused == ()
    es.indices.put_mapping(index=index, properties=change.body)
    assert put_mapping_body(_live(es, index), case.mapping(case.new)).body == {}
    assert write(es, index, case.documents("after")) == {}
    _serves(es, index, case, "before")
    _serves(es, index, case, "after")


@pytest.mark.parametrize("case", _of("reindex"), ids=lambda case: case.id)
def test_reindex_is_needed(es: Elasticsearch, engine_prefix: str, case: Case) -> None:
    expected = REINDEX[case.id]
    index = _old_index(es, engine_prefix, case)
    wanted = case.mapping(case.new)
    assert put_mapping_body(_live(es, index), wanted).refused
    with pytest.raises(BadRequestError, match=expected.refusal):
        es.indices.put_mapping(index=index, properties=wanted["properties"])
    after = case.documents("after")
    refused = write(es, index, after)
    lost = missed(es, index, _wanted(wanted, after))
    assert ("refused" if refused else "missed" if lost else "found") == expected.old_index


@pytest.mark.parametrize("case", _of("reindex"), ids=lambda case: case.id)
def test_reindex_keeps_every_document(es: Elasticsearch, engine_prefix: str, case: Case) -> None:
    expected = REINDEX[case.id]
    index = f"{engine_prefix}{case.content['call'].lower()}.g2-2026.11.22"
    mapping = case.mapping(case.new)
    create(es, index, mapping["properties"])
    assert write(es, index, case.documents("after")) == {}
    _serves(es, index, case, "after")
    transform = Transform(_steps(case, expected))
    before = case.documents("before")
    turned = {key: _apply(transform, document) for key, document in before.items()}
    dead = write(es, index, turned)
    assert set(dead) == (set(before) if expected.dead else set())
    assert all(re.search(expected.dead or "", reason) for reason in dead.values())
    kept = {key: document for key, document in turned.items() if key not in dead}
    wanted = _wanted(mapping, kept)
    assert missed(es, index, wanted) == []
    if expected.carries:
        assert any(leaf.path == expected.carries for found in wanted.values() for leaf in found)


def _steps(case: Case, expected: Reindex) -> list[dict[str, Any]]:
    steps = derive(case.old, case.new, case.root, case.verdict)
    questions = [step for step in steps if "undecided" in step]
    assert len(questions) == (expected.decided is not None)
    if expected.decided is None:
        return steps
    known = [step for step in steps if "undecided" not in step]
    return known if "keep" in expected.decided else [*known, expected.decided]


def _apply(transform: Transform, document: dict[str, Any]) -> dict[str, Any]:
    turned: dict[str, Any] = json.loads(transform.apply(json.dumps(document).encode()))
    return turned


@pytest.mark.parametrize(
    ("name", "within"),
    [
        ("17-app-license-new", {"requestJson.port": {"gte": 5000}}),
        ("27-grant-commentOnApplication", {"requestJson.requestId": {"lt": 100}}),
    ],
)
def test_numbers_in_a_keyword_have_no_ranges(
    es: Elasticsearch, engine_prefix: str, name: str, within: dict[str, Any]
) -> None:
    case = CASES[name]
    found = []
    for generation, node in enumerate((case.old, case.new)):
        index = f"{engine_prefix}{generation}"
        create(es, index, case.mapping(node)["properties"])
        assert write(es, index, case.documents("after")) == {}
        found.append(es.count(index=index, query={"range": within})["count"])
    assert found == [0, 1]


def test_a_port_that_is_no_number_becomes_a_dead_letter() -> None:
    case = CASES["17-app-license-new"]
    transform = Transform(derive(case.old, case.new, case.root, case.verdict))
    document = {case.root: {"name": "x", "address": "y", "port": "1718a"}}
    with pytest.raises(TransformFailed, match="1718a"):
        _apply(transform, document)
