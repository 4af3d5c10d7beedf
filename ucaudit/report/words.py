"""Numbers in words."""

from __future__ import annotations


def count(number: int, noun: str) -> str:
    """``1 call``, ``2,000 calls``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def counted(
    number: int, noun: str, rest: str = "", plural: str | None = None, *, verb: bool = False
) -> str:
    """``3 templates to add``; what has a ``rest`` is empty for none."""
    if not number and rest:
        return ""
    name = noun if number == 1 else plural or f"{noun}s"
    is_ = (" is" if number == 1 else " are") if verb else ""
    return f"{number:,} {name}{is_} {rest}".rstrip()
