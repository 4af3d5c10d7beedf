"""What a service declares: its calls, and the registry that holds them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ucaudit.errors import InputError
from ucaudit.names import CallNames


@dataclass(frozen=True, slots=True)
class Call:
    """One RPC endpoint.

    Args:
        name: Full name, such as ``files.browse``.
        request: What callers send: anything that pydantic's ``TypeAdapter`` takes, or ``None``.
        response: What they get back, likewise.
        audit: What is logged instead of the request, where that holds what must not be stored.
        retention_days: How long an audit document of this call is kept.
        record_response: Whether the audit document holds the response too.
        renamed_from: The name that this call had in earlier releases.
    """

    name: str
    request: Any = None
    response: Any = None
    audit: Any = None
    retention_days: int = 180
    record_response: bool = False
    renamed_from: str | None = None

    def __post_init__(self) -> None:
        if self.retention_days < 1:
            raise InputError(
                "retention-invalid",
                "A retention is at least one day.",
                where=f"call {self.name}",
                why=f"retention_days is {self.retention_days}",
                fix="Give a positive number of days.",
            )


@dataclass(slots=True)
class Registry:
    """The calls of one service, in the order they were added.

    Args:
        service: Name of the service, for people.
    """

    service: str
    _calls: dict[str, Call] = field(default_factory=dict)
    _names: CallNames = field(default_factory=CallNames)

    def add(self, call: Call) -> Call:
        """Declares a call and returns it.

        Raises:
            InputError: If the name is unusable, taken, or collides with another call's indices.
        """
        if call.name in self._calls:
            raise InputError(
                "call-declared-twice",
                f"The call {call.name!r} is declared twice.",
                where=f"registry {self.service}",
                fix="Give one of the two another name, or delete it.",
            )
        self._names.add(call.name)
        self._calls[call.name] = call
        return call

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls.values())

    def __len__(self) -> int:
        return len(self._calls)

    def __getitem__(self, name: str) -> Call:
        return self._calls[name]
