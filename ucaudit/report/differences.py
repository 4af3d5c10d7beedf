"""Documents that differ between a source and its copy, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from rich.text import Text

from ucaudit.migrate.compare import Difference

_MOST_CHANGES: Final = 4
_LONGEST: Final = 40


def shown(difference: Difference) -> Iterator[Text]:
    """A document that differs, and what of it."""
    id_, routing = (json.loads(part) if part else "" for part in difference.key)
    line = Text(f"      {difference.kind:<8} ", "red").append(id_, "default")
    yield line.append(f"  routing {routing}" if routing else "", "dim")
    for text in explained(difference):
        yield Text(f"               {text}", "dim")


def explained(difference: Difference) -> list[str]:
    """What differs in a document, field by field."""
    if difference.failure is not None:
        return [str(difference.failure)]
    if difference.kind != "changed" or difference.there is None or difference.expected is None:
        return []
    try:
        expected, there = json.loads(difference.expected), json.loads(difference.there.source)
    except (ValueError, RecursionError):
        return ["the bytes differ; they cannot be read as JSON here"]
    from deepdiff import DeepDiff  # noqa: PLC0415  (slow to load)

    changes = [
        change for group in DeepDiff(expected, there, view="tree").values() for change in group
    ]
    if not changes:
        return ["a number is written in another way"]
    lines = [
        f"{_path(change.path(output_format='list'))}: {_shown(change.t1)} -> {_shown(change.t2)}"
        for change in changes[:_MOST_CHANGES]
    ]
    more = len(changes) - _MOST_CHANGES
    return [*lines, f"… and {more:,} more"] if more > 0 else lines


def _path(parts: list[Any]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in parts)
    return text.removeprefix(".") or "the document"


def _shown(value: Any) -> str:
    # DeepDiff has a value of its own for what is not there.
    if str(value) == "not present":
        return "nothing"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
