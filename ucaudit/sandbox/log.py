"""Finds the reason of a failed start in what the engine wrote."""

from __future__ import annotations

import re

# A class name with its message, as Java prints it at the top of a trace or after "Caused by: ".
_EXCEPTION = re.compile(
    r"^(?:Caused by: |ERROR: |Exception in thread \"[^\"]*\" )?"
    r"(?P<type>(?:[a-z][\w$]*\.)+[A-Z][\w$]*(?:Exception|Error)): (?P<message>.+)$"
)
_VIRTUAL_MACHINE = re.compile(
    r"^(?:Error: |Unrecognized |Invalid |Conflicting |Error occurred during initialization)"
)
_SERVER_ERROR = re.compile(r"\[(?:ERROR|FATAL)\s*\]\[[^]]*\]\s*(?:\[[^]]*\]\s*)?(?P<message>.+)$")
_NOISE = (
    "fatal exception while booting Elasticsearch",
    "Elasticsearch died while starting up",
    "Could not create the Java Virtual Machine",
    "A fatal exception has occurred",
)


def start_failure(log: str) -> str | None:
    """The reason in one line, or ``None`` when the log does not hold one.

    The first exception says what failed; the last cause of its chain says why.
    """
    lines = [line.strip() for line in log.splitlines()]
    for index, line in enumerate(lines):
        if _VIRTUAL_MACHINE.match(line) and not _is_noise(line):
            return _virtual_machine_reason(lines[index:])
    exceptions = [match for line in lines if (match := _EXCEPTION.match(line))]
    if exceptions:
        return _chain_reason(exceptions)
    errors = [
        match["message"]
        for line in lines
        if (match := _SERVER_ERROR.search(line)) and not _is_noise(line)
    ]
    if errors:
        return errors[0]
    said = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return next((line for line in said if not _is_noise(line)), None)


def _virtual_machine_reason(lines: list[str]) -> str:
    if lines[0].startswith("Error occurred during initialization") and len(lines) > 1:
        return f"Java does not start: {lines[1]}"
    return f"Java does not start: {lines[0]}"


def _chain_reason(exceptions: list[re.Match[str]]) -> str:
    first = exceptions[0]["message"]
    last = next(
        (match["message"] for match in reversed(exceptions) if match[0].startswith("Caused by: ")),
        first,
    )
    return first if last in first else f"{first}: {last}"


def _is_noise(line: str) -> bool:
    return any(text in line for text in _NOISE)
