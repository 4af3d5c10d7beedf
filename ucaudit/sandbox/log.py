"""Finds the reason of a failed start in what the engine wrote."""

from __future__ import annotations

import re
from collections.abc import Iterator

# A line of the server's log; what follows without such a start belongs to it.
_HEADER = re.compile(
    r"^\[\d{4}-\d\d-\d\dT[^]]+\]\[(?P<level>\w+)\s*\]\[[^]]*\]\s*(?:\[[^]]*\])?\s*"
)
_EXCEPTION = re.compile(
    r"(?P<type>(?:[a-z]\w*\.)+(?P<name>[A-Z][\w$]*(?:Exception|Error))): (?P<message>.+)$"
)
_VIRTUAL_MACHINE = re.compile(
    r"^(?:Error occurred during initialization|Error: |Unrecognized |Invalid |Conflicting )"
)
_NOISE = (
    "Elasticsearch died while starting up",
    "Elasticsearch did not exit normally",
    "Could not create the Java Virtual Machine",
    "A fatal exception has occurred",
)


def start_failure(log: str) -> str | None:
    """The reason in one line, or ``None`` when the log does not hold one.

    Of a chain of exceptions, the first says what failed, and the last cause says why.
    """
    lines = [line for line in log.splitlines() if not any(noise in line for noise in _NOISE)]
    return (
        _virtual_machine(lines)
        or next(filter(None, map(_chain, _failures(lines))), None)
        or _chain(lines)
        or _last_words(lines)
    )


def _virtual_machine(lines: list[str]) -> str | None:
    for index, line in enumerate(lines):
        if _VIRTUAL_MACHINE.match(line):
            # "Error occurred during initialization of VM" has its reason on the next line.
            bare = line.startswith("Error occurred") and index + 1 < len(lines)
            return f"Java does not start: {lines[index + 1] if bare else line}".strip()
    return None


def _failures(lines: list[str]) -> Iterator[list[str]]:
    """Each entry of level ERROR or FATAL with the lines that belong to it."""
    entry: list[str] | None = None
    for line in lines:
        header = _HEADER.match(line)
        if header:
            if entry:
                yield entry
            entry = [line[header.end() :]] if header["level"] in {"ERROR", "FATAL"} else None
        elif entry is not None:
            entry.append(line)
    if entry:
        yield entry


def _chain(lines: list[str]) -> str | None:
    found = [(line, match) for line in lines if (match := _exception(line))]
    if not found:
        return None
    first = _said(found[0][1])
    causes = [_said(match) for line, match in found if line.lstrip().startswith("Caused by: ")]
    if not causes or causes[-1] in first:
        return first
    return f"{first}: {causes[-1]}"


def _exception(line: str) -> re.Match[str] | None:
    header = _HEADER.match(line)
    if header and header["level"] not in {"ERROR", "FATAL"}:
        return None
    return _EXCEPTION.search(line)


def _said(exception: re.Match[str]) -> str:
    message = exception["message"].strip()
    # Some, such as AccessDeniedException, have a path for a message, and say the rest by name.
    return message if " " in message else f"{exception['name']}: {message}"


def _last_words(lines: list[str]) -> str | None:
    said = [line.strip() for line in lines if not _HEADER.match(line)]
    words = [line for line in said if line and not line.startswith("at ")]
    return words[-1].removeprefix("ERROR: ") if words else None
