"""Names of indices, templates, aliases and files; which call names cannot live side by side.

Index names follow Elasticsearch's rules (lower case, at most 255 bytes, no wildcards, slashes,
quotes, commas, hashes, colons or spaces); characters that cannot be held are percent-escaped.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Final

from ucaudit.errors import InputError

DEFAULT_PREFIX: Final = "http_logs_"
JOURNAL_INDEX: Final = "ucaudit-journal"
LOCK_INDEX: Final = "ucaudit-lock"
DEAD_LETTER_INDEX: Final = "ucaudit-dead-letters"
GUARD_TEMPLATE: Final = "ucaudit-guard"
COPY_ALIAS: Final = "ucaudit-copy-"
CLAIM_ALIAS: Final = "ucaudit-claim-"

_UNSAFE = re.compile(r"[^a-z0-9._~!$&'()+;=@^`{}\[\]\-]")
_UNSAFE_IN_FILE = re.compile(r"[^A-Za-z0-9._~!$&'()+,;=@^`{}\-]")
_GENERATION = re.compile(r"\.g\d+(?=$|[.\-])")
_LONGEST_SUFFIX = ".g9999-2026.12.31_small-from-g9999-01234567"
_MAX_BYTES = 255


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02x}" for byte in match[0].encode())


def index_part(call: str) -> str:
    """The call as it stands in index names: lower case, unusable characters percent-escaped."""
    return _UNSAFE.sub(_percent, call.lower())


def file_part(name: str) -> str:
    """``name`` as a file name: capitals kept, brackets and unusable characters percent-escaped."""
    return _UNSAFE_IN_FILE.sub(_percent, name)


@dataclass(frozen=True, slots=True)
class IndexName:
    """An index name taken apart.

    Attributes:
        call: Full name of the call.
        generation: 1, 2, …
        period: ``YYYY.MM.DD`` for a daily index, ``YYYY.MM`` for a monthly roll-up.
        suffix: What other tools append, such as ``_small``; else empty.
        source_generation: For a backfilled copy, the generation it was copied from.
        h8: For a backfilled copy, the eight hexadecimal digits that identify source and steps.
    """

    call: str
    generation: int
    period: str
    suffix: str = ""
    source_generation: int | None = None
    h8: str | None = None

    @property
    def is_copy(self) -> bool:
        """Whether this is a backfilled copy."""
        return self.h8 is not None

    def ends(self) -> datetime:
        """The moment (UTC) after which no document of this period is dated."""
        parts = [int(part) for part in self.period.split(".")]
        year, month = parts[0], parts[1]
        if len(parts) == 3:
            day = date(year, month, parts[2])
            return datetime.fromordinal(day.toordinal() + 1).replace(tzinfo=UTC)
        return datetime(year + month // 12, month % 12 + 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Naming:
    """How a project names its indices.

    Args:
        prefix: What every audit index starts with.
    """

    prefix: str = DEFAULT_PREFIX

    def base(self, call: str) -> str:
        """``http_logs_<call>``: the read alias, and the stem of all else."""
        return self.prefix + index_part(call)

    def all_alias(self, call: str) -> str:
        """The same for readers that search ``http_logs_<call>-*``."""
        return f"{self.base(call)}-all"

    def generation_alias(self, call: str, generation: int) -> str:
        """The alias over the indices of one shape only."""
        return f"{self.base(call)}.g{generation}"

    def stem(self, call: str, generation: int) -> str:
        """Index name up to the date: generation 1 has no mark."""
        return self.base(call) if generation == 1 else self.generation_alias(call, generation)

    def daily(self, call: str, generation: int, at: datetime | date) -> str:
        """The daily index. An aware ``datetime`` is taken in UTC; a naive one is refused.

        Raises:
            InputError: If ``at`` is a datetime without a time zone.
        """
        if isinstance(at, datetime):
            if at.tzinfo is None:
                raise InputError(
                    "naive-datetime",
                    "The day of a document is taken in UTC, and this time has no zone.",
                    where=f"call {call}",
                    why=repr(at),
                    fix="Use datetime.now(timezone.utc).",
                )
            at = at.astimezone(UTC).date()
        return f"{self.stem(call, generation)}-{at:%Y.%m.%d}"

    def copy(self, source: IndexName, generation: int, h8: str) -> str:
        """Name of the backfilled copy of ``source`` in ``generation``."""
        stem = self.stem(source.call, generation)
        return f"{stem}-{source.period}{source.suffix}-from-g{source.generation}-{h8}"

    def pattern(self, call: str, generation: int) -> str:
        """Index pattern of a generation's template; ``2`` begins every year."""
        return f"{self.stem(call, generation)}-2*"

    def copy_pattern(self, call: str, generation: int) -> str:
        """Index pattern of the template of a generation's copies."""
        return f"{self.stem(call, generation)}-2*-from-g*"

    def guard_pattern(self, call: str) -> str:
        """Index pattern that catches generations deployed without their migration."""
        return f"{self.base(call)}.g*-2*"

    def template(self, call: str, generation: int) -> str:
        """Name of a generation's index template."""
        return f"ucaudit-{index_part(call)}.g{generation}"

    def copy_template(self, call: str, generation: int) -> str:
        """Name of the index template of a generation's copies."""
        return f"{self.template(call, generation)}.from"

    def parser(self, calls: Iterable[str]) -> NameParser:
        """A parser of index names for these calls."""
        return NameParser(self, {index_part(call): call for call in calls})


