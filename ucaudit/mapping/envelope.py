"""The fields around the call's own data: UCloud's HTTP call log entry."""

from __future__ import annotations

from typing import Final

from ucaudit.config import Config
from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.compile import compile_fields
from ucaudit.schema.parsing import parse
from ucaudit.sources.folder import load_schema

REQUEST: Final = "requestJson"
RESPONSE: Final = "responseJson"

_STRING: Final[JsonObject] = {"type": ["string", "null"]}
_INTEGER: Final[JsonObject] = {"type": ["integer", "null"]}
_EPOCH: Final[JsonObject] = {"type": ["integer", "null"], "x-audit": {"index": "date"}}


def _object(**properties: JsonObject) -> JsonObject:
    return {"type": ["object", "null"], "properties": properties}


ENVELOPE: Final[JsonObject] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "HttpCallLogEntry",
    "type": "object",
    "properties": {
        "@timestamp": {"type": ["string", "integer", "null"], "x-audit": {"index": "date"}},
        "jobId": _STRING,
        "handledBy": _object(
            definition=_object(name=_STRING, version=_STRING),
            hostname=_STRING,
            port=_INTEGER,
            ipAddress=_STRING,
        ),
        "causedBy": _STRING,
        "requestName": _STRING,
        "userAgent": _STRING,
        "remoteOrigin": _STRING,
        "token": _object(
            principal=_object(
                username=_STRING,
                role=_STRING,
                firstName=_STRING,
                lastName=_STRING,
                email=_STRING,
                twoFactorAuthentication={"type": ["boolean", "null"]},
                principalType=_STRING,
                serviceAgreementAccepted={"type": ["boolean", "null"]},
                organization=_STRING,
            ),
            scopes={"type": ["array", "null"], "items": {"type": "string"}},
            issuedAt=_EPOCH,
            expiresAt=_EPOCH,
            publicSessionReference=_STRING,
            extendedBy=_STRING,
            extendedByChain={"type": ["array", "null"], "items": {"type": "string"}},
        ),
        "requestSize": _INTEGER,
        "responseCode": _INTEGER,
        "responseTime": _INTEGER,
        "responseTimeNanos": _INTEGER,
        "receivedAt": _EPOCH,
        "expiry": _EPOCH,
        "project": _STRING,
    },
    "required": ["requestName", "responseCode", "expiry"],
}
"""JSON Schema of the built-in envelope; the call's own data is added under ``requestJson``
and, if the call records it, ``responseJson``."""


def load_envelope(config: Config) -> JsonObject:
    """The project's envelope: the one that the configuration names, else the built-in one.

    Raises:
        InputError: If the file cannot be read or is not a JSON Schema of an object.
    """
    if config.envelope is None:
        return ENVELOPE
    path = config.root / config.envelope
    schema = load_schema(path)
    if not parse(schema, str(path)).of("object"):
        raise InputError(
            "envelope-unusable",
            "The envelope is not an object.",
            where=str(path),
            fix="Describe the fields around the call's own data as the properties of an object.",
        )
    return schema


def envelope_mapping(envelope: JsonObject) -> JsonObject:
    """``{"properties": …}`` of the envelope's fields, without the call's own data."""
    root = parse(envelope, "envelope")
    fields = {
        name: node
        for shape in root.of("object")
        for name, node in shape.properties.items()
        if name not in {REQUEST, RESPONSE}
    }
    return {"properties": compile_fields(fields).properties}
