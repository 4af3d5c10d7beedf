"""What the types of formats are written with."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from ucaudit.jsontypes import JsonObject


def about(text: str) -> Meta:
    """A description."""
    return Meta(description=text)


Count = Annotated[int, Meta(ge=0)]
Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Day = Annotated[str, Meta(extra_json_schema={"format": "date"})]
AnyJson = Annotated[Any, about("Any JSON value.")]
Schema = Annotated[JsonObject, about("A JSON Schema, self-contained.")]
Mapping = Annotated[JsonObject, about("A part of an Elasticsearch mapping.")]
Step = Annotated[
    JsonObject,
    about(
        "A transform step: its verb names the path that it is about. In open versions also a "
        "question (`undecided`, `proposed`) or the answer that values stay (`keep`)."
    ),
]
