"""Takes over indices of a time before ucaudit: marks, mappings, then templates and aliases."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Final

from ucaudit.cluster.client import Cluster, in_paths, quoted
from ucaudit.cluster.failures import ClusterError, refusal
from ucaudit.cluster.read import read_mappings
from ucaudit.errors import StoppedError
from ucaudit.history.version import History
from ucaudit.jsontypes import JsonObject, canonical
from ucaudit.migrate.expand import expand
from ucaudit.migrate.lock import RunLock
from ucaudit.migrate.progress import Progress, Silent
from ucaudit.migrate.survey import survey
from ucaudit.plan.baseline import Adoption, Baseline, Seen, make_baseline, unadopted
from ucaudit.plan.brownfield import suits
from ucaudit.plan.planner import Options
from ucaudit.plan.shapes import shape_of

_THREADS: Final = 8
_ROUNDS: Final = 6
_PAGE: Final = 50
_RED: Final = (
    "index-red",
    "not all of its primary shards are there",
    "Bring its shards back (_cluster/allocation/explain), and run ucaudit baseline again.",
)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Adopted:
    """What a run did.

    Attributes:
        first: What it was asked to do.
        last: What is left now.
        generations: Index that was adopted to the generation it counts as; 0 is to be copied.
    """

    first: Baseline
    last: Baseline
    generations: dict[str, int]

    @property
    def exit_code(self) -> int:
        """1 where a person must look, else 0."""
        return 1 if self.last.left() or not self.last.empty else 0

    def to_dict(self) -> JsonObject:
        """The run as ``ucaudit.baseline/1``: what was done, and what is left alone."""
        document = self.first.to_dict()
        adopted = [{"index": i, "generation": g} for i, g in sorted(self.generations.items())]
        left = [notice.to_dict() for notice in self.last.left()]
        return {**document, "adopted": adopted, "left_alone": left}


@dataclass(slots=True)
class Adopter:
    """Adopts the indices that have the names of recorded calls, and nobody's mark.

    Attributes:
        cluster: The cluster.
        history: The released history.
        options: As for plans.
        progress: Told what is done.
        resume: Command that goes on after an error, for messages.
        lock_timeout: Seconds to wait for another run.
        now: The clock.
    """

    cluster: Cluster
    history: History
    options: Options
    progress: Progress = field(default_factory=Silent)
    resume: str = "ucaudit baseline"
    lock_timeout: float = 60.0
    now: Callable[[], datetime] = _now
    _refused: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    _wrote: bool = False

    def plan(self) -> Baseline:
        """What there is to adopt now.

        Raises:
            RefusedError: If the cluster cannot be reached or does not accept us.
        """
        live = survey(self.cluster, self.history, self.options.naming)
        try:
            seen = self._look(unadopted(self.history, live, self.options))
        except ClusterError as error:
            raise refusal(error, self.cluster.shown) from error
        return make_baseline(self.history, live, seen, self.now(), self.options)

    def run(self) -> Adopted:
        """Adopts what can be adopted; what is made meanwhile is adopted with it.

        Raises:
            RefusedError: If something is in the way, before anything is written.
            StoppedError: If something went wrong after that; it says how to go on.
        """
        generations: dict[str, int] = {}
        lock = RunLock(
            self.cluster,
            "ucaudit baseline",
            timeout=self.lock_timeout,
            waiting=self.progress.say,
        )
        with self._errors(), lock:
            first = last = self.plan()
            for _ in range(_ROUNDS):
                last.check()
                adoptions = last.adoptions()
                if last.empty:
                    break
                self._wrote = True
                if adoptions:
                    self.progress.say(f"Adopting {len(adoptions):,} indices.")
                    generations |= self._mark(adoptions)
                else:
                    self.progress.say("Putting templates and aliases in place.")
                    expand(self.cluster, last.expansion.operations())
                last = self.plan()
        return Adopted(first, last, generations)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except ClusterError as error:
            if not self._wrote:
                raise refusal(error, self.cluster.shown) from error
            raise StoppedError(
                "stopped",
                "The adoption was stopped by an error of the cluster.",
                where=f"{self.cluster.shown}: {error.request}",
                why=f"{error.status} {error.kind}: {error.reason}"
                if error.status
                else error.reason,
                fix=f"Nothing is lost. Once that is mended, go on with: {self.resume}",
            ) from error
        except StoppedError as error:
            error.fix = f"{error.fix + ' ' if error.fix else ''}Go on with: {self.resume}"
            raise

    def _look(self, names: Sequence[str]) -> Seen:
        """Whole mappings, and which indices cannot be worked on."""
        unfit = {**self._refused, **dict.fromkeys(self._red(names), _RED)}
        mappings: dict[str, JsonObject] = {}
        for at in range(0, len(names), _PAGE):
            page = names[at : at + _PAGE]
            try:
                mappings |= read_mappings(self.cluster, page)
            except ClusterError as error:
                if error.transient or error.status == 401:
                    raise
                for name in page:
                    self._look_at(name, mappings, unfit)
        return Seen(mappings, unfit)

    def _look_at(
        self, name: str, mappings: dict[str, JsonObject], unfit: dict[str, tuple[str, str, str]]
    ) -> None:
        try:
            mappings |= read_mappings(self.cluster, [name])
        except ClusterError as error:
            if error.transient:
                raise
            fix = "Grant the privilege to read it, or leave the call out (--exclude)."
            unfit[name] = ("mapping-unreadable", error.reason, fix)

    def _red(self, names: Sequence[str]) -> list[str]:
        if not names:
            return []
        answer = self.cluster.get(
            f"/_cluster/health/{quoted(self.options.naming.prefix + '*')}",
            level="indices",
            expand_wildcards="all",
            filter_path="indices.*.status",
        )
        states = (answer or {}).get("indices", {})
        return [name for name in names if states.get(name, {}).get("status") == "red"]

    def _mark(self, adoptions: Iterable[Adoption]) -> dict[str, int]:
        """Marks indices, those with one request for all together; index to its generation now."""
        alike: dict[bytes, list[Adoption]] = {}
        for adoption in adoptions:
            key = canonical([adoption.body, adoption.settings])
            alike.setdefault(key, []).append(adoption)
        done: dict[str, int] = {}
        with ThreadPoolExecutor(_THREADS, "ucaudit-adopt") as pool:
            for marked in pool.map(self._mark_alike, alike.values()):
                done |= marked
        return done | self._copied_after_all([a for group in alike.values() for a in group], done)

    def _mark_alike(self, group: list[Adoption]) -> dict[str, int]:
        first = group[0]
        done: dict[str, int] = {}
        by_part = {quoted(adoption.index): adoption for adoption in group}
        for path in in_paths(sorted(adoption.index for adoption in group)):
            members = [by_part[part] for part in path.split(",")]
            try:
                self._send(path, first.body, first.settings)
            except ClusterError as error:
                if error.transient or error.status == 401:
                    raise
                for member in members:
                    done |= self._mark_one(member)
            else:
                done |= {member.index: member.meta["generation"] for member in members}
        return done

    def _mark_one(self, adoption: Adoption) -> dict[str, int]:
        """What the engine refuses to adopt in place is copied; what it refuses at all is left."""
        refused: ClusterError | None = None
        for body, settings in (
            (adoption.body, adoption.settings),
            (adoption.copied_body, JsonObject()),
        ):
            try:
                self._send(quoted(adoption.index), body, settings)
            except ClusterError as error:
                if error.transient or error.status == 401:
                    raise
                if error.status == 404:
                    return {}  # Deleted since: nothing is left to be adopted.
                refused = error
            else:
                return {adoption.index: body["_meta"]["ucaudit"]["generation"]}
        assert refused is not None  # noqa: S101  (both were refused)
        fix = "Mend what the reason names, and run ucaudit baseline again."
        self._refused[adoption.index] = ("adoption-refused", refused.reason, fix)
        return {}

    def _send(self, path: str, body: JsonObject, settings: JsonObject) -> None:
        if settings:
            self.cluster.put(f"/{path}/_settings", settings)
        self.cluster.put(f"/{path}/_mapping", body)

    def _copied_after_all(
        self, adoptions: Iterable[Adoption], done: dict[str, int]
    ) -> dict[str, int]:
        """Indices that do not serve although they should: documents came while we looked.

        Until it was adopted, any document could add fields to an index.
        """
        in_place = {a.index: a for a in adoptions if done.get(a.index)}
        mappings = read_mappings(self.cluster, in_place)
        demoted: dict[str, int] = {}
        for name, mapping in mappings.items():
            adoption = in_place[name]
            history = self.history.calls[adoption.call]
            shape = shape_of(history, history.generation)
            if shape is not None and suits(mapping, shape).index != "none":
                demoted |= self._mark_one(replace(adoption, body=adoption.copied_body, settings={}))
        return demoted
