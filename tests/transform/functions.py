"""Functions that the steps under test name."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

NOT_CALLABLE = 1


def same(value: Any) -> Any:
    return value


def upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def add_seen(document: dict[str, Any]) -> dict[str, Any]:
    document.setdefault("seen", True)
    return document


def nothing(_value: Any) -> None:
    return None


def fails(value: Any) -> Any:
    message = f"cannot read {value}"
    raise ValueError(message)


def not_a_number(_value: Any) -> float:
    return float("nan")


def number_as_key(_value: Any) -> dict[int, str]:
    return {1: "one"}


def not_json(_value: Any) -> datetime:
    return datetime.now(UTC)


def holds_itself(_value: Any) -> list[Any]:
    loop: list[Any] = []
    loop.append(loop)
    return loop


def endless_integer(_value: Any) -> int:
    return 10**10_000


def tuple_of(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, str) else value
