"""Reports to look at: a real one, one of the same calls many times over, and empty ones."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from base64 import b64decode
from copy import deepcopy
from pathlib import Path

from examples.ucloud import RELEASES
from ucaudit.config import Config
from ucaudit.history.files import write_files
from ucaudit.history.layout import Layout
from ucaudit.history.lock import lock
from ucaudit.history.store import load_history, plan_open
from ucaudit.plan.operations import Backfill
from ucaudit.plan.plan import CallPlan, Plan
from ucaudit.report.html.model import report_document
from ucaudit.report.html.subject import of_check, of_sources
from ucaudit.report.status import status_document
from ucaudit.sources.models import describe

ROOT = Path(__file__).resolve().parents[3]


def example(folder: Path) -> Config:
    """The example service, released up to 2021, with the calls of 2023 open."""
    layout = Layout(folder / "schemas")
    for file in (ROOT / "schemas/history").glob("*/*.json"):
        if json.loads(file.read_text())["label"] < "2023":
            target = layout.root / "history" / file.parent.name / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    results = lock(describe(RELEASES["2023.1"]), {}, load_history(layout.root))
    write_files(plan_open(layout, [r.entry for r in results if r.entry is not None]))
    return Config(root=folder)


def status(call: str) -> dict:
    """A cluster in the middle of a migration, as ``ucaudit status`` tells it."""
    from datetime import UTC, datetime

    fill = Backfill(
        call=call,
        source="http_logs_a-2026.01.01", source_uuid="u", source_generation=1,
        target="http_logs_a.g2-2026.01.01-from-g1-12345678", target_uuid=None, generation=2,
        h8="12345678", steps=(), steps_digest="", documents=1200, bytes=9000, due=True, due_at="",
    )  # fmt: skip
    busy = CallPlan(
        call, 3, 2, 2, 1, documents={1: 1200, 2: 300}, backup=70, waiting={"http_logs_a": 5},
        dead_letters=2, pinned=1, operations=(fill,),
    )  # fmt: skip
    idle = CallPlan("quiet.call", 1, 1, 1, 1, documents={1: 40})
    return status_document(Plan("c1", "9.1.0", datetime.now(UTC), "h", {}, calls=(busy, idle)))


def example_document(folder: Path, *, live: bool = False) -> dict:
    config = example(folder)
    return report_document(of_check(config, None, folder, status("wallets.push") if live else None))


def write_calls(folder: Path, **requests: dict) -> str:
    """A folder of JSON Schemas; ``__`` in a name stands for a dot."""
    for name, schema in requests.items():
        path = folder / name.replace("__", ".") / "request.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema))
    return folder.name


def between(root: Path, old: dict, new: dict) -> dict:
    """The report on two folders of calls."""
    sides = (write_calls(root / "old", **old), write_calls(root / "new", **new))
    return report_document(of_sources(*sides, Config(root=root), root, None))


def multiplied(document: dict, calls: int) -> dict:
    """The same with so many calls: each with findings and details of its own."""
    large = {**document, "calls": [], "findings": [], "migrations": []}
    large["details"] = {**document["details"], "calls": {}}
    changed = [c for c in document["calls"] if c["status"] == "changed"]
    moves = {m["call"]: m for m in document["migrations"]}
    for number in range(calls):
        call = deepcopy(changed[number % len(changed)])
        name = f"area{number % 20}.{call['call']}{number}"
        own = []
        for index in call["findings"]:
            finding = deepcopy(document["findings"][index])
            finding["id"] = f"{number:04x}{finding['id'][4:]}"
            for _, parts in finding["reach"]["groups"]:
                parts[:] = [[number, part, path] for _, part, path in parts[:1]]
            own.append(len(large["findings"]))
            large["findings"].append(finding)
        if call["call"] in moves:
            large["migrations"].append({**moves[call["call"]], "call": name})
        large["details"]["calls"][name] = document["details"]["calls"][call["call"]]
        large["calls"].append({**call, "call": name, "findings": own})
    large["summary"] = {
        **document["summary"], "calls": calls, "changed": calls, "findings": len(large["findings"])
    }  # fmt: skip
    return large


def packed(page: str, name: str) -> dict:
    """The data that a page carries: ``overview`` or ``details``."""
    text = re.search(f'<script type="application/json" id="{name}">"(.*?)"</script>', page)[1]
    return json.loads(gzip.decompress(b64decode(text)))
