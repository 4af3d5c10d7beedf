"""Lock and release: what is written, what is kept, what is detected."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from ucaudit import index_name
from ucaudit.errors import InputError, RefusedError
from ucaudit.history.files import write_files
from ucaudit.history.layout import Layout, from_file
from ucaudit.history.lock import Decisions, lock
from ucaudit.history.release import release
from ucaudit.history.spelling import Speller, to_document
from ucaudit.history.store import load_history, load_open, plan_open
from ucaudit.mapping.envelope import ENVELOPE
from ucaudit.sources.record import CallSchemas

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def call(properties, name="a.call", required=(), **options):
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return CallSchemas(name, {"request": {"in": schema, "out": schema}}, **options)


STRING, INTEGER = {"type": "string"}, {"type": "integer"}
OBJECT = {"type": "object", "properties": {"id": STRING}}


class Project:
    def __init__(self, root):
        self.layout = Layout(root)
        root.mkdir(exist_ok=True)

    envelope = ENVELOPE

    def lock(self, *calls, **decisions):
        results = lock(
            calls,
            load_open(self.layout),
            load_history(self.layout.root),
            Decisions(**decisions),
            self.envelope,
        )
        self.changes = plan_open(self.layout, [r.entry for r in results if r.entry])
        write_files(self.changes)
        return {r.call: r for r in results}

    def release(self, label="r"):
        return release(self.layout, label, self.envelope)

    @property
    def history(self):
        return load_history(self.layout.root)


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path / "schemas")


def test_a_first_lock_and_release(project):
    locked = project.lock(call({"port": STRING}))["a.call"]
    assert (locked.outcome, locked.entry.version, locked.entry.generation) == ("new", 1, 1)
    (version,) = project.release("2026.11")
    assert (version.number, version.generation, version.label) == (1, 1, "2026.11")
    assert version.mapping["properties"]["requestJson"]["properties"]["port"]["type"] == "keyword"
    assert project.history.calls["a.call"].newest == version
    assert project.release() == []


def test_locking_again_writes_nothing_before_and_after_a_release(project):
    project.lock(call({"port": STRING}))
    project.lock(call({"port": STRING}))
    assert project.changes == {}
    project.release()
    assert project.lock(call({"port": STRING}))["a.call"].outcome == "unchanged"
    assert project.changes == {}


def test_a_respelling_writes_nothing(project):
    project.lock(call({"port": {"type": ["string", "null"]}}))
    project.lock(call({"port": {"anyOf": [{"type": "null"}, {"type": "string"}]}}))
    assert project.changes == {}


@pytest.mark.parametrize(
    ("after", "index", "generation", "steps"),
    [
        ({"port": STRING, "more": STRING}, "put_mapping", 1, []),
        ({}, "none", 1, []),
        ({"port": INTEGER}, "reindex", 2, [{"cast": "requestJson.port", "to": "integer"}]),
        (
            {"port": {"type": "array", "items": STRING}},
            "none",
            1,
            [{"to_list": "requestJson.port"}],
        ),
        (
            {"gate": {**STRING, "x-audit": {"renamed_from": "port"}}},
            "put_mapping",
            1,
            [{"rename": "requestJson.port", "to": "gate"}],
        ),
    ],
)
def test_verdict_generation_and_derived_steps(project, after, index, generation, steps):
    project.lock(call({"port": STRING}))
    project.release()
    locked = project.lock(call(after))["a.call"]
    assert locked.outcome == "changed"
    assert (locked.entry.index, locked.entry.generation) == (index, generation)
    assert [{k: v for k, v in s.items() if k != "for"} for s in locked.entry.steps] == steps
    (version,) = project.release()
    assert (version.number, version.index, version.generation) == (2, index, generation)


def test_a_field_that_comes_back_with_another_type_still_clashes(project):
    for properties in ({"a": STRING, "b": STRING}, {"b": STRING}, {"a": INTEGER, "b": STRING}):
        project.lock(call(properties))
        project.release()
    versions = project.history.calls["a.call"].versions
    assert [(v.index, v.generation) for v in versions] == [("none", 1), ("none", 1), ("reindex", 2)]


def test_a_missing_decision_is_named_and_release_refuses(project):
    project.lock(call({"port": STRING}))
    project.release()
    locked = project.lock(call({"port": OBJECT}))["a.call"]
    (question,) = locked.questions
    assert question["undecided"] == "requestJson.port"
    assert "wrap" in question["answers"]
    with pytest.raises(RefusedError) as caught:
        project.release()
    assert caught.value.name == "steps-undecided"
    assert "requestJson.port" in str(caught.value.where)
    assert len(project.history.calls["a.call"].versions) == 1

    answer = {"a.call:requestJson.port": {"wrap": "", "key": "id"}}
    project.lock(call({"port": OBJECT}), answers=answer)
    decided = project.lock(call({"port": OBJECT, "more": STRING}))["a.call"]
    assert [s["wrap"] for s in decided.entry.steps] == ["requestJson.port"]
    (version,) = project.release()
    assert [s["wrap"] for s in version.steps] == ["requestJson.port"]


def test_keeping_values_as_they_are_is_a_decision_without_a_step(project):
    project.lock(call({"port": STRING}))
    project.release()
    project.lock(call({"port": OBJECT}))
    project.lock(call({"port": OBJECT}), answers={"a.call:requestJson.port": {"keep": ""}})
    (version,) = project.release()
    assert version.steps == ()
    project.lock(call({"port": OBJECT}))
    assert project.changes == {}


def test_a_decision_that_answers_nothing_is_refused(project):
    project.lock(call({"port": STRING}))
    with pytest.raises(InputError, match="no open question"):
        project.lock(call({"port": STRING}), answers={"a.call:requestJson.x": {"keep": ""}})
    with pytest.raises(InputError, match="No call 'b'"):
        project.lock(call({"port": STRING}), generations=frozenset({"b"}))


def test_a_person_may_ask_for_a_generation(project):
    project.lock(call({"port": STRING}))
    project.release()
    renamed = call({"gate": {**STRING, "x-audit": {"renamed_from": "port"}}})
    project.lock(renamed, generations=frozenset({"a.call"}))
    assert project.lock(renamed)["a.call"].entry.generation == 2
    (version,) = project.release()
    assert (version.index, version.generation, version.new_generation) == ("put_mapping", 2, True)
    project.lock(call({"gate": STRING, "b": STRING}))
    (version,) = project.release()
    assert (version.generation, version.new_generation) == (2, False)


def test_steps_of_a_person_stay(project):
    project.lock(call({"port": STRING}))
    project.release()
    step = {"set": "requestJson.zone", "value": "x"}
    project.lock(call({"port": STRING, "zone": STRING}), added={"a.call": [step]})
    assert project.lock(call({"port": STRING, "zone": STRING}))["a.call"].entry.steps == [step]


def test_a_call_that_is_gone_leaves_its_history(project):
    project.lock(call({}), call({}, name="b.call"))
    project.release()
    assert project.lock(call({}))["b.call"].outcome == "removed"
    assert sorted(load_open(project.layout)) == ["a.call"]
    assert sorted(project.history.calls) == ["a.call", "b.call"]


def test_retention_and_recording_are_part_of_a_version(project):
    project.lock(call({}))
    project.release()
    locked = project.lock(call({}, retention_days=30))["a.call"]
    assert (locked.outcome, locked.entry.index) == ("changed", "none")


def test_steps_between_generations_compose(project):
    for properties in ({"a": STRING}, {"a": INTEGER}, {"a": INTEGER, "b": STRING}, {"a": STRING}):
        project.lock(call(properties))
        project.release()
    history = project.history.calls["a.call"]
    assert [v.generation for v in history.versions] == [1, 2, 2, 3]
    assert [s["to"] for s in history.steps(1, 3)] == ["integer", "string"]
    assert [s["to"] for s in history.steps(2, 3)] == ["string"]
    assert history.ancestors(3) == tuple(v.digest for v in history.versions[:2])


def edit(path, **changes):
    document = json.loads(path.read_text())
    path.write_text(json.dumps({**document, **changes}))


@pytest.mark.parametrize(
    ("damage", "name"),
    [
        (lambda f: edit(f / "0001.json", retention_days=3), "history-edited"),
        (lambda f: edit(f / "0001.json", mapping={}), "history-edited"),
        (lambda f: edit(f / "0002.json", parent="1:00"), "history-edited"),
        (lambda f: edit(f / "0002.json", format="other"), "history-edited"),
        (lambda f: (f / "0001.json").unlink(), "history-gap"),
        (lambda f: (f / "0002.json").rename(f / "0003.json"), "history-gap"),
        (lambda f: (f / "0002.json").write_text("{"), "not-json"),
        (
            lambda f: (f / "0002.json").write_text('{"format": "ucaudit.version/1"}'),
            "history-edited",
        ),
    ],
)
def test_edited_history_and_gaps_are_detected(project, damage, name):
    for properties in ({"a": STRING}, {"a": STRING, "b": STRING}):
        project.lock(call(properties))
        project.release()
    folder = project.layout.history_folder("a.call")
    damage(folder)
    with pytest.raises(InputError) as caught:
        load_history(project.layout.root)
    assert caught.value.name == name
    assert str(folder) in str(caught.value.where)


def test_mending_a_step_is_no_tampering(project):
    project.lock(call({"a": STRING}))
    project.release()
    project.lock(call({"a": INTEGER}))
    project.release()
    path = project.layout.version_file("a.call", 2)
    before = project.history.calls["a.call"].newest
    edit(path, steps=[{"cast": "requestJson.a", "to": "integer", "on_failure": "null"}])
    after = project.history.calls["a.call"].newest
    assert after.digest == before.digest
    assert after.steps_digest != before.steps_digest


def test_a_released_version_is_never_overwritten(project):
    project.lock(call({"a": STRING}))
    (version,) = project.release()
    from ucaudit.history.store import write_version

    with pytest.raises(InputError, match="released already"):
        write_version(project.layout, version)


def test_open_versions_survive_their_files(project):
    shared = {
        "app.Page[app.File]": {"type": "object", "properties": {"p": {"$ref": "#/$defs/Own"}}}
    }
    schema = {
        "type": "object",
        "properties": {"page": {"$ref": "#/$defs/app.Page%5Bapp.File%5D"}},
        "$defs": {**shared, "Own": STRING},
    }
    original = CallSchemas(
        "x/y.Z", {"response": {"out": schema}}, 30, True, shared=frozenset(shared)
    )
    project.lock(original)
    path = project.layout.open_file("x/y.Z")
    assert (project.layout.types / "app.Page%5bapp.File%5d.out.json").is_file()
    entry = from_file(path, project.layout)
    assert entry.schemas.parts["response"]["out"]["$defs"].keys() == schema["$defs"].keys()
    parts = Speller().spell(entry.schemas).parts
    assert to_document(entry, parts) == json.loads(path.read_text())


def test_writers_ask_where_to_write(project):
    with pytest.raises(InputError, match="no released version"):
        index_name("a.call", NOW, schemas=project.layout.root)
    project.lock(call({"port": STRING}))
    project.release()
    assert index_name("a.call", NOW, schemas=project.layout.root) == "http_logs_a.call-2026.11.23"
    project.lock(call({"port": INTEGER}))
    with pytest.raises(InputError, match="starts generation 2"):
        index_name("a.call", NOW, schemas=project.layout.root)
    opened = index_name("a.call", NOW, schemas=project.layout.root, allow_open=True)
    assert opened == "http_logs_a.call.g2-2026.11.23"
    project.release()
    assert index_name("a.call", NOW, schemas=project.layout.root) == opened


def test_fields_of_two_versions_together_need_their_own_limit(project):
    for first in (0, 700):
        fields = {f"field{number}": STRING for number in range(first, first + 700)}
        project.lock(call(fields))
        project.release()
    newest = load_history(project.layout.root).calls["a.call"].newest
    assert (newest.number, newest.generation) == (2, 1)
    assert newest.settings == {"index.mapping.total_fields.limit": 2401}


def test_open_versions_count_in_development(project):
    project.lock(call({"port": STRING}))
    assert load_history(project.layout.root).calls == {}
    assert load_history(project.layout.root, allow_open=True).calls["a.call"].newest.number == 1


def with_envelope(**fields):
    return {**ENVELOPE, "properties": {**ENVELOPE["properties"], **fields}}


def test_a_changed_envelope_is_a_version_without_the_steps_of_the_last(project):
    project.lock(call({"a": STRING}))
    project.release()
    project.lock(call({"a": INTEGER}))
    project.release()
    assert project.history.calls["a.call"].newest.steps
    project.envelope = with_envelope(region=STRING)
    locked = project.lock(call({"a": INTEGER}))["a.call"]
    assert (locked.outcome, locked.entry.index, locked.entry.steps) == (
        "changed",
        "put_mapping",
        [],
    )
    (version,) = project.release()
    assert (version.number, version.generation, version.steps) == (3, 2, ())
    assert project.release() == []


def test_a_clashing_envelope_starts_a_generation(project):
    project.lock(call({"a": STRING}))
    project.release()
    project.envelope = with_envelope(receivedAt=STRING)
    locked = project.lock(call({"a": STRING}))["a.call"]
    assert (locked.entry.index, locked.entry.generation) == ("reindex", 2)
    assert [c.path for c in locked.verdict.changes if c.kind == "refused"] == ["receivedAt"]


def test_a_release_does_not_trust_an_edited_open_version(project):
    project.lock(call({"a": STRING}))
    project.release()
    project.lock(call({"a": INTEGER}))
    edit(project.layout.open_file("a.call"), generation=1)
    with pytest.raises(RefusedError) as caught:
        project.release()
    assert caught.value.name == "lock-stale"
    assert len(project.history.calls["a.call"].versions) == 1


def test_a_release_sees_that_someone_forgot_to_lock(project):
    project.lock(call({"a": STRING}))
    with pytest.raises(RefusedError, match="not what the calls are now"):
        release(project.layout, "r", declared=[call({"a": INTEGER})])


def test_a_step_of_a_person_starts_a_generation(project):
    project.lock(call({"a": STRING}))
    project.release()
    step = {"set": "requestJson.a", "value": "x"}
    locked = project.lock(call({"a": STRING}), added={"a.call": [step]})["a.call"]
    assert (locked.outcome, locked.entry.generation, locked.entry.steps) == ("changed", 2, [step])
    assert project.lock(call({"a": STRING}))["a.call"].entry.steps == [step]
    (version,) = project.release()
    assert (version.generation, version.steps) == (2, (step,))
    assert project.lock(call({"a": STRING}))["a.call"].outcome == "unchanged"


def test_a_function_that_cannot_be_imported_is_refused_while_it_can_be_mended(project):
    project.lock(call({"a": STRING}))
    project.release()
    step = {"python": "no_such_module:function"}
    with pytest.raises(InputError) as caught:
        project.lock(call({"a": STRING}), added={"a.call": [step]})
    assert caught.value.name == "function-unusable"


def test_what_a_person_wrote_into_a_derived_step_is_kept(project):
    project.lock(call({"a": STRING, "b": STRING}))
    project.release()
    project.lock(call({"a": INTEGER, "b": INTEGER}))
    path = project.layout.open_file("a.call")
    steps = json.loads(path.read_text())["steps"]
    steps[0]["on_failure"] = "null"
    edit(path, steps=steps)
    entry = project.lock(call({"a": INTEGER, "b": INTEGER}))["a.call"].entry
    assert [s.get("on_failure") for s in entry.steps] == ["null", None]


def test_one_cause_at_two_places_has_a_step_for_each(project):
    def shared(kind):
        point = {"$ref": "#/$defs/Point"}
        schema = {
            "type": "object",
            "properties": {"start": point, "end": point},
            "$defs": {"Point": {"type": "object", "properties": {"x": kind}}},
        }
        return CallSchemas("a.call", {"request": {"in": schema, "out": schema}})

    project.lock(shared(STRING))
    project.release()
    for _ in range(2):
        steps = project.lock(shared(INTEGER))["a.call"].entry.steps
        paths = sorted(step["cast"] for step in steps)
        assert paths == ["requestJson.end.x", "requestJson.start.x"]


def test_damaged_open_files_are_written_anew_and_said(project):
    project.lock(call({"a": STRING}), call({}, name="b.call"))
    path = project.layout.open_file("a.call")
    original = path.read_text()
    for damage in ("<<<<<<< HEAD\n", "[]", '{"format": "ucaudit.call/1"}'):
        path.write_text(damage)
        damaged = []
        assert sorted(load_open(project.layout, damaged)) == ["b.call"]
        assert [str(path) in str(error.where) for error in damaged] == [True]
        with pytest.raises(InputError):
            load_open(project.layout)
        results = lock(
            [call({"a": STRING}), call({}, name="b.call")],
            load_open(project.layout, []),
            project.history,
        )
        write_files(plan_open(project.layout, [r.entry for r in results]))
        assert path.read_text() == original


def test_foreign_files_beside_the_types_are_left_alone(project):
    project.lock(call({}))
    foreign = project.layout.types / "notes.json"
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_text("{}")
    project.lock(call({}))
    assert foreign.is_file()


def test_files_that_cannot_be_written_are_one_clear_error(project, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(InputError) as caught:
        write_files({blocked / "schemas" / "a.json": "{}"})
    assert caught.value.name == "file-unwritable"
    assert caught.value.why


def test_writers_say_when_the_history_is_broken(project):
    project.lock(call({}))
    project.release()
    project.layout.version_file("a.call", 1).write_text("{")
    with pytest.raises(InputError, match="cannot be read"):
        index_name("a.call", NOW, schemas=project.layout.root)
