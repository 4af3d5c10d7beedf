"""Generated cases, many at once to the engine: a request a case would take most of the time.

``UCAUDIT_CHECKS`` asks for more cases than CI has time for. A failure names its case;
``UCAUDIT_SHRINK=1`` asks one case at a time, so that Hypothesis can find the smallest.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

_SHRINK = bool(os.environ.get("UCAUDIT_SHRINK"))
_IN_A_BATCH = 40

# Limits are part of what each case compiles to; together the cases need more than any alone.
SETTINGS = {
    "index.mapping.total_fields.limit": 200_000,
    "index.mapping.depth.limit": 60,
    "index.mapping.nested_fields.limit": 1000,
}

C = TypeVar("C")


def for_all(cases: st.SearchStrategy[C], check: Callable[[list[C]], None], *, most: int) -> None:
    """Calls ``check`` with all generated cases, some at a time.

    Args:
        cases: What a case is.
        check: Fails if any of its cases does.
        most: How many cases, where the environment does not say.
    """
    gathered: list[C] = []

    @settings(
        max_examples=int(os.environ.get("UCAUDIT_CHECKS", most)),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.reuse, Phase.generate, Phase.shrink) if _SHRINK else (Phase.generate,),
        database=None,
    )
    @given(cases)
    def run(case: C) -> None:
        if _SHRINK:
            check([case])
        else:
            gathered.append(case)

    run()
    for start in range(0, len(gathered), _IN_A_BATCH):
        check(gathered[start : start + _IN_A_BATCH])
