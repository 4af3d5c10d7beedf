"""Applies transform steps to the bytes of a document."""

from __future__ import annotations

from collections.abc import Sequence

from ucaudit.jsontypes import JsonObject
from ucaudit.transform.acts import compile_step
from ucaudit.transform.raw import Raw, ValueRefused, encode
from ucaudit.transform.steps import Step, parse_step
from ucaudit.transform.visit import DOCUMENT, holder


class TransformFailed(Exception):  # noqa: N818  (an outcome for one document, kept as dead letter)
    """A document that a step cannot transform.

    Attributes:
        reason: Why, for the dead letter.
        step: The step that failed, as `Transform.describe` shows it.
    """

    def __init__(self, reason: str, step: str) -> None:
        super().__init__(f"{step}: {reason}")
        self.reason = reason
        self.step = step


class Transform:
    """Steps, ready to be applied to many documents; may be shared between threads.

    Args:
        steps: Steps as version files hold them, in order.

    Raises:
        InputError: If a step cannot be read, or names a Python function that cannot be used.
    """

    def __init__(self, steps: Sequence[JsonObject]) -> None:
        self.steps: tuple[Step, ...] = tuple(parse_step(step) for step in steps)
        self._acts = [(compile_step(step), step) for step in self.steps]

    @property
    def identity(self) -> bool:
        """Whether there are no steps at all."""
        return not self.steps

    def describe(self) -> list[str]:
        """One line for each step."""
        return [_describe(step) for step in self.steps]

    def apply(self, raw: bytes) -> bytes:
        """The transformed document; ``raw`` itself where no step changed anything.

        Values that no step changed keep their bytes: numbers their digits, strings their escapes.
        Objects and lists on the way to a changed value lose the spaces between their entries, and
        their keys needless escapes.

        Raises:
            TransformFailed: If a step cannot transform it; nothing is lost or altered silently.
        """
        if not self._acts:
            return raw
        body = raw.strip()
        if body[:1] != b"{":
            raise TransformFailed("the document is not a JSON object", _describe(self.steps[0]))
        document = holder(Raw(body))
        changed = False
        for act, step in self._acts:
            try:
                changed |= act(document, DOCUMENT)
            except ValueRefused as refused:
                raise TransformFailed(str(refused), _describe(step)) from refused
        return encode(document[DOCUMENT]) if changed else raw


def _describe(step: Step) -> str:
    return f"{step}, when {step.when}" if step.when else str(step)
