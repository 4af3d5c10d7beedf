"""The four releases of the example service, and the changes between them."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from pydantic import TypeAdapter

from examples.ucloud import RELEASES, calls
from ucaudit import Call

ORDER = list(RELEASES)


def schema(release: str, call: str, part: str = "request") -> dict[str, Any]:
    declared = getattr(RELEASES[release][call], part)
    return TypeAdapter(declared).json_schema(mode="serialization", by_alias=True)


def field(release: str, call: str, path: str, part: str = "request") -> dict[str, Any]:
    """The schema of a field; ``*`` stands for list items, references are followed."""
    root = node = schema(release, call, part)
    for name in path.split("."):
        node = _resolved(root, node)
        node = node["items"] if name == "*" else node["properties"][name]
    return _resolved(root, node)


def _resolved(root: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = root["$defs"][node["$ref"].rpartition("/")[2]]
    return node


def test_releases_are_in_order_and_the_newest_is_the_service() -> None:
    assert sorted(ORDER) == ORDER == ["2019.1", "2020.1", "2021.1", "2023.1"]
    assert RELEASES["2023.1"] is calls


@pytest.mark.parametrize("release", ORDER)
def test_every_part_has_both_schemas(release: str) -> None:
    for call in RELEASES[release]:
        parts = [part for part in (call.request, call.response, call.audit) if part is not None]
        assert parts, call.name
        for part in parts:
            for mode in ("validation", "serialization"):
                assert TypeAdapter(part).json_schema(mode=mode, by_alias=True)


def test_at_least_twelve_calls_have_two_to_four_versions() -> None:
    versions = {
        call.name: len({_fingerprint(RELEASES[r][call.name]) for r in ORDER if _has(r, call.name)})
        for call in calls
    }
    assert sum(2 <= count <= 4 for count in versions.values()) >= 12
    assert versions["wallets.push"] == 4


def test_no_call_is_lost() -> None:
    for older, newer in pairwise(ORDER):
        assert {call.name for call in RELEASES[older]} <= {call.name for call in RELEASES[newer]}


CHANGES = [
    # (call, path, from, before, to, after)
    ("app.license.new", "port", "2019.1", "string", "2020.1", "integer"),
    ("hpc.apps.browseGroups", "repository", "2021.1", "integer", "2023.1", "string"),
    ("grant.commentOnApplication", "requestId", "2020.1", "string", "2021.1", "integer"),
    ("notifications.markAsRead", "bulkId.ids", "2020.1", "array", "2021.1", "string"),
    ("hpc.apps.findBySupportedFileExtension", "files", "2019.1", "string", "2020.1", "array"),
    ("wallets.push", "items.*.productId", "2020.1", "string", "2021.1", "object"),
    ("accountingv2.reportDelta", "items.*.description", "2021.1", "string", "2023.1", "object"),
]


@pytest.mark.parametrize(("call", "path", "older", "before", "newer", "after"), CHANGES)
def test_type_change(call: str, path: str, older: str, before: str, newer: str, after: str) -> None:
    assert field(older, call, path)["type"] == before
    assert field(newer, call, path)["type"] == after


def test_optional_fields_are_added() -> None:
    for name in ("tasksPerNode", "reservation", "url"):
        assert name not in schema("2019.1", "hpc.jobs.start")["properties"]
        assert field("2020.1", "hpc.jobs.start", name)["default"] is None


def test_a_rename_is_declared() -> None:
    assert field("2019.1", "wallets.push", "items.*.walletOwner")["type"] == "string"
    assert field("2020.1", "wallets.push", "items.*.owner")["x-audit"] == {
        "renamed_from": "walletOwner"
    }


def test_a_map_becomes_an_object() -> None:
    before = field("2020.1", "mail.toogleEmailSettings", "items.*.settings")
    after = field("2021.1", "mail.toogleEmailSettings", "items.*.settings")
    assert "additionalProperties" in before
    assert "properties" not in before
    assert "lowFunds" in after["properties"]


def test_a_type_becomes_recursive() -> None:
    before = schema("2021.1", "jobs.provider.ucloud.create")["$defs"]
    after = schema("2023.1", "jobs.provider.ucloud.create")["$defs"]
    assert "ApplicationGroup" not in before
    assert "ApplicationMetadata" in str(after["ApplicationSummary"])
    assert "ApplicationSummary" in str(after["ApplicationGroup"])
    assert "ApplicationGroup" in str(after["ApplicationMetadata"])


def test_bulk_wrappers_arrive() -> None:
    assert "anyOf" in schema("2020.1", "jobs.extend")
    assert list(schema("2021.1", "jobs.extend")["properties"]) == ["items"]
    assert "items" not in schema("2021.1", "grant.submitApplication")["properties"]
    assert list(schema("2023.1", "grant.submitApplication")["properties"]) == ["items"]


def test_enums_grow_and_open() -> None:
    path = "items.*.supportedProtocols.*"
    assert field("2021.1", "files.createUpload", path)["const"] == "CHUNKED"
    assert field("2023.1", "files.createUpload", path)["enum"] == ["CHUNKED", "WEBSOCKET"]
    assert "enum" in field("2019.1", "avatar.update", "top")
    assert "enum" not in field("2020.1", "avatar.update", "top")


def test_audit_types_differ_from_requests() -> None:
    assert RELEASES["2019.1"]["upload.upload"].request is None
    assert list(schema("2020.1", "upload.upload", "audit")["properties"]) == ["request"]
    entity = "request.changes.*.entity"
    assert field("2020.1", "files.updateAcl", entity, "audit")["type"] == "string"
    assert "anyOf" in field("2021.1", "files.updateAcl", entity, "audit")


def test_labels_are_a_free_map() -> None:
    assert "labels" not in field("2021.1", "jobs.create", "items.*")["properties"]
    labels = field("2023.1", "jobs.create", "items.*.labels")["anyOf"][0]
    assert labels["additionalProperties"] == {"type": "string"}


def test_responses_are_generic_pages() -> None:
    assert schema("2020.1", "activity.browseByUser", "response")["title"] == "Page[Activity]"
    title = schema("2021.1", "hpc.apps.findBySupportedFileExtension", "response")["title"]
    assert title == "PageV2[ApplicationWithExtension]"


def test_secrets_are_marked() -> None:
    assert field("2019.1", "auth.login", "password")["writeOnly"] is True
    assert "password" not in schema("2020.1", "auth.login", "audit")["properties"]
    token = field("2023.1", "files.createUpload", "responses.*.token", "response")
    assert token["x-audit"] == {"redact": True}


def test_a_response_is_recorded_since_2023() -> None:
    assert not RELEASES["2021.1"]["grant.submitApplication"].record_response
    assert calls["grant.submitApplication"].record_response


def _has(release: str, name: str) -> bool:
    return any(call.name == name for call in RELEASES[release])


def _fingerprint(call: Call) -> str:
    parts = (call.request, call.response, call.audit)
    schemas = [TypeAdapter(p).json_schema(mode="serialization") for p in parts if p is not None]
    return repr(schemas)
