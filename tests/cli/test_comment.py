"""``ucaudit comment``: one comment, created once and updated from then on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.forges import ALICE, BOT, TOKEN, Forge, forge
from ucaudit.cli import main

MARK = "<!-- ucaudit check -->\n"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def server() -> Iterator[Forge]:
    with forge() as made:
        yield made


@pytest.fixture(params=["github", "gitlab"])
def run(
    request: pytest.FixtureRequest,
    server: Forge,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> Run:
    """Comments with a text, in a job of either forge."""
    for name in ("GITHUB_ACTIONS", "GITLAB_CI", "GITHUB_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    if request.param == "github":
        event = tmp_path / "event.json"
        event.write_text(json.dumps({"pull_request": {"number": 7}}))
        environment = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_API_URL": server.url,
            "GITHUB_REPOSITORY": "acme/service",
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_TOKEN": TOKEN,
        }
    else:
        server.knows_token = True
        environment = {
            "GITLAB_CI": "true",
            "CI_API_V4_URL": server.url,
            "CI_MERGE_REQUEST_PROJECT_ID": "12",
            "CI_MERGE_REQUEST_PROJECT_URL": "https://forge.example/acme/service",
            "CI_MERGE_REQUEST_IID": "7",
            "GITLAB_TOKEN": TOKEN,
        }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    def comment(text: str, *options: str) -> tuple[int, str, str]:
        (tmp_path / "comment.md").write_text(text)
        code = main(["comment", str(tmp_path / "comment.md"), *options])
        out, err = capfd.readouterr()
        assert TOKEN not in out + err
        assert "Traceback" not in out + err
        return code, out, err

    return comment


def test_it_is_created_once_and_then_updated(server: Forge, run: Run) -> None:
    server.add("Looks good to me", ALICE)
    code, out, _ = run(f"{MARK}first")
    assert (code, out.split()[0]) == (0, "created")
    assert out.split()[1].startswith("https://forge.example/")
    assert server.bodies[1:] == [f"{MARK}first"]
    code, out, _ = run(f"{MARK}second")
    assert (code, out.split()[0]) == (0, "updated")
    assert server.bodies[1:] == [f"{MARK}second"]
    asked = len(server.requests)
    code, out, _ = run(f"{MARK}second\n")
    assert (code, out.split()[0]) == (0, "unchanged")
    assert all(request.startswith("GET") for request in server.requests[asked:])


def test_it_is_found_behind_many_others(server: Forge, run: Run) -> None:
    for number in range(230):
        server.add(f"comment {number}", ALICE)
    server.add(f"{MARK}old", BOT)
    assert run(f"{MARK}new")[1].startswith("updated")
    assert (len(server.comments), server.bodies[-1]) == (231, f"{MARK}new")


def test_nobody_elses_comment_is_touched(server: Forge, run: Run) -> None:
    server.add(f"{MARK}all is well, says alice", ALICE)
    server.add(f"> {MARK}quoted", BOT)
    assert run(f"{MARK}broken")[1].startswith("created")
    assert server.bodies[0] == f"{MARK}all is well, says alice"
    assert server.bodies[2] == f"{MARK}broken"


def test_projects_of_one_repository_have_comments_of_their_own(server: Forge, run: Run) -> None:
    for key in ("one", "two", "one"):
        run(f"{MARK}text of {key}", "--key", key)
    assert server.bodies == [
        "<!-- ucaudit check one -->\ntext of one",
        "<!-- ucaudit check two -->\ntext of two",
    ]


@pytest.mark.parametrize(("method", "status"), [("POST", 403), ("GET", 500), ("GET", 302)])
def test_a_refusal_is_said(server: Forge, run: Run, method: str, status: int) -> None:
    server.refuse[method] = status
    code, _, err = run(f"{MARK}text")
    assert code == 3
    assert "The comment cannot be written. [comment-refused]" in err
    assert f"{status}: Resource not accessible by integration" in err.replace("\n", " ")
    assert server.comments == []


def test_a_forge_that_is_away_is_said(
    server: Forge, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_API_URL", "CI_API_V4_URL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    code, _, err = run(f"{MARK}text")
    assert code == 3
    assert "Connection refused" in err


def test_without_a_token_it_says_which(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    code, _, err = run(f"{MARK}text")
    assert code == 2
    assert "_TOKEN is not set. [variable-missing]" in err


def test_a_wrong_token_is_said(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.setenv(name, "wrong")
    code, _, err = run(f"{MARK}text")
    assert code == 3
    assert "401: Bad credentials" in err
    assert "wrong" not in err


def test_a_job_for_no_pull_request_does_nothing(
    server: Forge, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "event.json").write_text('{"ref": "refs/heads/main"}')
    monkeypatch.delenv("CI_MERGE_REQUEST_IID", raising=False)
    code, out, err = run(f"{MARK}text")
    assert (code, out) == (0, "")
    assert "for no pull request" in err
    assert server.requests == []


@pytest.mark.parametrize("event", ["", "[]", "{"])
def test_an_event_that_cannot_be_read(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    (tmp_path / "event.json").write_text(event)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_EVENT_PATH", str(tmp_path / "event.json"))
    code, _, err = run(f"{MARK}text")
    assert code == 2
    assert "[event-unreadable]" in err


@pytest.mark.parametrize("text", ["", "### a heading\n", "<!-- never closed\n"])
def test_a_text_without_a_mark_is_refused(server: Forge, run: Run, text: str) -> None:
    code, _, err = run(text)
    assert code == 2
    assert "[comment-unreadable]" in err
    assert server.requests == []


def test_outside_of_ci_it_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for name in ("GITHUB_ACTIONS", "GITLAB_CI"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "comment.md").write_text(MARK)
    assert main(["comment", str(tmp_path / "comment.md")]) == 2
    assert "[ci-unknown]" in capfd.readouterr().err
    assert main(["comment", str(tmp_path / "nowhere.md")]) == 2
    assert "[comment-unreadable]" in capfd.readouterr().err