_TAIL = re.compile(
    r"(?:\.g(?P<generation>[1-9]\d*))?-(?P<period>2\d{3}\.\d\d(?:\.\d\d)?)"
    r"(?P<suffix>(?:_[a-z0-9_]+)?)(?:-from-g(?P<source>\d+)-(?P<h8>[0-9a-f]{8}))?\Z"
)


@dataclass(frozen=True, slots=True)
class NameParser:
    """Takes index names apart; a call's name may itself hold dots and hyphens."""

    naming: Naming
    calls: dict[str, str]

    def parse(self, index: str) -> IndexName | None:
        """The parts of ``index``, or ``None`` if it belongs to none of the calls."""
        if not index.startswith(self.naming.prefix):
            return None
        rest = index[len(self.naming.prefix) :]
        for match in re.finditer(r"\.g\d|-2", rest):
            call = self.calls.get(rest[: match.start()])
            tail = _TAIL.match(rest, match.start())
            if call is not None and tail is not None:
                return IndexName(
                    call=call,
                    generation=int(tail["generation"] or 1),
                    period=tail["period"],
                    suffix=tail["suffix"],
                    source_generation=int(tail["source"]) if tail["source"] else None,
                    h8=tail["h8"],
                )
        return None


class CallNames:
    """Call names that can stand beside each other.

    Args:
        prefix: What their index names start with.
    """

    def __init__(self, prefix: str = DEFAULT_PREFIX) -> None:
        self._prefix = prefix
        self._names: dict[str, str] = {}
        # Index parts whose pattern would match the indices of a call, and that call.
        self._forbidden: dict[str, str] = {}

    def add(self, name: str) -> None:
        """Adds a call.

        Raises:
            InputError: If the name cannot be an index name, or its indices and those of another
                call would be taken for each other's.
        """
        _check_one(name, self._prefix)
        prefix, part = self._prefix, index_part(name)
        if part in self._names:
            raise _collision(self._names[part], name, f"both write to {prefix}{part}-…")
        if part in self._forbidden:
            raise self._matches(name, self._forbidden[part])
        stems = [part[: match.start()] for match in re.finditer(r"-2", part)]
        for stem in stems:
            if stem in self._names:
                raise self._matches(self._names[stem], name)
        self._names[part] = name
        for stem in stems:
            self._forbidden.setdefault(stem, name)

    def _matches(self, short: str, long: str) -> InputError:
        pattern, index = (f"{self._prefix}{index_part(name)}" for name in (short, long))
        return _collision(short, long, f"the pattern {pattern}-2* also matches {index}-…")


def check_call_names(names: Iterable[str], prefix: str = DEFAULT_PREFIX) -> None:
    """Refuses names that cannot be index names, or whose indices would be taken for each other's.

    Raises:
        InputError: Naming the call, or both calls, and the reason.
    """
    known = CallNames(prefix)
    for name in names:
        known.add(name)


@lru_cache(maxsize=4096)
def _check_one(name: str, prefix: str) -> None:
    part = index_part(name)
    reason = None
    if not name.strip():
        reason = "it is empty"
    elif not prefix and part.startswith(("-", "_", "+", ".")):
        reason = "no index name starts with that character"
    elif _GENERATION.search(part):
        reason = "it looks like a generation mark (.g<number>)"
    elif part.endswith("-all"):
        reason = "it would take the place of a reserved alias (-all)"
    elif "-from-g" in part:
        reason = "it looks like a backfilled copy (-from-g)"
    elif len((prefix + part + _LONGEST_SUFFIX).encode()) > _MAX_BYTES:
        limit = _MAX_BYTES - len(prefix.encode()) - len(_LONGEST_SUFFIX)
        reason = f"its index names would exceed {_MAX_BYTES} bytes (at most {limit} for the call)"
    elif len(file_part(name).encode()) > _MAX_BYTES - len(".json"):
        reason = f"its file name would exceed {_MAX_BYTES} bytes"
    if reason:
        raise InputError(
            "call-name-unusable",
            f"The call name {name!r} cannot be used.",
            where=f"call {name}",
            why=reason,
            fix="Give the call another name.",
        )


def _collision(first: str, second: str, why: str) -> InputError:
    return InputError(
        "calls-collide",
        f"The calls {first!r} and {second!r} cannot both be audited.",
        where=f"calls {first}, {second}",
        why=why,
        fix="Rename one of them.",
    )
