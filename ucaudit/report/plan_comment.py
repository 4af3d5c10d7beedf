"""A plan as a comment on a pull request: what a deployment will do to the cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

from ucaudit.names import Naming
from ucaudit.plan.operations import Backfill, Operation
from ucaudit.plan.plan import CallPlan, Plan
from ucaudit.report.comments import entry, verdict_line
from ucaudit.report.markdown import LONGEST, block, code, fitting, folded, plain, table
from ucaudit.report.plan import plan_lines, remarks, summary_line
from ucaudit.report.problems import Problem
from ucaudit.report.words import count
from ucaudit.transform.apply import Transform

_HALF: Final = LONGEST // 2


def plan_comment(plan: Plan, problems: Sequence[Problem], naming: Naming) -> str:
    """A plan; begins with a mark that finds the comment again.

    Args:
        plan: The plan.
        problems: What is in the way, what to know, and what was changed by hand.
        naming: How indices are named.
    """
    head = f"<!-- ucaudit plan -->\n{verdict_line('plan', problems)}"
    said = " ".join(line.plain for line in (summary_line(plan), *remarks(plan)))
    sections = [head, plain(said)]
    rows = [_row(call) for call in plan.calls if call.operations]
    if rows:
        header = ("call", "generation", "operations", "documents to copy", "steps")
        sections.append(fitting(table(header, rows), _HALF // 2, "calls", always=2))
        whole = "\n".join(line.plain for line in plan_lines(plan, naming))
        sections.append(folded("Every operation", block(whole, most=_HALF)))
    if problems:
        room = LONGEST - sum(len(section) + 2 for section in sections) - 40
        sections += ["#### Problems", fitting([entry(p) for p in problems], room, "problems")]
    return "\n\n".join(sections) + "\n"


def _row(call: CallPlan) -> list[str]:
    generation = str(call.generation)
    if call.live_generation != call.generation:
        generation = f"{call.live_generation or 'none'} → {call.generation}"
    copies = [op for op in call.operations if isinstance(op, Backfill)]
    steps = dict.fromkeys(step for op in copies for step in Transform(op.steps).describe())
    documents = f"{sum(op.documents for op in copies):,}" if copies else ""
    return [
        code(call.call),
        generation,
        ", ".join(_counts(call.operations)),
        documents,
        "<br>".join(map(plain, steps)),
    ]


def _counts(operations: Sequence[Operation]) -> Iterator[str]:
    for noun, number in Counter(op.noun for op in operations).items():
        yield f"{number:,} {noun}" if noun.endswith("s") else count(number, noun)
