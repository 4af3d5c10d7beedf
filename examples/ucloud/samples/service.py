"""Requests about people, files, mails and applications."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from examples.ucloud.people import FILES, PROJECTS, file_path, maybe, some, username
from examples.ucloud.samples.table import since

# One request in 500 has a port that is no number: somebody's slip, and a dead letter later.
_SLIP_EVERY: Final = 500
_SLIPS: Final = ["1718a", ""]


@since("2019.1", "auth.login")
def _login_2019(rng: random.Random, _n: int) -> Any:
    return {"username": username(rng), "password": "correct horse", "service": "web"}


@since("2020.1", "auth.login")
def _login_2020(rng: random.Random, _n: int) -> Any:
    return {
        "username": username(rng),
        "service": rng.choice(["web", "sync"]),
        "secondFactor": maybe(rng, rng.random() < 0.3),
    }


@since("2021.1", "auth.login")
def _login_2021(rng: random.Random, n: int) -> Any:
    return {**_login_2020(rng, n), "identityProvider": maybe(rng, "wayf")}


def _license(rng: random.Random) -> dict[str, Any]:
    return {
        "name": rng.choice(["comsol", "ansys", "matlab", "stata"]),
        "address": f"license-{rng.randrange(9)}.sdu.dk",
        "license": maybe(rng, f"SERVER this_host ANY {rng.randrange(1024, 65536)}"),
    }


@since("2019.1", "app.license.new")
def _license_2019(rng: random.Random, n: int) -> Any:
    slip = _SLIPS[n // _SLIP_EVERY % len(_SLIPS)]
    port = slip if n % _SLIP_EVERY == _SLIP_EVERY // 2 else str(rng.randrange(1024, 65536))
    return {**_license(rng), "port": port}


@since("2020.1", "app.license.new")
def _license_2020(rng: random.Random, _n: int) -> Any:
    return {**_license(rng), "port": rng.randrange(1024, 65536)}


@since("2023.1", "app.license.new")
def _license_2023(rng: random.Random, n: int) -> Any:
    tags = some(rng, ["flexlm", "campus", "højtydende"], 2)
    return {**_license_2020(rng, n), "category": maybe(rng, "license"), "tags": tags}


@since("2019.1", "upload.upload")
def _upload_2019(rng: random.Random, _n: int) -> Any:
    return {
        "path": file_path(rng),
        "sensitivityLevel": rng.choice(["OPEN_ACCESS", "CONFIDENTIAL", "SENSITIVE"]),
        "owner": username(rng),
    }


@since("2020.1", "upload.upload")
def _upload_2020(rng: random.Random, n: int) -> Any:
    return {"request": maybe(rng, _upload_2019(rng, n), 0.95)}


@since("2019.1", "activity.browseByUser")
def _activity_2019(rng: random.Random, _n: int) -> Any:
    return {
        "user": username(rng),
        "offset": maybe(rng, rng.randrange(10_000)),
        "scrollSize": maybe(rng, 250),
    }


@since("2020.1", "activity.browseByUser")
def _activity_2020(rng: random.Random, n: int) -> Any:
    request = _activity_2019(rng, n)
    return {**request, "user": maybe(rng, request["user"]), "collapseAt": maybe(rng, 20)}


@since("2019.1", "hpc.apps.findBySupportedFileExtension")
def _extension_2019(rng: random.Random, _n: int) -> Any:
    return {"files": rng.choice(FILES)}


@since("2020.1", "hpc.apps.findBySupportedFileExtension")
def _extension_2020(rng: random.Random, _n: int) -> Any:
    return {"files": some(rng, FILES, 3)}


@since("2019.1", "notifications.markAsRead")
def _mark_2019(rng: random.Random, _n: int) -> Any:
    return {"bulkId": {"ids": [rng.randrange(10**7) for _ in range(rng.randrange(5))]}}


@since("2021.1", "notifications.markAsRead")
def _mark_2021(rng: random.Random, n: int) -> Any:
    return {"bulkId": {"ids": ",".join(map(str, _mark_2019(rng, n)["bulkId"]["ids"]))}}


@since("2019.1", "avatar.update")
def _avatar_2019(rng: random.Random, _n: int) -> Any:
    return {
        "user": username(rng),
        "top": rng.choice(["NO_HAIR", "HAT", "HIJAB", "LONG_HAIR_BOB"]),
        "hairColor": rng.choice(["AUBURN", "BLACK", "SILVER_GRAY"]),
        "eyes": rng.choice(["DEFAULT", "HAPPY", "WINK"]),
        "mouthTypes": rng.choice(["SMILE", "SERIOUS"]),
    }


@since("2020.1", "avatar.update")
def _avatar_2020(rng: random.Random, n: int) -> Any:
    return {
        **_avatar_2019(rng, n),
        "top": rng.choice(["NoHair", "WinterHat4", "ShortHairTheCæsar"]),
    }


@since("2020.1", "files.updateAcl")
def _acl_2020(rng: random.Random, _n: int) -> Any:
    return _acl(rng, lambda: username(rng))


@since("2021.1", "files.updateAcl")
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


@since("2020.1", "mail.toogleEmailSettings")
def _mail_2020(rng: random.Random, _n: int) -> Any:
    kinds = some(rng, ["LOW_FUNDS_SUBJECT", "USER_LEFT", "GRANT_APP_APPROVED"], 3)
    settings = {kind: rng.random() < 0.5 for kind in kinds}
    return {"items": [{"username": username(rng), "settings": settings}]}


@since("2021.1", "mail.toogleEmailSettings")
def _mail_2021(rng: random.Random, _n: int) -> Any:
    settings = {"lowFunds": rng.random() < 0.5, "userLeft": rng.random() < 0.5}
    return {"items": [{"username": username(rng), "settings": settings}]}


def _new_upload(rng: random.Random, protocols: list[str]) -> Any:
    upload = {
        "id": file_path(rng),
        "supportedProtocols": some(rng, protocols, 2),
        "conflictPolicy": rng.choice(["RENAME", "REJECT", "REPLACE", "MERGE_RENAME"]),
    }
    return {"items": [upload]}


@since("2021.1", "files.createUpload")
def _create_upload_2021(rng: random.Random, _n: int) -> Any:
    return _new_upload(rng, ["CHUNKED"])


@since("2023.1", "files.createUpload")
def _create_upload_2023(rng: random.Random, _n: int) -> Any:
    return _new_upload(rng, ["CHUNKED", "WEBSOCKET"])


@since("2021.1", "hpc.apps.browseGroups")
def _groups_2021(rng: random.Random, _n: int) -> Any:
    page = {"itemsPerPage": maybe(rng, 50), "next": maybe(rng, "100", 0.2)}
    return {**page, "repository": rng.randrange(12)}


@since("2023.1", "hpc.apps.browseGroups")
def _groups_2023(rng: random.Random, n: int) -> Any:
    return {**_groups_2021(rng, n), "repository": rng.choice(["main", "sdu", "3", "økonomi"])}
