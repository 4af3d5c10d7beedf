"""What no tool can derive: how old audit documents read in the new shape.

Each function leaves values of the new shape alone, because an index may hold both.
"""

from __future__ import annotations

import re
from typing import Any

_EMAIL_SETTINGS = {
    "LOW_FUNDS_SUBJECT": "lowFunds",
    "USER_ROLE_CHANGE": "userRoleChange",
    "USER_LEFT": "userLeft",
    "PROJECT_USER_INVITE": "projectUserInvite",
    "NEW_GRANT_APPLICATION": "newGrantApplication",
    "GRANT_APP_APPROVED": "grantApplicationApproved",
    "GRANT_APP_REJECTED": "grantApplicationRejected",
    "COMMENT_GRANT_APPLICATION": "newCommentOnApplication",
}

_RECIPIENTS = {
    "personal": ("personalWorkspace", "username", "username"),
    "existing_project": ("existingProject", "projectId", "id"),
    "new_project": ("newProject", "projectTitle", "title"),
}


def nest_upload(audit: Any) -> Any:
    """``upload.upload``: the fields moved one level down, under ``request``."""
    if not isinstance(audit, dict) or "path" not in audit:
        return audit
    return {"request": audit}


def email_settings(settings: Any) -> Any:
    """``mail.toogleEmailSettings``: a map from the kind of mail became fixed fields.

    Kinds that a user had not set stay absent: at that time nobody had written a default for them.
    """
    if not isinstance(settings, dict):
        return settings
    return {_EMAIL_SETTINGS.get(name, name): value for name, value in settings.items()}


def product_reference(product: Any) -> Any:
    """``wallets.push``: a product's name became a reference; ``u1-gpu-2`` is of ``u1-gpu``."""
    if not isinstance(product, str):
        return product
    return {"id": product, "category": re.sub(r"-\d+$", "", product), "provider": "ucloud"}


def wallet_owner(owner: Any) -> Any:
    """``wallets.push``: usernames have a number (``alice#1234``), projects have none."""
    if not isinstance(owner, str):
        return owner
    if "#" in owner:
        return {"type": "user", "username": owner}
    return {"type": "project", "projectId": owner}


def into_bulk(request: Any) -> Any:
    """``jobs.extend``: a single request, or a tagged bulk one, became a plain bulk request."""
    if not isinstance(request, dict):
        return request
    if "items" in request:
        return {"items": request["items"]}
    return {"items": [request]}


def grant_in_bulk(request: Any) -> Any:
    """``grant.submitApplication``: one application became an item, its text a form."""
    if not isinstance(request, dict) or "items" in request:
        return request
    grant_giver = request["resourcesOwnedBy"]
    document = {
        "recipient": _recipient(request["grantRecipient"]),
        "allocationRequests": [
            _allocation(resource, grant_giver) for resource in request["requestedResources"]
        ],
        "form": {"type": "plain_text", "text": request["document"]},
        "referenceId": None,
        "revisionComment": None,
    }
    return {"items": [{"document": document}]}


def _recipient(recipient: dict[str, Any]) -> dict[str, Any]:
    new_type, old_field, new_field = _RECIPIENTS[recipient["type"]]
    return {"type": new_type, new_field: recipient[old_field]}


def _allocation(resource: dict[str, Any], grant_giver: str) -> dict[str, Any]:
    source = resource.get("sourceAllocation")
    return {
        "category": resource["productCategory"],
        "provider": resource["productProvider"],
        "grantGiver": grant_giver,
        "balanceRequested": resource.get("balanceRequested"),
        "sourceAllocation": None if source is None else str(source),
        "period": {"start": None, "end": None},
    }
