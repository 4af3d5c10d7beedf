"""Files at a git revision, without touching the work tree or its index."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ucaudit.errors import InputError

TREE: Final = "tree-at-revision"
"""Name of the temporary folder that stands for the top of the repository."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of the repository around ``root``.

    Attributes:
        root: The folder that relative paths start from.
        name: What a person calls it.
        commit: Its hash.
        prefix: ``root`` within the repository: empty, or ends in a slash.
        git_dir: Where the repository keeps its objects.
    """

    root: Path
    name: str
    commit: str
    prefix: str
    git_dir: str

    @contextmanager
    def files(self, path: str = "", wanted: Callable[[str], bool] | None = None) -> Iterator[Path]:
        """The folder of the revision as a temporary folder, while the context lasts.

        Args:
            path: Only what is below this path, relative to ``root``; by default the whole tree.
            wanted: Which files of it, by their path below that path; by default all.

        Yields:
            What ``root`` is at that revision.

        Raises:
            InputError: If the path is not there at that revision.
        """
        inner = os.path.normpath(self.prefix + path) if path else ""
        if inner.startswith("..") or Path(path).is_absolute():
            raise self._missing(path, "it is outside of the repository")
        import tempfile  # noqa: PLC0415  (slow to import, and often only ids are asked for)

        with tempfile.TemporaryDirectory(prefix="ucaudit-") as folder:
            tree, index = Path(folder).resolve() / TREE, Path(folder) / "index"
            tree.mkdir()
            # An index of our own: ``git archive`` would leave out what .gitattributes keeps out of
            # releases, and a checkout would move the work tree.
            at = {"GIT_INDEX_FILE": str(index), "GIT_WORK_TREE": str(tree)}
            self._git("read-tree", self.commit, env=at)
            only = ["--", f":(literal,top){inner}"] if inner not in ("", ".") else []
            listed = self._git("ls-files", "-z", "--full-name", *only, env=at, cwd=tree)
            if only and not listed:
                raise self._missing(path, f"git knows no {inner!r} at {self.commit[:12]}")
            if wanted is not None:
                top = os.fsencode(f"{inner}/")
                names = listed.split(b"\0")
                kept = (n for n in names if wanted(os.fsdecode(n.removeprefix(top))))
                listed = b"\0".join(kept)
            self._git("checkout-index", "-z", "--stdin", "-f", env=at, cwd=tree, given=listed)
            start = tree / self.prefix
            start.mkdir(parents=True, exist_ok=True)
            yield start

    def ids(self, path: str) -> dict[str, str]:
        """The files below ``path``, a folder relative to ``root``: names of their content."""
        inner = os.path.normpath(self.prefix + path)
        listed = self._git(
            "ls-tree", "-r", "-z", "--full-tree", self.commit, "--", f"{inner}/", env={}
        )
        found = {}
        for entry in os.fsdecode(listed).split("\0")[:-1]:
            about, _, name = entry.partition("\t")
            found[name.removeprefix(f"{inner}/")] = about.split(" ")[2]
        return found

    def contents(self, ids: Iterable[str]) -> dict[str, bytes]:
        """What is in files, by the names of their content."""
        asked = list(dict.fromkeys(ids))
        if not asked:
            return {}
        given = "".join(f"{key}\n" for key in asked).encode()
        output, found, at = self._git("cat-file", "--batch", env={}, given=given), {}, 0
        for key in asked:
            # A line says name, kind and size; then follows the content and a line feed.
            end = output.index(b"\n", at)
            size = int(output[at:end].rpartition(b" ")[2])
            found[key] = output[end + 1 : end + 1 + size]
            at = end + size + 2
        return found

    def may_be_ahead(self) -> bool:
        """Whether it has commits that the work tree is not made from."""
        code, _, _ = _git(self.root, "merge-base", "--is-ancestor", self.commit, "HEAD")
        return code == 1 and not _is_shallow(self.root)

    def _git(
        self,
        *arguments: str,
        env: dict[str, str],
        cwd: Path | None = None,
        given: bytes = b"",
    ) -> bytes:
        code, output, problem = _git(
            cwd or self.root, *arguments, env={**env, "GIT_DIR": self.git_dir}, given=given
        )
        if code != 0:
            raise InputError(
                "revision-unreadable",
                "git cannot give the files of that revision.",
                where=f"git:{self.name}",
                why=problem,
                fix="Mend the repository (git fsck), or fetch what is missing (git fetch).",
            )
        return output

    def _missing(self, path: str, why: str) -> InputError:
        return InputError(
            "revision-path-missing",
            "The path is not there at that revision.",
            where=f"git:{self.name}:{path}",
            why=why,
            fix="Name a path that the revision has, relative to the folder of the configuration.",
        )


def find_revision(root: Path, name: str) -> Revision:
    """The revision ``name`` of the repository that ``root`` is in.

    A branch that only the remote ``origin`` has, as in the clones of CI, need not be named so.

    Raises:
        InputError: If git is not installed, ``root`` is in no repository, or there is no such
            revision.
    """
    code, places, problem = _git(root, "rev-parse", "--show-prefix", "--absolute-git-dir")
    if code != 0:
        raise InputError(
            "not-a-repository",
            "A revision was named, and this is no git repository.",
            where=str(root),
            why=problem,
            fix="Run it inside a clone, or name a path instead.",
        )
    commit = _commit(root, name) or _commit(root, f"refs/remotes/origin/{name}")
    if commit is None:
        raise _unknown_revision(root, name)
    prefix, git_dir = os.fsdecode(places).split("\n")[:2]
    return Revision(root, name, commit, prefix, git_dir)


def _commit(root: Path, name: str) -> str | None:
    # A name that starts with a hyphen would be an option of git.
    if name.startswith("-"):
        return None
    code, commit, _ = _git(root, "rev-parse", "--verify", "--quiet", f"{name}^{{commit}}")
    return commit.decode().strip() if code == 0 else None


def _is_shallow(root: Path) -> bool:
    return _git(root, "rev-parse", "--is-shallow-repository")[1].strip() == b"true"


def _unknown_revision(root: Path, name: str) -> InputError:
    branch = name.removeprefix("origin/")
    fix = "Fetch it (git fetch --tags), or name another branch, tag or commit."
    shallow = _is_shallow(root)
    if shallow:
        fix = "the whole history: git fetch --unshallow --tags"
        fix += " (fetch-depth: 0 of actions/checkout; GIT_DEPTH: 0 in GitLab)."
        if set(name).isdisjoint("~^@{"):
            one = f"git fetch --depth=1 origin {branch}:refs/remotes/origin/{branch}"
            fix = f"it: {one}, or {fix}"
        fix = f"Fetch {fix}"
    return InputError(
        "revision-missing",
        f"git knows no revision {name!r}.",
        where=f"git:{name}",
        why="the clone is shallow: it holds the newest commits only" if shallow else None,
        fix=fix,
    )


def repository(root: Path) -> Path | None:
    """Top of the work tree that ``root`` is in; ``None`` in a bare repository."""
    code, output, _ = _git(root, "rev-parse", "--show-toplevel")
    return Path(os.fsdecode(output.rstrip(b"\n"))).resolve() if code == 0 and output else None


def _git(
    folder: Path, *arguments: str, env: dict[str, str] | None = None, given: bytes = b""
) -> tuple[int, bytes, str]:
    """Exit code, output, and the last line of what git complained of."""
    # Variables of a surrounding git command, such as a hook, would point to its own index.
    own = {k: v for k, v in os.environ.items() if k not in ("GIT_INDEX_FILE", "GIT_WORK_TREE")}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],  # noqa: S607  (found on the path, as in a shell)
            input=given,
            capture_output=True,
            check=False,
            env={**own, "LC_ALL": "C", **(env or {})},
        )
    except FileNotFoundError as error:
        raise InputError(
            "git-missing",
            "A revision was named, and git is not installed.",
            where=str(folder),
            fix="Install git, or name a path instead.",
        ) from error
    complaint = done.stderr.decode(errors="replace").strip().splitlines()
    return done.returncode, done.stdout, complaint[-1] if complaint else ""
