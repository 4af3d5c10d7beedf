"""Tells many random stories of a call on the engine that UCAUDIT_URL names."""

from __future__ import annotations

import argparse
import os
import random
import sys
import time

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.engine.story import Story
from tests.engines import engine_client
from ucaudit.cluster import client
from ucaudit.migrate import lock


def main() -> int:
    """Exit code 1 if a story did not hold; it is printed in its shortest form."""
    parser = argparse.ArgumentParser(prog="scripts/bench/stories", description=__doc__)
    parser.add_argument("stories", type=int)
    parser.add_argument("--steps", type=int, default=25, help="most sentences of a story")
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    parser.add_argument("--no-shrink", action="store_true", help="print a failure as it was found")
    options = parser.parse_args()
    lock.LEASE = 0.4  # type: ignore[misc]
    client.pause = lambda _seconds: None
    url = os.environ["UCAUDIT_URL"]
    Story.url, Story.es = url, engine_client(url)
    # A machine of its own, as the seed is set on it.
    machine = seed(options.seed)(type("Told", (Story,), {}))
    phases = [Phase.generate] if options.no_shrink else [Phase.generate, Phase.shrink]
    print(f"seed {options.seed}", flush=True)
    started = time.monotonic()
    held = True
    try:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=options.stories,
                stateful_step_count=options.steps,
                deadline=None,
                database=None,
                phases=phases,
                suppress_health_check=list(HealthCheck),
            ),
        )
    except AssertionError as error:
        held = False
        print("\n".join([str(error), *getattr(error, "__notes__", ())]))
    for what, number in sorted(Story.told.items()):
        print(f"  {what:<16} {number:>8,}")
    print(f"{'held' if held else 'DID NOT HOLD'} in {time.monotonic() - started:.0f} s")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
