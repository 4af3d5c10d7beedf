"""K edits of types that forty calls share are K findings, whatever form the service is written in.

Their ids stay the same while the new side moves and renames definitions, takes calls in another
order and words descriptions anew.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable

import pytest

from tests.diff.service import (
    PLAIN,
    TYPES,
    Member,
    Spelling,
    Types,
    edited,
    json_schema,
    openapi,
    protobuf,
    pydantic,
    renamed,
)
from ucaudit.diff.calls import diff_calls
from ucaudit.history.sources import load_source

Edit = Callable[[Types], Types]

# What each edit is, as (rule, owner, pointer) in the forms that can say it.
EDITS: dict[str, tuple[Edit, tuple[str, str, str]]] = {
    "a required field is new": (
        lambda t: edited(t, "User", phone=Member("str", required=True)),
        ("required-field-added", "User", "/properties/phone"),
    ),
    "a field is gone": (
        lambda t: edited(t, "File", tags=None),
        ("optional-field-removed", "File", "/properties/tags"),
    ),
    "another type": (
        lambda t: edited(t, "Limit", cpu=Member("str")),
        ("type-changed", "Limit", "/properties/cpu"),
    ),
    "an enum value is gone": (
        lambda t: edited(t, "File", kind=Member(("enum", ("plain", "folder")))),
        ("enum-value-removed", "File", "/properties/kind"),
    ),
    "a tighter bound": (
        lambda t: edited(t, "File", size=Member(("max", 50))),
        ("maximum-lowered", "File", "/properties/size"),
    ),
    "null is allowed": (
        lambda t: edited(t, "Team", title=Member(("opt", "str"))),
        ("nullable-added", "Team", "/properties/title"),
    ),
    "a declared rename": (
        lambda t: renamed(t, "Page", "next", "cursor"),
        ("field-renamed", "Page", "/properties/next"),
    ),
    "one value becomes a list": (
        lambda t: edited(t, "User", mail=Member(("list", "str"))),
        ("single-to-list", "User", "/properties/mail"),
    ),
    "a union has one more member": (
        lambda t: edited(t, "Drawing", first=Member(("union", ("Circle", "Square", "Line")))),
        ("union-member-added", "Drawing", "/properties/first"),
    ),
    "a field of a map's values is new": (
        lambda t: edited(t, "Limit", disk=Member("int")),
        ("optional-field-added", "Limit", "/properties/disk"),
    ),
}
# proto3 requires nothing, has neither bounds nor null nor generics; a oneof has fields.
IN_PROTOBUF: dict[str, tuple[str, str, str]] = {
    "a required field is new": ("optional-field-added", "files.User", "/properties/phone"),
    "a field is gone": ("optional-field-removed", "files.File", "/properties/tags"),
    "another type": ("type-changed", "files.Limit", "/properties/cpu"),
    "an enum value is gone": ("enum-value-removed", "files.File.Kind", ""),
    "one value becomes a list": ("single-to-list", "files.User", "/properties/mail"),
    "a field of a map's values is new": ("optional-field-added", "files.Limit", "/properties/disk"),
}
FORMS = ("json_schema", "openapi", "pydantic", "protobuf")


def samples() -> list[tuple[str, ...]]:
    """Every edit alone, some of each number of edits, all of them."""
    names = list(EDITS)
    some = [tuple(random.Random(count).sample(names, count)) for count in range(2, 9)]
    return [*((name,) for name in names), *some, tuple(names)]


@pytest.fixture(scope="module")
def calls(tmp_path_factory):
    """The calls of a service in one of the forms."""
    tmp_path = tmp_path_factory.mktemp("service")
    known = {}

    def calls(form: str, types: Types, spelling: Spelling = PLAIN):
        if types is not TYPES or spelling is not PLAIN:
            return read(form, types, spelling)
        if form not in known:
            known[form] = read(form, types, spelling)
        return known[form]

    def read(form: str, types: Types, spelling: Spelling):
        if form == "json_schema":
            return json_schema(types, spelling)
        if form == "pydantic":
            return pydantic(types, spelling)
        if form == "protobuf":
            pytest.importorskip("grpc_tools", reason="needs the extra protobuf")
            (tmp_path / "files.proto").write_text(protobuf(types, spelling))
            return load_source("files.proto", tmp_path).calls
        (tmp_path / "openapi.json").write_text(json.dumps(openapi(types, spelling)))
        return load_source("openapi.json", tmp_path).calls

    return calls


def planted(form, names):
    """The types with the edits that ``form`` can say, and what is to be found."""
    possible = [name for name in names if form != "protobuf" or name in IN_PROTOBUF]
    types = TYPES
    for name in possible:
        types = EDITS[name][0](types)
    found = [IN_PROTOBUF[name] if form == "protobuf" else EDITS[name][1] for name in possible]
    if form == "pydantic":
        found = [(rule, f"app.{owner}", pointer) for rule, owner, pointer in found]
    return types, sorted(found)


def causes(diff):
    return sorted((f.rule, f.owner, f.pointer) for f in diff.findings)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("names", samples(), ids=lambda names: f"{len(names)}: {names[0]}")
def test_each_edit_is_one_finding(calls, form, names):
    types, expected = planted(form, names)
    assert causes(diff_calls(calls(form, TYPES), calls(form, types))) == expected


@pytest.mark.parametrize("form", FORMS)
def test_a_service_is_as_it_is(calls, form):
    moved = Spelling("Other" if form == "protobuf" else "other.")
    for spelling in (PLAIN, Spelling(words="The"), Spelling(backwards=True), moved):
        assert diff_calls(calls(form, TYPES), calls(form, TYPES, spelling)).findings == []


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    "spelling",
    [
        Spelling(words="What is called"),
        Spelling(backwards=True),
        Spelling("moved.elsewhere."),
        Spelling("moved.", "Said otherwise:", backwards=True),
    ],
    ids=["reworded", "reordered", "moved", "all"],
)
def test_ids_stay(calls, form, spelling):
    if form == "protobuf" and spelling.prefix:
        # A message that is called otherwise; a package is part of the calls' names.
        spelling = Spelling("Moved", spelling.words, backwards=spelling.backwards)
    types, expected = planted(form, list(EDITS))
    before = diff_calls(calls(form, TYPES), calls(form, types))
    after = diff_calls(calls(form, TYPES), calls(form, types, spelling))
    assert causes(after) == expected
    assert [f.id for f in after.findings] == [f.id for f in before.findings]


def test_all_calls_that_an_edit_reaches_are_told(calls):
    types = EDITS["a required field is new"][0](TYPES)
    (finding,) = diff_calls(calls("openapi", TYPES), calls("openapi", types)).findings
    # All but the quotas know users.
    assert len({occurrence.call for occurrence in finding.occurrences}) == 35
