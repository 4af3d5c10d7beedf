"""Requests about jobs, projects, grants and money."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from examples.ucloud.people import (
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
from examples.ucloud.samples.table import since


def _credits(rng: random.Random, item: Callable[[], dict[str, Any]]) -> Any:
    amounts = (rng.randrange(-(10**6), 10**9) for _ in range(rng.choice([1, 1, 1, 2, 3])))
    return {"items": [{"amount": amount, **item()} for amount in amounts]}


@since("2019.1", "wallets.push")
def _push_2019(rng: random.Random, _n: int) -> Any:
    return _credits(rng, lambda: {"walletOwner": owner(rng), "productId": rng.choice(PRODUCTS)})


@since("2020.1", "wallets.push")
def _push_2020(rng: random.Random, _n: int) -> Any:
    return _credits(rng, lambda: {"owner": owner(rng), "productId": rng.choice(PRODUCTS)})


@since("2021.1", "wallets.push")
def _push_2021(rng: random.Random, _n: int) -> Any:
    return _credits(rng, lambda: {"owner": owner(rng), "productId": product(rng)})


@since("2023.1", "wallets.push")
def _push_2023(rng: random.Random, _n: int) -> Any:
    return _credits(rng, lambda: {"owner": _wallet(rng), "productId": product(rng)})


def _wallet(rng: random.Random) -> dict[str, Any]:
    if rng.random() < 0.5:
        return {"type": "user", "username": username(rng)}
    return {"type": "project", "projectId": rng.choice(PROJECTS)}


@since("2019.1", "hpc.jobs.start")
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


@since("2020.1", "hpc.jobs.start")
def _start_2020(rng: random.Random, n: int) -> Any:
    extra = {"tasksPerNode": maybe(rng, 1), "reservation": maybe(rng, "u1"), "url": maybe(rng, "a")}
    return {**_start_2019(rng, n), **extra}


def _parameters(rng: random.Random) -> dict[str, Any]:
    parameters = {
        "threads": {"type": "integer", "value": rng.randrange(1, 64)},
        "debug": {"type": "boolean", "value": rng.random() < 0.5},
        "learning.rate": {"type": "floating_point", "value": rng.choice([0.1, 1.0, 2.5e-4])},
        "titel": {"type": "text", "value": "Målinger"},
        "input": {"type": "file", "path": file_path(rng), "readOnly": True},
    }
    return {name: parameters[name] for name in some(rng, list(parameters), 3)}


@since("2020.1", "jobs.create")
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


@since("2021.1", "jobs.create")
def _job_2021(rng: random.Random, n: int) -> Any:
    def resources() -> list[Any]:
        ingress = {"type": "ingress", "id": str(rng.randrange(9999))}
        peer = {"type": "peer", "hostname": "spark", "jobId": str(rng.randrange(9999))}
        return some(rng, [ingress, peer, {"type": "file", "path": file_path(rng)}], 2)

    jobs = _job_2020(rng, n)["items"]
    added = ({"resources": resources(), "timeAllocation": maybe(rng, duration(rng))} for _ in jobs)
    return {"items": [{**job, **more} for job, more in zip(jobs, added, strict=True)]}


@since("2023.1", "jobs.create")
def _job_2023(rng: random.Random, n: int) -> Any:
    def labels() -> dict[str, str]:
        return {name: rng.choice(["alpha", "1", "sdu.dk/æ"]) for name in some(rng, LABELS, 3)}

    jobs = _job_2021(rng, n)["items"]
    return {"items": [{**job, "labels": maybe(rng, labels(), 0.7)} for job in jobs]}


def _extension(rng: random.Random) -> dict[str, Any]:
    return {"jobId": str(rng.randrange(10_000)), "requestedTime": duration(rng)}


@since("2020.1", "jobs.extend")
def _extend_2020(rng: random.Random, _n: int) -> Any:
    if rng.random() < 0.7:
        return _extension(rng)
    return {"type": "bulk", "items": [_extension(rng) for _ in range(rng.randrange(3))]}


@since("2021.1", "jobs.extend")
def _extend_2021(rng: random.Random, _n: int) -> Any:
    return {"items": [_extension(rng) for _ in range(rng.choice([1, 1, 2]))]}


@since("2020.1", "project.invite")
def _invite_2020(rng: random.Random, _n: int) -> Any:
    return {"projectId": rng.choice(PROJECTS), "username": username(rng)}


@since("2021.1", "project.invite")
def _invite_2021(rng: random.Random, _n: int) -> Any:
    users = [username(rng) for _ in range(rng.randrange(1, 4))]
    return {"projectId": rng.choice(PROJECTS), "usernames": users}


@since("2020.1", "grant.commentOnApplication")
def _comment_2020(rng: random.Random, _n: int) -> Any:
    return {"requestId": str(rng.randrange(10**6))}


@since("2021.1", "grant.commentOnApplication")
def _comment_2021(rng: random.Random, _n: int) -> Any:
    return {"requestId": rng.randrange(10**6), "comment": rng.choice(SENTENCES)}


@since("2020.1", "grant.submitApplication")
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


@since("2023.1", "grant.submitApplication")
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


@since("2021.1", "jobs.provider.ucloud.create")
def _provider_2021(rng: random.Random, _n: int) -> Any:
    return _provider_job(rng, _metadata(rng))


@since("2023.1", "jobs.provider.ucloud.create")
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


@since("2021.1", "accountingv2.reportDelta")
def _delta_2021(rng: random.Random, _n: int) -> Any:
    return _usage(rng, lambda: rng.choice(["", f"Job {rng.randrange(10_000)}"]))


@since("2023.1", "accountingv2.reportDelta")
def _delta_2023(rng: random.Random, _n: int) -> Any:
    def description() -> Any:
        nodes = [
            {"description": f"node {number}", "usage": maybe(rng, 60), "productId": "u1-standard-4"}
            for number in range(rng.randrange(3))
        ]
        return {"description": f"Job {rng.randrange(10_000)}", "itemized": nodes}

    return _usage(rng, description)
