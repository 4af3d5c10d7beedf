"""The folder of one sandbox: configuration, data, logs, and who owns them."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ucaudit.errors import InputError
from ucaudit.sandbox.account import Account, make_folders
from ucaudit.sandbox.archive import no_space

_MARK = ".ucaudit-sandbox"
_MARK_TEXT = "`ucaudit sandbox` owns this folder: it rewrites config/ at each start.\n"
_LEAST_FREE = 200_000_000
_VECTOR_OPTION = "--add-modules=jdk.incubator.vector"

# Modules of a full distribution that a sandbox has no use for, and what turns each off.
_UNWANTED = {
    "ingest-geoip": ("ingest.geoip.downloader.enabled", "false"),
    "x-pack-ml": ("xpack.ml.enabled", "false"),
}


@dataclass(frozen=True, slots=True)
class Home:
    """Where one sandbox keeps everything it writes."""

    path: Path

    @property
    def config(self) -> Path:
        """The engine's configuration, made anew at each start."""
        return self.path / "config"

    @property
    def data(self) -> Path:
        """The indices."""
        return self.path / "data"

    @property
    def logs(self) -> Path:
        """The engine's log files."""
        return self.path / "logs"

    @property
    def scratch(self) -> Path:
        """Temporary files of the engine."""
        return self.path / "tmp"

    @property
    def output(self) -> Path:
        """What the engine writes to its console."""
        return self.path / "console.log"

    @property
    def state(self) -> Path:
        """The state file."""
        return self.path / "sandbox.json"

    @property
    def lock(self) -> Path:
        """Held while a sandbox is started or ended here."""
        return self.path / "sandbox.lock"

    def claim(self) -> None:
        """Makes the folder, or takes one that is empty or was a sandbox before.

        Raises:
            InputError: If it holds something else, or cannot be made.
            RefusedError: If its disk is full.
        """
        with self._writing():
            make_folders(self.path)
            foreign = any(self.path.iterdir()) and not (self.path / _MARK).exists()
            if not foreign:
                (self.path / _MARK).write_text(_MARK_TEXT, encoding="utf-8")
        if foreign:
            raise InputError(
                "data-foreign",
                "The data folder of the sandbox holds other files.",
                where=str(self.path),
                why="a sandbox rewrites and owns all of its folder",
                fix="Name a new or an empty folder with --data.",
            )
        free = shutil.disk_usage(self.path).free
        if free < _LEAST_FREE:
            raise no_space(self.path, f"200 MB are needed, {free / 1e6:.0f} MB are free")

    def prepare(
        self,
        distribution: Path,
        settings_file: str,
        settings: Mapping[str, str],
        *,
        vector_module: bool,
        account: Account | None,
    ) -> None:
        """Writes the configuration, and hands the folders to the engine's user.

        Args:
            distribution: The engine; what is in its ``config`` is copied.
            settings_file: Name of the file for ``settings``.
            settings: Settings of the engine, but for those of its folders.
            vector_module: Whether its Java has the incubating vector module.
            account: Whom the engine runs as.

        Raises:
            InputError: If the folder belongs to somebody else.
            RefusedError: If its disk is full.
        """
        chosen = {**settings, "path.data": str(self.data), "path.logs": str(self.logs)}
        for module, (setting, value) in _UNWANTED.items():
            if (distribution / "modules" / module).is_dir():
                chosen[setting] = value
        lines = [f"{key}: {_quoted(value)}\n" for key, value in sorted(chosen.items())]
        with self._writing():
            self._renew(distribution, vector_module=vector_module)
            (self.config / settings_file).write_text("".join(lines), encoding="utf-8")
            if account:
                for folder in (self.config, self.data, self.logs, self.scratch):
                    account.own(folder)

    def _renew(self, distribution: Path, *, vector_module: bool) -> None:
        for old in (self.config, self.scratch):
            if old.exists():
                shutil.rmtree(old)
        if (distribution / "config").is_dir():
            shutil.copytree(distribution / "config", self.config)
            if not vector_module:
                _drop_vector_option(self.config / "jvm.options")
        for folder in (self.config, self.data, self.logs, self.scratch):
            folder.mkdir(exist_ok=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise no_space(self.path, error.strerror or "no space left") from error
            raise InputError(
                "data-unwritable",
                "The data folder of the sandbox cannot be written.",
                where=str(self.path),
                why=error.strerror,
                fix="Name a folder that you may write to with --data.",
            ) from error


def _drop_vector_option(options: Path) -> None:
    """Java refuses to start when told to add a module that it does not have."""
    lines = options.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if line.startswith("#") or _VECTOR_OPTION not in line]
    options.write_text("".join(kept), encoding="utf-8")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
