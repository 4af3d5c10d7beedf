"""Follows a page of the documentation word by word: writes its files, runs its commands, compares.

A code block with a title is a file. A ``console`` block holds commands after ``$ `` and what they
print; ``<!-- exit: 1 -->`` before it says that its last command ends so, and ``<!-- by hand -->``
that it is for people only. ``<!-- run: COMMAND -->`` is for the machine only. Dates, times, sizes
and digests are compared by form.

``UCAUDIT_WRITE_DOCS=1`` writes what the commands print into the page instead: read every line of
the difference.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_BLOCK = re.compile(
    r"(?P<note>(?:<!-- [^\n]* -->\n)?)^```(?P<info>[^\n]*)\n(?P<body>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_ASIDE = re.compile(r"^<!-- run: (?P<command>[^\n]*) -->$", re.MULTILINE)
_TITLE = re.compile(r'title="([^"]+)"')
_EITHER = re.compile(f"{_ASIDE.pattern}|{_BLOCK.pattern}", re.DOTALL | re.MULTILINE)
_FORMS = (
    (r"\d{4}[-.]\d{2}[-.]\d{2}(T[\d:.+]+Z?)?", "DAY"),
    (r"\d\d:\d\d( UTC)?", "TIME"),
    (r"\b\d+(\.\d+)? (B|kB|MB|GB)\b", "SIZE"),
    (r"\bin \d+\.\d s\b", "in SECONDS"),
    (r"\b[0-9a-f]{8,16}\b", "DIGEST"),
    (r"http://127\.0\.0\.1:\d+", "URL"),
    # A longer number may break a line elsewhere.
    (r"\s+", " "),
)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page."""

    note: str
    info: str
    body: str

    @property
    def file(self) -> str | None:
        """The file that it is, if it is one."""
        found = _TITLE.search(self.info)
        return found[1] if found else None

    @property
    def exit_code(self) -> int:
        """What its last command ends with."""
        found = re.search(r"exit: (\d+)", self.note)
        return int(found[1]) if found else 0

    @property
    def runs(self) -> bool:
        """Whether its commands are for the machine, too."""
        return self.info.startswith("console") and "by hand" not in self.note


def commands(body: str) -> Iterator[tuple[str, str]]:
    """Commands, and what each is said to print."""
    for part in re.split(r"^\$ ", body, flags=re.MULTILINE)[1:]:
        command, _, said = part.partition("\n")
        yield command, said


def by_form(text: str) -> str:
    """``text`` without what differs from run to run."""
    for pattern, form in _FORMS:
        text = re.sub(pattern, form, text, flags=re.MULTILINE)
    return text.strip()


@dataclass(slots=True)
class Walk:
    """One reader in an empty folder.

    Attributes:
        folder: The folder.
        page: What is followed.
        environment: What is added to the environment.
        names: Text of the page to text that stands for it here, of the same length.
    """

    folder: Path
    page: Path
    environment: dict[str, str]
    names: dict[str, str]

    def follow(self) -> None:
        """Follows the whole page.

        Raises:
            AssertionError: If a command ends or prints otherwise than the page says.
        """
        text = self.page.read_text(encoding="utf-8")
        written = _EITHER.sub(self._block, text)
        if os.environ.get("UCAUDIT_WRITE_DOCS"):
            self.page.write_text(written, encoding="utf-8")

    def _block(self, found: re.Match[str]) -> str:
        if found["command"] is not None:
            code, printed = self._run(found["command"])
            assert code == 0, f"$ {found['command']}\n{printed}"
            return found[0]
        block = Block(found["note"], found["info"], found["body"])
        if block.file is not None:
            path = self.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self._here(block.body), encoding="utf-8")
        if not block.runs:
            return found[0]
        steps = list(commands(block.body))
        lines = []
        for number, (command, said) in enumerate(steps, 1):
            code, printed = self._run(command)
            expected = block.exit_code if number == len(steps) else 0
            assert code == expected, f"$ {command}\n{printed}\nends with {code}, not {expected}"
            if not os.environ.get("UCAUDIT_WRITE_DOCS"):
                assert by_form(printed) == by_form(said), f"$ {command}\n{printed}"
            lines.append(f"$ {command}\n{printed}")
        return f"{block.note}```{block.info}\n{''.join(lines)}```"

    def _run(self, command: str) -> tuple[int, str]:
        done = subprocess.run(
            ["bash", "-c", self._here(command)],
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "80", "NO_COLOR": "1", **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        printed = done.stdout
        for name, here in self.names.items():
            printed = printed.replace(here, name)
        printed = "".join(f"{line.rstrip()}\n" for line in printed.splitlines())
        return done.returncode, printed

    def _here(self, text: str) -> str:
        for name, here in self.names.items():
            text = text.replace(name, here)
        return text


def programs(folder: Path) -> dict[str, str]:
    """An environment in which ``ucaudit`` and ``python`` are those of this checkout."""
    folder.mkdir()
    for name, arguments in (("ucaudit", "-m ucaudit"), ("python", "")):
        program = folder / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
