"""A migration in a process of its own, which says what it does so that it can be killed then.

python -m tests.migrate.runner URL PREFIX CALL
"""

from __future__ import annotations

import sys

from tests.migrate.factory import history, port_history
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.options import ConnectionOptions
from ucaudit.migrate.machine import Step
from ucaudit.migrate.progress import Silent
from ucaudit.migrate.run import Migration
from ucaudit.names import Naming
from ucaudit.plan.planner import Options
from ucaudit.plan.templates import Defaults


class Told(Silent):
    def advanced(self, documents: int) -> None:
        print("advanced", documents, flush=True)


def step(_index: str, reached: Step) -> None:
    print(reached.name, flush=True)


if __name__ == "__main__":
    url, prefix, call = sys.argv[1:]
    outcome = Migration(
        Cluster(ConnectionOptions((url,))),
        history(port_history(call, upto=3)),
        Options(naming=Naming(prefix), defaults=Defaults(shards=1, replicas=0)),
        progress=Told(),
        before_step=step,
    ).run()
    print("copied", sum(index.copied for index in outcome.indices), flush=True)
