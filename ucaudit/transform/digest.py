"""What two runners must agree on before they write into the same copy."""

from __future__ import annotations

import inspect
from collections.abc import Sequence

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject, sha256
from ucaudit.transform.python import module_of, resolve
from ucaudit.transform.steps import BOOKKEEPING


def steps_digest(steps: Sequence[JsonObject]) -> str:
    """Hexadecimal SHA-256 of what the steps do.

    Notes for people (``for``, ``why``) do not count; the whole source file of each Python function
    does, because a function may call its neighbours.

    Raises:
        InputError: If a function cannot be imported, or its source cannot be read.
    """
    bare = [{key: step[key] for key in step if key not in BOOKKEEPING} for step in steps]
    functions = {step["python"] for step in bare if "python" in step}
    return sha256({"steps": bare, "sources": {name: _source(name) for name in functions}})


def _source(reference: str) -> str:
    resolve(reference)
    module = module_of(reference)
    try:
        return inspect.getsource(module)
    except (OSError, TypeError) as error:
        raise InputError(
            "function-unusable",
            "The source of a transform step's Python function cannot be read.",
            where=reference,
            why=str(error),
            fix="Define the function in a .py file: its source is part of the steps' digest.",
        ) from error
