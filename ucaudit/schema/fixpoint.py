"""Questions that depend on each other, in cycles too: the greatest fixpoint, without recursion."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Question = TypeVar("Question", bound=Hashable)


class Fixpoint(Generic[Question]):
    """Decides each question once.

    Each is taken for a yes until ``decide`` says no, which is then carried to those that relied on
    it; what remains a yes is one.

    Args:
        decide: Whether the answer is yes, given what ``ask`` says of other questions.
    """

    def __init__(self, decide: Callable[[Question], bool]) -> None:
        self._decide = decide
        self._certain: set[Question] = set()
        self._holds: dict[Question, bool] = {}
        self._dependents: dict[Question, set[Question]] = {}
        self._open: list[Question] = []
        self._asking: Question | None = None

    def learn(self, question: Question) -> None:
        """Takes the answer to ``question`` for a yes, whatever ``decide`` says.

        All that was decided is thought over when it is asked for again.
        """
        self._certain.add(question)
        self._holds = dict.fromkeys(self._certain, True)
        self._dependents.clear()

    def ask(self, question: Question) -> bool:
        """The answer so far; from within ``decide``, whoever asked is told if it changes."""
        holds = self._holds.get(question)
        if holds is None:
            holds = self._holds[question] = True
            self._open.append(question)
        if holds and self._asking is not None:
            self._dependents.setdefault(question, set()).add(self._asking)
        return holds

    def answer(self, question: Question) -> bool:
        """The final answer."""
        if self.ask(question):
            self.settle()
        return self._holds[question]

    def settle(self) -> bool:
        """Decides all that is open; whether anything that was taken for a yes is a no."""
        refuted = False
        while self._open:
            self._asking = question = self._open.pop()
            if self._holds[question] and not self._decide(question):
                self._holds[question] = False
                refuted = True
                self._open.extend(self._dependents.pop(question, ()))
        self._asking = None
        return refuted
