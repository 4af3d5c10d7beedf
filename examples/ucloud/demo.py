"""The main job on a running Elasticsearch, shown step by step and proven at the end.

The old software of three releases writes audit documents over ten days; a new release is compared,
planned and migrated; then every acknowledged document is looked for. ``scripts/demo`` starts it.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from elasticsearch import Elasticsearch, helpers
from rich.console import Console
from rich.table import Table

from examples.ucloud.generator import documents
from examples.ucloud.live import Live, Watch, Write
from examples.ucloud.record import record
from ucaudit import index_name
from ucaudit.cluster.adapter import client_of

if TYPE_CHECKING:
    from ucaudit.names import Naming

_ROOT = Path(__file__).resolve().parents[2]
# Which release wrote from which day on, in days before today, and its share of the documents.
_TIMELINE = (("2019.1", 9, 3, 0.30), ("2020.1", 6, 3, 0.30), ("2021.1", 3, 4, 0.36))
_NEW, _NEW_SHARE = "2023.1", 0.04


@dataclass
class Ledger:
    """What the engine acknowledged: call to document ids."""

    acknowledged: dict[str, set[str]] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """How many documents."""
        return sum(len(ids) for ids in self.acknowledged.values())


class Project:
    """A service's checkout: its recorded history and the command line run in it."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.url = url
        self.schemas = folder / "schemas"
        (folder / "ucaudit.toml").write_text(
            'schemas = "schemas"\nreplicas = 0\n', encoding="utf-8"
        )

    def release(self, label: str) -> None:
        """Records everything up to ``label``, as lock and release did at the time."""
        record(self.schemas, label)

    def run(self, *arguments: str, show: bool = True) -> int:
        """Runs a command as a person would; returns its exit code."""
        if show:
            print(f"\n$ ucaudit {' '.join(arguments)}", flush=True)
        environment = {**os.environ, "UCAUDIT_URL": self.url, "PYTHONPATH": str(_ROOT)}
        target = None if show else subprocess.DEVNULL
        command = [sys.executable, "-m", "ucaudit", *arguments]
        done = subprocess.run(
            command, cwd=self.folder, env=environment, stdout=target, stderr=target, check=False
        )
        return done.returncode


def write(
    client: Elasticsearch, schemas: Path, release: str, count: int, start: datetime, days: int,
    ledger: Ledger, *, seed: int | None = None,
) -> None:  # fmt: skip
    """Writes audit documents as the software of ``release`` did, and notes the acknowledged."""
    seed = int(release[:4]) if seed is None else seed
    stream = documents(release, count, seed=seed, start=start.date(), days=days)
    names: dict[tuple[str, Any], str] = {}
    while batch := list(islice(stream, 2000)):
        operations: list[Any] = []
        for call, key, at, document in batch:
            place = (call, at.date())
            if place not in names:
                names[place] = index_name(call, at, schemas=schemas)
            operations += [{"create": {"_index": names[place], "_id": key}}, document]
        answer = client.bulk(operations=operations)
        for (call, key, _, _), item in zip(batch, answer["items"], strict=True):
            if item["create"]["status"] == 201:
                ledger.acknowledged.setdefault(call, set()).add(key)
            else:
                raise RuntimeError(f"the engine refused a document of {call}: {item['create']}")


def load(client: Elasticsearch, project: Project, count: int) -> Ledger:
    """The past: three releases, each with its templates before its software."""
    ledger = Ledger()
    today = datetime.now(UTC)
    for release, before, days, share in _TIMELINE:
        project.release(release)
        if project.run("migrate", "--expand", "--yes", show=False) != 0:
            raise RuntimeError(f"the templates of {release} could not be set up")
        start = today - timedelta(days=before)
        write(client, project.schemas, release, int(count * share), start, days, ledger)
        print(f"  release {release} wrote until {ledger.total:,} documents were acknowledged")
    return ledger


def new_software(client: Elasticsearch, project: Project, count: int, ledger: Ledger) -> None:
    """The new release writes beside the old one."""
    write(client, project.schemas, _NEW, int(count * _NEW_SHARE), datetime.now(UTC), 1, ledger)


def side_by_side(client: Elasticsearch, project: Project, before: Path, ledger: Ledger) -> int:
    """Both versions write and a reader looks while days that are over are migrated; exit code.

    Then the old version is gone, and its last day is swapped out too.
    """
    live = Live(client, _naming(project).base, ledger.acknowledged)
    migrate = ("migrate", "--yes", "--accept-dead-letters", "all")

    def writer(release: str, schemas: Path, first: int) -> Write:
        def one(number: int) -> dict[str, set[str]]:
            own = Ledger()
            now, seed = datetime.now(UTC), first + number
            write(client, schemas, release, 100, now, 1, own, seed=seed)
            return own.acknowledged

        return one

    with live.reading(), live.writing(writer(_NEW, project.schemas, 1_000_000)):
        with live.writing(writer(_TIMELINE[-1][0], before, 2_000_000)):
            code = project.run(*migrate)
        if code not in (0, 1):
            return code
        print("\nThe old software is gone now; the new one goes on writing:")
        code = project.run(*migrate, "--finish")
    _tell(live.watch, _dead_letters(client))
    return code


