"""Where downloads, unpacked engines and default data live."""

from __future__ import annotations

import os
from pathlib import Path

from ucaudit.errors import InputError, RefusedError
from ucaudit.sandbox.account import Account, first_blocked, make_folders


def cache_folder(account: Account | None) -> Path:
    """The cache: ``UCAUDIT_CACHE_DIR``, else the user's; for root the system's.

    Root's own cache is no good: the engine runs as another user, who may not pass ``/root``.

    Raises:
        InputError: If it cannot be made.
        RefusedError: If the user that the engine runs as cannot reach it.
    """
    import platformdirs

    given = os.environ.get("UCAUDIT_CACHE_DIR")
    if given:
        path = Path(given).expanduser().absolute()
    elif account:
        path = platformdirs.site_cache_path("ucaudit", appauthor=False)
    else:
        path = platformdirs.user_cache_path("ucaudit", appauthor=False)
    require_reach(path, account, "Name a folder elsewhere in UCAUDIT_CACHE_DIR.")
    try:
        make_folders(path)
    except OSError as error:
        raise InputError(
            "cache-unwritable",
            "The cache folder cannot be made.",
            where=str(path),
            why=error.strerror,
            fix="Name a folder that you may write to in UCAUDIT_CACHE_DIR.",
        ) from error
    return path


def require_reach(path: Path, account: Account | None, fix: str) -> None:
    """Checks that the user that the engine runs as can get to ``path``.

    Raises:
        RefusedError: If not; it names the folder in the way.
    """
    blocked = first_blocked(path, account)
    if account and blocked:
        raise RefusedError(
            "folder-unreachable",
            f"The engine cannot run as root, and user {account.name} cannot reach its folder.",
            where=str(path),
            why=f"{account.name} may not pass {blocked}",
            fix=fix,
        )
