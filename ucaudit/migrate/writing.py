"""Writes documents into a copy: bulk ``create`` through its alias, each outcome looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import tenacity

from ucaudit.cluster import client
from ucaudit.cluster.client import Cluster, patiently
from ucaudit.cluster.failures import ClusterError
from ucaudit.errors import StoppedError
from ucaudit.migrate.deadletters import DeadLetters, Failure, Origin
from ucaudit.migrate.pages import Document
from ucaudit.transform.apply import Transform, TransformFailed

_ITEMS: Final = "errors,items.*.status,items.*.error"
_ITEMS_BUSY: Final = "items_busy"
_BUSY: Final = frozenset({429, 500, 502, 503, 504})


class _Error(msgspec.Struct):
    type: str = ""
    reason: str | None = None
    caused_by: Any = None


class _Outcome(msgspec.Struct):
    status: int
    error: _Error | None = None


class _Item(msgspec.Struct):
    create: _Outcome


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


@dataclass(frozen=True, slots=True)
class Written:
    """What became of some documents.

    Attributes:
        created: New in the copy.
        existing: Already there.
        dead: Kept as dead letters.
    """

    created: int = 0
    existing: int = 0
    dead: int = 0

    def __add__(self, other: Written) -> Written:
        return Written(
            self.created + other.created, self.existing + other.existing, self.dead + other.dead
        )


@dataclass(frozen=True, slots=True)
class _Line:
    """A document ready to be sent, and where it came from."""

    document: Document
    raw: bytes


class Writer:
    """Transforms documents of one source and writes them into its copy; thread-safe."""

    def __init__(
        self,
        cluster: Cluster,
        alias: str,
        transform: Transform,
        dead_letters: DeadLetters,
        origin: Origin,
    ) -> None:
        self._cluster = cluster
        self._alias = alias
        self._transform = transform
        self._dead_letters = dead_letters
        self._origin = origin

    def write(self, documents: Sequence[Document]) -> Written:
        """Writes them all, or keeps them as dead letters.

        Raises:
            TargetGone: If the copy is not there any more.
            StoppedError: If the copy does not take writes.
            ClusterError: If the cluster does not answer.
        """
        lines, failures = self._transformed(documents)
        written, refused = self._send(lines)
        failures += refused
        self._dead_letters.keep(self._origin, failures)
        return written + Written(dead=len(failures))

    def _transformed(self, documents: Sequence[Document]) -> tuple[list[_Line], list[Failure]]:
        lines: list[_Line] = []
        failures: list[Failure] = []
        identity, apply = self._transform.identity, self._transform.apply
        for document in documents:
            raw = bytes(document.source)
            if not raw:
                raise StoppedError(
                    "source-disabled",
                    "An index does not keep the source of its documents.",
                    where=self._origin.source,
                    why="a hit has no _source",
                    fix="It cannot be copied; leave its call out (--exclude).",
                )
            try:
                lines.append(_Line(document, raw if identity else apply(raw)))
            except TransformFailed as failed:
                failures.append(_failure(document, failed.reason, failed.step))
        return lines, failures

    def _send(self, lines: list[_Line]) -> tuple[Written, list[Failure]]:
        if not lines:
            return Written(), []
        try:
            return self._send_until_taken(lines)
        except ClusterError as error:
            if error.status == 413:
                return self._send_halves(lines, error)
            if error.status == 404:
                raise TargetGone from error
            raise

    def _send_halves(
        self, lines: list[_Line], error: ClusterError
    ) -> tuple[Written, list[Failure]]:
        if len(lines) == 1:
            return Written(), [_failure(lines[0].document, f"too large to send: {error.reason}")]
        middle = len(lines) // 2
        first, failures = self._send(lines[:middle])
        second, more = self._send(lines[middle:])
        return first + second, failures + more

    def _send_until_taken(self, lines: list[_Line]) -> tuple[Written, list[Failure]]:
        total, failures, left = Written(), [], lines
        for attempt in tenacity.Retrying(
            retry=tenacity.retry_if_exception(_is_busy),
            stop=tenacity.stop_after_attempt(12),
            wait=tenacity.wait_random_exponential(multiplier=0.2, max=10),
            sleep=client.pause,
            reraise=True,
        ):
            with attempt:
                written, refused, left, reason = self._send_once(left)
                total += written
                failures += refused
                if left:
                    raise ClusterError(429, _ITEMS_BUSY, reason, f"bulk {self._origin.target}")
        return total, failures

    def _send_once(self, lines: list[_Line]) -> tuple[Written, list[Failure], list[_Line], str]:
        body = bulk_body(lines)
        raw = patiently(
            lambda: self._cluster.bulk(self._alias, body, require_alias=True, filter_path=_ITEMS)
        )
        answer = _decode(raw)
        if not answer.errors:
            return Written(created=len(lines)), [], [], ""
        created = existing = 0
        failures: list[Failure] = []
        busy: list[_Line] = []
        reason = ""
        for line, item in zip(lines, answer.items, strict=True):
            outcome = item.create
            if outcome.status < 300:
                created += 1
            elif outcome.status == 409:
                existing += 1
            elif outcome.status in _BUSY:
                busy.append(line)
                reason = _sentence(outcome.error)
            else:
                failures.append(self._refused(line.document, outcome))
        return Written(created, existing), failures, busy, reason

    def _refused(self, document: Document, outcome: _Outcome) -> Failure:
        reason = _sentence(outcome.error)
        if outcome.status == 404:
            raise TargetGone(reason)
        # The fault of the index, not of the document: no dead letter.
        if outcome.status in (401, 403) or "no write index" in reason:
            raise StoppedError(
                "target-blocked",
                "The copy does not take writes.",
                where=self._origin.target,
                why=reason,
            )
        return _failure(document, reason)


def bulk_body(lines: Sequence[_Line]) -> bytes:
    """The body of a bulk request that creates the documents under their own ids and routing."""
    parts: list[bytes] = []
    for line in lines:
        document, raw = line.document, line.raw
        if b"\n" in raw or b"\r" in raw:
            # Between tokens only: JSON strings cannot hold bare line ends.
            raw = raw.replace(b"\n", b" ").replace(b"\r", b" ")
        routing = bytes(document.routing)
        middle = b',"routing":' + routing if routing else b""
        parts += (b'{"create":{"_id":', bytes(document.id), middle, b"}}\n", raw, b"\n")
    return b"".join(parts)


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, ClusterError) and error.kind == _ITEMS_BUSY


def _failure(document: Document, reason: str, step: str | None = None) -> Failure:
    return Failure(
        bytes(document.id), bytes(document.routing), bytes(document.source), reason, step
    )


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
