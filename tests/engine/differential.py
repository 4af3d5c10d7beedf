"""Tries generated pairs of schemas on the engine, and says what of mapping and verdict is wrong.

Each pair is drawn from its seed; a disagreement is printed with it, and in its smallest form.
"""

from __future__ import annotations

import argparse
import os
import secrets
import sys
import time
from collections import Counter

from elasticsearch import Elasticsearch

from tests.engine.minimal import minimised
from tests.engine.pairs import Pair, make_pair
from tests.engine.trials import Batch, disagreements
from tests.engines import engine_client

_MOST_SHOWN = 20
_SAY_EVERY = 10.0


def main() -> int:
    """Exit code 1 if something does not hold."""
    parser = argparse.ArgumentParser(prog="scripts/bench/differential", description=__doc__)
    parser.add_argument("--checks", type=int, default=10_000, help="documents to try, at least")
    parser.add_argument("--seed", type=int, default=0, help="seed of the first pair")
    parser.add_argument("--batch", type=int, default=60, help="pairs that share an index")
    parser.add_argument("--no-shrink", action="store_true", help="print pairs as they were drawn")
    parser.add_argument("--url", default=os.environ.get("UCAUDIT_URL"), help="a running engine")
    options = parser.parse_args()
    if options.url is None:
        parser.error("no engine: give --url or set UCAUDIT_URL")
    with engine_client(options.url, request_timeout=120) as es:
        return _run(es, options)


def _run(es: Elasticsearch, options: argparse.Namespace) -> int:
    counts: Counter[str] = Counter()
    wrong: list[Pair] = []
    token, seed, started = f"d{secrets.token_hex(4)}", options.seed, time.monotonic()
    said = started
    print(f"engine {_version(es)}, from seed {seed}", flush=True)
    while counts["documents"] < options.checks:
        pairs = [make_pair(number) for number in range(seed, seed + options.batch)]
        batch = Batch(es, f"{token}-{seed}", pairs)
        batch.run()
        counts += batch.counts
        for trial in batch.trials:
            if trial.wrong:
                wrong.append(trial.pair)
                why = "\n  ".join(trial.wrong[:3])
                print(f"seed {trial.pair.seed} ({trial.verdict.index}):\n  {why:.2000}")
        seed += options.batch
        if time.monotonic() - said > _SAY_EVERY:
            said = time.monotonic()
            print(f"{counts['documents']:,} documents, {len(wrong)} wrong", flush=True)
    seconds = time.monotonic() - started
    for what, number in counts.items():
        print(f"  {what:<21} {number:>10,}")
    print(f"  {'disagreements':<21} {len(wrong):>10,}")
    rate = counts["documents"] / seconds * 60
    print(f"seeds {options.seed} to {seed - 1}, {seconds:.0f} s, {rate:,.0f} documents a minute")
    for pair in wrong[:_MOST_SHOWN]:
        _show(es, token, pair, shrink=not options.no_shrink)
    return 1 if wrong else 0


def _version(es: Elasticsearch) -> str:
    nodes = es.nodes.info(node_id="_local", filter_path="nodes.*.version")["nodes"]
    return str(next(iter(nodes.values()))["version"])


def _show(es: Elasticsearch, token: str, pair: Pair, *, shrink: bool) -> None:
    def is_wrong(smaller: Pair) -> bool:
        return bool(disagreements(es, f"{token}-shrink", smaller))

    if shrink and is_wrong(pair):
        pair = minimised(pair, is_wrong)
    print(f"seed {pair.seed}:\n{pair.spelled()}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
