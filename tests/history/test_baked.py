"""Where a writer finds the generations that it was built with."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from ucaudit import index_name
from ucaudit.errors import InputError
from ucaudit.history.baked import FORMAT, baked_in

DAY = date(2026, 11, 25)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on the path, with nothing in it; the working directory is elsewhere."""
    folder = tmp_path / "installed"
    (tmp_path / "elsewhere").mkdir()
    folder.mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.syspath_prepend(str(folder))
    baked_in.cache_clear()
    return folder


def install(place: Path, package: str, *, indexed: bool = True, **said: Any) -> Path:
    """A package as the build hook leaves it."""
    folder = place.joinpath(*package.split("."))
    (folder / "_ucaudit").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('nobody needs to import this')\n")
    names = {"format": FORMAT, "prefix": "http_logs_", "generations": {}, "open": {}, **said}
    file = folder / "_ucaudit" / "names.json"
    file.write_text(json.dumps(names))
    if indexed:
        (place / "ucaudit_baked").mkdir(exist_ok=True)
        (place / "ucaudit_baked" / package).touch()
    return file


def test_a_package_on_the_path_is_found_by_its_calls(place: Path) -> None:
    install(place, "one_service", generations={"a.call": 2})
    install(place, "two_service", generations={"b.call": 1}, prefix="audit_")
    assert index_name("a.call", DAY) == "http_logs_a.call.g2-2026.11.25"
    assert index_name("b.call", DAY) == "audit_b.call-2026.11.25"


def test_a_package_within_another_is_found(place: Path) -> None:
    install(place, "acme_company.files", generations={"a.call": 3})
    assert index_name("a.call", DAY) == "http_logs_a.call.g3-2026.11.25"
    assert index_name("a.call", DAY, package="acme_company.files").endswith("g3-2026.11.25")


def test_the_package_that_is_named_is_asked_alone(place: Path) -> None:
    install(place, "one_service", generations={"a.call": 2})
    install(place, "other_service", generations={"a.call": 1})
    with pytest.raises(InputError, match="they disagree") as caught:
        index_name("a.call", DAY)
    assert caught.value.name == "call-baked-twice"
    assert index_name("a.call", DAY, package="one_service").endswith("a.call.g2-2026.11.25")
    assert index_name("a.call", DAY, package="other_service").endswith("a.call-2026.11.25")
    with pytest.raises(InputError, match="no released version") as caught:
        index_name("b.call", DAY, package="one_service")
    assert str(place) in str(caught.value)


def test_packages_that_agree_need_not_be_named(place: Path) -> None:
    install(place, "one_service", generations={"a.call": 2})
    install(place, "other_service", generations={"a.call": 2, "b.call": 1})
    assert index_name("a.call", DAY).endswith("a.call.g2-2026.11.25")


def test_open_generations_have_to_be_allowed(place: Path) -> None:
    install(place, "one_service", generations={"a.call": 1}, open={"a.call": 2, "b.call": 1})
    with pytest.raises(InputError, match="starts generation 2"):
        index_name("a.call", DAY)
    with pytest.raises(InputError, match="no released version"):
        index_name("b.call", DAY)
    assert index_name("a.call", DAY, allow_open=True).endswith(".g2-2026.11.25")
    assert index_name("b.call", DAY, allow_open=True).endswith("b.call-2026.11.25")


def test_a_package_in_an_archive_is_read(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(place, "zipped_service", generations={"a.call": 2})
    archive = place.parent / "service.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for path in place.rglob("*"):
            file.write(path, path.relative_to(place))
    monkeypatch.setattr(sys, "path", [str(archive), *(p for p in sys.path if p != str(place))])
    assert index_name("a.call", DAY, package="zipped_service").endswith(".g2-2026.11.25")


def test_a_checkout_hides_what_is_installed(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(place, "hidden_service", generations={"a.call": 7})
    checkout = place.parent / "checkout"
    (checkout / "src" / "hidden_service").mkdir(parents=True)
    (checkout / "src" / "hidden_service" / "__init__.py").touch()
    (checkout / "ucaudit.toml").touch()
    for number in (1, 2):
        file = checkout / "schemas" / "history" / "a.call" / f"000{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"generation": number}))
    monkeypatch.syspath_prepend(str(checkout / "src"))
    # Not from the working directory, but from the folder of the package upwards.
    assert index_name("a.call", DAY, package="hidden_service").endswith("a.call.g2-2026.11.25")
    with pytest.raises(InputError, match="no released version"):
        index_name("a.call", DAY)


def test_a_package_that_was_removed_by_hand_is_passed_over(place: Path) -> None:
    install(place, "kept_service", generations={"a.call": 2})
    (place / "ucaudit_baked" / "gone_service").touch()
    assert index_name("a.call", DAY).endswith(".g2-2026.11.25")


@pytest.mark.parametrize(
    ("package", "why"),
    [
        ("nowhere_service", "it cannot be imported"),
        ("nowhere_service.files", "No module named 'nowhere_service'"),
        ("json.decoder", "it is a module, not a package"),
        ("", "name"),
    ],
)
def test_a_package_that_is_not_there(place: Path, package: str, why: str) -> None:
    with pytest.raises(InputError) as caught:
        index_name("a.call", DAY, package=package)
    assert caught.value.name == "package-missing"
    assert why in str(caught.value.why)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ("{}", "KeyError: 'format'"),
        ('{"format": "ucaudit.baked/9"}', "its format is 'ucaudit.baked/9'"),
        ('{"format": "ucaudit.baked/1", "prefix": "a"}', "KeyError: 'generations'"),
    ],
)
def test_what_is_damaged_is_said(place: Path, content: str, why: str) -> None:
    file = install(place, "damaged_service")
    file.write_text(content)
    for options in ({}, {"package": "damaged_service"}):
        with pytest.raises(InputError) as caught:
            index_name("a.call", DAY, **options)
        assert caught.value.name == "baked-unreadable"
        assert caught.value.where == str(file)
        assert why in str(caught.value.why)


def test_a_writer_loads_next_to_nothing(place: Path) -> None:
    install(place, "fast_service", generations={"a.call": 2})
    program = (
        "import sys; from datetime import date; import ucaudit;"
        f"sys.path.insert(0, {str(place)!r});"
        "assert ucaudit.index_name('a.call', date(2026, 11, 25)).endswith('.g2-2026.11.25');"
        "print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    slow = {"importlib.resources", "importlib.metadata", "orjson", "pathlib", "pydantic"}
    assert slow.isdisjoint(done.stdout.split())
    assert "fast_service" not in done.stdout.split()
