"""What others' CI runs: the action's and the template's scripts, and the hooks of pre-commit.

Each runs in a clone of the service's repository, as the forge's runner would run it; only the API
of comments is a stand-in.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.conftest import ROOT, Done, Service
from tests.forges import TOKEN, Forge, forge

ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
TEMPLATE = yaml.safe_load((ROOT / "ci" / "gitlab.yml").read_text())["ucaudit"]


@pytest.fixture
def server() -> Iterator[Forge]:
    with forge() as made:
        yield made


@pytest.fixture(scope="module")
def changed(released_service: Service, tmp_path_factory: pytest.TempPathFactory) -> Service:
    """The service with a branch that changes a port; not to be touched."""
    root = tmp_path_factory.mktemp("changed") / "service"
    shutil.copytree(released_service.root, root)
    service = Service(root, released_service.environment)
    service.git("checkout", "-qb", "change")
    service.edit("port: str =", "port: int =")
    service.ucaudit("lock")
    service.commit("Ports are numbers")
    return service


@pytest.fixture
def clone(changed: Service, tmp_path: Path) -> Service:
    """A clone with one commit of that branch, as runners make it."""
    root = tmp_path / "clone"
    branch = ("--depth", "1", "--branch", "change", "--single-branch")
    changed.git("clone", "-q", *branch, f"file://{changed.root}", str(root))
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "ucaudit").write_text(f'#!/bin/sh\nexec {sys.executable} -m ucaudit "$@"\n')
    (tools / "ucaudit").chmod(0o755)
    path = os.pathsep.join((str(tools), str(Path(sys.executable).parent), os.environ["PATH"]))
    return Service(root, {**changed.environment, "PATH": path})


def bash(script: str, where: Path, environment: dict[str, str], *options: str) -> Done:
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", *options, "-c", script],
        cwd=where,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert TOKEN not in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return Done(done.returncode, done.stdout, done.stderr)


class Action:
    """Runs the steps of ``action.yml`` as GitHub's runner does; other actions are noted."""

    def __init__(self, service: Service, server: Forge, **inputs: str) -> None:
        self.folder = service.root.parent / "runner"
        self.folder.mkdir(exist_ok=True)
        self.inputs = {name: entry["default"] for name, entry in ACTION["inputs"].items()}
        self.inputs |= {"install": "true", **inputs}
        self.service, self.used, self.logs = service, list[str](), dict[str, Done]()
        self.event: dict[str, Any] = {
            "pull_request": {"number": 7, "head": {"repo": {"full_name": "acme/service"}}}
        }
        self.environment = {
            **service.environment,
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_API_URL": server.url,
            "GITHUB_BASE_REF": "main",
            "GITHUB_EVENT_PATH": str(self.folder / "event.json"),
            "GITHUB_REPOSITORY": "acme/service",
            "GITHUB_SHA": "0" * 40,
            "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"),
            "RUNNER_TEMP": str(self.folder),
        }

    def run(self) -> int:
        """Gives the exit code of the job."""
        Path(self.environment["GITHUB_EVENT_PATH"]).write_text(json.dumps(self.event))
        outputs: dict[str, dict[str, str]] = {}
        for step in ACTION["runs"]["steps"]:
            if not self._wanted(step.get("if", "true"), outputs):
                continue
            if "uses" in step:
                self.used.append(step["uses"])
                self.used += [self._filled(text, outputs) for text in step["with"].values()]
                continue
            file = self.folder / "output"
            file.write_text("")
            given = {key: self._filled(text, outputs) for key, text in step.get("env", {}).items()}
            environment = {**self.environment, **given, "GITHUB_OUTPUT": str(file)}
            place = self._filled(step.get("working-directory", "."), outputs)
            done = bash(step["run"], self.service.root / place, environment)
            self.logs[step["name"]] = done
            pairs = (line.partition("=") for line in file.read_text().splitlines())
            outputs[step.get("id", "")] = {key: value for key, _, value in pairs}
            if done.code:
                return done.code
        return 0

    def _wanted(self, condition: str, outputs: dict[str, dict[str, str]]) -> bool:
        match = re.fullmatch(r"(\S+) (==|!=) '(\w*)'", condition)
        if match is None:
            assert condition == "true", condition
            return True
        return (self._value(match[1], outputs) == match[3]) == (match[2] == "==")

    def _filled(self, text: str, outputs: dict[str, dict[str, str]]) -> str:
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda m: self._value(m[1], outputs), text)

    def _value(self, expression: str, outputs: dict[str, dict[str, str]]) -> str:
        kind, _, rest = expression.partition(".")
        if kind == "inputs":
            return self._filled(self.inputs[rest], outputs)
        if kind == "steps":
            step, _, name = rest.partition(".outputs.")
            return outputs[step][name]
        assert kind == "github"
        if rest == "token":
            return TOKEN
        found: Any = {"event": self.event}
        for key in rest.split("."):
            found = found.get(key) if isinstance(found, dict) else None
        return "" if found is None else str(found)


