r"""Regular expressions as JSON Schema means them (ECMA 262), matched by the validator's own engine.

Python's ``re`` reads some of them otherwise and refuses others, such as ``\p{L}``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any, Final

_IN_EVERYTHING: Final = frozenset({"", "^", "$", ".*", "^.*", ".*$", "^(.*)"})


@lru_cache(maxsize=4096)
def _validator(pattern: str) -> Any:
    import jsonschema_rs  # noqa: PLC0415  (80 ms, and most schemas have no pattern)

    try:
        return jsonschema_rs.validator_for({"pattern": pattern}, offline=True)
    except (jsonschema_rs.ValidationError, ValueError):
        return None


def readable(pattern: str) -> bool:
    """Whether ``pattern`` is a regular expression."""
    return _validator(pattern) is not None


def matches(pattern: str, text: str) -> bool:
    """Whether ``pattern`` is found in ``text``."""
    validator = _validator(pattern)
    return validator is not None and bool(validator.is_valid(text))


def matches_all(pattern: str) -> bool:
    """Whether ``pattern`` is one of those that are found in every text."""
    return pattern in _IN_EVERYTHING


def apart(one: str, other: str) -> bool:
    """Whether surely no text matches both: they demand different beginnings."""
    beginnings = _beginning(one), _beginning(other)
    if None in beginnings:
        return False
    shorter, longer = sorted(map(str, beginnings), key=len)
    return not longer.startswith(shorter)


def _beginning(pattern: str) -> str | None:
    """The plain text that every match begins with, if the pattern says so."""
    if not pattern.startswith("^") or "|" in pattern:
        return None
    found = re.match(r"[\w/@:,;\- ]*", pattern[1:])
    plain = found[0] if found is not None else ""
    # A quantifier is about the last letter.
    return plain[:-1] if pattern[1 + len(plain) :][:1] in tuple("?*{") else plain
