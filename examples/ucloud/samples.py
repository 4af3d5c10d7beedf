"""Made-up requests of every call, as each release had them, by their names on the wire."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from examples.ucloud.people import (
    FILES,
    LABELS,
    PRODUCTS,
    PROJECTS,
    SENTENCES,
    application,
    duration,
    file_path,
    maybe,
    owner,
    product,
    some,
    username,
)

Sample = Callable[[random.Random, int], Any]

_SAMPLES: Final[dict[str, list[tuple[str, Sample]]]] = {}

# One request in 500 has a port that is no number: somebody's slip, and a dead letter later.
_SLIP_EVERY: Final = 500
_SLIPS: Final = ["1718a", "", "27000-27009", "flexlm"]


def sample_of(call: str, release: str) -> Sample:
    """What makes the ``n``-th request of ``call`` as ``release`` had it."""
    return [sample for since, sample in _SAMPLES[call] if since <= release][-1]


def _since(release: str, call: str) -> Callable[[Sample], Sample]:
    def register(sample: Sample) -> Sample:
        _SAMPLES.setdefault(call, []).append((release, sample))
        return sample

    return register


@_since("2019.1", "auth.login")
def _login_2019(rng: random.Random, _n: int) -> Any:
    return {"username": username(rng), "password": "correct horse", "service": "web"}


@_since("2020.1", "auth.login")
def _login_2020(rng: random.Random, _n: int) -> Any:
    return {
        "username": username(rng),
        "service": rng.choice(["web", "sync"]),
        "secondFactor": maybe(rng, rng.random() < 0.3),
    }


@_since("2021.1", "auth.login")
def _login_2021(rng: random.Random, n: int) -> Any:
    return {**_login_2020(rng, n), "identityProvider": maybe(rng, "wayf")}


def _license(rng: random.Random) -> dict[str, Any]:
    return {
        "name": rng.choice(["comsol", "ansys", "matlab", "stata"]),
        "address": f"license-{rng.randrange(9)}.sdu.dk",
        "license": maybe(rng, f"SERVER this_host ANY {rng.randrange(1024, 65536)}"),
    }


@_since("2019.1", "app.license.new")
def _license_2019(rng: random.Random, n: int) -> Any:
    slip = _SLIPS[n // _SLIP_EVERY % len(_SLIPS)]
    port = slip if n % _SLIP_EVERY == _SLIP_EVERY // 2 else str(rng.randrange(1024, 65536))
    return {**_license(rng), "port": port}


@_since("2020.1", "app.license.new")
def _license_2020(rng: random.Random, _n: int) -> Any:
    return {**_license(rng), "port": rng.randrange(1024, 65536)}


@_since("2023.1", "app.license.new")
def _license_2023(rng: random.Random, n: int) -> Any:
    tags = some(rng, ["flexlm", "campus", "højtydende"], 2)
    return {**_license_2020(rng, n), "category": maybe(rng, "license"), "tags": tags}


@_since("2019.1", "upload.upload")
def _upload_2019(rng: random.Random, _n: int) -> Any:
    return {
        "path": file_path(rng),
        "sensitivityLevel": rng.choice(["OPEN_ACCESS", "CONFIDENTIAL", "SENSITIVE"]),
        "owner": username(rng),
    }


@_since("2020.1", "upload.upload")
def _upload_2020(rng: random.Random, n: int) -> Any:
    return {"request": maybe(rng, _upload_2019(rng, n), 0.95)}


@_since("2019.1", "activity.browseByUser")
def _activity_2019(rng: random.Random, _n: int) -> Any:
    return {
        "user": username(rng),
        "offset": maybe(rng, rng.randrange(10_000)),
        "scrollSize": maybe(rng, 250),
    }


@_since("2020.1", "activity.browseByUser")
def _activity_2020(rng: random.Random, n: int) -> Any:
    request = _activity_2019(rng, n)
    return {**request, "user": maybe(rng, request["user"]), "collapseAt": maybe(rng, 20)}


@_since("2019.1", "hpc.apps.findBySupportedFileExtension")
def _extension_2019(rng: random.Random, _n: int) -> Any:
    return {"files": rng.choice(FILES)}


@_since("2020.1", "hpc.apps.findBySupportedFileExtension")
def _extension_2020(rng: random.Random, _n: int) -> Any:
    return {"files": some(rng, FILES, 3)}


@_since("2019.1", "notifications.markAsRead")
def _mark_2019(rng: random.Random, _n: int) -> Any:
    return {"bulkId": {"ids": [rng.randrange(10**7) for _ in range(rng.randrange(5))]}}


@_since("2021.1", "notifications.markAsRead")
def _mark_2021(rng: random.Random, n: int) -> Any:
    return {"bulkId": {"ids": ",".join(map(str, _mark_2019(rng, n)["bulkId"]["ids"]))}}


def _credits(rng: random.Random, item: Callable[[], dict[str, Any]]) -> Any:
    amounts = (rng.randrange(-(10**6), 10**9) for _ in range(rng.choice([1, 1, 1, 2, 3])))
    return {"items": [{"amount": amount, **item()} for amount in amounts]}


@_since("2019.1", "wallets.push")
def _push_2019(rng: random.Random, _n: int) -> Any:
    return _credits(rng, lambda: {"walletOwner": owner(rng), "productId": rng.choice(PRODUCTS)})


@_since("2020.1", "wallets.push")
def _push_2020(rng: random.Random, _n: int) -> Any:
    return _credits(rng, lambda: {"owner": owner(rng), "productId": rng.choice(PRODUCTS)})


@_since("2021.1", "wallets.push")
def _push_2021(rng: random.Random, _n: int) -> Any:
    return _credits(rng, lambda: {"owner": owner(rng), "productId": product(rng)})


@_since("2023.1", "wallets.push")
def _push_2023(rng: random.Random, _n: int) -> Any:
    return _credits(rng, lambda: {"owner": _wallet(rng), "productId": product(rng)})


def _wallet(rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.5:
        return {"type": "user", "username": username(rng)}
    return {"type": "project", "projectId": rng.choice(PROJECTS)}


@_since("2019.1", "avatar.update")
def _avatar_2019(rng: random.Random, _n: int) -> Any:
    return {
        "user": username(rng),
        "top": rng.choice(["NO_HAIR", "HAT", "HIJAB", "LONG_HAIR_BOB"]),
        "hairColor": rng.choice(["AUBURN", "BLACK", "SILVER_GRAY"]),
        "eyes": rng.choice(["DEFAULT", "HAPPY", "WINK"]),
        "mouthTypes": rng.choice(["SMILE", "SERIOUS"]),
    }


@_since("2020.1", "avatar.update")
def _avatar_2020(rng: random.Random, n: int) -> Any:
    return {
        **_avatar_2019(rng, n),
        "top": rng.choice(["NoHair", "WinterHat4", "ShortHairTheCæsar"]),
    }


@_since("2019.1", "hpc.jobs.start")
def _start_2019(rng: random.Random, _n: int) -> Any:
    return {
        "application": application(rng),
        "name": maybe(rng, rng.choice(["test run", "kørsel 4"])),
        "parameters": rng.choice(
            [{}, {"threads": 4, "debug": True}, {"input": {"source": "/a.txt"}, "my.rate": 0.25}]
        ),
        "numberOfNodes": maybe(rng, rng.randrange(1, 9)),
        "maxTime": maybe(rng, duration(rng)),
        "mounts": rng.choice([[], [{"source": file_path(rng), "readOnly": False}], ["/home/x"]]),
        "peers": rng.choice([[], [{"name": "spark-master", "jobId": "b1d6"}]]),
        "acceptSameDataRetry": rng.random() < 0.1,
    }


@_since("2020.1", "hpc.jobs.start")
def _start_2020(rng: random.Random, n: int) -> Any:
    extra = {"tasksPerNode": maybe(rng, 1), "reservation": maybe(rng, "u1"), "url": maybe(rng, "a")}
    return {**_start_2019(rng, n), **extra}


@_since("2020.1", "files.updateAcl")
def _acl_2020(rng: random.Random, _n: int) -> Any:
    return _acl(rng, lambda: username(rng))


@_since("2021.1", "files.updateAcl")
def _acl_2021(rng: random.Random, _n: int) -> Any:
    def entity() -> Any:
        if rng.random() < 0.6:
            return username(rng)
        return {"projectId": rng.choice(PROJECTS), "group": rng.choice(["pi", "analysts"])}

    return _acl(rng, entity)


def _acl(rng: random.Random, entity: Callable[[], Any]) -> Any:
    changes = [
        {
            "entity": entity(),
            "rights": some(rng, ["READ", "WRITE"], 2),
            "revoke": rng.random() < 0.2,
        }
        for _ in range(rng.randrange(1, 4))
    ]
    return {"request": {"path": file_path(rng), "changes": changes}}


@_since("2020.1", "mail.toogleEmailSettings")
def _mail_2020(rng: random.Random, _n: int) -> Any:
    kinds = some(rng, ["LOW_FUNDS_SUBJECT", "USER_LEFT", "GRANT_APP_APPROVED"], 3)
    settings = {kind: rng.random() < 0.5 for kind in kinds}
    return {"items": [{"username": username(rng), "settings": settings}]}


@_since("2021.1", "mail.toogleEmailSettings")
def _mail_2021(rng: random.Random, _n: int) -> Any:
    settings = {"lowFunds": rng.random() < 0.5, "userLeft": rng.random() < 0.5}
    return {"items": [{"username": username(rng), "settings": settings}]}


def _parameters(rng: random.Random) -> dict[str, Any]:
    parameters = {
        "threads": {"type": "integer", "value": rng.randrange(1, 64)},
        "debug": {"type": "boolean", "value": rng.random() < 0.5},
        "learning.rate": {"type": "floating_point", "value": rng.choice([0.1, 1.0, 2.5e-4])},
        "titel": {"type": "text", "value": "Målinger"},
        "input": {"type": "file", "path": file_path(rng), "readOnly": True},
    }
    return {name: parameters[name] for name in some(rng, list(parameters), 3)}


@_since("2020.1", "jobs.create")
def _job_2020(rng: random.Random, _n: int) -> Any:
    return {"items": [_job(rng) for _ in range(rng.choice([1, 1, 1, 2]))]}


def _job(rng: random.Random) -> dict[str, Any]:
    return {
        "application": application(rng),
        "product": product(rng),
        "name": maybe(rng, "kørsel"),
        "replicas": rng.choice([1, 1, 1, 4]),
        "parameters": _parameters(rng),
    }


@_since("2021.1", "jobs.create")
def _job_2021(rng: random.Random, n: int) -> Any:
    def resources() -> list[Any]:
        ingress = {"type": "ingress", "id": str(rng.randrange(9999))}
        peer = {"type": "peer", "hostname": "spark", "jobId": str(rng.randrange(9999))}
        return some(rng, [ingress, peer, {"type": "file", "path": file_path(rng)}], 2)

    jobs = _job_2020(rng, n)["items"]
    added = ({"resources": resources(), "timeAllocation": maybe(rng, duration(rng))} for _ in jobs)
    return {"items": [{**job, **more} for job, more in zip(jobs, added, strict=True)]}


@_since("2023.1", "jobs.create")
def _job_2023(rng: random.Random, n: int) -> Any:
    def labels() -> dict[str, str]:
        return {name: rng.choice(["alpha", "1", "sdu.dk/æ"]) for name in some(rng, LABELS, 3)}

    jobs = _job_2021(rng, n)["items"]
    return {"items": [{**job, "labels": maybe(rng, labels(), 0.7)} for job in jobs]}


def _extension(rng: random.Random) -> dict[str, Any]:
    return {"jobId": str(rng.randrange(10_000)), "requestedTime": duration(rng)}


@_since("2020.1", "jobs.extend")
def _extend_2020(rng: random.Random, _n: int) -> Any:
    if rng.random() < 0.7:
        return _extension(rng)
    return {"type": "bulk", "items": [_extension(rng) for _ in range(rng.randrange(3))]}


@_since("2021.1", "jobs.extend")
def _extend_2021(rng: random.Random, _n: int) -> Any:
    return {"items": [_extension(rng) for _ in range(rng.choice([1, 1, 2]))]}


@_since("2020.1", "project.invite")
def _invite_2020(rng: random.Random, _n: int) -> Any:
    return {"projectId": rng.choice(PROJECTS), "username": username(rng)}


@_since("2021.1", "project.invite")
def _invite_2021(rng: random.Random, _n: int) -> Any:
    users = [username(rng) for _ in range(rng.randrange(1, 4))]
    return {"projectId": rng.choice(PROJECTS), "usernames": users}


@_since("2020.1", "grant.commentOnApplication")
def _comment_2020(rng: random.Random, _n: int) -> Any:
    return {"requestId": str(rng.randrange(10**6))}


@_since("2021.1", "grant.commentOnApplication")
def _comment_2021(rng: random.Random, _n: int) -> Any:
    return {"requestId": rng.randrange(10**6), "comment": rng.choice(SENTENCES)}


@_since("2020.1", "grant.submitApplication")
def _grant_2020(rng: random.Random, _n: int) -> Any:
    recipients = [
        {"type": "personal", "username": username(rng)},
        {"type": "existing_project", "projectId": rng.choice(PROJECTS)},
        {"type": "new_project", "projectTitle": "Nyt projekt"},
    ]
    resources = [
        {
            "productCategory": category,
            "productProvider": "ucloud",
            "balanceRequested": maybe(rng, rng.randrange(10**6), 0.8),
            "sourceAllocation": maybe(rng, rng.randrange(500), 0.3),
        }
        for category in some(rng, ["u1-standard", "u1-gpu", "u1-cephfs"], 2)
    ]
    return {
        "resourcesOwnedBy": rng.choice(["sdu", "aau"]),
        "grantRecipient": rng.choice(recipients),
        "document": rng.choice(SENTENCES),
        "requestedResources": resources,
    }


@_since("2023.1", "grant.submitApplication")
def _grant_2023(rng: random.Random, _n: int) -> Any:
    recipients = [
        {"type": "personalWorkspace", "username": username(rng)},
        {"type": "existingProject", "id": rng.choice(PROJECTS)},
        {"type": "newProject", "title": "Nyt projekt"},
    ]
    requests = [
        {
            "category": category,
            "provider": "ucloud",
            "grantGiver": "sdu",
            "balanceRequested": maybe(rng, rng.randrange(10**6), 0.8),
            "sourceAllocation": maybe(rng, str(rng.randrange(500)), 0.3),
            "period": {"start": maybe(rng, 1_680_000_000_000), "end": None},
        }
        for category in some(rng, ["u1-standard", "u1-gpu", "u1-cephfs"], 2)
    ]
    document = {
        "recipient": rng.choice(recipients),
        "allocationRequests": requests,
        "form": {"type": "plain_text", "text": rng.choice(SENTENCES)},
        "referenceId": maybe(rng, "DeiC-123", 0.2),
    }
    return {"items": [{"document": document}]}


def _metadata(rng: random.Random) -> dict[str, Any]:
    authors = some(rng, ["UCloud", "J. Ørsted"], 2)
    text = {"title": "Jupyter", "description": "Notebooks, også på dansk", "website": None}
    return {**application(rng), "authors": authors, **text, "public": True}


def _provider_job(rng: random.Random, metadata: dict[str, Any]) -> Any:
    application_ = {
        "metadata": metadata,
        "invocation": {"tool": "jupyter", "applicationType": "WEB"},
    }
    status = {
        "state": rng.choice(["IN_QUEUE", "RUNNING"]),
        "startedAt": maybe(rng, 1_692_600_000_000 + rng.randrange(10**9)),
        "resolvedApplication": maybe(rng, application_, 0.7),
    }
    job = {
        "id": str(rng.randrange(10_000)),
        "owner": {"createdBy": username(rng), "project": maybe(rng, rng.choice(PROJECTS))},
        "updates": rng.choice([[], [{"status": "queued", "node.0": 1}]]),
        "specification": _job(rng),
        "status": status,
        "createdAt": 1_692_600_000_000 + rng.randrange(10**9),
    }
    return {"items": [job]}


@_since("2021.1", "jobs.provider.ucloud.create")
def _provider_2021(rng: random.Random, _n: int) -> Any:
    return _provider_job(rng, _metadata(rng))


@_since("2023.1", "jobs.provider.ucloud.create")
def _provider_2023(rng: random.Random, _n: int) -> Any:
    metadata = _metadata(rng)
    for _ in range(rng.randrange(3)):
        summary = {"metadata": metadata, "favorite": rng.random() < 0.5, "tags": ["Featured"]}
        group = {"id": rng.randrange(99), "title": "Jupyter", "application": summary}
        metadata = {**_metadata(rng), "group": group, "flavorName": maybe(rng, "lab")}
    return _provider_job(rng, metadata)


def _usage(rng: random.Random, description: Callable[[], Any]) -> Any:
    items = [
        {
            "owner": _wallet(rng),
            "categoryIdV2": {"name": "u1-standard", "provider": "ucloud"},
            "usage": rng.randrange(-10, 10**5),
            "description": description(),
        }
        for _ in range(rng.choice([1, 1, 2]))
    ]
    return {"items": items}


@_since("2021.1", "accountingv2.reportDelta")
def _delta_2021(rng: random.Random, _n: int) -> Any:
    return _usage(rng, lambda: rng.choice(["", f"Job {rng.randrange(10_000)}"]))


@_since("2023.1", "accountingv2.reportDelta")
def _delta_2023(rng: random.Random, _n: int) -> Any:
    def description() -> Any:
        nodes = [
            {"description": f"node {number}", "usage": maybe(rng, 60), "productId": "u1-standard-4"}
            for number in range(rng.randrange(3))
        ]
        return {"description": f"Job {rng.randrange(10_000)}", "itemized": nodes}

    return _usage(rng, description)


def _new_upload(rng: random.Random, protocols: list[str]) -> Any:
    upload = {
        "id": file_path(rng),
        "supportedProtocols": some(rng, protocols, 2),
        "conflictPolicy": rng.choice(["RENAME", "REJECT", "REPLACE", "MERGE_RENAME"]),
    }
    return {"items": [upload]}


@_since("2021.1", "files.createUpload")
def _create_upload_2021(rng: random.Random, _n: int) -> Any:
    return _new_upload(rng, ["CHUNKED"])


@_since("2023.1", "files.createUpload")
def _create_upload_2023(rng: random.Random, _n: int) -> Any:
    return _new_upload(rng, ["CHUNKED", "WEBSOCKET"])


@_since("2021.1", "hpc.apps.browseGroups")
def _groups_2021(rng: random.Random, _n: int) -> Any:
    page = {"itemsPerPage": maybe(rng, 50), "next": maybe(rng, "100", 0.2)}
    return {**page, "repository": rng.randrange(12)}


@_since("2023.1", "hpc.apps.browseGroups")
def _groups_2023(rng: random.Random, n: int) -> Any:
    return {**_groups_2021(rng, n), "repository": rng.choice(["main", "sdu", "3", "økonomi"])}