def test_the_action_says_it_everywhere(clone: Service, server: Forge) -> None:
    action = Action(clone, server)
    assert action.run() == 1
    line = clone.line("port: int")
    assert f"::error file=app/calls.py,line={line}," in action.logs["Check"].out
    (comment,) = server.bodies
    assert comment.startswith("<!-- ucaudit check . -->\n### ❌ ucaudit check: 1 error")
    summary = Path(action.environment["GITHUB_STEP_SUMMARY"]).read_text()
    assert summary.partition("\n")[2] == comment.partition("\n")[2]
    sarif = str(action.folder / "ucaudit.sarif")
    assert action.used == ["actions/setup-python@v6", "3.12",
                           "github/codeql-action/upload-sarif@v4", sarif, "ucaudit/."]  # fmt: skip
    (run,) = json.loads(Path(sarif).read_text())["runs"]
    (error,) = [result for result in run["results"] if result["level"] == "error"]
    assert error["ruleId"] == "type-changed"

    # The next push of the same pull request updates the comment.
    found = error["partialFingerprints"]["ucaudit/v1"]
    clone.ucaudit("lock", "--accept", found, "--reason", "nobody else calls it")
    action = Action(clone, server)
    assert action.run() == 0, action.logs
    (comment,) = server.bodies
    assert "accepted: nobody else calls it" in comment
    assert action.logs["Comment"].out.startswith("updated https://forge.example/")


def test_the_action_can_be_told_otherwise(clone: Service, server: Forge) -> None:
    options = {"comment": "false", "sarif": "false", "python-version": "", "fail-on": "never"}
    action = Action(clone, server, against="git:origin/change", **options)
    assert action.run() == 0
    assert action.used == server.requests == []
    assert (
        "Nothing changed since `git:origin/change`"
        in Path(action.environment["GITHUB_STEP_SUMMARY"]).read_text()
    )


def test_the_action_compares_with_what_github_merged(
    changed: Service, clone: Service, server: Forge, tmp_path: Path
) -> None:
    """The branch that the pull request goes to gets another call before the job runs again."""
    origin = Service(tmp_path / "origin", changed.environment)
    shutil.copytree(changed.root, origin.root)
    origin.git("checkout", "-q", "--detach", "main")
    origin.git("merge", "-q", "--no-ff", "-m", "Merge", "change")
    origin.git("update-ref", "refs/pull/7/merge", "HEAD")
    origin.git("checkout", "-q", "main")
    origin.edit('calls.add(Call("jobs.stop"', 'calls.add(Call("jobs.list", request=Base))\n'
                'calls.add(Call("jobs.stop"')  # fmt: skip
    origin.ucaudit("lock")
    origin.ucaudit("release", "2")
    origin.commit("Jobs are listed")
    clone.git("remote", "set-url", "origin", f"file://{origin.root}")
    clone.git("fetch", "-q", "--depth", "1", "origin", "+refs/pull/7/merge:refs/pull/7/merge")
    clone.git("checkout", "-q", "--detach", "refs/pull/7/merge")
    action = Action(clone, server)
    action.environment["GITHUB_SHA"] = clone.git("rev-parse", "HEAD").strip()
    assert action.run() == 1
    (comment,) = server.bodies
    assert "1 of 2 calls changed since `git:origin/main`" in comment
    assert "jobs.list" not in comment


def test_the_action_leaves_pull_requests_from_forks_alone(clone: Service, server: Forge) -> None:
    action = Action(clone, server)
    action.event["pull_request"]["head"]["repo"]["full_name"] = "mallory/service"
    assert action.run() == 1
    assert "from forks may not comment" in action.logs["Comment"].out
    assert server.requests == []


def test_the_action_checks_a_push_against_the_newest_release(clone: Service, server: Forge) -> None:
    action = Action(clone, server)
    action.event = {"ref": "refs/heads/main"}
    action.environment["GITHUB_BASE_REF"] = ""
    assert action.run() == 1
    assert "since the newest release" in Path(action.environment["GITHUB_STEP_SUMMARY"]).read_text()
    assert "for no pull request" in action.logs["Comment"].err
    assert server.requests == []


