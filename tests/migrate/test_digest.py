"""Digests: the same whatever the order, another for any other document."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ucaudit.migrate.digest import (
    BUCKETS,
    Buckets,
    Key,
    Tally,
    bucket_of,
    document_digest,
    flat,
    tally_from,
    total,
)

parts = st.binary(max_size=6).filter(lambda raw: b"\0" not in raw)
documents = st.dictionaries(st.tuples(parts, parts), st.binary(max_size=8), max_size=30)


def tally_of(pairs: list[tuple[Key, bytes]]) -> Tally:
    return sum((Tally(1, 0, document_digest(*pair)) for pair in pairs), Tally())


@given(documents, st.randoms())
def test_order_and_pages_do_not_matter(found: dict[Key, bytes], random) -> None:
    pairs = list(found.items())
    whole = tally_of(pairs)
    random.shuffle(pairs)
    middle = len(pairs) // 2
    assert tally_of(pairs[:middle]) + tally_of(pairs[middle:]) == whole
    assert whole.digest < 1 << 128
    assert whole.documents == len(found)


@given(documents, documents)
def test_equal_digests_are_equal_documents(one: dict[Key, bytes], other: dict[Key, bytes]) -> None:
    same = tally_of(list(one.items())).same(tally_of(list(other.items())))
    assert same == (one == other)


def test_id_routing_and_document_do_not_run_into_each_other() -> None:
    spellings = [((b"a", b""), b"b"), ((b"ab", b""), b""), ((b"a", b"b"), b""), ((b"", b"a"), b"b")]
    assert len({document_digest(key, body) for key, body in spellings}) == len(spellings)


@given(documents, documents)
def test_buckets_that_differ_hold_all_that_differs(
    one: dict[Key, bytes], other: dict[Key, bytes]
) -> None:
    def counted(found: dict[Key, bytes]) -> Buckets:
        buckets = Buckets()
        for key, body in found.items():
            buckets.add(key, document_digest(key, body))
        return buckets

    different = {key for key in one.keys() | other.keys() if one.get(key) != other.get(key)}
    assert counted(one).differing(counted(other)) == {bucket_of(key) for key in different}
    assert all(bucket_of(key) < BUCKETS for key in one)


def test_a_document_is_spelled_as_the_engine_gives_it_back() -> None:
    assert flat(b' {"a":\r\n 1}\n') == b'{"a":   1}'
    assert flat(b'{"a":"\\n"}') == b'{"a":"\\n"}'


def test_tallies_are_kept_as_json() -> None:
    tally = Tally(3, 2, 1 << 127)
    assert tally_from(tally.to_dict()) == tally
    assert tally.read == 5
    assert tally_from({"checkpoint": 7}) is None  # of a journal that an older version wrote
    assert total([tally, Tally(1, 0, 1 << 127)]) == Tally(4, 2, 0)
    assert total([tally, None]) is None
