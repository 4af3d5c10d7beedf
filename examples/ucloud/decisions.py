"""Steps that a person decided, by release and call; all others are derived from the schemas."""

from __future__ import annotations

from typing import Any

_HERE = "examples.ucloud.transforms:"

DECISIONS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "2020.1": {
        "upload.upload": [
            {
                "python": _HERE + "nest_upload",
                "path": "requestJson",
                "why": "the fields moved one level down, under request",
            },
        ],
    },
    "2021.1": {
        "notifications.markAsRead": [
            {
                "join": "requestJson.bulkId.ids",
                "separator": ",",
                "why": "the list became one string, as in the address of the request",
            },
        ],
        "mail.toogleEmailSettings": [
            {
                "python": _HERE + "email_settings",
                "path": "requestJson.items[*].settings",
                "why": "a map from the kind of mail became fixed fields",
            },
        ],
        "wallets.push": [
            {
                "python": _HERE + "product_reference",
                "path": "requestJson.items[*].productId",
                "why": "all products of that time were UCloud's own; their names tell the category",
            },
        ],
        "jobs.extend": [
            {
                "python": _HERE + "into_bulk",
                "path": "requestJson",
                "why": "every request became a bulk request",
            },
        ],
        "project.invite": [
            {
                "rename": "requestJson.username",
                "to": "usernames",
                "why": "one may invite several users at once",
            },
            {"to_list": "requestJson.usernames", "why": "one may invite several users at once"},
        ],
        "grant.commentOnApplication": [
            {
                "set": "requestJson.comment",
                "value": "",
                "why": "comments were not logged before",
            },
        ],
    },
    "2023.1": {
        "wallets.push": [
            {
                "python": _HERE + "wallet_owner",
                "path": "requestJson.items[*].owner",
                "why": "only usernames hold a number sign",
            },
        ],
        "accountingv2.reportDelta": [
            {
                "wrap": "requestJson.items[*].description",
                "key": "description",
                "with": {"itemized": []},
                "why": "the text became one part of the description",
            },
        ],
        "grant.submitApplication": [
            {
                "python": _HERE + "grant_in_bulk",
                "path": "requestJson",
                "why": "the whole application moved under items.document",
            },
        ],
    },
}
