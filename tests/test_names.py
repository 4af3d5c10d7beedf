"""Index names, what they mean, and which calls cannot live side by side."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ucaudit import Call, Registry
from ucaudit.errors import InputError
from ucaudit.names import IndexName, Naming, check_call_names, file_part, index_part

NAMING = Naming()

PARSED = [
    ("http_logs_files.browse-2026.01.02", ("files.browse", 1, "2026.01.02", "", None)),
    ("http_logs_files.browse.g2-2026.01.02", ("files.browse", 2, "2026.01.02", "", None)),
    ("http_logs_files.browse.g12-2026.01", ("files.browse", 12, "2026.01", "", None)),
    ("http_logs_files.browse-2026.01_small", ("files.browse", 1, "2026.01", "_small", None)),
    (
        "http_logs_files.browse.g3-2026.01.02_small-from-g2-0123abcd",
        ("files.browse", 3, "2026.01.02", "_small", 2),
    ),
    ("http_logs_ends.in.-2026.01.02", ("ends.in.", 1, "2026.01.02", "", None)),
    ("http_logs_with-hyphen.g2-2026.01.02", ("with-hyphen", 2, "2026.01.02", "", None)),
    ("http_logs_a%2fb-2026.01.02", ("a/b", 1, "2026.01.02", "", None)),
]


@pytest.mark.parametrize(("index", "parts"), PARSED)
def test_index_names_are_taken_apart(index, parts):
    calls = ["files.browse", "ends.in.", "with-hyphen", "a/b"]
    found = NAMING.parser(calls).parse(index)
    assert found is not None
    assert (
        found.call,
        found.generation,
        found.period,
        found.suffix,
        found.source_generation,
    ) == parts


@pytest.mark.parametrize(
    "index",
    [
        "http_logs_files.browse",
        "http_logs_files.browse-all",
        "http_logs_files.browse.g2",
        "http_logs_files.browse-2026",
        "http_logs_files.browse-2026.01.02-from-g1-xyz",
        "http_logs_other-2026.01.02",
        "logs_files.browse-2026.01.02",
    ],
)
def test_other_names_belong_to_nobody(index):
    assert NAMING.parser(["files.browse"]).parse(index) is None


@given(
    call=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20),
    generation=st.integers(1, 50),
    day=st.dates(date(2018, 1, 1), date(2099, 12, 31)),
)
def test_what_is_written_is_read_back(call, generation, day):
    try:
        check_call_names([call])
    except InputError:
        return
    index = NAMING.daily(call, generation, day)
    found = NAMING.parser([call]).parse(index)
    assert found is not None
    assert (found.call, found.generation, found.period) == (call, generation, f"{day:%Y.%m.%d}")
    copy = NAMING.copy(found, generation + 1, "0123abcd")
    parsed = NAMING.parser([call]).parse(copy)
    assert parsed == IndexName(call, generation + 1, found.period, "", generation, "0123abcd")
    assert index == index.lower()
    assert not set(index) & set('\\/*?"<>| ,#:')
    assert len(copy.encode()) <= 255


def test_the_day_is_taken_in_utc():
    late = datetime(2026, 1, 1, 23, 30, tzinfo=timezone(timedelta(hours=-2)))
    assert NAMING.daily("a", 1, late) == "http_logs_a-2026.01.02"
    with pytest.raises(InputError, match="zone"):
        NAMING.daily("a", 1, datetime(2026, 1, 1))  # noqa: DTZ001


@pytest.mark.parametrize(
    ("period", "ends"),
    [("2026.02.28", (2026, 3, 1)), ("2026.01", (2026, 2, 1)), ("2026.12", (2027, 1, 1))],
)
def test_a_period_ends(period, ends):
    assert IndexName("a", 1, period).ends() == datetime(*ends, tzinfo=UTC)


@pytest.mark.parametrize(
    "names",
    [
        ["Files.browse", "files.browse"],
        ["a", "a-2b"],
        ["jobs.create", "jobs.create-2024"],
    ],
)
def test_colliding_calls_are_refused_with_both_names(names):
    with pytest.raises(InputError) as caught:
        check_call_names(names)
    assert caught.value.name == "calls-collide"
    assert all(name in str(caught.value) for name in names)


@pytest.mark.parametrize(
    "name", ["", "  ", "a.g2", "a.g2.b", "a.g1-x", "files-all", "x-from-g1", "n" * 240]
)
def test_unusable_names_are_refused(name):
    with pytest.raises(InputError) as caught:
        check_call_names([name])
    assert caught.value.name == "call-name-unusable"
    assert caught.value.why


@pytest.mark.parametrize("name", ["a.gx", "a.g", "ag2", "all", "Ends.", "with-hyphen", "a.group"])
def test_usable_names(name):
    check_call_names([name])


def test_unusable_characters_are_escaped():
    assert index_part("Files/Browse:x") == "files%2fbrowse%3ax"
    assert file_part("Page[File]") == "Page%5bFile%5d"


def test_a_registry_refuses_what_collides():
    calls = Registry("files")
    calls.add(Call("files.browse"))
    with pytest.raises(InputError, match="declared twice"):
        calls.add(Call("files.browse"))
    with pytest.raises(InputError, match=r"files\.browse.*FILES\.browse"):
        calls.add(Call("FILES.browse"))
    with pytest.raises(InputError, match="retention"):
        Call("x", retention_days=0)
    assert [call.name for call in calls] == ["files.browse"]
    assert len(calls) == 1
