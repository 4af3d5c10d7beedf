"""What all releases share: how models look on the wire, and generic requests and responses."""

from __future__ import annotations

from typing import Annotated, Generic, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from ucaudit import Call, Registry

T = TypeVar("T")

Int = Annotated[int, Field(ge=-(2**31), lt=2**31)]
"""Kotlin's Int; plain ``int`` stands for its Long."""


class Wire(BaseModel):
    """A model whose fields are camelCase on the wire."""

    model_config = ConfigDict(alias_generator=to_camel)


class Page(Wire, Generic[T]):
    """A page by number, as responses were until 2020."""

    items_in_total: Int
    items_per_page: Int
    page_number: Int
    items: list[T]


class PageV2(Wire, Generic[T]):
    """A page by continuation token, since 2021."""

    items_per_page: Int
    items: list[T]
    next: str | None = None


class BulkRequest(Wire, Generic[T]):
    """Many requests of one kind."""

    items: list[T]


class BulkResponse(Wire, Generic[T]):
    """One response for each item of a bulk request."""

    responses: list[T]


class TaggedBulk(Wire, Generic[T]):
    """Until 2020 a bulk request was told from a single one by its type."""

    type: Literal["bulk"] = "bulk"
    items: list[T]


class FindByStringId(Wire):
    """The id of something."""

    id: str


class NameAndVersion(Wire):
    """An application or tool."""

    name: str
    version: str


class SimpleDuration(Wire):
    """A span of time."""

    hours: Int
    minutes: Int = 0
    seconds: Int = 0


def successor(previous: Registry, *changed: Call) -> Registry:
    """The registry of the next release: calls of ``previous``, some changed, some added."""
    release = Registry(previous.service)
    by_name = {call.name: call for call in changed}
    for call in previous:
        release.add(by_name.pop(call.name, call))
    for call in by_name.values():
        release.add(call)
    return release