@pytest.mark.parametrize(
    ("inputs", "code", "step", "said"),
    [
        ({"install": "echo no network >&2; exit 7"}, 7, "Install", "no network"),
        ({"against": "git:nowhere"}, 2, "Check", "nowhere"),
    ],
)
def test_the_action_stops_where_nothing_can_be_checked(
    clone: Service, server: Forge, inputs: dict[str, str], code: int, step: str, said: str
) -> None:
    action = Action(clone, server, **inputs)
    assert action.run() == code
    assert said in action.logs[step].err
    assert list(action.logs)[-1] == step
    assert server.requests == []


def gitlab(clone: Service, changed: Service, server: Forge, **environment: str) -> Done:
    """Runs the job of the template as GitLab's runner does: all lines in one shell."""
    script = "\n".join(TEMPLATE["script"])
    variables = {**TEMPLATE["variables"], "INSTALL": "true"}
    known = {
        "GITLAB_CI": "true",
        "CI_API_V4_URL": server.url,
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_PROJECT_ID": "12",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": changed.git("rev-parse", "main").strip(),
    }
    return bash(script, clone.root, {**clone.environment, **variables, **known, **environment})


def test_the_template_of_gitlab(clone: Service, changed: Service, server: Forge) -> None:
    server.knows_token = True
    done = gitlab(clone, changed, server, GITLAB_TOKEN=TOKEN)
    assert done.code == 1
    assert "jobPort changes from string to integer" in done.out
    (comment,) = server.bodies
    assert comment.startswith("<!-- ucaudit check -->\n### ❌")
    reports = TEMPLATE["artifacts"]["reports"]
    quality = json.loads((clone.root / reports["codequality"]).read_text())
    assert {"path": "app/calls.py", "lines": {"begin": clone.line("port: int")}} in [
        entry["location"] for entry in quality
    ]
    assert "<testsuites" in (clone.root / reports["junit"]).read_text()
    assert (clone.root / TEMPLATE["artifacts"]["paths"][0]).read_text() == comment


def test_the_template_of_gitlab_needs_no_token(
    clone: Service, changed: Service, server: Forge
) -> None:
    done = gitlab(clone, changed, server, FAIL_ON="never")
    assert done.code == 0
    assert server.requests == []
    assert gitlab(clone, changed, server, INSTALL="exit 7").code == 7
    assert gitlab(clone, changed, server, CI_MERGE_REQUEST_DIFF_BASE_SHA="0" * 40).code == 128


@pytest.mark.parametrize(
    ("file", "schema"),
    [
        ("action.yml", ["vendor.github-actions"]),
        ("ci/gitlab.yml", ["vendor.gitlab-ci", "--data-transform", "gitlab-ci"]),
    ],
)
def test_the_files_are_what_the_forges_say(file: str, schema: list[str]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", *schema, file]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_script_takes_text_of_a_pull_request_for_its_own() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step.get("run", "")


class TestPreCommit:
    """The hooks, run by pre-commit itself."""

    @pytest.fixture
    def hooks(self, clone: Service, tmp_path: Path) -> Service:
        (tmp_path / "hooks").mkdir()
        hooks = Service(tmp_path / "hooks", clone.environment)
        manifest = (ROOT / ".pre-commit-hooks.yaml").read_text()
        (hooks.root / ".pre-commit-hooks.yaml").write_text(manifest)
        hooks.git("init", "-q", "-b", "main")
        hooks.commit("Hooks")
        return hooks

    def run(self, clone: Service, hooks: Service, hook: str) -> Done:
        home = str(hooks.root.parent / "cache")
        return bash(
            f"{sys.executable} -m pre_commit try-repo --all-files {hooks.root} {hook}",
            clone.root,
            {**clone.environment, "PRE_COMMIT_HOME": home},
        )

    def test_check(self, clone: Service, hooks: Service) -> None:
        done = self.run(clone, hooks, "ucaudit-check")
        assert done.code == 1
        assert "jobPort changes from string to integer" in done.out
        clone.edit("port: int =", "port: str =")
        clone.ucaudit("lock")
        done = self.run(clone, hooks, "ucaudit-check")
        assert done.code == 0, done.out
        assert re.search(r"ucaudit check\.+Passed", done.out)

    def test_lock(self, clone: Service, hooks: Service) -> None:
        assert self.run(clone, hooks, "ucaudit-lock").code == 0
        # A new call makes new files, which pre-commit does not see by itself.
        clone.edit('calls.add(Call("jobs.stop"', 'calls.add(Call("new.one", request=Base))\n'
                   'calls.add(Call("jobs.stop"')  # fmt: skip
        done = self.run(clone, hooks, "ucaudit-lock")
        assert done.code == 1
        assert "+ new.one" in done.out
        assert (clone.root / "schemas" / "new.one.json").is_file()
        assert self.run(clone, hooks, "ucaudit-lock").code == 0
