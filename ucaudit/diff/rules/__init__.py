"""Every rule: what kind of change it names, what that means, and how to make it safely.

Families are modules; a rule and its mirror stand together. Tests hold the table to its promises:
each example gives exactly its rule, with the effects stated, and backwards its mirror.
"""

from __future__ import annotations

from difflib import get_close_matches
from typing import Final

from ucaudit.diff.rules.calls import AUDIT, CALLS, INDEX
from ucaudit.diff.rules.constraints import CONSTRAINTS
from ucaudit.diff.rules.fields import DEFAULTS, FIELDS, OPENNESS
from ucaudit.diff.rules.formats import FORMATS
from ucaudit.diff.rules.limits import LIMITS
from ucaudit.diff.rules.model import Example, Rule
from ucaudit.diff.rules.types import ENUMS, TYPES
from ucaudit.diff.rules.unions import UNIONS
from ucaudit.errors import InputError

__all__ = ["ALL", "RULES", "Example", "Rule", "find_rule"]

ALL: Final[tuple[Rule, ...]] = (
    *FIELDS,
    *TYPES,
    *ENUMS,
    *UNIONS,
    *LIMITS,
    *CONSTRAINTS,
    *FORMATS,
    *DEFAULTS,
    *OPENNESS,
    *CALLS,
    *AUDIT,
    *INDEX,
)
RULES: Final[dict[str, Rule]] = {rule.name: rule for rule in ALL}
"""Rules by name, family by family."""


def find_rule(name: str) -> Rule:
    """The rule of that name.

    Raises:
        InputError: If there is none; with those that are spelled alike.
    """
    rule = RULES.get(name)
    if rule is not None:
        return rule
    close = get_close_matches(name, RULES, n=3, cutoff=0.5)
    raise InputError(
        "rule-unknown",
        f"There is no rule {name!r}.",
        why=f"close to it: {', '.join(close)}" if close else "no rule is spelled like it",
        fix="See all of them with: ucaudit rule --all",
    )
