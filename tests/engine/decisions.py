"""What a person decides for the changes that determine no step, as far as it needs Python."""

from __future__ import annotations

from typing import Any

_SETTINGS = {"LOW_FUNDS_SUBJECT": "lowFunds", "USER_LEFT": "userLeft"}


def email_settings(value: Any) -> Any:
    """Free keys by the names of the fields that replaced them."""
    if not isinstance(value, dict):
        return value
    return {_SETTINGS.get(key, key): setting for key, setting in value.items()}


def form_fields(value: Any) -> Any:
    """A map of answers as the list of titled answers that replaced it."""
    if not isinstance(value, dict):
        return value
    return [{"name": key, "title": key, "answer": answer} for key, answer in value.items()]
