"""Calls that a rollback keeps at an earlier generation: what that asks of their indices. Pure.

The pin stands in the ``_meta`` of the call's templates and says what is wanted, so that whoever
runs next, after whatever crash, goes on with the rollback and does not undo it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ucaudit.cluster.state import LiveState
from ucaudit.errors import RefusedError
from ucaudit.history.version import CallHistory, History
from ucaudit.names import CLAIM_ALIAS, Naming
from ucaudit.plan.members import Member, Membership
from ucaudit.plan.meta import mark_of
from ucaudit.plan.operations import AddTemplate, Operation, PutTemplate, SwapBack
from ucaudit.plan.plan import CallPlan, Notice, Plan


def live_pin(live: LiveState, naming: Naming, call: str) -> int | None:
    """The generation that the call's templates say it is kept at.

    Where they disagree, a rollback is under way: the earliest counts.
    """
    prefix = naming.template(call, 0).removesuffix("0")
    pins = [
        mark.pinned
        for name, template in live.templates.items()
        if name.startswith(prefix)
        and (mark := mark_of(template.meta)) is not None
        and mark.call == call
        and mark.pinned is not None
        and any(pattern.startswith(naming.base(call)) for pattern in template.patterns)
    ]
    return min(pins, default=None)


def swaps_back(call: str, membership: Membership, pin: int) -> Iterator[SwapBack]:
    """What gives readers the newest indices of up to generation ``pin`` again.

    Documents that were written by the new software stay where they are, in sight.
    """
    there = {member.uuid: member for member in membership.members}
    newer = [m for m in membership.members if m.name.generation > pin and m.mark.sources]
    back: dict[str, list[Member]] = {}
    for copy in newer:
        uuid = _origin(copy, there, pin)
        if uuid is not None:
            back.setdefault(uuid, []).append(copy)
    for uuid, copies in back.items():
        source = there[uuid]
        seen = next((copy for copy in copies if copy.read), None)
        blocked = any(m.mark.source_blocked for m in copies if m.mark.source_uuid == uuid)
        if seen is not None or (source.read and _unfinished(source, blocked=blocked)):
            copy = seen or copies[0]
            yield SwapBack(
                call,
                source=source.index.name,
                source_uuid=source.uuid,
                source_generation=source.name.generation,
                target=copy.index.name,
                target_uuid=copy.uuid,
                generation=copy.name.generation,
                seen=seen is not None,
                source_blocked=blocked,
                documents=source.index.documents,
            )


def pin_notices(history: CallHistory, membership: Membership, pin: int | None) -> Iterator[Notice]:
    """That a call is pinned, and which of its copies cannot go back."""
    if pin is None:
        return
    call = history.call
    yield Notice(
        "call-pinned",
        "A rollback keeps a call at an earlier generation; its documents are not migrated on.",
        where=f"generation {pin}",
        why=f"the newest released one is {history.generation}",
        fix="To go on: ucaudit migrate --forward",
        call=call,
    )
    there = {member.uuid: member for member in membership.members}
    for copy in membership.members:
        if not copy.read or copy.name.generation <= pin or not copy.mark.sources:
            continue
        if _origin(copy, there, pin) is None and copy.mark.source_uuid not in there:
            yield Notice(
                "source-pruned",
                "A copy cannot be rolled back, as its source was pruned; readers still see it.",
                where=copy.index.name,
                why=f"{copy.mark.source} is gone",
                call=call,
            )


def _origin(copy: Member, there: dict[str, Member], pin: int) -> str | None:
    """The nearest index that ``copy`` was made from and that is of an old enough generation."""
    for uuid in _nearest_first(copy):
        source = there.get(uuid)
        if source is not None and source.name.generation <= pin:
            return uuid
    return None


def _nearest_first(copy: Member) -> Sequence[str]:
    return copy.mark.sources[::-1]


def _unfinished(source: Member, *, blocked: bool) -> bool:
    index = source.index
    claimed = any(alias.startswith(CLAIM_ALIAS) for alias in index.aliases)
    return claimed or index.hidden or (index.write_blocked and not blocked)


def is_rollback(operation: Operation) -> bool:
    """Whether a rollback carries it out: pins and what they ask for; nothing is copied or made."""
    if isinstance(operation, AddTemplate):
        return False
    return isinstance(operation, SwapBack | PutTemplate)


def pins_back(history: History, plan: Plan, generation: int | None) -> dict[str, int]:
    """The generation that each call of a plan goes back to.

    Args:
        history: The released history.
        plan: What the cluster stands at.
        generation: The one that is wanted; ``None`` for the one before.

    Raises:
        RefusedError: If something is in the way of the plan, the cluster is ahead of this history,
            or no call has an earlier generation.
    """
    plan.check()
    pins: dict[str, int] = {}
    at: dict[str, int] = {}
    for call in plan.calls:
        if call.ahead:
            raise RefusedError(
                "cluster-ahead",
                "The cluster is ahead of this checkout, which does not know what to go back from.",
                where=call.call,
                fix="Roll back from the checkout that the cluster was migrated from.",
            )
        at[call.call] = call.live_generation if call.pinned is None else call.pinned
        pin = _pin_back(history.calls[call.call], call, at[call.call], generation)
        if pin is not None:
            pins[call.call] = pin
    if not pins:
        raise RefusedError(
            "nothing-to-roll-back",
            "No call has such an earlier generation."
            if generation is not None
            else "No call has an earlier generation.",
            where=", ".join(f"{name} is at generation {number}" for name, number in at.items()),
            fix="See ucaudit status for where calls stand.",
        )
    return pins


def _pin_back(history: CallHistory, call: CallPlan, at: int, wanted: int | None) -> int | None:
    """The generation that a call goes back to from ``at``, if there is one."""
    interrupted = any(isinstance(operation, SwapBack) for operation in call.operations)
    if call.pinned is not None and (wanted == at or (wanted is None and interrupted)):
        return at
    there = {v.generation for v in history.versions} | {g for g in call.documents if g == 0}
    return max((g for g in there if g < at and wanted in (None, g)), default=None)
