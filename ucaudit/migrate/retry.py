"""Dead letters once more, by the steps as they are now; a letter goes only with its document in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec
import orjson

from ucaudit.cluster.client import Cluster
from ucaudit.errors import StoppedError
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject
from ucaudit.migrate import target as requests
from ucaudit.migrate.bulk import Sender, TargetGone
from ucaudit.migrate.deadletters import DeadLetters, Origin
from ucaudit.migrate.letters import Group, Letter, with_documents
from ucaudit.migrate.pages import Document, Interrupted
from ucaudit.migrate.session import Session
from ucaudit.migrate.throttle import Throttle
from ucaudit.migrate.writing import Writer, Written
from ucaudit.plan.members import copy_alias
from ucaudit.transform.apply import Transform
from ucaudit.transform.digest import steps_digest


@dataclass(frozen=True, slots=True)
class Retried:
    """What became of the dead letters between two indices.

    Attributes:
        origin: The indices.
        tried: Letters that were retried.
        resolved: Those whose documents are in the copy now.
        skipped: Why none was retried; empty if they were.
    """

    origin: Origin
    tried: int = 0
    resolved: int = 0
    skipped: str = ""

    def to_dict(self) -> JsonObject:
        """The outcome as JSON."""
        return {
            "call": self.origin.call,
            "source": self.origin.source,
            "target": self.origin.target,
            "tried": self.tried,
            "resolved": self.resolved,
            "skipped": self.skipped,
        }


def obstacle(group: Group, history: History) -> str:
    """Why the letters of a group cannot be retried now; empty if they can.

    Raises:
        InputError: If a step names a Python function that cannot be used.
    """
    origin = group.origin
    call = history.calls.get(origin.call)
    if call is None:
        return "the call is not among the released ones"
    known = {version.generation for version in call.versions}
    if not {origin.source_generation, origin.generation} <= known:
        return f"generation {origin.generation} is not released here"
    if not group.writable:
        return "the copy is gone, or can be written no more; export keeps the documents"
    if not group.seen and group.steps != steps_digest(_steps(group, history)):
        return "the copy is unfinished: ucaudit migrate makes a new one by the mended steps"
    return ""


def retry(
    session: Session, groups: Sequence[Group], history: History, told: Callable[[int], None]
) -> list[Retried]:
    """Transforms and writes the documents of dead letters again, under the lock.

    Args:
        session: How it is done.
        groups: The letters, as they were shown.
        history: The steps as they are now.
        told: Told how many letters were dealt with.

    Raises:
        Interrupted: If asked to stop; what is in the copies is no dead letter any more.
        StoppedError, ClusterError: If something is in the way.
    """
    session.wrote = True
    return [_retry(session, group, history, told) for group in groups]


def _retry(
    session: Session, group: Group, history: History, told: Callable[[int], None]
) -> Retried:
    origin = group.origin
    if reason := obstacle(group, history):
        return Retried(origin, skipped=reason)
    cluster = session.cluster
    dead_letters = DeadLetters(cluster)
    transform = Transform(_steps(group, history))
    throttle = Throttle(stop=session.stop, told=session.progress.paused)
    sender = Sender(cluster, copy_alias(origin.h8), origin.target, throttle)
    writer = Writer(sender, transform, dead_letters, origin)
    tried, written = 0, Written()
    try:
        for letters in with_documents(cluster, group.letters):
            if session.stop.is_set():
                _settle(cluster, dead_letters, origin)
                raise Interrupted
            written += writer.write([_document(letter) for letter in letters])
            tried += len(letters)
            told(len(letters))
    except TargetGone as error:
        raise StoppedError(
            "copy-gone",
            "The copy that dead letters belong to cannot be written through its alias.",
            where=origin.target,
            why=str(error.__cause__ or error) or f"alias {copy_alias(origin.h8)} is missing",
        ) from error
    _settle(cluster, dead_letters, origin)
    left = dead_letters.missing(origin.h8, origin.source_uuid)
    still = sum((letter.id, letter.routing) in left for letter in group.letters)
    return Retried(origin, tried=tried, resolved=tried - still)


def _settle(cluster: Cluster, dead_letters: DeadLetters, origin: Origin) -> None:
    requests.refresh(cluster, origin.target)
    dead_letters.settle(origin.h8, origin.target)


def _steps(group: Group, history: History) -> tuple[JsonObject, ...]:
    origin = group.origin
    call = history.calls[origin.call]
    if origin.source_generation == origin.generation:
        return ()
    return call.steps(origin.source_generation, origin.generation)


def _document(letter: Letter) -> Document:
    return Document(
        id=msgspec.Raw(orjson.dumps(letter.id)),
        sort=(0,),
        source=msgspec.Raw(letter.document),
        routing=msgspec.Raw(b"" if letter.routing is None else orjson.dumps(letter.routing)),
    )
