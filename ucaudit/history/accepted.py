"""Findings that a project accepts: which, why, and until when; ``schemas/accepted.json``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from ucaudit.diff.model import Finding
from ucaudit.errors import InputError
from ucaudit.history.layout import Layout
from ucaudit.jsontypes import Json, JsonObject, pretty
from ucaudit.sources.reading import read_json

ACCEPTED_FORMAT: Final = "ucaudit.accepted/1"
_TEXTS: Final = ("id", "rule", "owner", "pointer", "message", "reason")
_FEWEST_DIGITS: Final = 6
_MOST_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Acceptance:
    """One accepted cause.

    Attributes:
        id: Of the finding.
        rule: Its rule; this and what follows tells a reader of the file what was accepted.
        owner: Whose schema it is.
        pointer: Where in it.
        message: What the finding said.
        reason: Why it is accepted.
        until: The last day on which it is.
    """

    id: str
    rule: str
    owner: str
    pointer: str
    message: str
    reason: str
    until: date | None = None

    def over(self, day: date) -> bool:
        """Whether its last day was before ``day``."""
        return self.until is not None and self.until < day

    def terms(self) -> JsonObject:
        """Reason and end, as a finding shows them."""
        return {"reason": self.reason, "until": self.until.isoformat() if self.until else None}

    def to_dict(self) -> JsonObject:
        """As in the file."""
        return {**asdict(self), **self.terms()}


Accepted = Mapping[str, Acceptance]
"""Acceptances by the id of their finding."""


def today() -> date:
    """The day that decides what has expired: the same everywhere."""
    return datetime.now(UTC).date()


def load_accepted(layout: Layout) -> dict[str, Acceptance]:
    """What the project accepts; nothing where there is no such file.

    Raises:
        InputError: If the file is not what ``lock`` writes.
    """
    path = layout.accepted_file
    if not path.is_file():
        return {}
    document = read_json(path)
    if not isinstance(document, dict) or document.get("format") != ACCEPTED_FORMAT:
        raise _damaged(path, f"its format is not {ACCEPTED_FORMAT!r}")
    try:
        entries = [_acceptance(entry) for entry in document["accepted"]]
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error
    return {entry.id: entry for entry in entries}


def _acceptance(entry: Json) -> Acceptance:
    texts = {key: entry[key] for key in _TEXTS}
    if not all(isinstance(text, str) for text in texts.values()) or not entry["reason"].strip():
        message = "an acceptance has an id, and a reason that says something"
        raise ValueError(message)
    until = entry["until"]
    return Acceptance(**texts, until=date.fromisoformat(until) if until is not None else None)


def _damaged(path: Path, why: str) -> InputError:
    return InputError(
        "accepted-damaged",
        "The accepted findings cannot be read.",
        where=str(path),
        why=why,
        fix="Restore the file from version control; of a merge conflict, keep both sides' entries.",
    )


def plan_accepted(layout: Layout, accepted: Accepted) -> dict[Path, str | None]:
    """What must be written for the file to hold ``accepted``; ``None`` deletes it."""
    path = layout.accepted_file
    if not accepted:
        return {path: None} if path.is_file() else {}
    entries = sorted(accepted.values(), key=lambda a: (a.owner, a.pointer, a.rule, a.id))
    text = pretty({"format": ACCEPTED_FORMAT, "accepted": [entry.to_dict() for entry in entries]})
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return {}
    return {path: text}


def mark_accepted(findings: Iterable[Finding], accepted: Accepted, day: date) -> None:
    """Says of each finding whether it is accepted on ``day``, or was until then."""
    for finding in findings:
        known = accepted.get(finding.id)
        if known is not None and known.over(day):
            finding.expired = known.terms()
        elif known is not None:
            finding.accepted = known.terms()


def accept(
    findings: Sequence[Finding], ids: Iterable[str], reason: str, until: date | None
) -> dict[str, Acceptance]:
    """Acceptances of those of ``findings`` that ``ids`` name.

    Args:
        findings: What would be released now.
        ids: Ids of findings, or unique beginnings of them.
        reason: Why.
        until: The last day.

    Raises:
        InputError: If one names none of them, or several.
    """
    by_id = {finding.id: finding for finding in findings}
    shown = [f"{f.id} {f.rule}: {f.message}" for f in findings]
    result = {}
    for asked in ids:
        f = by_id[_one(asked, list(by_id), shown, "a finding that would be released now")]
        result[f.id] = Acceptance(f.id, f.rule, f.owner, f.pointer, f.message, reason, until)
    return result


def without(accepted: Accepted, ids: Iterable[str]) -> dict[str, Acceptance]:
    """The acceptances but for those that ``ids`` name.

    Raises:
        InputError: If one names none of them, or several.
    """
    shown = [f"{a.id} {a.rule}: {a.message}" for a in accepted.values()]
    dropped = {_one(asked, list(accepted), shown, "an accepted finding") for asked in ids}
    return {key: entry for key, entry in accepted.items() if key not in dropped}


def _one(asked: str, ids: Sequence[str], shown: Sequence[str], what: str) -> str:
    matches = [key for key in ids if key.startswith(asked.lower())]
    if len(asked) >= _FEWEST_DIGITS and len(matches) == 1:
        return matches[0]
    if len(asked) < _FEWEST_DIGITS:
        why = f"it is too short: at least {_FEWEST_DIGITS} digits are needed"
    elif matches:
        why = f"it is the beginning of {' and '.join(matches)}"
    elif shown:
        more = len(shown) - _MOST_SHOWN
        why = "there is:\n" + "\n".join(f"         {line}" for line in shown[:_MOST_SHOWN])
        why += f"\n         and {more} more" if more > 0 else ""
    else:
        why = "there is none"
    raise InputError(
        "finding-unknown",
        f"{asked!r} does not name {what}.",
        where=asked,
        why=why,
        fix="Give the id that ucaudit diff shows, or the beginning of it.",
    )