def _tell(watch: Watch, dead: dict[str, set[str]]) -> None:
    missing = sum(len(ids - dead.get(call, set())) for call, ids in watch.missing.items())
    print(
        f"\nMeanwhile {watch.written:,} documents were written, and a reader looked"
        f" {watch.polls:,} times and found {watch.found:,}: {missing:,} that were in sight went"
        f" missing, {watch.twice:,} were there twice."
    )


def _naming(project: Project) -> Naming:
    from ucaudit.config import load_config  # noqa: PLC0415

    return load_config(project.folder / "ucaudit.toml").naming


def _dead_letters(client: Elasticsearch) -> dict[str, set[str]]:
    client.indices.refresh(index="ucaudit-*", expand_wildcards="all")
    dead: dict[str, set[str]] = {}
    letters = helpers.scan(
        client,
        index="ucaudit-dead-letters*",
        query={"_source": ["call", "id"]},
        ignore_unavailable=True,
    )
    for hit in letters:
        dead.setdefault(hit["_source"]["call"], set()).add(hit["_source"]["id"])
    return dead


@dataclass(frozen=True)
class Proof:
    """What became of a call's acknowledged documents."""

    call: str
    acknowledged: int
    readable: int
    dead_letters: int
    missing: int
    both: int
    twice: int

    @property
    def holds(self) -> bool:
        """Whether each document is readable once or a dead letter, never both, never neither."""
        balanced = self.acknowledged == self.readable + self.dead_letters
        return balanced and not (self.missing or self.both or self.twice)


def prove(client: Elasticsearch, project: Project, ledger: Ledger) -> Iterator[Proof]:
    """Looks for every acknowledged document through the read alias and among the dead letters."""
    naming = _naming(project)
    client.indices.refresh(index="*", expand_wildcards="all")
    dead = _dead_letters(client)
    for call, ids in sorted(ledger.acknowledged.items()):
        hits = [
            hit["_id"]
            for hit in helpers.scan(
                client, index=naming.base(call), query={"_source": False}, size=5000
            )
        ]
        readable, lost = set(hits), dead.get(call, set())
        yield Proof(
            call=call,
            acknowledged=len(ids),
            readable=len(readable & ids),
            dead_letters=len(lost & ids),
            missing=len(ids - readable - lost),
            both=len(readable & lost),
            twice=len(hits) - len(readable),
        )


def show_proof(proofs: list[Proof]) -> bool:
    """Prints the proof; returns whether it holds."""
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="bold")
    table.add_column("call", no_wrap=True)
    for title in ("acked", "=read", "+dead", "lost", "both", "twice"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column()
    for p in proofs:
        figures = (p.acknowledged, p.readable, p.dead_letters, p.missing, p.both, p.twice)
        table.add_row(
            p.call, *(f"{n:,}" for n in figures), "[green]ok[/]" if p.holds else "[red]NO[/]"
        )
    Console(highlight=False).print(table)
    total = [
        sum(getattr(p, name) for p in proofs)
        for name in ("acknowledged", "readable", "dead_letters")
    ]
    holds = all(p.holds for p in proofs)
    print(
        f"\n{total[0]:,} documents acknowledged = {total[1]:,} readable through the aliases"
        f" + {total[2]:,} dead letters: {'the proof holds' if holds else 'THE PROOF FAILS'}."
    )
    return holds


def main() -> int:
    """Runs the demonstration; 0 if the proof holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=50_000)
    options = parser.parse_args()
    url = os.environ["UCAUDIT_URL"]
    with tempfile.TemporaryDirectory(prefix="ucaudit-demo-") as folder:
        project = Project(Path(folder), url)
        with client_of(url, request_timeout=60) as client:
            return _show(client, project, options.documents)


def _show(client: Elasticsearch, project: Project, count: int) -> int:
    print(f"The past: three releases write {count:,} audit documents over ten days.")
    ledger = load(client, project, count)
    before = project.folder / "before"
    (project.folder / "schemas").rename(before)
    project.release(_NEW)
    print(f"\nThe release {_NEW} is recorded. What changed, and what does it break?")
    project.run("diff", "before", "schemas")
    print("\nWhat does the cluster need?")
    project.run("plan")
    print(
        "\nThe gate before the deployment: templates and mappings only. Then both run side by side."
    )
    if project.run("migrate", "--expand", "--yes", show=True) != 0:
        return 1
    new_software(client, project, count, ledger)
    print(
        f"\nOld and new software have written {ledger.total:,} documents, and go on writing while"
        " the days that are over are migrated:"
    )
    code = side_by_side(client, project, before, ledger)
    if code not in (0, 1):
        return code
    project.run("status")
    print("\nThe proof: every acknowledged document is readable once, or a named dead letter.\n")
    return 0 if show_proof(list(prove(client, project, ledger))) else 1


if __name__ == "__main__":
    raise SystemExit(main())
