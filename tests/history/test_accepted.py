"""Accepted findings: how they are kept, what they match, when they end."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest

from ucaudit.config import Config
from ucaudit.diff.policy import Policies
from ucaudit.errors import InputError
from ucaudit.history.accepted import accept, load_accepted, mark_accepted, plan_accepted, today
from ucaudit.history.accepting import Wish, keep_ledger
from ucaudit.history.comparison import compare_release
from ucaudit.history.files import write_files
from ucaudit.history.layout import Layout, is_recorded
from ucaudit.history.lock import lock
from ucaudit.history.release import release
from ucaudit.history.store import load_history, load_open, plan_open
from ucaudit.sources.record import CallSchemas

STRING, INTEGER = {"type": "string"}, {"type": "integer"}


def call(name="a.call", /, renamed_from=None, **properties):
    schema = {"type": "object", "properties": properties}
    parts = {"request": {"in": schema, "out": schema}}
    return CallSchemas(name, parts, renamed_from=renamed_from)


class Project:
    """A recorded history below ``root``; ``config`` is the project's."""

    def __init__(self, root, **config):
        self.layout = Layout(root / "schemas")
        self.layout.root.mkdir()
        self.config = Config(root=root, **config)

    def lock(self, *calls):
        results = lock(calls, load_open(self.layout), load_history(self.layout.root))
        self.calls = [r.entry.schemas for r in results if r.entry]
        write_files(plan_open(self.layout, [r.entry for r in results if r.entry]))

    def ship(self, *calls):
        self.lock(*calls)
        release(self.layout)

    def ledger(self, **wish):
        return keep_ledger(
            self.layout, load_history(self.layout.root), self.calls, self.config, Wish(**wish)
        )

    def accept(self, *ids, reason="planned", **wish):
        ledger = self.ledger(accept=ids, reason=reason, **wish)
        write_files(ledger.changes)
        return ledger

    @property
    def findings(self):
        history = load_history(self.layout.root)
        return compare_release(history, self.calls, Policies.of(self.config)).findings


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.ship(call(a=STRING, b=STRING))
    made.lock(call(a=INTEGER, b=INTEGER))
    return made


def test_what_is_accepted_is_written_for_a_reader(project):
    first, second = project.findings
    project.accept(second.id, until=today() + timedelta(days=3))
    project.accept(first.id[:6])
    document = json.loads(project.layout.accepted_file.read_text())
    assert document["format"] == "ucaudit.accepted/1"
    assert [entry["pointer"] for entry in document["accepted"]] == [
        "/properties/a",
        "/properties/b",
    ]
    assert document["accepted"][0] == {
        "id": first.id,
        "rule": "type-changed",
        "owner": "a.call",
        "pointer": "/properties/a",
        "message": "a changes from string to integer",
        "reason": "planned",
        "until": None,
    }
    assert load_accepted(project.layout)[second.id].until == today() + timedelta(days=3)


def test_accepting_again_replaces_reason_and_end(project):
    key = project.findings[0].id
    project.accept(key, until=today())
    project.accept(key, reason="for good")
    (entry,) = load_accepted(project.layout).values()
    assert (entry.reason, entry.until) == ("for good", None)


def test_the_file_is_no_call_and_lock_leaves_it_alone(project):
    project.accept(project.findings[0].id)
    before = project.layout.accepted_file.read_bytes()
    assert is_recorded(project.layout.root)
    assert [*load_open(project.layout)] == ["a.call"]
    project.lock(call(a=INTEGER))
    assert project.layout.accepted_file.read_bytes() == before


@pytest.mark.parametrize("name", ["accepted", "Accepted"])
def test_a_call_of_the_name_of_the_file_has_another_file(tmp_path, name):
    project = Project(tmp_path)
    project.ship(call(name, a=STRING))
    project.lock(call(name, a=INTEGER))
    project.accept(project.findings[0].id)
    assert [*load_open(project.layout)] == [name]
    assert len(load_accepted(project.layout)) == 1


@pytest.mark.parametrize(
    ("wish", "text"),
    [
        ({"accept": ("123456",), "reason": "x"}, "a changes from string to integer"),
        ({"accept": ("1234",), "reason": "x"}, "at least 6 digits"),
        ({"accept": ("123456",)}, "no --reason"),
        ({"accept": ("123456",), "reason": "  "}, "no --reason"),
        ({"reason": "x"}, "no --accept"),
        ({"until": date(2999, 1, 1)}, "no --accept"),
        ({"accept": ("123456",), "reason": "x", "until": date(2020, 1, 1)}, "2020-01-01 is over"),
        ({"unaccept": ("123456",)}, "there is none"),
    ],
)
def test_what_cannot_be_accepted_says_why(project, wish, text):
    with pytest.raises(InputError) as caught:
        project.ledger(**wish)
    assert text in str(caught.value)
    assert caught.value.fix
    assert not project.layout.accepted_file.exists()


