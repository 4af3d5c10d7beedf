"""Differences in what a schema says beside its values: hints, marks, defaults, kinds of content."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ucaudit.diff.local import Local
from ucaudit.jsontypes import JsonObject
from ucaudit.schema.node import Node

_MARKS: Final = (
    ("readOnly", "read-only", "set by the service only"),
    ("writeOnly", "write-only", "for callers to send only"),
    ("deprecated", "deprecation", "deprecated"),
)
_CONTENT: Final = ("contentEncoding", "contentMediaType")
# Hints that say more than another type, and their rules when they come and go.
_HINTS: Final = (
    ("none", "indexing-stopped", "indexing-started"),
    ("text", "full-text-added", "full-text-removed"),
    ("nested", "nesting-added", "nesting-removed"),
)


def compare_notes(old: Node, new: Node, anchor: str) -> Iterator[Local]:
    """What differs beside the values; none of it changes what anybody may send."""
    if old.redacted != new.redacted:
        hidden = new.redacted
        text = "{at} is no longer logged" if hidden else "{at} is logged now, and was kept out"
        yield _note(
            "redaction-added" if hidden else "redaction-removed",
            {"redact": old.redacted},
            {"redact": new.redacted},
            text,
            anchor,
        )
    yield from _marks(old, new, anchor)
    hints = _notes(old.audit, "index"), _notes(new.audit, "index")
    if hints[0] != hints[1]:
        text = f"{{at}} is to be indexed as {hints[1].get('index', 'its type says')}"
        yield _note(_hint_rule(*hints), *hints, text, anchor)
    content = _notes(old.notes, *_CONTENT), _notes(new.notes, *_CONTENT)
    if content[0] != content[1]:
        yield _note(f"content-{_change(*content)}", *content, "{at} has other content", anchor)
    defaults = _notes(old.notes, "default"), _notes(new.notes, "default")
    if all(defaults) and defaults[0] != defaults[1]:
        yield _note("default-changed", *defaults, "{at} has another default", anchor)


def compare_defaults(old: Node, new: Node, anchor: str) -> Iterator[Local]:
    """A default that comes or goes, at a field that is not also required or freed by it."""
    defaults = _notes(old.notes, "default"), _notes(new.notes, "default")
    if bool(defaults[0]) != bool(defaults[1]):
        text = f"{{at}} has {'a default now' if defaults[1] else 'no default any more'}"
        yield _note(f"default-{_change(*defaults)}", *defaults, text, anchor)


def _marks(old: Node, new: Node, anchor: str) -> Iterator[Local]:
    for keyword, rule, words in _MARKS:
        marked = [node.notes.get(keyword) is True for node in (old, new)]
        # What only callers send is not logged: where that changes, it has been said.
        said = keyword == "writeOnly" and old.redacted != new.redacted
        if marked[0] != marked[1] and not said:
            yield _note(
                f"{rule}-{'added' if marked[1] else 'removed'}",
                {keyword: marked[0]},
                {keyword: marked[1]},
                f"{{at}} is {words} now" if marked[1] else f"{{at}} is no longer {words}",
                anchor,
            )


def _hint_rule(old: JsonObject, new: JsonObject) -> str:
    for hint, added, removed in _HINTS:
        if hint in (old.get("index"), new.get("index")):
            return added if new.get("index") == hint else removed
    return f"index-hint-{_change(old, new)}"


def _change(old: JsonObject, new: JsonObject) -> str:
    return "changed" if old and new else "added" if new else "removed"


def _notes(notes: JsonObject, *keys: str) -> JsonObject:
    return {key: notes[key] for key in keys if key in notes}


def _note(rule: str, old: JsonObject, new: JsonObject, text: str, anchor: str) -> Local:
    return Local(rule, old, new, text, "ok", "ok", anchor=anchor)
