"""The one form in which every source gives its calls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote

from ucaudit.jsontypes import JsonObject
from ucaudit.schema.document import escape, unescape

Contracts = Mapping[str, JsonObject]
"""``in`` (what callers may send) and ``out`` (what is written) to a self-contained JSON Schema."""


_LOCAL: Final = "#/$defs/"


def local_ref(name: str) -> str:
    """The reference to a definition; brackets of generics are no characters of a URI."""
    return _LOCAL + quote(escape(name), safe="~")


def referenced_name(ref: object) -> str | None:
    """The definition that a local reference names; ``None`` for anything else."""
    if not isinstance(ref, str) or not ref.startswith(_LOCAL):
        return None
    return unescape(unquote(ref[len(_LOCAL) :]))


@dataclass(frozen=True, slots=True)
class CallSchemas:
    """A call as schemas.

    Attributes:
        name: Full name of the call.
        parts: ``request`` has both contracts; ``response`` and ``audit`` have ``out``. Their
            ``$defs`` may be one object for all calls of a source, with more than a schema reaches.
        retention_days: How long audit documents are kept.
        record_response: Whether the response is part of the audit document.
        renamed_from: The name the call had before.
        shared: Names in ``$defs`` that are types of their own, kept once for all calls.
        origin: What errors call it, such as the file.
        notices: What its schemas cannot tell, one line each.
    """

    name: str
    parts: Mapping[str, Contracts]
    retention_days: int = 180
    record_response: bool = False
    renamed_from: str | None = None
    shared: frozenset[str] = field(default_factory=frozenset)
    origin: str = ""
    notices: tuple[str, ...] = ()

    def api(self, part: str) -> JsonObject | None:
        """The schema that callers see: requests as sent, responses as written."""
        contracts = self.parts.get(part, {})
        return contracts.get("in", contracts.get("out"))

    @property
    def logged(self) -> JsonObject | None:
        """What is stored as the request: the audit type, else the request as written."""
        part = "audit" if "audit" in self.parts else "request"
        return self.parts.get(part, {}).get("out")

    @property
    def logged_part(self) -> str:
        """Which part is stored as the request."""
        return "audit" if "audit" in self.parts else "request"

    @property
    def logged_response(self) -> JsonObject | None:
        """The schema of the stored response, if the call records it."""
        return self.parts.get("response", {}).get("out") if self.record_response else None
