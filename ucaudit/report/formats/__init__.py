"""The JSON formats that commands write, as types; ``schema_of`` gives their JSON Schemas.

A format keeps its number while fields are only added to it. So objects are open in the schemas:
whoever reads them leaves alone what is not described.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject
from ucaudit.report.formats.baseline import Baseline
from ucaudit.report.formats.comparison import Check, Diff, Explain, Rule, Rules
from ucaudit.report.formats.doctor import Doctor
from ucaudit.report.formats.plan import Plan, Status
from ucaudit.report.formats.recorded import Accepted, Call, Lock, Names, Release, Version
from ucaudit.report.formats.runs import DeadLetters, ForceUnlock, Prune, Run, Verify
from ucaudit.report.formats.sandbox import Sandbox

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_FORMATS: Final[dict[str, Any]] = {
    "diff": Diff,
    "check": Check,
    "rule": Rule,
    "rules": Rules,
    "explain": Explain,
    "lock": Lock,
    "release": Release,
    "names": Names,
    "plan": Plan,
    "run": Run,
    "status": Status,
    "verify": Verify,
    "prune": Prune,
    "baseline": Baseline,
    "dead-letters": DeadLetters,
    "force-unlock": ForceUnlock,
    "doctor": Doctor,
    "sandbox": Sandbox,
    "call": Call,
    "version": Version,
    "accepted": Accepted,
}


def format_names() -> dict[str, str]:
    """Every format that has a schema, and what it is."""
    return {name: (made.__doc__ or "").partition("\n")[0] for name, made in _FORMATS.items()}


def schema_of(name: str) -> JsonObject:
    """The JSON Schema (2020-12) of a format.

    Args:
        name: Such as ``diff`` or ``ucaudit.diff/1``.

    Raises:
        InputError: If there is no such format.
    """
    short = name.removeprefix("ucaudit.").removesuffix("/1")
    made = _FORMATS.get(short)
    if made is None:
        raise InputError(
            "format-unknown",
            f"There is no format {name!r}.",
            why=f"known are {', '.join(_FORMATS)}",
            fix="List them with: ucaudit schema",
        )
    schema = msgspec.json.schema(made)
    own = schema.pop("$ref").rpartition("/")[2]
    definitions = schema["$defs"]
    root = {**definitions.pop(own), "title": f"ucaudit.{short}/1"}
    return {"$schema": DIALECT, **root, "$defs": definitions}
