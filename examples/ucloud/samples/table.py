"""Which function makes the requests of which call, since which release."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

Sample = Callable[[random.Random, int], Any]

_SAMPLES: Final[dict[str, list[tuple[str, Sample]]]] = {}


def since(release: str, call: str) -> Callable[[Sample], Sample]:
    """Registers what makes the ``n``-th request of ``call``; releases in ascending order."""

    def register(sample: Sample) -> Sample:
        _SAMPLES.setdefault(call, []).append((release, sample))
        return sample

    return register


def sample_of(call: str, release: str) -> Sample:
    """What makes the ``n``-th request of ``call`` as ``release`` had it."""
    return [sample for since, sample in _SAMPLES[call] if since <= release][-1]
