"""Versions made by hand, and documents of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from ucaudit.history.version import CallHistory, History, Version
from ucaudit.jsontypes import sha256
from ucaudit.transform.digest import steps_digest

ENVELOPE: dict[str, Any] = {
    "type": "object",
    "properties": {
        "@timestamp": {"type": ["string", "null"], "x-audit": {"index": "date"}},
        "requestName": {"type": "string"},
        "responseCode": {"type": "integer"},
    },
}
STRING: dict[str, Any] = {"type": "keyword", "ignore_above": 1024}
LONG: dict[str, Any] = {"type": "long"}
CAST: dict[str, Any] = {"cast": "requestJson.port", "to": "integer"}
RENAME: dict[str, Any] = {"rename": "requestJson.host", "to": "hostname"}


def version(
    call: str,
    number: int,
    generation: int,
    fields: dict[str, Any],
    *,
    steps: tuple[dict[str, Any], ...] = (),
    parent: Version | None = None,
    salt: str = "",
    settings: dict[str, Any] | None = None,
) -> Version:
    """A version whose request has ``fields`` (name to mapping)."""
    digest = f"1:{sha256([call, number, fields, salt])}"
    return Version(
        call=call,
        number=number,
        generation=generation,
        index="reindex" if parent and parent.generation != generation else "none",
        parts={},
        retention_days=365,
        record_response=False,
        envelope=ENVELOPE,
        mapping={"properties": {"requestJson": {"properties": fields}}},
        settings=settings or {},
        steps=steps,
        digest=digest,
        steps_digest=steps_digest(steps),
        parent=parent.digest if parent else None,
        new_generation=parent is not None and parent.generation != generation,
    )


def port_history(call: str, upto: int = 2, *, mended: bool = False) -> CallHistory:
    """Generation 1 with a string port, version 2 adds a field, version 3 has an integer port.

    Args:
        call: Its name.
        upto: How many of the versions are released.
        mended: Ports that are no number become null instead of dead letters.
    """
    first = version(call, 1, 1, {"port": STRING, "host": STRING})
    second = version(call, 2, 1, {"port": STRING, "host": STRING, "note": STRING}, parent=first)
    third = version(
        call,
        3,
        2,
        {"port": LONG, "host": STRING, "note": STRING},
        steps=({**CAST, "on_failure": "null"} if mended else CAST,),
        parent=second,
    )
    fourth = version(
        call,
        4,
        3,
        {"port": LONG, "hostname": STRING, "note": STRING},
        steps=(RENAME,),
        parent=third,
    )
    return CallHistory(call, (first, second, third, fourth)[:upto])


def history(*calls: CallHistory) -> History:
    """These calls."""
    return History({call.call: call for call in calls})


def days_ago(days: int) -> datetime:
    """Noon of that day."""
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    return noon - timedelta(days=days)


def document(number: int, *, port: Any = "8080") -> bytes:
    """An audit document."""
    return orjson.dumps(
        {
            "@timestamp": "2026-11-01T00:00:00Z",
            "requestName": "c",
            "responseCode": 200,
            "requestJson": {"port": port, "host": f"host-{number}"},
        }
    )
