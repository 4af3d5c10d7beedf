"""What a change may not leave behind: the gate of a pull request, without a cluster.

Declared calls against the recorded ones, those against a base or the newest release, released
versions against what was released, acceptances against the day. What the base has in the same
bytes was looked at when it came there, and is not looked at again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from ucaudit.config import Config
from ucaudit.diff.model import Diff
from ucaudit.diff.policy import Policies, apply_policy
from ucaudit.errors import InputError
from ucaudit.history.accepted import Accepted, load_accepted, mark_accepted, today
from ucaudit.history.base import Base, find_base
from ucaudit.history.comparison import (
    compare_release,
    newest_released,
    weigh_release,
    weigh_sources,
)
from ucaudit.history.desk import Desk, open_desk
from ucaudit.history.lock import Locked
from ucaudit.history.migration import Migration, migrations
from ucaudit.history.remark import LEVELS, Remark
from ucaudit.history.sources import Source, load_source
from ucaudit.history.store import load_history, load_open
from ucaudit.history.version import History
from ucaudit.sources.record import CallSchemas

_LOCK: Final = "Run ucaudit lock, look at what it writes, and commit it."
_MOST_FILES: Final = 3


@dataclass(frozen=True, slots=True)
class Checked:
    """What a check found.

    Attributes:
        against: What was compared with; ``None`` for the newest released versions.
        declared: Where the calls are declared; ``None`` if only what is recorded was looked at.
        diff: What changed.
        remarks: What else is wrong, loudest first.
        migrations: What the change asks of the audit indices.
        after: The calls as they are now, but for those that did not change.
        before: What they were compared with, likewise.
        history: The released versions of the calls that were looked at.
    """

    against: str | None
    declared: str | None
    diff: Diff
    remarks: list[Remark] = field(default_factory=list)
    migrations: list[Migration] = field(default_factory=list)
    after: list[CallSchemas] = field(default_factory=list)
    before: Source = field(default_factory=lambda: Source([]))
    history: History = field(default_factory=History)


def check(config: Config, *, against: str | None = None, source: str | None = None) -> Checked:
    """Checks a project.

    Args:
        config: The project.
        against: Base: a source, or ``git:REVISION`` for the recorded folder at that revision; by
            default the newest released versions.
        source: Where the calls are declared; by default only what is recorded is looked at.

    Raises:
        InputError: If the base, the declared calls or the configuration cannot be read, or nothing
            is recorded. What is wrong within the recorded folder is remarked instead.
    """
    base = find_base(against, config) if against is not None else None
    declared = load_source(source, config.root).calls if source is not None else None
    desk = open_desk(config, declared, base)
    results = desk.lock()
    now = [r.entry.schemas for r in results if r.entry is not None]
    now += [call for call in desk.calls if call.name in desk.broken]
    policies = Policies.of(config)
    diff, before = _compare(desk, base, now, policies)
    accepted = load_accepted(desk.layout)
    mark_accepted(diff.findings, accepted, today())
    seen = {finding.id for finding in diff.findings}
    apply_policy(diff, policies)
    remarks = [
        *desk.remarks,
        *_stale(desk, results),
        *_undecided(desk, results),
        *_expired(desk, base, {k: a for k, a in accepted.items() if k not in seen}, policies),
    ]
    return Checked(
        base.name if base is not None else None,
        source,
        diff,
        sorted(remarks, key=lambda r: (LEVELS.index(r.level), r.name, r.call or "")),
        [*migrations(results, desk.history, base.released() if base is not None else None)],
        now,
        before,
        desk.history,
    )


def _compare(
    desk: Desk, base: Base | None, now: Sequence[CallSchemas], policies: Policies
) -> tuple[Diff, Source]:
    """The calls as they are now against the base, else against the newest released versions."""
    reading = desk.config.unknown_fields
    if base is None:
        return weigh_release(desk.legible, now, policies, reading), newest_released(desk.legible)
    idle = desk.idle
    before = desk.before(base, now)
    diff = weigh_sources(
        Source([*before.calls, *idle], before.accumulated),
        Source([*now, *idle]),
        policies,
        lambda _: desk.history,
        reading,
    )
    return diff, before


def _stale(desk: Desk, results: Iterable[Locked]) -> Iterator[Remark]:
    files = desk.stale(results)
    if not files:
        return
    there = [path for path in files if path.is_file()]
    names = [str(path.relative_to(desk.layout.root)) for path in files]
    more = len(names) - _MOST_FILES
    text = ", ".join(names[:_MOST_FILES]) + (f" and {more:,} more" if more > 0 else "")
    stale = [r.call for r in results if r.entry is None or desk.file(r.call) in files]
    yield Remark(
        "lock-stale",
        "error",
        f"{desk.config.schemas}/ is not what is declared: lock would write {text}"
        if desk.declared
        else f"{desk.config.schemas}/ is not as lock writes it: it would write {text}",
        stale[0] if len(stale) == 1 else None,
        there[0] if there else None,
        _LOCK,
    )


def _undecided(desk: Desk, results: Iterable[Locked]) -> Iterator[Remark]:
    for locked in results:
        questions = locked.questions
        if questions:
            first = questions[0]
            more = f", and {len(questions) - 1} more" if len(questions) > 1 else ""
            yield Remark(
                "steps-undecided",
                "error",
                f"nobody decided what becomes of stored {first['undecided']}{more}: {first['why']}",
                locked.call,
                desk.file(locked.call),
                "Run ucaudit lock: it shows the answers that --decide takes.",
            )


def _expired(
    desk: Desk, base: Base | None, unseen: Accepted, policies: Policies
) -> Iterator[Remark]:
    """Acceptances whose last day is over, of findings that the comparison does not show."""
    over = [entry for entry in unseen.values() if entry.over(today())]
    if not over:
        return
    # A break that came with an earlier change may still wait for its release.
    waiting = _to_be_released(desk, policies) if base is not None else frozenset()
    for entry in over:
        still = entry.id in waiting
        yield Remark(
            "acceptance-expired" if still else "acceptance-idle",
            "error" if still else "warning",
            f"accepted until {entry.until}, "
            + ("and still to be released: " if still else "and not there any more: ")
            + entry.message,
            None,
            desk.layout.accepted_file,
            f"Accept it again with a later day (ucaudit lock --accept {entry.id} --reason … "
            f"--until …), or undo the change."
            if still
            else f"Drop it: ucaudit lock --unaccept {entry.id}",
            desk.line_of_acceptance(entry.id),
        )


def _to_be_released(desk: Desk, policies: Policies) -> frozenset[str]:
    calls = desk.declared
    damaged: list[InputError] = []
    history = load_history(desk.layout.root, damaged=damaged)
    if calls is None:
        calls = [entry.schemas for entry in load_open(desk.layout, damaged).values()]
    diff = compare_release(history, calls, policies, desk.config.unknown_fields)
    return frozenset(finding.id for finding in diff.findings)
