"""Names under which pydantic reads a field, where one JSON Schema cannot tell all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import AliasChoices, AliasPath
from pydantic.fields import FieldInfo


def alternatives(model: Any) -> Iterator[str]:
    """A line for each field of a model or dataclass that is read from more than its schema names.

    Args:
        model: The class.
    """
    config = getattr(model, "model_config", None) or getattr(model, "__pydantic_config__", {})
    by_name = config.get("populate_by_name") or config.get("validate_by_name")
    fields: dict[str, FieldInfo] = getattr(model, "__pydantic_fields__", {})
    for name, info in fields.items():
        alias = info.validation_alias
        if alias is None or (isinstance(alias, str) and not by_name):
            continue
        members = alias.choices if isinstance(alias, AliasChoices) else [alias]
        shown = next((member for member in members if isinstance(member, str)), name)
        read = [_spell(member) for member in members] + ([name] if by_name else [])
        if {*read} != {shown}:
            places = " or ".join(dict.fromkeys(read))
            yield f"{name} is read from {places}; what callers may send tells of {shown} only"


def _spell(member: str | AliasPath) -> str:
    if isinstance(member, str):
        return member
    first, *rest = member.path
    return str(first) + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in rest)
