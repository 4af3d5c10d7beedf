"""The user that the engine runs as, and whether a path is within that user's reach."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Account:
    """A user other than root, by number and name."""

    name: str
    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Gives a file, or a folder with all that is in it, to this user."""
        for found in (path, *path.rglob("*")):
            os.chown(found, self.uid, self.gid, follow_symlinks=False)


def engine_account(uid: int | None = None) -> Account | None:
    """Whom to run the engine as: nobody for root (it refuses root), else ourselves (``None``)."""
    if (os.geteuid() if uid is None else uid) != 0:
        return None
    import pwd

    for name in ("nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid > 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    return Account("65534", 65534, 65534)  # images without a user database


def first_blocked(path: Path, account: Account | None) -> Path | None:
    """The outermost folder at or above ``path`` that ``account`` may not pass, if any."""
    if account is None:
        return None
    for folder in reversed([path, *path.parents]):
        if folder.is_dir() and not _may_pass(folder.stat(), account):
            return folder
    return None


def make_folders(path: Path) -> Path:
    """Makes a folder and its missing parents so that others may pass, whatever the umask."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    return path


def open_to_read(paths: Iterable[Path]) -> None:
    """Lets everyone read ``paths``, and run what its owner may run."""
    for path in paths:
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(0o755 if path.is_dir() or mode & stat.S_IXUSR else 0o644)


def _may_pass(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)
