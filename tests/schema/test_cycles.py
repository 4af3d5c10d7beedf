"""Digests of cycles: as far from a difference as one may enter, it is seen."""

from __future__ import annotations

import pytest

from tests.diff.shorthand import S, obj
from ucaudit.schema.parsing import parse


def ring(length, **last):
    """A cycle of types, each of which leads to the next; the last has fields of its own."""
    definitions = {
        f"T{i}": obj(next={"$ref": f"#/$defs/T{(i + 1) % length}"}) for i in range(length)
    }
    definitions[f"T{length - 1}"]["properties"].update(last)
    return {"$ref": "#/$defs/T0", "$defs": definitions}


@pytest.mark.parametrize("length", [1, 2, 3, 5, 20])
def test_what_differs_far_away_in_a_cycle_is_another_schema(length):
    hashes = [parse(ring(length, **last)).hash for last in ({}, {"a": S}, {"a": S, "b": S})]
    assert len(set(hashes)) == 3


def test_a_difference_behind_members_that_come_apart_at_once_is_seen():
    def team(**user):
        definitions = {
            "Team": obj(parent={"$ref": "#/$defs/Team"}, members={"$ref": "#/$defs/List"}),
            "List": {"type": "array", "items": {"$ref": "#/$defs/User"}},
            "User": obj(team={"$ref": "#/$defs/Team"}, **user),
        }
        return {**obj(data={"$ref": "#/$defs/Team"}), "$defs": definitions}

    assert parse(team(name=S)).hash != parse(team(name=S, phone=S)).hash


def test_a_cycle_is_the_same_wherever_it_is_unrolled():
    plain = {"$ref": "#/$defs/A", "$defs": {"A": obj(b=S, a={"$ref": "#/$defs/A"})}}
    twice = {
        "$ref": "#/$defs/A",
        "$defs": {
            "A": obj(b=S, a={"$ref": "#/$defs/B"}),
            "B": obj(b=S, a={"$ref": "#/$defs/A"}),
        },
    }
    outside = {**obj(b=S, a={"$ref": "#/$defs/A"}), "$defs": plain["$defs"]}
    assert parse(plain).hash == parse(twice).hash == parse(outside).hash
