"""What every named error, problem and warning means, and what to do about it: one table."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject


@dataclass(frozen=True, slots=True)
class Explanation:
    """An entry of the table.

    Attributes:
        name: Stable kebab-case reference.
        topic: Heading that it stands under.
        means: What it means, and how it comes about; Markdown.
        do: What to do about it; Markdown.
    """

    name: str
    topic: str
    means: str
    do: str

    def to_dict(self) -> JsonObject:
        """The entry as JSON."""
        return {"name": self.name, "topic": self.topic, "means": self.means, "do": self.do}


@cache
def explanations() -> dict[str, Explanation]:
    """Every entry by name, topic by topic."""
    import tomllib  # noqa: PLC0415  (only asked for when something went wrong)

    text = files(__name__).joinpath("errors.toml").read_text(encoding="utf-8")
    return {
        name: Explanation(name, topic["_title"], entry["means"], entry["do"])
        for topic in tomllib.loads(text).values()
        for name, entry in topic.items()
        if name != "_title"
    }


def explain(name: str) -> Explanation:
    """The entry of a name.

    Raises:
        InputError: If there is none.
    """
    table = explanations()
    if name in table:
        return table[name]
    from difflib import get_close_matches  # noqa: PLC0415  (rare)

    close = get_close_matches(name, table, n=3)
    raise InputError(
        "name-unknown",
        f"Nothing is named {name!r}.",
        why=f"close to it: {', '.join(close)}" if close else None,
        fix="List all with: ucaudit explain --all. Rules of the diff: ucaudit rule --all",
    )
