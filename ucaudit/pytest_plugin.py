"""The pytest fixture ``ucaudit_engine_url``: a genuine engine for a whole test run.

Loaded by pytest wherever ucaudit is installed, so nothing but the standard library and pytest is
imported before the fixture is used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from ucaudit.errors import UcauditError

# Half the time to start; a test run ends before the better compiler would pay off.
_JAVA_OPTIONS = ("-XX:TieredStopAtLevel=1",)


@pytest.fixture(scope="session")
def ucaudit_engine_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of an engine: ``UCAUDIT_TEST_URL``, else one in Docker, else the sandbox.

    It is started once for the whole run (also with pytest-xdist) and ended with it.
    """
    from ucaudit.errors import UcauditError

    with ExitStack() as stack:
        failure: UcauditError | None = None
        try:
            given = os.environ.get("UCAUDIT_TEST_URL")
            if given:
                url = _checked(given)
            elif hasattr(request.config, "workerinput"):
                url = _shared(tmp_path_factory.getbasetemp().parent)
            else:
                url = _own(stack)
        except UcauditError as error:
            failure = error
        if failure:  # outside of the handler: pytest would show both exceptions
            _fail(failure)
        yield url


def _own(stack: ExitStack) -> str:
    from ucaudit.errors import RefusedError
    from ucaudit.sandbox import Sandbox
    from ucaudit.sandbox.docker import DockerSandbox, docker_answers

    if docker_answers():
        # A Docker that has no such image and may not pull it is as good as none.
        with suppress(RefusedError):
            return stack.enter_context(DockerSandbox()).url
    return stack.enter_context(Sandbox(java_options=_JAVA_OPTIONS)).url


def _shared(folder: Path) -> str:
    """The first of xdist's workers starts the engine; it ends with their common parent."""
    from ucaudit.sandbox import Sandbox
    from ucaudit.sandbox.locking import file_lock

    note = folder / "ucaudit-engine.json"
    with file_lock(folder / "ucaudit-engine.lock"):
        if note.exists():
            url: str = json.loads(note.read_text(encoding="utf-8"))["url"]
            return url
        sandbox = Sandbox(java_options=_JAVA_OPTIONS)
        url = sandbox.start().url
        sandbox.detach(until_pid=os.getppid())
        note.write_text(json.dumps({"url": url}), encoding="utf-8")
        return url


def _checked(url: str) -> str:
    from urllib.parse import urlsplit

    from ucaudit.errors import RefusedError
    from ucaudit.sandbox.process import listens

    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 9200)
    if not listens(parts.hostname or "", port):
        raise RefusedError(
            "engine-unreachable",
            "The engine that UCAUDIT_TEST_URL names does not answer.",
            where=f"{parts.hostname}:{port}",
            fix="Start it, or unset UCAUDIT_TEST_URL to have one started.",
        )
    return url


def _fail(error: UcauditError) -> NoReturn:
    lines = [f"No engine for the tests: {error}"]
    if error.fix:
        lines.append(f"fix: {error.fix}")
    pytest.fail("\n".join(lines), pytrace=False)
