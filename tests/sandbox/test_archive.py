from __future__ import annotations

import hashlib
import os
import stat
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ucaudit.errors import InputError, RefusedError, UcauditError
from ucaudit.sandbox import archive
from ucaudit.sandbox.artifacts import DEFAULT_ENGINE, ENGINES, Engine, Jar, engine_named, jars_of
from ucaudit.sandbox.progress import Progress, Silent


def small_archive(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as content:
        script = zipfile.ZipInfo("elasticsearch-1.0/bin/elasticsearch")
        script.external_attr = (stat.S_IFREG | 0o755) << 16
        content.writestr(script, "#!/bin/sh\n")
        content.writestr("elasticsearch-1.0/config/jvm.options", "-Xmx1g\n")
    return path


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return small_archive(tmp_path / "source.zip")


@pytest.fixture
def engine(source: Path) -> Engine:
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    return replace(ENGINES[DEFAULT_ENGINE], version="1.0", sha256=digest)


def test_an_archive_with_the_right_digest_is_unpacked(
    engine: Engine, source: Path, tmp_path: Path
) -> None:
    home = archive.unpacked(engine, tmp_path / "cache", Silent(), lambda *_: source)
    assert (home / "config" / "jvm.options").read_text() == "-Xmx1g\n"
    assert (home / "bin" / "elasticsearch").stat().st_mode & 0o777 == 0o755


def test_another_user_may_read_it_whatever_the_umask(
    engine: Engine, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = os.umask(0o077)
    try:
        home = archive.unpacked(engine, tmp_path / "cache", Silent(), lambda *_: source)
    finally:
        os.umask(before)
    assert all(path.stat().st_mode & 0o004 for path in (home, *home.rglob("*")))
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o755


def test_what_a_killed_download_left_is_removed(
    engine: Engine, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "cache" / "engines" / ".new-1.0-abc" / "maven").mkdir(parents=True)
    home = archive.unpacked(engine, tmp_path / "cache", Silent(), lambda *_: source)
    assert {path.name for path in home.parent.iterdir()} == {home.name, "1.0.lock"}


def test_it_is_fetched_once(engine: Engine, source: Path, tmp_path: Path) -> None:
    calls = []

    def fetch(engine: Engine, folder: Path, progress: Progress) -> Path:
        calls.append(folder)
        return source

    asked = [
        threading.Thread(
            target=archive.unpacked, args=(engine, tmp_path / "cache", Silent(), fetch)
        )
        for _ in range(4)
    ]
    for each in asked:
        each.start()
    for each in asked:
        each.join()
    assert len(calls) == 1
    assert not list((tmp_path / "cache" / "engines").glob(".new-*"))


def test_another_digest_is_an_error_and_nothing_is_unpacked(
    engine: Engine, source: Path, tmp_path: Path
) -> None:
    wrong = replace(engine, sha256="0" * 64)
    with pytest.raises(RefusedError) as caught:
        archive.unpacked(wrong, tmp_path / "cache", Silent(), lambda *_: source)
    assert caught.value.name == "digest-mismatch"
    assert engine.sha256 in (caught.value.why or "")
    assert [path.name for path in (tmp_path / "cache" / "engines").iterdir()] == ["1.0.lock"]


def test_a_full_disk_is_said_before_the_download(engine: Engine, tmp_path: Path) -> None:
    huge = replace(engine, archive_bytes=10**18)
    with pytest.raises(RefusedError) as caught:
        archive.unpacked(huge, tmp_path, Silent(), lambda *_: pytest.fail("downloaded"))
    assert caught.value.name == "disk-full"


def test_a_disk_that_fills_up_meanwhile_is_said(engine: Engine, tmp_path: Path) -> None:
    def fetch(engine: Engine, folder: Path, progress: Progress) -> Path:
        raise OSError(archive.errno.ENOSPC, "No space left on device")

    with pytest.raises(RefusedError) as caught:
        archive.unpacked(engine, tmp_path, Silent(), fetch)
    assert caught.value.name == "disk-full"


def test_no_network_is_said_with_its_reason(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UCAUDIT_MAVEN_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(UcauditError) as caught:
        archive.download(engine, tmp_path, Silent())
    assert caught.value.name == "engine-unavailable"
    assert caught.value.exit_code == 3
    assert "Connection refused" in (caught.value.why or "")


def test_a_file_of_the_local_maven_repository_is_used_when_it_is_right(
    engine: Engine, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "m2" / engine.group.replace(".", "/") / engine.artifact / engine.version
    folder.mkdir(parents=True)
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    monkeypatch.setenv("UCAUDIT_MAVEN_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    local = folder / engine.file_name
    local.write_bytes(source.read_bytes())
    assert archive.download(engine, tmp_path, Silent()) == local

    local.write_bytes(b"something else")
    with pytest.raises(RefusedError):
        archive.download(engine, tmp_path, Silent())


def test_an_engine_of_jars_is_gathered_from_the_local_maven_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    jar = tmp_path / "m2" / "org" / "a" / "b" / "1.0" / "b-1.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"classes")
    monkeypatch.setenv("M2_REPO", str(tmp_path / "m2"))
    right = Jar("org.a", "b", "1.0", hashlib.sha256(b"classes").hexdigest())
    monkeypatch.setattr(archive, "jars_of", lambda _: [right])
    home = archive.unpacked(ENGINES["opensearch-3"], tmp_path / "cache", Silent())
    assert (home / "lib" / "b-1.0.jar").read_bytes() == b"classes"

    monkeypatch.setattr(archive, "jars_of", lambda _: [replace(right, sha256="0" * 64)])
    monkeypatch.setattr(archive, "fetched", lambda *_: jar)
    with pytest.raises(RefusedError) as caught:
        archive.unpacked(ENGINES["opensearch-3"], tmp_path / "other", Silent())
    assert caught.value.name == "digest-mismatch"
    assert not list((tmp_path / "other" / "engines").glob("opensearch*"))


def test_a_list_of_jars_that_was_edited_is_not_used() -> None:
    jars = jars_of(ENGINES["opensearch-3"])
    assert len({jar.coordinates for jar in jars}) == len(jars) > 90
    assert {len(bytes.fromhex(jar.sha256)) for jar in jars} == {32}
    with pytest.raises(InputError) as caught:
        jars_of(replace(ENGINES["opensearch-3"], sha256="0" * 64))
    assert caught.value.name == "jars-changed"


def test_an_engine_is_found_by_its_name_and_its_version() -> None:
    assert engine_named("9.5") is engine_named("9.5.3") is ENGINES["9.5"]
    with pytest.raises(InputError) as caught:
        engine_named("9")
    assert "8.19, 9.1, 9.5, opensearch-3" in (caught.value.fix or "")


def test_the_table_is_sound() -> None:
    assert DEFAULT_ENGINE in ENGINES
    for name, each in ENGINES.items():
        assert each.name == name
        assert len(bytes.fromhex(each.sha256)) == 32
        assert each.java == tuple(sorted(each.java))
