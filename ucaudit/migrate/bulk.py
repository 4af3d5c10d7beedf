"""Sends documents to a copy through its alias, patiently, and looks at each outcome."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError, Unreachable
from ucaudit.errors import StoppedError
from ucaudit.migrate.digest import Key
from ucaudit.migrate.throttle import Throttle, pressure

_ITEMS: Final = "errors,items.*.status,items.*.error"
_BUSY: Final = frozenset({429, 500, 502, 503, 504})
_ATTEMPTS: Final = 12
_ATTEMPTS_OUT_OF_REACH: Final = 3


class _Error(msgspec.Struct):
    type: str = ""
    reason: str | None = None
    caused_by: Any = None


class _Outcome(msgspec.Struct):
    status: int
    error: _Error | None = None


class _Item(msgspec.Struct):
    create: _Outcome | None = None
    index: _Outcome | None = None
    delete: _Outcome | None = None


class _Answer(msgspec.Struct):
    errors: bool
    items: list[_Item] = []


_fast = msgspec.json.Decoder(_Answer).decode


def _decode(raw: bytes) -> _Answer:
    try:
        return _fast(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        # Reasons quote the document, which may hold what is no Unicode text.
        return msgspec.convert(json.loads(raw.decode(errors="replace")), _Answer)


class TargetGone(Exception):  # noqa: N818  (a state that the caller handles)
    """The copy was deleted under our feet; nothing was created in its place."""


class Line(msgspec.Struct, frozen=True, gc=False):
    """Something to do to one document of a copy.

    Attributes:
        key: Its id and routing.
        raw: Its bytes, on one line; nothing for ``delete``.
        source: What it was made from.
        action: ``create`` where none is there, ``index`` in the place of one, or ``delete``.
        guard: Sequence number and primary term of what it takes the place of: of nothing newer.
    """

    key: Key
    raw: bytes = b""
    source: bytes = b""
    action: Literal["create", "index", "delete"] = "create"
    guard: tuple[int, int] | None = None


@dataclass(slots=True)
class Sent:
    """What became of lines.

    Attributes:
        taken: How many were done.
        conflicts: Those that something newer, or anything at all, was in the way of.
        refused: Those that the engine refuses, with the reason.
    """

    taken: int = 0
    conflicts: list[Line] = field(default_factory=list)
    refused: list[tuple[Line, str]] = field(default_factory=list)

    def add(self, other: Sent) -> None:
        """Counts ``other`` in."""
        self.taken += other.taken
        self.conflicts += other.conflicts
        self.refused += other.refused


@dataclass(frozen=True, slots=True)
class Sender:
    """Writes to one copy; thread-safe.

    Attributes:
        cluster: Where.
        alias: The alias of the copy that all writes go through.
        target: Name of the copy, for messages.
        throttle: Holds writes back.
    """

    cluster: Cluster
    alias: str
    target: str
    throttle: Throttle = field(default_factory=Throttle)

    def send(self, lines: Sequence[Line]) -> Sent:
        """Sends all lines.

        Raises:
            TargetGone: If the copy is not there any more.
            StoppedError: If the copy does not take writes.
            ClusterError: If the cluster does not answer, or stays busy.
            Interrupted: If asked to stop while the cluster is busy.
        """
        if not lines:
            return Sent()
        try:
            return self._until_taken(lines)
        except ClusterError as error:
            if error.status == 413:
                return self._halves(lines, error)
            if error.status == 404:
                raise TargetGone from error
            raise

    def _halves(self, lines: Sequence[Line], error: ClusterError) -> Sent:
        if len(lines) == 1:
            return Sent(refused=[(lines[0], f"too large to send: {error.reason}")])
        middle = len(lines) // 2
        sent = self.send(lines[:middle])
        sent.add(self.send(lines[middle:]))
        return sent

    def _until_taken(self, lines: Sequence[Line]) -> Sent:
        total, left, attempt = Sent(), lines, 0
        while True:
            attempt += 1
            self.throttle.ready()
            try:
                sent, left, error = self._once(left)
                total.add(sent)
            except ClusterError as failed:
                if not failed.transient:
                    raise
                error = failed
            if error is None:
                self.throttle.fine()
                return total
            if attempt >= _ATTEMPTS or (
                isinstance(error, Unreachable) and attempt >= _ATTEMPTS_OUT_OF_REACH
            ):
                raise error
            self.throttle.busy(pressure(error))

    def _once(self, lines: Sequence[Line]) -> tuple[Sent, list[Line], ClusterError | None]:
        body = bulk_body(lines)
        raw = self.cluster.bulk(self.alias, body, require_alias=True, filter_path=_ITEMS)
        answer = _decode(raw)
        if not answer.errors:
            return Sent(taken=len(lines)), [], None
        sent, busy = Sent(), []
        error: ClusterError | None = None
        for line, item in zip(lines, answer.items, strict=True):
            outcome = item.create or item.index or item.delete
            assert outcome is not None  # noqa: S101  (one of what was sent)
            if outcome.status < 300 or (line.action == "delete" and outcome.error is None):
                sent.taken += 1
            elif outcome.status == 409:
                sent.conflicts.append(line)
            elif outcome.status in _BUSY:
                busy.append(line)
                kind = outcome.error.type if outcome.error else ""
                reason = _sentence(outcome.error)
                error = ClusterError(outcome.status, kind, reason, f"bulk {self.target}")
            else:
                sent.refused.append((line, self._reason(outcome)))
        return sent, busy, error

    def _reason(self, outcome: _Outcome) -> str:
        reason = _sentence(outcome.error)
        if outcome.status == 404:
            raise TargetGone(reason)
        # The fault of the index, not of the document: no dead letter.
        if outcome.status in (401, 403) or "no write index" in reason:
            raise StoppedError(
                "target-blocked",
                "The copy does not take writes.",
                where=self.target,
                why=reason,
            )
        return reason


def bulk_body(lines: Sequence[Line]) -> bytes:
    """The body of a bulk request that does this to the documents under their ids and routing."""
    parts: list[bytes] = []
    for line in lines:
        id_, routing = line.key
        more = b',"routing":' + routing if routing else b""
        if line.guard is not None:
            more += b',"if_seq_no":%d,"if_primary_term":%d' % line.guard
        parts += (b'{"', line.action.encode(), b'":{"_id":', id_, more, b"}}\n")
        if line.action != "delete":
            parts += (line.raw, b"\n")
    return b"".join(parts)


def _sentence(error: _Error | None) -> str:
    if error is None:
        return "no reason given"
    sentences = [error.reason or error.type]
    inner = error.caused_by
    while isinstance(inner, dict):
        if inner.get("reason"):
            sentences.append(str(inner["reason"]))
        inner = inner.get("caused_by")
    text = ": ".join(dict.fromkeys(sentences))
    return text.encode(errors="replace").decode()
