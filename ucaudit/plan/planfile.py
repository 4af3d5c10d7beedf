"""A plan on paper: self-contained, and refused once anything it was made from has changed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import orjson

from ucaudit.errors import InputError, RefusedError
from ucaudit.jsontypes import JsonObject, pretty, sha256
from ucaudit.plan.fingerprint import AS_WANTED, CLUSTER, DRIFT, INDEX, TRANSFORM
from ucaudit.plan.operations import Operation, from_dict
from ucaudit.plan.plan import FORMAT, Plan
from ucaudit.plan.scope import Scope


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """What a plan file says.

    Attributes:
        path: The file.
        document: Its content.
    """

    path: str
    document: JsonObject

    @property
    def scope(self) -> Scope:
        """The calls that it was made for."""
        return Scope(tuple(self.document["only"]), tuple(self.document["exclude"]))

    @property
    def finish(self) -> bool:
        """Whether it was made to swap indices in before their day is over."""
        return bool(self.document.get("finish"))

    def operations(self) -> list[Operation]:
        """Its operations."""
        calls = [op for call in self.document["calls"] for op in call["operations"]]
        return [from_dict(op) for op in [*self.document["shared"], *calls]]

    def check_against(self, plan: Plan) -> None:
        """Refuses the file if history or live state are not what it was made from.

        Raises:
            RefusedError: Naming what has changed.
        """
        changed = self._changes(plan)
        if changed:
            more = f" and {len(changed) - 4} more" if len(changed) > 4 else ""
            raise RefusedError(
                "plan-stale",
                "The plan was made from another state.",
                where=self.path,
                why="; ".join(changed[:4]) + more,
                fix="Make the plan anew (ucaudit plan -o FILE) and look at it again.",
            )

    def _changes(self, plan: Plan) -> list[str]:
        made, now = dict(self.document["fingerprint"]), dict(plan.fingerprint)
        if made.pop(CLUSTER, None) != now.pop(CLUSTER, None):
            return [f"it is for another cluster ({self.document['cluster']['id']})"]
        # What the plan itself did is no change.
        done = self.document.get("expanded", {})
        touched = {f"{INDEX}{operation.subject()}" for operation in plan.operations()}
        gone = [thing for thing in made.keys() - now.keys() if not _passing(thing)]
        new = [
            thing
            for thing in now.keys() - made.keys()
            if now[thing] != done.get(thing) and _matters(thing, touched)
        ]
        both = made.keys() & now.keys()
        other = [thing for thing in both if now[thing] not in (made[thing], done.get(thing))]
        return [
            f"{thing} {what}"
            for things, what in ((other, "has changed"), (gone, "is gone"), (new, "is new"))
            for thing in sorted(things, key=_histories_first)
        ]


def _passing(thing: str) -> bool:
    """What goes once it is done; the index or the template itself then shows it."""
    return thing.startswith((TRANSFORM, DRIFT)) or thing.endswith(AS_WANTED)


def _matters(thing: str, touched: set[str]) -> bool:
    """Whether a new thing concerns the plan: an index does not that is just as it should be."""
    return thing in touched if thing.startswith(INDEX) else not thing.startswith(TRANSFORM)


def _histories_first(thing: str) -> tuple[bool, str]:
    return not thing.startswith("the "), thing


def plan_document(plan: Plan) -> str:
    """The text of a plan file."""
    return pretty(saved_document(plan))


def saved_document(plan: Plan) -> JsonObject:
    """What a plan file holds: the plan, and a digest that shows when it was edited."""
    document = plan.to_dict()
    return {**document, "digest": sha256(document)}


def load_plan(path: Path) -> SavedPlan:
    """Reads a plan file.

    Raises:
        InputError: If it is no plan file.
        RefusedError: If it was edited.
    """
    try:
        document = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise InputError(
            "plan-unreadable",
            "The plan cannot be read.",
            where=str(path),
            why=getattr(error, "strerror", None) or str(error),
            fix="Make it with: ucaudit plan -o FILE",
        ) from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise InputError(
            "plan-unreadable",
            "The file is not a plan.",
            where=str(path),
            why=f"it does not say that its format is {FORMAT}",
            fix="Make one with: ucaudit plan -o FILE",
        )
    digest = document.pop("digest", None)
    if digest != sha256(document):
        raise RefusedError(
            "plan-edited",
            "The plan was edited after it was made.",
            where=str(path),
            why="its digest does not fit its content",
            fix="Make it anew with: ucaudit plan -o FILE",
        )
    return SavedPlan(str(path), document)
