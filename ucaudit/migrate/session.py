"""What everything that changes a cluster has in common: the lock, errors, being stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError, refusal
from ucaudit.errors import InterruptedRun, StoppedError, UcauditError
from ucaudit.migrate.lock import RunLock
from ucaudit.migrate.pages import Interrupted
from ucaudit.migrate.progress import Progress, Silent


@dataclass(slots=True)
class Session:
    """One command's work on a cluster.

    Attributes:
        cluster: The cluster.
        operation: What the lock is held for, such as ``ucaudit migrate``.
        what: The work as the subject of a sentence, such as ``The migration``.
        resume: Command that goes on after an interruption.
        progress: Told what is done.
        lock_timeout: Seconds to wait for another run.
        stop: Set to stop at the next checkpoint.
        wrote: To be set before the first write: an error is no refusal any more.
    """

    cluster: Cluster
    operation: str
    what: str
    resume: str
    progress: Progress = field(default_factory=Silent)
    lock_timeout: float = 60.0
    stop: Event = field(default_factory=Event)
    wrote: bool = False
    _lost_lock: bool = False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Holds the lock meanwhile.

        Raises:
            RefusedError: If something is in the way, before anything is written.
            StoppedError: If something went wrong after that; it says how to go on.
            InterruptedRun: If asked to stop.
        """
        with self.errors():
            lock = RunLock(
                self.cluster,
                self.operation,
                timeout=self.lock_timeout,
                waiting=self.progress.say,
                lost=self._lock_lost,
                stop=self.stop,
            )
            with lock:
                yield

    def _lock_lost(self) -> None:
        self._lost_lock = True
        self.stop.set()

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Before the first write an error is a refusal, after it the run was stopped."""
        try:
            yield
        except Interrupted as error:
            raise self._interruption() from error
        except ClusterError as error:
            if not self.wrote:
                raise refusal(error, self.cluster.shown) from error
            raise StoppedError(
                "stopped",
                f"{self.what} was stopped by an error of the cluster.",
                where=f"{self.cluster.shown}: {error.request}",
                why=f"{error.status} {error.kind}: {error.reason}"
                if error.status
                else error.reason,
                fix=f"Nothing is lost. Once that is mended, go on with: {self.resume}",
            ) from error
        except StoppedError as error:
            error.fix = f"{error.fix + ' ' if error.fix else ''}Go on with: {self.resume}"
            raise
        except UcauditError as error:
            if not self.wrote:
                raise
            raise StoppedError(
                error.name,
                error.what,
                where=error.where,
                why=error.why,
                fix=f"{error.fix + ' ' if error.fix else ''}Go on with: {self.resume}",
            ) from error

    def _interruption(self) -> UcauditError:
        if self._lost_lock:
            return StoppedError(
                "lock-lost",
                "Another run took the lock over, so this one stopped.",
                why="it was released by force, or this one was silent for longer than its lease",
                fix=f"Nothing is lost. If the other one does not finish: {self.resume}",
            )
        return InterruptedRun(
            "interrupted",
            "Interrupted; what was copied is checkpointed, and readers see what they saw before.",
            fix=f"Go on with: {self.resume}",
        )
