"""A build hook of hatch: bakes ``schemas/`` into the wheel, and builds nothing that is not locked.

In the ``pyproject.toml`` of a service::

    [build-system]
    requires = ["hatchling", "ucaudit"]
    build-backend = "hatchling.build"

    [tool.hatch.build.hooks.ucaudit]
    require-runtime-dependencies = true  # the calls are imported while the wheel is built
    package = "files_service"            # by default the only package of the wheel
    allow-open = false                   # whether an open version may start a generation

The wheel then holds ``files_service/_ucaudit/``: ``schemas/`` as it was, and ``names.json``, which
``ucaudit.index_name`` reads; it finds it by a file in ``ucaudit_baked/``. An editable install holds
none of them: it uses the checkout.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.plugin import hookimpl

from ucaudit.config import Config, find_config, load_config
from ucaudit.errors import InputError, UcauditError
from ucaudit.history.baked import FOLDER, INDEX, NAMES_FILE

_OPTIONS = {"package": str, "allow-open": bool}
# Hatch's own, which every hook may have.
_HATCH_OPTIONS = {
    "dependencies",
    "require-runtime-dependencies",
    "require-runtime-features",
    "enable-by-default",
}


class UcauditBuildHook(BuildHookInterface[BuilderConfig]):
    """Runs before an sdist or a wheel is built."""

    PLUGIN_NAME = "ucaudit"
    _temporary: tempfile.TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Checks the recorded history, and adds it to what is built.

        Args:
            version: The kind of wheel, ``editable`` or ``standard``.
            build_data: What hatch builds from; files are added to it.
        """
        if version == "editable":
            return
        try:
            self._add(build_data["force_include"])
        except UcauditError as error:
            lines = [f"ucaudit: {error.what} [{error.name}]"]
            facts = (("where", error.where), ("why", error.why), ("fix", error.fix))
            lines += [f"  {label:>5}  {text}" for label, text in facts if text]
            self.app.abort("\n".join(lines))

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Removes what was made for the build."""
        del version, build_data, artifact_path
        if self._temporary is not None:
            self._temporary.cleanup()

    def _add(self, included: dict[str, str]) -> None:
        from ucaudit.history.baking import bake  # noqa: PLC0415  (editable installs need none)
        from ucaudit.history.pending import pending_of  # noqa: PLC0415

        self._check_options()
        config = load_config(start=Path(self.root))
        if self.target_name != "wheel":
            # A wheel that is built from the sdist needs them, and is checked then.
            files = [config.schemas_path, find_config(Path(self.root))]
            included.update({str(file): self._inside(file) for file in files if file is not None})
            return
        self._make_importable(config)
        allow_open = bool(self.config.get("allow-open", False))
        names = bake(pending_of(config), config.prefix, allow_open=allow_open)
        package = self._package()
        place = f"{package.replace('.', '/')}/{FOLDER}"
        self._temporary = tempfile.TemporaryDirectory(prefix="ucaudit-")
        made = {
            f"{place}/{NAMES_FILE}": json.dumps(names, separators=(",", ":"), sort_keys=True),
            f"{INDEX}/{package}": f"ucaudit: the history of {package} is in {place}.\n",
        }
        for number, (target, content) in enumerate(made.items()):
            file = Path(self._temporary.name, str(number))
            file.write_text(content, encoding="utf-8")
            included[str(file)] = target
        included[str(config.schemas_path)] = f"{place}/schemas"

    def _inside(self, file: Path) -> str:
        """Where a file of the project stands in an sdist."""
        try:
            return file.resolve().relative_to(Path(self.root).resolve()).as_posix()
        except ValueError as error:
            raise InputError(
                "schemas-outside",
                "An sdist cannot hold what lies outside of the project.",
                where=str(file),
                fix="Build the wheel from the checkout (python -m build --wheel).",
            ) from error

    def _check_options(self) -> None:
        for key, value in self.config.items():
            if key in _HATCH_OPTIONS:
                continue
            wanted = _OPTIONS.get(key)
            if wanted is None or not isinstance(value, wanted):
                why = f"known keys are {', '.join(_OPTIONS)}"
                if wanted is not None:
                    why = f"{value!r} is not a {'string' if wanted is str else 'boolean'}"
                raise self._wrong(key, why)

    def _wrong(self, key: str, why: str) -> InputError:
        return InputError(
            "config-invalid",
            f"The configuration key tool.hatch.build.hooks.ucaudit.{key} is wrong.",
            where=str(Path(self.root, "pyproject.toml")),
            why=why,
            fix="Mend or delete the key.",
        )

    def _make_importable(self, config: Config) -> None:
        """Puts the project's own code on the path: it is built, not installed."""
        folders = [config.root, *(Path(self.root, p).parent for p in self.build_config.packages)]
        for folder in reversed(list(dict.fromkeys(map(str, folders)))):
            if folder not in sys.path:
                sys.path.insert(0, folder)

    def _package(self) -> str:
        """The package of the wheel that the history goes into."""
        files = self.build_config.builder.recurse_selected_project_files()
        folders = [Path(file.distribution_path).parent for file in files
                   if Path(file.distribution_path).name == "__init__.py"]  # fmt: skip
        packages = sorted({".".join(folder.parts) for folder in folders})
        given = self.config.get("package")
        if given is not None:
            if given not in packages:
                raise self._wrong("package", f"the wheel holds no package {given!r}")
            return str(given)
        top = [name for name in packages if name.rpartition(".")[0] not in packages]
        if len(top) != 1:
            found = ", ".join(top) or "none"
            raise self._wrong("package", f"the wheel holds not one package, but {found}")
        return top[0]


@hookimpl
def hatch_register_build_hook() -> type[UcauditBuildHook]:
    """What hatch asks the plugin for."""
    return UcauditBuildHook
