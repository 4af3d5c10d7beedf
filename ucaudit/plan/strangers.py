"""Indices under our names that are not ours: what a plan says of them."""

from __future__ import annotations

from typing import Final

from ucaudit.cluster.state import LiveIndex, LiveState
from ucaudit.plan.members import Membership
from ucaudit.plan.plan import Notice

_FIX: Final = (
    "Indices of a time before ucaudit: adopt them with ucaudit baseline, or leave the call out "
    "(--exclude). An index that is there by mistake: reindex it under another name."
)


def strange_notices(
    call: str, membership: Membership, live: LiveState
) -> tuple[list[Notice], list[Notice]]:
    """What is in the way of a call, and what is only left alone.

    An index that was closed or blocked before ucaudit came is set aside by whoever did that; once
    other indices of the call are adopted, it holds nobody up.
    """
    problems: list[Notice] = []
    warnings: list[Notice] = []
    for name, reason in membership.strangers:
        index = live.indices[name]
        state = unusable(index)
        if state and index.meta is None and membership.members:
            warnings.append(
                Notice(
                    "index-left-alone",
                    "An index of a time before ucaudit is left alone; readers do not find it.",
                    where=name,
                    why=f"it is {state}",
                    fix="Open it or lift the block, and adopt it with ucaudit baseline.",
                    call=call,
                )
            )
        else:
            what = "An index has one of our names, but is not ours."
            problems.append(Notice("index-not-ours", what, name, reason, _FIX, call))
    return problems, warnings


def unusable(index: LiveIndex) -> str:
    """Why an index cannot be worked on, such as ``closed``; empty if it can."""
    if index.closed:
        return "closed"
    return f"blocked ({', '.join(index.blocks)})" if index.blocks else ""
