"""The build hook: what it bakes into a wheel, and what it does not let be built."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from tests.service import CALLS, INTEGER_PORT, Service


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> Service:
    service = Service(tmp_path_factory.mktemp("service"))
    service.release()
    return service


@pytest.fixture
def service(released: Service, tmp_path: Path) -> Service:
    """A checkout whose calls are all released."""
    return released.copied(tmp_path / "service")


def install(service: Service, place: Path) -> Path:
    """Unpacks the wheel that was built last, as an installer does."""
    (wheel,) = (service.root / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(place)
    wheel.unlink()
    return place


def test_the_history_is_baked_into_the_package(service: Service, tmp_path: Path) -> None:
    service.build()
    place = install(service, tmp_path / "installed")
    assert service.baked(place) == {
        "format": "ucaudit.baked/1",
        "prefix": "http_logs_",
        "generations": {"files.browse": 1, "jobs.create": 1},
        "open": {},
    }
    recorded, baked = service.root / "schemas", place / "files_service" / "_ucaudit" / "schemas"
    for path in recorded.rglob("*.json"):
        assert (baked / path.relative_to(recorded)).read_bytes() == path.read_bytes()
    assert [path.name for path in (place / "ucaudit_baked").iterdir()] == ["files_service"]


def test_what_is_not_locked_is_not_built(service: Service) -> None:
    service.declare(INTEGER_PORT)
    printed = service.build(code=1)
    assert "The open versions are not what the calls are now. [lock-stale]" in printed
    assert "schemas/jobs.create.json" in printed
    assert "fix  Run ucaudit lock" in printed
    assert not (service.root / "dist").exists() or not list((service.root / "dist").iterdir())


def test_an_open_generation_is_built_where_it_is_allowed(service: Service, tmp_path: Path) -> None:
    service.declare(INTEGER_PORT)
    service.ucaudit("lock")
    printed = service.build(code=1)
    assert "of 'jobs.create' starts generation 2, which is not released." in printed
    service.configure("allow-open = true")
    service.build()
    baked = service.baked(install(service, tmp_path / "installed"))
    assert baked["generations"] == {"files.browse": 1, "jobs.create": 1}
    assert baked["open"] == {"jobs.create": 2}


def test_an_open_version_of_the_same_generation_is_built(service: Service, tmp_path: Path) -> None:
    service.declare(CALLS.replace("path: str", "path: str\n    depth: int = 1"))
    service.ucaudit("lock")
    service.build()
    assert service.baked(install(service, tmp_path / "installed"))["open"] == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ('package = "other"', "the wheel holds no package 'other'"),
        ("package = 3", "3 is not a string"),
        ("allow_open = true", "known keys are package, allow-open"),
    ],
)
def test_wrong_options_are_named(service: Service, options: str, said: str) -> None:
    service.configure(options)
    printed = service.build(code=1)
    key = options.partition(" ")[0]
    assert f"The configuration key tool.hatch.build.hooks.ucaudit.{key} is wrong." in printed
    assert said in printed


def test_a_package_has_to_be_named_where_there_are_two(service: Service, tmp_path: Path) -> None:
    other = service.root / "src" / "other"
    other.mkdir()
    (other / "__init__.py").touch()
    project = (service.root / "pyproject.toml").read_text()
    wheel = '[tool.hatch.build.targets.wheel]\npackages = ["src/files_service", "src/other"]\n'
    (service.root / "pyproject.toml").write_text(project + wheel)
    assert "the wheel holds not one package, but files_service, other" in service.build(code=1)
    named = project.replace("hooks.ucaudit]", 'hooks.ucaudit]\npackage = "other"')
    (service.root / "pyproject.toml").write_text(named + wheel)
    service.build()
    place = install(service, tmp_path / "installed")
    assert (place / "other" / "_ucaudit" / "names.json").is_file()
    assert not (place / "files_service" / "_ucaudit").exists()


def test_a_wheel_can_be_built_from_the_sdist(service: Service, tmp_path: Path) -> None:
    # What is listed here would be all of the sdist.
    listed = '[tool.hatch.build.targets.sdist]\ninclude = ["/src"]\n'
    project = (service.root / "pyproject.toml").read_text()
    project, _, ours = project.partition("[tool.ucaudit]\n")
    (service.root / "pyproject.toml").write_text(project + listed)
    (service.root / "ucaudit.toml").write_text(ours)
    built = service.python("-m", "build", "--no-isolation", "--outdir", "dist", path="")
    assert built.returncode == 0, built.stdout + built.stderr
    baked = service.baked(install(service, tmp_path / "installed"))
    assert baked["generations"] == {"files.browse": 1, "jobs.create": 1}


def test_an_sdist_cannot_hold_a_history_from_elsewhere(service: Service, tmp_path: Path) -> None:
    service.root.joinpath("schemas").rename(tmp_path / "schemas")
    project = service.root / "pyproject.toml"
    project.write_text(project.read_text() + 'schemas = "../schemas"\n')
    done = service.python("-m", "hatchling", "build", "--target", "sdist", path="")
    assert done.returncode == 1
    assert "[schemas-outside]" in done.stdout + done.stderr
    service.build()
    assert service.baked(install(service, tmp_path / "installed"))["open"] == {}


def test_an_editable_install_is_not_checked(service: Service) -> None:
    service.declare(INTEGER_PORT)
    project = service.root / "pyproject.toml"
    project.write_text(project.read_text() + '[tool.hatch.build]\ndev-mode-dirs = ["src"]\n')
    program = "from hatchling.build import build_editable; print(build_editable('dist'))"
    built = service.python("-c", program, path="")
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(service.root / "dist" / built.stdout.split()[-1]) as archive:
        assert not [name for name in archive.namelist() if "ucaudit" in name]
