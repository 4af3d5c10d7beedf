"""Lock asks whether a field was renamed, and keeps the answer."""

from __future__ import annotations

import pytest

from tests.history.test_history import INTEGER, STRING, Project, call
from ucaudit.errors import RefusedError

RENAME = {"rename": "requestJson.port", "to": "portNumber"}
PLACE = "a.call:requestJson.port"


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "schemas")


def released(project, **options):
    project.lock(call({"zone": STRING, "port": INTEGER}, **options))
    project.release()


def renamed(**options):
    return call({"zone": STRING, "portNumber": INTEGER}, **options)


def bare(entry):
    return [{k: v for k, v in step.items() if k != "for"} for step in entry.steps]


def test_a_rename_that_may_be_one_is_asked_and_stops_no_release(project):
    released(project)
    locked = project.lock(renamed())["a.call"]
    (proposal,) = locked.proposals
    assert (proposal["proposed"], proposal["to"]) == ("requestJson.port", "portNumber")
    assert proposal["answers"] == ["rename", "keep"]
    assert locked.questions == []
    project.lock(renamed())
    assert project.changes == {}
    (version,) = project.release()
    assert version.steps == ()
    assert project.lock(renamed())["a.call"].outcome == "unchanged"


def test_where_every_document_has_the_value_the_answer_is_needed(project):
    released(project, required=["port"])
    locked = project.lock(renamed(required=["portNumber"]))["a.call"]
    assert [q["undecided"] for q in locked.questions] == ["requestJson.port"]
    with pytest.raises(RefusedError, match="1 decision is missing"):
        project.release()
    project.lock(renamed(required=["portNumber"]), answers={PLACE: {"keep": ""}})
    (version,) = project.release()
    assert version.steps == ()


@pytest.mark.parametrize("by", ["place", "cause"])
def test_the_answer_that_it_is_one_is_a_step_and_is_kept(project, by):
    released(project)
    (question,) = project.lock(renamed())["a.call"].proposals
    key = PLACE if by == "place" else question["for"]
    project.lock(renamed(), answers={key: {"rename": "", "to": "portNumber"}})
    # More becomes known of the call: the answer stays.
    wider = call({"zone": STRING, "portNumber": INTEGER, "more": STRING}, required=["zone"])
    locked = project.lock(wider)["a.call"]
    assert bare(locked.entry) == [RENAME]
    assert locked.proposals == []
    (version,) = project.release()
    assert [{**step, "for": ""} for step in version.steps] == [{**RENAME, "for": ""}]


def test_the_answer_that_it_is_none_is_kept_too(project):
    released(project)
    project.lock(renamed(), answers={PLACE: {"keep": ""}})
    locked = project.lock(call({"zone": STRING, "portNumber": {**INTEGER, "minimum": 1}}))
    assert (locked["a.call"].proposals, locked["a.call"].questions) == ([], [])
    # Another name is another question.
    other = project.lock(call({"zone": STRING, "serverPort": INTEGER}))["a.call"]
    assert [question["to"] for question in other.proposals] == ["serverPort"]


def test_a_declared_rename_goes_before_the_answer_that_it_is_none(project):
    released(project)
    project.lock(renamed(), answers={PLACE: {"keep": ""}})
    declared = {**INTEGER, "x-audit": {"renamed_from": "port"}}
    locked = project.lock(call({"zone": STRING, "portNumber": declared}))["a.call"]
    assert bare(locked.entry) == [RENAME]


def test_a_rename_that_needs_more_than_one_step_is_to_be_declared(project):
    released(project)
    ports = {"type": "array", "items": INTEGER}
    (question,) = project.lock(call({"zone": STRING, "ports": ports}))["a.call"].proposals
    assert question["answers"] == ["keep"]
    assert "declare it with renamed_from" in question["why"]
    declared = {**ports, "x-audit": {"renamed_from": "port"}}
    locked = project.lock(call({"zone": STRING, "ports": declared}))["a.call"]
    assert bare(locked.entry) == [
        {"rename": "requestJson.port", "to": "ports"},
        {"to_list": "requestJson.ports"},
    ]


def test_whoever_adds_the_step_is_not_asked(project):
    released(project)
    locked = project.lock(renamed(), added={"a.call": [RENAME]})["a.call"]
    assert bare(locked.entry) == [RENAME]
    assert project.lock(renamed())["a.call"].proposals == []


def test_secrets_are_not_asked_about(project):
    hidden = {**STRING, "x-audit": {"redact": True}}
    project.lock(call({"zone": STRING, "token": hidden}))
    project.release()
    locked = project.lock(call({"zone": STRING, "tokenText": hidden}))["a.call"]
    assert bare(locked.entry) == []


def test_an_answer_for_one_place_is_none_for_another_of_the_same_cause(project):
    def shared(port):
        point = {"$ref": "#/$defs/Point"}
        made = call({"start": point, "end": point})
        for schema in made.parts["request"].values():
            schema["$defs"] = {"Point": {"type": "object", "properties": port}}
        return made

    project.lock(shared({"zone": STRING, "port": INTEGER}))
    project.release()
    new = shared({"zone": STRING, "portNumber": INTEGER})
    assert len(project.lock(new)["a.call"].proposals) == 2
    answer = {"rename": "", "to": "portNumber"}
    project.lock(new, answers={"a.call:requestJson.start.port": answer})
    locked = project.lock(new)["a.call"]
    assert [q["proposed"] for q in locked.proposals] == ["requestJson.end.port"]
    assert [s["rename"] for s in locked.entry.steps if "rename" in s] == ["requestJson.start.port"]
