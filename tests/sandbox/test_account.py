from __future__ import annotations

import os
from pathlib import Path

import pytest

from ucaudit.errors import RefusedError
from ucaudit.sandbox.account import Account, engine_account, first_blocked, make_folders
from ucaudit.sandbox.cache import cache_folder, require_reach

OTHER = Account("other", os.getuid() + 4711, os.getgid() + 4711)


def test_root_runs_the_engine_as_somebody_else() -> None:
    account = engine_account(uid=0)
    assert account is not None
    assert account.uid != 0


def test_anybody_else_runs_it_as_themselves() -> None:
    assert engine_account(uid=1000) is None


def test_images_without_a_user_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(name: str) -> None:
        raise KeyError(name)

    monkeypatch.setattr("pwd.getpwnam", unknown)
    assert engine_account(uid=0) == Account("65534", 65534, 65534)


def test_the_outermost_closed_folder_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    inner = closed / "inner"
    inner.mkdir(parents=True)
    for folder in (tmp_path, closed, inner):
        folder.chmod(0o755)
    blocked_above = first_blocked(tmp_path, OTHER)  # the folders of pytest may be closed
    closed.chmod(0o700)
    assert first_blocked(inner, OTHER) == (blocked_above or closed)
    assert first_blocked(closed / "not" / "there", OTHER) == (blocked_above or closed)
    assert first_blocked(inner, None) is None


@pytest.mark.parametrize(
    ("mode", "uid", "gid", "passes"),
    [
        (0o700, 0, 0, True),
        (0o070, 1, 0, True),
        (0o007, 1, 1, True),
        (0o077, 0, 0, False),  # the owner's bits count, not the best that apply
        (0o707, 1, 0, False),
        (0o770, 1, 1, False),
        (0o744, 1, 1, False),  # to read a folder's list is not to pass it
    ],
)
def test_which_bits_count(tmp_path: Path, mode: int, uid: int, gid: int, passes: bool) -> None:
    from ucaudit.sandbox.account import _may_pass

    folder = tmp_path / "folder"
    folder.mkdir()
    folder.chmod(mode)
    account = Account("some", folder.stat().st_uid + uid, folder.stat().st_gid + gid)
    assert _may_pass(folder.stat(), account) is passes


def test_a_folder_out_of_reach_is_refused_with_the_one_in_the_way(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    with pytest.raises(RefusedError) as caught:
        require_reach(tmp_path / "data", OTHER, "Name another.")
    assert caught.value.name == "folder-unreachable"
    assert "other may not pass" in (caught.value.why or "")


def test_folders_are_open_to_others_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        made = make_folders(tmp_path / "a" / "b")
    finally:
        os.umask(before)
    assert made.stat().st_mode & 0o777 == made.parent.stat().st_mode & 0o777 == 0o755


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UCAUDIT_CACHE_DIR", raising=False)
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path / "user")
    monkeypatch.setattr("platformdirs.site_cache_path", lambda *_, **__: tmp_path / "site")
    monkeypatch.setattr("ucaudit.sandbox.cache.first_blocked", lambda *_: None)
    assert cache_folder(None) == tmp_path / "user"
    assert cache_folder(OTHER) == tmp_path / "site"
    monkeypatch.setenv("UCAUDIT_CACHE_DIR", str(tmp_path / "own"))
    assert cache_folder(OTHER) == tmp_path / "own"
