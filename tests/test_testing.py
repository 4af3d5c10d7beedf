"""The ready-made tests, run as a service runs them."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs  # noqa: F401  (libraries in Rust are loaded once: pytester forgets modules)
import pytest

import ucaudit.diff.witness
import ucaudit.history.check
import ucaudit.history.rehearsal
import ucaudit.sources.models
import ucaudit.transform.derive  # noqa: F401  (as above)
from tests.service import CALLS, INTEGER_PORT, Service
from ucaudit.mapping import compile as compiling

pytest_plugins = ["pytester"]

PORT = """class Port(BaseModel):
    id: int

"""
Checkout = Callable[[Service], Service]
NAMES = (
    "test_mappings_keep_to_limits",
    "test_migrations_run_on_samples",
    "test_no_unaccepted_break",
    "test_schemas_are_locked",
)


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Service:
    """All calls are released, and the one line is in the tests."""
    service = Service(tmp_path_factory.mktemp("service"))
    service.release()
    (service.root / "tests").mkdir()
    (service.root / "tests" / "test_ucaudit.py").write_text("from ucaudit.testing import *\n")
    return service


@pytest.fixture(scope="module")
def decided(released: Service, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """``jobs.create`` starts a second generation, whose step is a function of the service."""
    service = released.copied(tmp_path_factory.mktemp("decided") / "service")
    service.declare(CALLS.replace("class C", PORT + "class C").replace("port: str", "port: Port"))
    define(service, '{"id": int(port)}')
    call = '{"python": "files_service.steps:port", "path": ""}'
    service.ucaudit("lock", "--decide", f"jobs.create:requestJson.port={call}")
    return service


def define(service: Service, result: str) -> None:
    """Says what becomes of an old port."""
    lines = ["def port(port):", "    if isinstance(port, dict):", "        return port"]
    (service.package / "steps.py").write_text("\n".join([*lines, f"    return {result}\n"]))


@pytest.fixture
def checkout(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    """Copies a service to where its tests are run."""

    def copied(service: Service) -> Service:
        service = service.copied(pytester.path / "checkout")
        monkeypatch.chdir(service.root)
        monkeypatch.syspath_prepend(str(service.root / "src"))
        monkeypatch.delenv("UCAUDIT_CONFIG", raising=False)
        return service

    return copied


@pytest.fixture
def service(released: Service, checkout: Checkout) -> Service:
    return checkout(released)


@pytest.fixture
def step(decided: Service, checkout: Checkout) -> Service:
    return checkout(decided)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    """Runs the service's tests; nothing may show a traceback."""
    options = ["-p", "no:cacheprovider", "-W", "error", f"--rootdir={Path.cwd()}"]
    result = pytester.runpytest_inprocess(*options, *(arguments or ("tests",)))
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    assert "ucaudit/testing.py:" not in result.stdout.str()
    return result


def test_all_pass_where_all_is_released(service: Service, pytester: pytest.Pytester) -> None:
    result = run(pytester, "-v", "tests")
    result.assert_outcomes(passed=4)
    for name in NAMES:
        assert f"tests/test_ucaudit.py::{name} PASSED" in result.stdout.str()


@pytest.mark.parametrize("mode", ["prepend", "importlib"])
def test_no_file_is_needed(service: Service, pytester: pytest.Pytester, mode: str) -> None:
    run(pytester, "--pyargs", "ucaudit.testing", f"--import-mode={mode}").assert_outcomes(passed=4)


def test_a_forgotten_lock_names_the_files(service: Service, pytester: pytest.Pytester) -> None:
    service.declare(CALLS.replace("path: str", "path: str\n    depth: int = 1"))
    result = run(pytester)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "The recorded history is not what it has to be:",
            "  schemas/files.browse.json:1: files.browse: schemas/ is not what is declared: lock*",
            "fix: Run ucaudit lock, look at what it writes, and commit it.",
        ]
    )


def test_a_break_is_named_until_it_is_accepted(service: Service, pytester: pytest.Pytester) -> None:
    service.declare(INTEGER_PORT)
    service.ucaudit("lock")
    result = run(pytester)
    result.assert_outcomes(passed=3, failed=1)
    result.stdout.fnmatch_lines(
        [
            "A release would break what the policy guards:",
            "  src/files_service/calls.py:6: jobs.create: port changes from string to integer*",
            "fix: Take it back, or accept it: ucaudit lock --accept ID --reason TEXT",
        ]
    )
    # In CI pytest says it once more in its summary.
    line = next(line for line in result.outlines if "port changes" in line)
    found = line.rpartition(" ")[2].rstrip("]")
    service.ucaudit("lock", "--accept", found, "--reason", "nobody calls it")
    run(pytester).assert_outcomes(passed=4)


