"""Made-up audit documents: valid, the same each time, and odd where reality is odd."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import TypeAdapter

from examples.ucloud import RELEASES
from examples.ucloud.decisions import DECISIONS
from examples.ucloud.generator import documents
from ucaudit.transform.apply import Transform, TransformFailed

ORDER = list(RELEASES)
ROOT = Path(__file__).parents[2]
START = date(2021, 3, 1)


def made(release: str, count: int = 2000, seed: int = 1) -> list[tuple[str, str, datetime, Any]]:
    return list(documents(release, count, seed, START, 5))


def stored_type(release: str, call: str) -> Any:
    declared = RELEASES[release][call]
    return declared.audit or declared.request


def validator(release: str, call: str) -> jsonschema_rs.Draft202012Validator:
    adapter = TypeAdapter(stored_type(release, call))
    schema = adapter.json_schema(mode="serialization", by_alias=True)
    return jsonschema_rs.Draft202012Validator(schema)


@pytest.mark.parametrize("release", ORDER)
def test_requests_are_what_the_release_serialises(release: str) -> None:
    validators = {call.name: validator(release, call.name) for call in RELEASES[release]}
    seen = set()
    for call, _, _, document in made(release):
        validators[call].validate(document["requestJson"])
        seen.add(call)
    assert seen == set(validators)


@pytest.mark.parametrize("release", ORDER)
def test_envelope(release: str) -> None:
    ids = set()
    last = datetime(2021, 3, 1, tzinfo=UTC)
    for call, doc_id, at, document in made(release, 500):
        assert document["requestName"] == call
        assert document["jobId"] == doc_id
        assert last <= at < datetime(2021, 3, 6, tzinfo=UTC)
        days = RELEASES[release][call].retention_days
        assert document["expiry"] == round(at.timestamp() * 1000) + days * 86_400_000
        assert document["@timestamp"].startswith(at.strftime("%Y-%m-%dT%H:%M:%S"))
        assert ("responseJson" in document) == RELEASES[release][call].record_response
        ids.add(doc_id)
        last = at
    assert len(ids) == 500


def test_the_same_arguments_give_the_same_documents() -> None:
    assert made("2021.1", 300) == made("2021.1", 300)
    assert made("2021.1", 300) != made("2021.1", 300, seed=2)


def test_another_process_gives_the_same_documents() -> None:
    script = (
        "import json, datetime; from examples.ucloud.generator import documents;"
        "made = documents('2023.1', 300, 1, datetime.date(2021, 3, 1), 5);"
        "print(json.dumps([document for *_, document in made]))"
    )
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, cwd=ROOT
    )
    assert json.loads(result.stdout) == [document for *_, document in made("2023.1", 300)]


def test_documents_are_of_ordinary_size() -> None:
    sizes = [len(json.dumps(d, ensure_ascii=False).encode()) for *_, d in made("2021.1", 1000)]
    assert 600 < sum(sizes) / len(sizes) < 1200


def test_a_few_ports_are_no_numbers() -> None:
    ports = [
        document["requestJson"]["port"]
        for call, _, _, document in made("2019.1", 60_000)
        if call == "app.license.new"
    ]
    slips = [port for port in ports if not port.isdigit()]
    assert set(slips) == {"1718a", ""}
    assert 0.0005 < len(slips) / len(ports) < 0.006


def test_there_are_nulls_empty_lists_dotted_keys_and_unicode() -> None:
    text = json.dumps([document for *_, document in made("2023.1")], ensure_ascii=False)
    for oddity in (": null", ": []", ": {}", '"ucloud.dk/stack-name"', '"learning.rate"', "山田"):
        assert oddity in text


def test_passwords_are_not_written() -> None:
    logins = [d for call, _, _, d in made("2019.1") if call == "auth.login"]
    assert {login["requestJson"]["password"] for login in logins} == {"**********"}


# What ucaudit derives from the schemas; the rest are decisions.
DERIVED: dict[str, dict[str, list[dict[str, Any]]]] = {
    "2020.1": {
        "app.license.new": [{"cast": "requestJson.port", "to": "integer"}],
        "hpc.apps.findBySupportedFileExtension": [{"to_list": "requestJson.files"}],
        "wallets.push": [{"rename": "requestJson.items[*].walletOwner", "to": "owner"}],
    },
    "2021.1": {"grant.commentOnApplication": [{"cast": "requestJson.requestId", "to": "integer"}]},
    "2023.1": {"hpc.apps.browseGroups": [{"cast": "requestJson.repository", "to": "string"}]},
}


def steps(older: str, call: str) -> Iterator[dict[str, Any]]:
    """All steps from ``older`` to the newest release."""
    for release in ORDER[ORDER.index(older) + 1 :]:
        yield from DERIVED.get(release, {}).get(call, [])
        yield from DECISIONS.get(release, {}).get(call, [])


@pytest.mark.parametrize("release", ORDER)
def test_old_documents_read_in_the_newest_shape(release: str) -> None:
    transforms = {c.name: Transform(list(steps(release, c.name))) for c in RELEASES[release]}
    validators = {call.name: validator(ORDER[-1], call.name) for call in RELEASES[release]}
    failures = []
    for call, _, _, document in made(release, 3000):
        raw = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
        try:
            result = transforms[call].apply(raw)
        except TransformFailed as failed:
            failures.append((call, document["requestJson"]["port"], failed.reason))
            continue
        after = json.loads(result)
        validators[call].validate(after["requestJson"])
        assert {**after, "requestJson": None} == {**document, "requestJson": None}
    for call, port, reason in failures:
        assert call == "app.license.new"
        assert reason == f'"{port}" is not exactly an integer'


@pytest.mark.parametrize("older", ORDER[:-1])
def test_new_documents_are_left_alone(older: str) -> None:
    transforms = {c.name: Transform(list(steps(older, c.name))) for c in RELEASES[older]}
    for call, _, _, document in made(ORDER[-1], 1000):
        if call in transforms:
            raw = json.dumps(document).encode()
            assert transforms[call].apply(raw) is raw


def test_every_decision_is_for_a_call_of_its_release() -> None:
    for release, by_call in DECISIONS.items():
        names = {call.name for call in RELEASES[release]}
        assert set(by_call) <= names
        for decided in by_call.values():
            assert len(Transform(decided).describe()) == len(decided)
            assert all(step["why"] for step in decided)
