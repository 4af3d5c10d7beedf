"""Audit documents as the service wrote them: its envelope around the requests of a release."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import accumulate
from typing import Any, Final

from pydantic import TypeAdapter

from examples.ucloud import RELEASES
from examples.ucloud.people import AGENTS, PROJECTS, token
from examples.ucloud.samples import sample_of
from ucaudit import Call

Document = dict[str, Any]

VARIANTS: Final = 1000
"""How many requests of each call are made; documents take turns with them."""

# How often each call is called, compared with a call that is not in the list.
_WEIGHTS: Final = {
    "auth.login": 6,
    "app.license.new": 4,
    "upload.upload": 5,
    "activity.browseByUser": 4,
    "notifications.markAsRead": 5,
    "hpc.jobs.start": 3,
    "jobs.create": 3,
    "files.createUpload": 5,
    "hpc.apps.browseGroups": 4,
    "avatar.update": 1,
}
_USUAL_WEIGHT: Final = 2

_CODES: Final = [200] * 90 + [202, 204, 400, 401, 403, 404, 404, 409, 500, 502]
_PEOPLE: Final = 300


def documents(
    release: str,
    count: int,
    seed: int,
    start: date,
    days: int,
) -> Iterator[tuple[str, str, datetime, Document]]:
    """Audit documents of one release, in order of time; the same for the same arguments.

    Documents share what they have in common (the caller's token, the request): write them out, do
    not change them.

    Args:
        release: A key of `RELEASES`.
        count: How many.
        seed: Another seed gives other documents.
        start: The first day (UTC).
        days: Over how many days they are spread.

    Yields:
        The call's name, the document's id, when it was called, and the document.
    """
    rng = random.Random(f"{seed}/{release}")
    tokens = [token(rng) for _ in range(_PEOPLE)]
    calls = list(RELEASES[release])
    weights = list(accumulate(_WEIGHTS.get(call.name, _USUAL_WEIGHT) for call in calls))
    begin = datetime(start.year, start.month, start.day, tzinfo=UTC)
    seconds = days * 86_400 / max(count, 1)
    for number in range(count):
        call = rng.choices(calls, cum_weights=weights)[0]
        at = begin + timedelta(seconds=(number + rng.random()) * seconds)
        job_id = f"{rng.getrandbits(128):032x}"
        caller = None if call.name == "auth.login" else tokens[int(rng.random() * _PEOPLE)]
        document = _document(call, release, seed, rng, at, job_id, caller)
        yield call.name, job_id, at, document


def _document(
    call: Call,
    release: str,
    seed: int,
    rng: random.Random,
    at: datetime,
    job_id: str,
    caller: Document | None,
) -> Document:
    request, size = _requests(call.name, release, seed)[int(rng.random() * VARIANTS)]
    moment = round(at.timestamp() * 1000)
    took = int(rng.expovariate(1 / 40)) + 1
    document = {
        "jobId": job_id,
        "handledBy": _handler(call.name, release, int(rng.random() * 3)),
        "causedBy": None if rng.random() < 0.8 else f"{rng.getrandbits(64):016x}",
        "requestName": call.name,
        "userAgent": AGENTS[int(rng.random() * len(AGENTS))],
        "remoteOrigin": f"10.135.{int(rng.random() * 8)}.{int(rng.random() * 250) + 1}",
        "token": caller,
        "requestSize": size,
        "requestJson": request,
        "responseCode": _CODES[int(rng.random() * len(_CODES))],
        "responseTime": took,
        "expiry": moment + call.retention_days * 86_400_000,
        "project": PROJECTS[int(rng.random() * len(PROJECTS))] if rng.random() < 0.4 else None,
        "@timestamp": at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment % 1000:03d}Z",
    }
    if call.record_response:
        document["responseJson"] = {"responses": [{"id": str(moment % 100_000)}]}
    if release >= "2021.1":
        document["responseTimeNanos"] = took * 1_000_000 + int(rng.random() * 1_000_000)
        document["receivedAt"] = moment - took
    return document


@lru_cache(maxsize=1024)
def _requests(call_name: str, release: str, seed: int) -> list[tuple[Any, int]]:
    """Requests as the service would store them, through the release's own models."""
    call = RELEASES[release][call_name]
    adapter = TypeAdapter[Any](call.audit or call.request)
    sample = sample_of(call_name, release)
    rng = random.Random(f"{seed}/{release}/{call_name}")
    models = (adapter.validate_python(sample(rng, number)) for number in range(VARIANTS))
    stored = [adapter.dump_python(model, mode="json", by_alias=True) for model in models]
    return [(request, 20 + len(str(request))) for request in stored]


@lru_cache(maxsize=1024)
def _handler(call_name: str, release: str, instance: int) -> Document:
    service = call_name.split(".", maxsplit=1)[0].lower()
    return {
        "definition": {"name": service, "version": f"{release}.{len(call_name)}"},
        "hostname": f"{service}-7f9c-{instance}",
        "port": 8080,
        "ipAddress": f"10.42.{len(service)}.{instance + 2}",
    }