def test_fields_beyond_a_limit_are_named(
    service: Service, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiling, "MOST_FIELDS", 1)
    result = run(pytester, "tests", "-k", "limits")
    result.assert_outcomes(failed=1, deselected=3)
    result.stdout.fnmatch_lines(
        [
            "Fields are kept, but cannot be found:",
            "  jobs.create: requestJson is kept but not indexed: the mapping would have more*",
            "fix: Split the call, or keep parts out of the index *",
        ]
    )
    assert "files.browse" not in result.stdout.str()


def rehearsed(pytester: pytest.Pytester) -> pytest.RunResult:
    return run(pytester, "tests", "-k", "migrations", "-rP")


def test_steps_may_refuse_values(step: Service, pytester: pytest.Pytester) -> None:
    result = rehearsed(pytester)
    result.assert_outcomes(passed=1, deselected=3)
    result.stdout.fnmatch_lines(
        ["jobs.create: * samples of generation 1 to 2, * become dead letters"]
    )


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("port[7]", "IndexError: string index out of range"),
        ("port", "jobs.create: requestJson.port: an object field takes no plain values"),
        ("int('x')", "jobs.create: every sample becomes a dead letter: call files_service.steps"),
    ],
)
def test_faults_of_steps_fail(
    step: Service, pytester: pytest.Pytester, result: str, said: str
) -> None:
    define(step, result)
    ran = rehearsed(pytester)
    ran.assert_outcomes(failed=1, deselected=3)
    assert "Stored documents do not come through the newest migration:" in ran.outlines
    assert said in ran.stdout.str()


def test_a_function_that_is_gone_is_named(step: Service, pytester: pytest.Pytester) -> None:
    (step.package / "steps.py").unlink()
    result = rehearsed(pytester)
    result.assert_outcomes(failed=1, deselected=3)
    assert "A Python function of a transform step cannot be used." in result.stdout.str()


@pytest.mark.parametrize(("port", "passed"), [("443", 1), ("https", 0)])
def test_samples_of_ones_own_have_to_come_through(
    step: Service, pytester: pytest.Pytester, port: str, passed: int
) -> None:
    conftest = f"""
        import pytest

        @pytest.fixture(scope="session")
        def ucaudit_samples():
            return {{"jobs.create": [{{"requestJson": {{"port": "{port}"}}}}]}}
    """
    (step.root / "tests" / "conftest.py").write_text(textwrap.dedent(conftest))
    result = rehearsed(pytester)
    result.assert_outcomes(passed=passed, failed=1 - passed, deselected=3)
    if not passed:
        assert '{"requestJson":{"port":"https"}}' in result.stdout.str()


def test_an_engine_that_cannot_be_asked_is_no_reason_to_pass(
    step: Service, pytester: pytest.Pytester
) -> None:
    conftest = """
        import pytest

        @pytest.fixture(scope="session")
        def ucaudit_tests_url():
            return "http://127.0.0.1:9"
    """
    (step.root / "tests" / "conftest.py").write_text(textwrap.dedent(conftest))
    result = run(pytester, "tests", "-k", "limits or migrations")
    result.assert_outcomes(failed=2, deselected=2)
    assert "The cluster cannot be reached." in result.stdout.str()


def test_calls_that_cannot_be_imported_are_one_error(
    service: Service, pytester: pytest.Pytester
) -> None:
    service.declare("import nowhere")
    result = run(pytester)
    result.assert_outcomes(passed=2, errors=2)
    assert "ModuleNotFoundError: No module named 'nowhere'" in result.stdout.str()


def test_a_project_that_is_not_set_up_is_told_how(
    service: Service, pytester: pytest.Pytester
) -> None:
    (service.root / "pyproject.toml").unlink()
    result = run(pytester)
    result.assert_outcomes(passed=2, errors=2)
    assert "Nobody says where the calls are declared." in result.stdout.str()
    assert "During handling of the above exception" not in result.stdout.str()