def test_a_beginning_that_two_ids_share_names_none(project):
    findings = project.findings
    for number, finding in enumerate(findings):
        finding.id = f"abcdef{number}"
    with pytest.raises(InputError, match="abcdef0 and abcdef1"):
        accept(findings, ["abcdef"], "x", None)
    assert [*accept(findings, ["ABCDEF1"], "x", None)] == ["abcdef1"]


def test_what_is_dropped_is_gone_and_an_empty_file_with_it(project):
    first, second = project.findings
    project.accept(first.id, second.id)
    ledger = project.ledger(unaccept=(first.id[:8],))
    assert [entry.id for entry in ledger.dropped] == [first.id]
    write_files(ledger.changes)
    assert [*load_accepted(project.layout)] == [second.id]
    write_files(project.ledger(unaccept=(second.id,)).changes)
    assert not project.layout.accepted_file.exists()


def test_an_acceptance_counts_until_the_end_of_its_last_day(project):
    finding = project.findings[0]
    project.accept(finding.id, until=today())
    accepted = load_accepted(project.layout)
    mark_accepted([finding], accepted, today())
    assert finding.accepted == {"reason": "planned", "until": today().isoformat()}
    (late,) = (f for f in project.findings if f.id == finding.id)
    mark_accepted([late], accepted, today() + timedelta(days=1))
    assert late.accepted is None
    assert late.expired == finding.accepted
    assert late.to_dict()["expired"]["reason"] == "planned"


def test_an_acceptance_that_matches_nothing_is_said(project):
    project.accept(project.findings[0].id)
    assert project.ledger().unmatched == []
    project.lock(call(a=STRING, b=INTEGER))
    (entry,) = project.ledger().unmatched
    assert entry["message"] == "a changes from string to integer"
    assert project.ledger().changes == {}


def test_what_was_accepted_has_been_shipped_after_a_release(project):
    project.accept(*(f.id for f in project.findings))
    release(project.layout)
    assert len(project.ledger().unmatched) == 2


def test_under_a_transitive_policy_it_counts_as_long_as_the_old_version_is_guarded(tmp_path):
    project = Project(tmp_path, policy="backward_transitive")
    project.ship(call(a=STRING))
    project.lock(call(a=INTEGER))
    project.accept(project.findings[0].id)
    release(project.layout)
    assert project.ledger().unmatched == []
    project.lock(call(a=INTEGER, b=STRING))
    (finding,) = (f for f in project.findings if f.versions)
    assert (finding.versions, finding.id in load_accepted(project.layout)) == ([1], True)


def test_a_call_with_another_name_is_held_against_the_versions_of_its_former_name(tmp_path):
    project = Project(tmp_path, policy="backward_transitive")
    project.ship(call(a=STRING))
    project.ship(call())
    project.lock(call("b.call", renamed_from="a.call", a=INTEGER))
    found = {f.rule: f.versions for f in project.findings}
    assert found == {"call-renamed": None, "optional-field-added": None, "type-changed": [1]}


def test_a_rule_that_is_off_leaves_its_acceptances_in_use(project):
    project.accept(project.findings[0].id)
    project.config = Config(project.config.root, levels={"type-changed": "off"})
    assert project.findings == []
    assert project.ledger().unmatched == []


def test_the_file_is_brought_into_its_form(project):
    project.accept(*(f.id for f in project.findings))
    path = project.layout.accepted_file
    tidy = path.read_text()
    document = json.loads(tidy)
    document["accepted"].reverse()
    path.write_text(json.dumps(document))
    changes = project.ledger().changes
    assert changes == {path: tidy}
    write_files(changes)
    assert plan_accepted(project.layout, load_accepted(project.layout)) == {}


ENTRY = {"id": "a", "rule": "r", "owner": "o", "pointer": "", "message": "m", "until": None}


@pytest.mark.parametrize(
    "content",
    [
        "<<<<<<< HEAD",
        "[]",
        '{"format": "ucaudit.call/1"}',
        '{"format": "ucaudit.accepted/1"}',
        '{"format": "ucaudit.accepted/1", "accepted": [1]}',
        json.dumps({"format": "ucaudit.accepted/1", "accepted": [ENTRY]}),
        json.dumps({"format": "ucaudit.accepted/1", "accepted": [{**ENTRY, "reason": " "}]}),
        json.dumps(
            {
                "format": "ucaudit.accepted/1",
                "accepted": [{**ENTRY, "reason": "x", "until": "soon"}],
            }
        ),
    ],
)
def test_a_damaged_file_is_one_clear_error(project, content):
    project.layout.accepted_file.write_text(content)
    with pytest.raises(InputError) as caught:
        load_accepted(project.layout)
    assert "accepted.json" in str(caught.value.where)
    assert caught.value.fix
