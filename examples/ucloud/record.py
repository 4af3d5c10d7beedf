"""Replays the releases of the example service into a folder of recorded history.

The same that ``ucaudit lock`` and ``ucaudit release`` did at each release, in one go:
``python -m examples.ucloud.record schemas``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from examples.ucloud import RELEASES
from examples.ucloud.decisions import DECISIONS
from ucaudit.history.files import write_files
from ucaudit.history.layout import Layout
from ucaudit.history.lock import Decisions, Locked, lock
from ucaudit.history.release import release
from ucaudit.history.store import load_history, load_open, plan_open
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.models import describe

_BOOKKEEPING = frozenset({"for", "why", "answers"})


def record(folder: Path, upto: str | None = None) -> None:
    """Records the releases up to and including ``upto``; those that are there are left alone."""
    layout = Layout(folder)
    folder.mkdir(parents=True, exist_ok=True)
    done = {v.label for call in load_history(folder).calls.values() for v in call.versions}
    for label in RELEASES:
        if label not in done:
            _record_release(layout, label)
        if label == upto:
            return


def _record_release(layout: Layout, label: str) -> None:
    asked = _lock(layout, label, Decisions())
    answers, added = {}, {}
    for locked in asked:
        steps = DECISIONS.get(label, {}).get(locked.call, [])
        questions = {question["undecided"]: question for question in locked.questions}
        answered = {path: step for step in steps if (path := _path(step)) in questions}
        for path, step in answered.items():
            answers[f"{locked.call}:{path}"] = step
        rest = [step for step in steps if step not in answered.values()]
        if rest:
            added[locked.call] = rest
    _lock(layout, label, Decisions(answers, added))
    release(layout, label)


def _lock(layout: Layout, label: str, decisions: Decisions) -> list[Locked]:
    results = lock(
        describe(RELEASES[label]), load_open(layout), load_history(layout.root), decisions
    )
    write_files(plan_open(layout, _entries(results)))
    return results


def _entries(results: Iterable[Locked]) -> list:  # type: ignore[type-arg]
    return [locked.entry for locked in results if locked.entry is not None]


def _path(step: JsonObject) -> str | None:
    """The path of a step, whatever its verb."""
    if "path" in step:
        return str(step["path"])
    return next((str(v) for k, v in step.items() if k not in _BOOKKEEPING), None)


if __name__ == "__main__":
    record(Path(sys.argv[1]))
