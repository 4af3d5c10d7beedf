"""Runs the example of a rule through the real comparison."""

from __future__ import annotations

from ucaudit.diff.api import diff_schemas
from ucaudit.diff.calls import diff_calls
from ucaudit.diff.model import Diff
from ucaudit.diff.rules.model import Example
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.record import CallSchemas


def run_example(example: Example) -> Diff:
    """What the comparison says of ``example``."""
    if example.part != "calls":
        return diff_schemas(example.old, example.new, part=example.part, name="example")
    return diff_calls(
        [_call(document) for document in example.old],
        [_call(document) for document in example.new],
        {d["call"]: d["mapping"] for d in example.old if "mapping" in d},
    )


def _call(document: JsonObject) -> CallSchemas:
    """A call from its short form: name, schemas by part, options; ``stored`` is what is logged."""
    parts: dict[str, JsonObject] = {
        part: {"out": document[part]} for part in ("response", "audit") if part in document
    }
    if "request" in document:
        request = document["request"]
        parts["request"] = {"in": request, "out": document.get("stored", request)}
    options = ("retention_days", "record_response", "renamed_from")
    return CallSchemas(
        name=document["call"], parts=parts, **{k: document[k] for k in options if k in document}
    )
