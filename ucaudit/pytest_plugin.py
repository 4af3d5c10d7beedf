"""Fixtures: a genuine engine for a whole test run, and what the tests of ``ucaudit.testing`` need.

Loaded by pytest wherever ucaudit is installed, so nothing but the standard library and pytest is
imported before the fixture is used.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from ucaudit.config import Config
    from ucaudit.history.check import Checked
    from ucaudit.history.version import History
    from ucaudit.jsontypes import JsonObject
    from ucaudit.sandbox.artifacts import Engine

# Half the time to start; a test run ends before the better compiler would pay off.
_JAVA_OPTIONS = ("-XX:TieredStopAtLevel=1",)
_MOST_LINES = 20


@pytest.fixture(scope="session")
def ucaudit_engine_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The URL of an engine: ``UCAUDIT_TEST_URL``, else one in Docker, else the sandbox.

    ``UCAUDIT_TEST_ENGINE`` says which one (see ``ucaudit sandbox engines``). It is started once for
    the whole run (also with pytest-xdist) and ended with it.
    """
    with ExitStack() as stack, failing_plainly("No engine for the tests: "):
        given = os.environ.get("UCAUDIT_TEST_URL")
        if given:
            url = _checked(given)
        elif hasattr(request.config, "workerinput"):
            url = _shared(tmp_path_factory.getbasetemp().parent)
        else:
            url = _own(stack)
        yield url


def _own(stack: ExitStack) -> str:
    from ucaudit.errors import RefusedError
    from ucaudit.sandbox import Sandbox
    from ucaudit.sandbox.docker import DockerSandbox, docker_answers

    engine = _engine()
    if engine.image and docker_answers():
        # A Docker that has no such image and may not pull it is as good as none.
        with suppress(RefusedError):
            return stack.enter_context(DockerSandbox(engine=engine.name)).url
    return stack.enter_context(Sandbox(engine=engine.name, java_options=_JAVA_OPTIONS)).url


def _engine() -> Engine:
    from ucaudit.sandbox.artifacts import DEFAULT_ENGINE, engine_named

    return engine_named(os.environ.get("UCAUDIT_TEST_ENGINE") or DEFAULT_ENGINE)


def _shared(folder: Path) -> str:
    """The first of xdist's workers starts the engine; it ends with their common parent."""
    from ucaudit.sandbox import Sandbox
    from ucaudit.sandbox.locking import file_lock

    note = folder / "ucaudit-engine.json"
    with file_lock(folder / "ucaudit-engine.lock"):
        if note.exists():
            url: str = json.loads(note.read_text(encoding="utf-8"))["url"]
            return url
        sandbox = Sandbox(engine=_engine().name, java_options=_JAVA_OPTIONS)
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


@pytest.fixture(scope="session")
def ucaudit_config(pytestconfig: pytest.Config) -> Config:
    """The project: what ``UCAUDIT_CONFIG`` names, else the nearest at or above pytest's root."""
    from ucaudit.config import load_config

    given = os.environ.get("UCAUDIT_CONFIG")
    with failing_plainly():
        return load_config(Path(given) if given else None, start=pytestconfig.rootpath)


@pytest.fixture(scope="session")
def ucaudit_checked(ucaudit_config: Config) -> Checked:
    """What ``ucaudit check`` says of the calls as they are now, against the newest release."""
    from ucaudit.history.check import check
    from ucaudit.history.pending import declared_source

    with failing_plainly():
        return check(ucaudit_config, source=declared_source(ucaudit_config))


@pytest.fixture(scope="session")
def ucaudit_history(ucaudit_config: Config) -> History:
    """The recorded versions, open ones among them."""
    import sys

    from ucaudit.history.store import load_history

    if str(ucaudit_config.root) not in sys.path:
        sys.path.insert(0, str(ucaudit_config.root))  # Python steps are modules of the project.
    with failing_plainly():
        return load_history(ucaudit_config.schemas_path, allow_open=True)


@pytest.fixture(scope="session")
def ucaudit_samples() -> Mapping[str, Sequence[JsonObject]]:
    """Call to audit documents that have to come through; override it to give some."""
    return {}


@pytest.fixture(scope="session")
def ucaudit_tests_url() -> str | None:
    """An engine that the ready-made tests ask, too; override it to give one."""
    return None


@contextmanager
def failing_plainly(what: str = "") -> Iterator[None]:
    """Fails with what an error says after ``what``, and no traceback of ours."""
    from ucaudit.errors import UcauditError

    try:
        yield
    except UcauditError as error:
        lines = [f"{what}{error}", *([f"fix: {error.fix}"] if error.fix else [])]
        raise pytest.fail.Exception("\n".join(lines), pytrace=False) from None


def fail_with(what: str, lines: Sequence[str], *, fix: str | None = None) -> NoReturn:
    """Fails with a list of what is wrong: the first 20, and how many more there are."""
    shown = [f"  {line}" for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        shown.append(f"  and {len(lines) - _MOST_LINES} more")
    pytest.fail("\n".join([f"{what}:", *shown, *([f"fix: {fix}"] if fix else [])]), pytrace=False)
