"""Renames that nobody declared: which are proposed, which are not, and how they are shown."""

from __future__ import annotations

import io
import random
import time

import pytest
from rich.console import Console

from tests.diff.shorthand import B, I, N, S, free, listed, obj, opt
from ucaudit import diff_schemas
from ucaudit.diff.likeness import name_likeness, tokens
from ucaudit.report.diff import render_diff

SIZE = {"type": "string", "enum": ["small", "large"]}
DATE = {"type": "string", "format": "date-time"}
TEAM = obj(id=S, title=S, members=listed(S))


def proposed(old, new):
    """The proposals as pairs of names, after checking that both findings tell of each."""
    found = {f.id: f for f in diff_schemas(old, new).findings}
    pairs = set()
    for finding in found.values():
        name = finding.pointer.rpartition("/")[2]
        if finding.renamed_from is not None:
            other = found[finding.renamed_from.finding]
            assert other.renamed_to.finding == finding.id
            assert other.renamed_to.name == name
            pairs.add((finding.renamed_from.name, name))
        if finding.renamed_to is not None:
            assert found[finding.renamed_to.finding].renamed_from is not None
    return pairs


def around(**field):
    """An object with a field between others, so that its place tells something."""
    return obj(zone=S, **field, active=B)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("userId", ("user", "id")),
        ("user_ids", ("user", "id")),
        ("HTTPPort", ("http", "port")),
        ("address-line2", ("address", "line", "2")),
        ("entries", ("entry",)),
        ("status", ("status",)),
        ("class", ("class",)),
        ("", ()),
    ],
)
def test_names_are_words(name, words):
    assert tokens(name) == words


@pytest.mark.parametrize(
    ("old", "new", "alike"),
    [
        ("userId", "user_id", True),
        ("filename", "fileName", True),
        ("port", "portNumber", True),
        ("username", "usernames", True),
        ("toogleEmail", "toggleEmail", True),
        ("appName", "applicationName", True),
        ("startDate", "endDate", False),
        ("minSize", "maxSize", False),
        ("active", "inactive", False),
        ("enabled", "disabled", False),
        ("line1", "line2", False),
        ("quantity", "quality", False),
        ("port", "gate", False),
    ],
)
def test_replaced_words_are_other_things(old, new, alike):
    assert name_likeness(old, new) == name_likeness(new, old)
    assert (name_likeness(old, new) >= 0.5) is alike


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (around(port=I), around(portNumber=I)),
        (around(port=I), around(port_number=opt(I))),
        (around(created=DATE), around(createdAt=DATE)),
        (around(size=SIZE), around(boxSize={"enum": ["small", "large", "huge"]})),
        (around(team=TEAM), around(ownTeam=obj(**TEAM["properties"], more=S))),
        (around(tags=free(S)), around(tagValues=free(S))),
        # One value became several.
        (around(username=S), around(usernames=listed(S))),
        # Another name altogether, but the same description.
        (
            around(port={**I, "description": "Where the licence server listens."}),
            around(gate={**I, "description": "Where the licence server listens."}),
        ),
        # The number is the name on the wire of protobuf.
        (around(port={**I, "x-proto-number": 7}), around(gate={**I, "x-proto-number": 7})),
        (obj(line=obj(unitPrice=N)), obj(line=obj(unit_price=N))),
    ],
)
def test_what_speaks_for_itself_is_proposed(old, new):
    assert len(proposed(old, new)) == 1


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (around(port=I), around(gate=I)),
        (around(port=I), around(portName=S)),
        (around(startDate=DATE), around(endDate=DATE)),
        (around(created=S), around(createdAt=DATE)),
        (around(size=SIZE), around(sizeClass={"enum": ["a", "b"]})),
        (around(team=TEAM), around(teamName=obj(first=S, last=S))),
        (around(value={}), around(values=S)),
        (around(port=I), around(ports=listed(S))),
        (
            around(port={**S, "description": "Where the licence server listens."}),
            around(portName={**S, "description": "What people call the entrance of a ship."}),
        ),
        # Secrets are not stored under either name.
        (around(token=S), around(tokenText={**S, "format": "password"})),
        # Split in two: neither half is the whole.
        (around(address=S), around(addressLine1=S, addressLine2=S)),
        # Both names are there before.
        (around(port=I, portNumber=I), around(port=I)),
        (around(port={**I, "x-proto-number": 7}), around(portName={**I, "x-proto-number": 8})),
    ],
)
def test_what_may_be_something_else_is_not(old, new):
    assert proposed(old, new) == set()


def test_a_declared_rename_is_no_proposal():
    new = around(portNumber={**I, "x-audit": {"renamed_from": "port"}})
    assert proposed(around(port=I), new) == set()
    assert [f.rule for f in diff_schemas(around(port=I), new).findings] == ["field-renamed"]


def test_proposals_change_no_finding():
    old, new = around(port=I), around(portNumber=I)
    ids = {finding.id for finding in diff_schemas(old, new).findings}
    assert len(ids) == 2
    assert ids == {
        *(finding.id for finding in diff_schemas(old, around()).findings),
        *(finding.id for finding in diff_schemas(around(), new).findings),
    }


def test_the_order_of_keys_decides_no_pair():
    fields = {"userName": S, "mailAddress": S, "createdAt": DATE, "size": SIZE}
    renamed = {"user": S, "mail": S, "created": DATE, "boxSize": SIZE}
    expected = proposed(obj(**fields), obj(**renamed))
    assert len(expected) == 4
    for seed in range(20):
        shuffled = random.Random(seed).sample(list(renamed.items()), 4)
        assert proposed(obj(**fields), obj(**dict(shuffled))) == expected


def test_the_place_counts_unless_the_order_is_alphabetical():
    def score(old, new):
        return max(f.renamed_from.score for f in diff_schemas(old, new).findings if f.renamed_from)

    near = score(obj(z=S, port=I, a=S), obj(z=S, portNumber=I, a=S))
    far = score(obj(z=S, port=I, a=S), obj(portNumber=I, z=S, a=S))
    ordered = score(obj(a=S, port=I, z=S), obj(a=S, portNumber=I, z=S))
    assert far < ordered < near


def test_five_hundred_names_spelled_otherwise_are_found_at_once():
    old = obj(**{f"user_name_{i}": S for i in range(500)})
    new = obj(**{f"userName{i}": S for i in range(500)})
    started = time.perf_counter()
    assert len(proposed(old, new)) == 500
    assert time.perf_counter() - started < 20


def test_text_and_json_say_so_quietly():
    diff = diff_schemas(around(port=I), around(portNumber=I))
    console = Console(width=80, file=io.StringIO())
    with console.capture() as captured:
        console.print(render_diff(diff))
    text = captured.get()
    assert "perhaps renamed from port (0.80: same type, similar name, same place)" in text
    assert "perhaps renamed to portNumber (0.80: same type, similar name, same place)" in text
    added, removed = sorted(diff.to_dict()["findings"], key=lambda f: f["rule"])
    assert added["renamed_from"] == {
        "finding": removed["id"],
        "name": "port",
        "score": 0.8,
        "reason": "same type, similar name, same place",
    }
    assert removed["renamed_to"]["finding"] == added["id"]
    assert "renamed_to" not in added
