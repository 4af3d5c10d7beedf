"""Terminals of any width, none at all, and readers that leave early."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3[0-7]|9[0-7]|38;[\d;]+)(?:;\d+)*m")
ESCAPE = re.compile(r"\x1b\[[\d;?]*[A-Za-z]")


@pytest.fixture
def changed(service):
    """The service with a break of the request that is not locked."""
    service.edit("port: str =", "port: int =")
    return service


def on_terminal(service, *arguments, width=80, **environment):
    """Exit code and output of a command on a terminal of that width."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    plain = {k: v for k, v in service.environment.items() if k not in ("COLUMNS", "NO_COLOR")}
    with subprocess.Popen(
        [sys.executable, "-m", "ucaudit", *arguments],
        cwd=service.root,
        env={**plain, "TERM": "xterm-256color", **environment},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        read = []
        try:
            while chunk := os.read(ours, 65536):
                read.append(chunk)
        except OSError:
            pass  # a terminal whose other side is closed says so with an error
        os.close(ours)
    return process.returncode, b"".join(read).decode().replace("\r\n", "\n")


def test_a_terminal_gets_colours_and_a_pipe_none(changed):
    code, out = on_terminal(changed, "check", "--against", "git:main")
    assert (code, bool(COLOUR.search(out))) == (1, True)
    piped = changed.process("check", "--against", "git:main")
    assert (piped.code, "\x1b" in piped.out) == (1, False)
    assert ESCAPE.sub("", out).split() == piped.out.split()


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colours_are_left_out_where_nobody_wants_them(changed, environment):
    code, out = on_terminal(changed, "check", "--against", "git:main", **environment)
    assert (code, COLOUR.search(out)) == (1, None)
    code, out = on_terminal(changed, "check", "--against", "git:nowhere", **environment)
    assert (code, COLOUR.search(out), "revision-missing" in out) == (2, None, True)


COMMANDS = [
    ("check", "--against", "git:main"),
    ("diff", "schemas", "app.calls:calls"),
    ("lock", "--check"),
    ("names",),
    ("schema",),
    ("rule", "type-changed"),
    ("rule", "--all"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_narrow_terminal_loses_nothing(changed, command):
    wide = on_terminal(changed, *command, width=500)[1]
    code, narrow = on_terminal(changed, *command, width=40)
    narrow, wide = ESCAPE.sub("", narrow), ESCAPE.sub("", wide)
    assert code in (0, 1)
    assert max(map(len, narrow.splitlines())) <= 40
    # Only documents that prove something are shortened; JSON has them whole.
    shortened = [line for line in narrow.splitlines() if line.endswith("…")]
    assert all('{"' in line or "[" in line for line in shortened)
    if not shortened:
        # Cells of a table are folded side by side: the order of characters is another.
        assert sorted("".join(narrow.split())) == sorted("".join(wide.split()))


def test_what_a_person_reads_fits_80_columns(changed):
    for command in COMMANDS:
        out = ESCAPE.sub("", on_terminal(changed, *command)[1])
        assert max(map(len, out.splitlines())) <= 80


@pytest.mark.parametrize("arguments", [
    ("check", "--against", "git:main"),
    ("check", "--against", "git:main", "--format", "json"),
    ("check", "--against", "git:main", "--format", "github"),
    ("diff", "schemas", "app.calls:calls"),
    ("rule", "--all"),
    ("schema", "plan"),
    ("--help",),
])  # fmt: skip
def test_a_reader_that_leaves_early_changes_no_exit_code(changed, arguments):
    whole = changed.process(*arguments)
    # The pipe has no reader from the start: the first byte breaks it.
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "ucaudit", *arguments],
        cwd=changed.root,
        env=changed.environment,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (whole.code, whole.err)
