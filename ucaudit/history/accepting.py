"""What ``lock`` does to the accepted findings: adds, drops, and says which are idle."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from ucaudit.config import Config
from ucaudit.errors import InputError
from ucaudit.history.accepted import (
    Acceptance,
    accept,
    load_accepted,
    plan_accepted,
    today,
    without,
)
from ucaudit.history.layout import Layout
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.record import CallSchemas


@dataclass(frozen=True, slots=True)
class Wish:
    """What a person asks for.

    Attributes:
        accept: Ids of findings to accept, or unique beginnings of them.
        unaccept: The same of acceptances to drop.
        reason: Why they are accepted.
        until: The last day on which they are.
    """

    accept: tuple[str, ...] = ()
    unaccept: tuple[str, ...] = ()
    reason: str | None = None
    until: date | None = None


@dataclass(slots=True)
class Ledger:
    """The accepted findings after a lock.

    Attributes:
        accepted: Those that this lock accepted.
        dropped: Those that it dropped.
        unmatched: Acceptances that match nothing any more.
        expired: Acceptances whose last day is over.
        changes: Files to write.
    """

    accepted: list[Acceptance] = field(default_factory=list)
    dropped: list[Acceptance] = field(default_factory=list)
    unmatched: list[JsonObject] = field(default_factory=list)
    expired: list[Acceptance] = field(default_factory=list)
    changes: dict[Path, str | None] = field(default_factory=dict)

    def to_dict(self) -> JsonObject:
        """As in the JSON output of ``lock``."""
        return {
            "accepted": [entry.to_dict() for entry in self.accepted],
            "dropped": [entry.to_dict() for entry in self.dropped],
            "unmatched": self.unmatched,
            "expired": [entry.to_dict() for entry in self.expired],
        }


def keep_ledger(
    layout: Layout, history: History, opened: Iterable[CallSchemas], config: Config, wish: Wish
) -> Ledger:
    """Accepts and drops what is asked; writes nothing.

    Only what a release would ship now can be accepted: the open versions against the newest
    released ones, and against older ones where the policy guards them.

    Args:
        layout: The folder of the recorded history.
        history: The released versions.
        opened: The calls as they are locked now.
        config: The project.
        wish: What is asked for.

    Raises:
        InputError: If an id names nothing, or an acceptance has no reason or no day to come.
    """
    _check(wish)
    before = load_accepted(layout)
    ledger = Ledger()
    if not before and not wish.accept and not wish.unaccept:
        return ledger
    # Most projects accept nothing, and lock needs no comparison then.
    from ucaudit.diff.policy import Policies  # noqa: PLC0415
    from ucaudit.history.comparison import compare_release, unmatched  # noqa: PLC0415

    calls, policies = [*opened], Policies.of(config)
    after = without(before, wish.unaccept)
    if wish.accept:
        findings = compare_release(history, calls, policies, config.unknown_fields).findings
        added = accept(findings, wish.accept, wish.reason or "", wish.until)
        ledger.accepted = [*added.values()]
        after |= added
    ledger.dropped = [entry for key, entry in before.items() if key not in after]
    ledger.unmatched = unmatched(after, history, calls, policies, config.unknown_fields)
    ledger.expired = [entry for entry in after.values() if entry.over(today())]
    ledger.changes = plan_accepted(layout, after)
    return ledger


def _check(wish: Wish) -> None:
    what = why = None
    if wish.accept and not (wish.reason or "").strip():
        what, why = "A finding is accepted with a reason.", "there is no --reason"
    elif not wish.accept and (wish.reason is not None or wish.until is not None):
        what, why = "A reason and a last day belong to an acceptance.", "there is no --accept"
    elif wish.until is not None and wish.until < today():
        what, why = "An acceptance ends on a day to come.", f"{wish.until} is over"
    if what is not None:
        raise InputError(
            "acceptance-incomplete",
            what,
            why=why,
            fix='Write --accept ID --reason "why it is right", and --until YYYY-MM-DD if it ends.',
        )
