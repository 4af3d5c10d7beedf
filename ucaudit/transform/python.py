"""Python functions that steps name as ``package.module:function``."""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import Any, Final

from ucaudit.errors import InputError

Function = Callable[[Any], Any]

_REFERENCE: Final = re.compile(r"(?P<module>[^\W\d]\w*(?:\.[^\W\d]\w*)*):(?P<function>[^\W\d]\w*)")


def resolve(reference: str) -> Function:
    """The function that ``package.module:function`` names.

    Raises:
        InputError: If it is misspelt, cannot be imported, is missing or cannot be called.
    """
    found = module_of(reference)
    name = reference.partition(":")[2]
    function = getattr(found, name, None)
    if function is None:
        raise _unusable(reference, f"{found.__name__} has no {name!r}", "Define it there.")
    if not callable(function):
        why = f"it is a {type(function).__name__}, which cannot be called"
        raise _unusable(reference, why, "Name a function that takes a value and returns one.")
    return function  # type: ignore[no-any-return]


def module_of(reference: str) -> ModuleType:
    """The module of ``package.module:function``, imported.

    Raises:
        InputError: If the reference is misspelt or the module cannot be imported.
    """
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        why = "it is not of the form package.module:function"
        raise _unusable(reference, why, "Write it as myservice.transforms:split_name.")
    try:
        return import_module(match["module"])
    except Exception as error:  # a module may raise anything while it is imported
        raise _unusable(
            reference,
            f"{type(error).__name__}: {error}",
            "Run from the project's root or install the package, and see that its import works.",
        ) from error


def _unusable(reference: str, why: str, fix: str) -> InputError:
    return InputError(
        "function-unusable",
        "A Python function of a transform step cannot be used.",
        where=reference,
        why=why,
        fix=fix,
    )
