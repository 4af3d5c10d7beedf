"""What somebody changed on the cluster by hand, apart from what a release changes.

Wanted is what the index's own mark says it has, live is what the cluster shows; both are brought to
one spelling and compared by deepdiff.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple

from ucaudit.jsontypes import Json, JsonObject, canonical
from ucaudit.mapping.reach import describe, put_mapping_body, updateable
from ucaudit.plan.normal import FIELDS, PROPERTIES, normal_mapping

DriftKind = Literal["added", "missing", "changed"]
DriftPlace = Literal["index", "template", "component"]

# Parameters of the root that decide neither what is accepted nor what is indexed while the root is
# not dynamic, or that only searches read.
_HARMLESS: Final = frozenset(
    {"date_detection", "dynamic_date_formats", "dynamic_templates", "numeric_detection", "runtime"}
)
# Of these only the first two are parameters of a field's kind: what lies below goes with it.
_OF_KIND: Final = frozenset({"type", "enabled"})


@dataclass(frozen=True, slots=True)
class Drift:
    """One thing that is not as ucaudit made it.

    Attributes:
        call: The call it concerns; ``None`` where it serves several.
        place: Whether it is part of an index, an index template or a component template.
        name: Name of the index or template.
        path: The field, setting or alias, dotted.
        parameter: The parameter of the field; empty where the field itself is meant.
        kind: ``added`` or ``missing`` on the cluster, or ``changed`` there.
        wanted: What ucaudit made; ``None`` where it made nothing.
        live: What is there; ``None`` where nothing is.
        mended: Whether the next migrate brings it back.
        note: Why not, or what becomes of it.
    """

    call: str | None
    place: DriftPlace
    name: str
    path: str
    kind: DriftKind
    parameter: str = ""
    wanted: Json = None
    live: Json = None
    mended: bool = False
    note: str = ""

    def describe(self) -> str:
        """The difference in a few words."""
        if self.kind == "missing" and not self.parameter:
            return f"{self.path}: missing"
        if self.kind == "added" and not self.parameter:
            found = f", {_words(self.live)}" if isinstance(self.live, dict) and self.live else ""
            return f"{self.path}: added by hand{found}"
        name = f"{self.parameter} " if self.parameter else ""
        return f"{self.path}: {name}{_value(self.wanted)} -> {_value(self.live)}"

    def to_dict(self) -> JsonObject:
        """The difference as JSON; ``index`` or ``template`` names what it was found in."""
        return {
            "call": self.call,
            "index": self.name if self.place == "index" else None,
            "template": self.name if self.place != "index" else None,
            "path": self.path,
            "parameter": self.parameter or None,
            "kind": self.kind,
            "wanted": self.wanted,
            "live": self.live,
            "mended": self.mended,
            "note": self.note,
        }

    @property
    def same(self) -> tuple[object, ...]:
        """What the same drift of several days has in common."""
        values = canonical([self.wanted, self.live])
        return (self.place, self.path, self.parameter, self.kind, values, self.mended, self.note)


class Difference(NamedTuple):
    """Where two trees differ.

    Attributes:
        keys: Way from the root.
        wanted: What is on the one side; ``None`` where nothing is.
        live: What is on the other.
    """

    keys: tuple[str, ...]
    wanted: Json
    live: Json

    @property
    def kind(self) -> DriftKind:
        """Whether there is more, less, or something else."""
        if self.wanted is None:
            return "added"
        return "missing" if self.live is None else "changed"


def differences(wanted: JsonObject, live: JsonObject) -> Iterator[Difference]:
    """Where two trees in normal form differ, each subtree that one side lacks once."""
    if wanted == live:
        return
    from deepdiff import DeepDiff  # noqa: PLC0415  (slow to load, and rarely needed)

    # Below the default threshold deepdiff gives up and reports two objects as wholly different.
    found: dict[str, Any] = DeepDiff(wanted, live, view="tree", threshold_to_diff_deeper=0)
    for kind, levels in found.items():
        for level in levels:
            keys = tuple(str(key) for key in level.path(output_format="list"))
            yield Difference(
                keys,
                None if kind.endswith("_added") else level.t1,
                None if kind.endswith("_removed") else level.t2,
            )


def mapping_differences(wanted: JsonObject, live: JsonObject) -> list[Difference]:
    """Where a live mapping is not the wanted one; the root's own parameters count.

    Below a field that became something else nothing more is said.

    Raises:
        MappingUnreadable: If ``live`` is no mapping.
    """
    found = sorted(differences(normal_mapping(wanted), normal_mapping(live)), key=_keys)
    replaced = [d.keys[:-1] for d in found if d.keys[-1] in _OF_KIND and d.kind == "changed"]
    return [d for d in found if not any(_below(d.keys, field) for field in replaced)]


def mapping_drift(
    wanted: JsonObject, live: JsonObject, *, call: str, index: str, anew: str
) -> list[Drift]:
    """What is not as recorded in the mapping of an index.

    Args:
        wanted: The mapping as recorded for the version that the index says it has.
        live: The mapping as the cluster shows it.
        call: Full name of the call.
        index: Name of the index.
        anew: What to do about drift that the engine does not take back.

    Raises:
        MappingUnreadable: If ``live`` is no mapping.
    """
    found = mapping_differences(wanted, live)
    if not found:
        return []
    refused = dict(put_mapping_body(live, mendable(wanted, live)).refused)
    judge = _Judge(wanted, live, refused, anew)
    return [judge.drift(difference, call, index) for difference in found]


def mendable(wanted: JsonObject, live: JsonObject) -> JsonObject:
    """``wanted`` with what objects are by inheritance, where somebody set them to something else.

    PUT mapping leaves ``dynamic`` of an object as it is unless it is sent.
    """
    below, there = wanted.get(PROPERTIES), live.get(PROPERTIES, {})
    if not below:
        return wanted
    fields = {
        name: _undynamic(mendable(definition, there[name]), there[name])
        if name in there
        else definition
        for name, definition in below.items()
    }
    return {**wanted, PROPERTIES: fields}


def _undynamic(wanted: JsonObject, live: JsonObject) -> JsonObject:
    if "dynamic" in wanted or str(live.get("dynamic", False)).lower() == "false":
        return wanted
    return {**wanted, "dynamic": False}


@dataclass(frozen=True, slots=True)
class _Judge:
    """Says of each difference what becomes of it."""

    wanted: JsonObject
    live: JsonObject
    refused: dict[str, str]
    anew: str

    def drift(self, difference: Difference, call: str, index: str) -> Drift:
        path, parameter = field_path(difference.keys)
        whole = not parameter
        drift = Drift(
            call,
            "index",
            index,
            path or "mapping",
            difference.kind,
            parameter,
            _at(self.wanted, difference.keys) if whole else difference.wanted,
            _at(self.live, difference.keys) if whole else difference.live,
        )
        if whole and difference.kind == "added":
            return replace(drift, note="kept")
        if any(path == field or path.startswith(f"{field}.") for field in self.refused):
            return self._fixed(drift)
        if whole or (path and (drift.kind != "added" or parameter == "dynamic")):
            return replace(drift, mended=True)
        return self._parameter(drift, difference.keys)

    def _parameter(self, drift: Drift, keys: tuple[str, ...]) -> Drift:
        """Of the root, or one that we never wrote."""
        if len(keys) == 1:
            if drift.parameter == "dynamic":
                return replace(drift, mended=True)
            return replace(drift, note="kept") if keys[0] in _HARMLESS else self._fixed(drift)
        kind = str((_at(self.live, keys[:-1]) or {}).get("type", "object"))
        if updateable(kind, drift.parameter, drift.live):
            return replace(drift, note="kept")
        return self._fixed(drift)

    def _fixed(self, drift: Drift) -> Drift:
        return replace(drift, note=f"the engine cannot take it back in place; {self.anew}")


def field_path(keys: Sequence[str]) -> tuple[str, str]:
    """A way through a mapping as dotted field and parameter, either of which may be empty.

    ``("properties", "a", "fields", "b", "norms")`` is ``("a.b", "norms")``.
    """
    names: list[str] = []
    rest = list(keys)
    while len(rest) >= 2 and rest[0] in {PROPERTIES, FIELDS}:
        names.append(rest[1])
        rest = rest[2:]
    return ".".join(names), ".".join(rest)


def _at(mapping: JsonObject, keys: Sequence[str]) -> JsonObject | None:
    found: Any = mapping
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None


def _keys(difference: Difference) -> tuple[str, ...]:
    return difference.keys


def _below(keys: tuple[str, ...], field: tuple[str, ...]) -> bool:
    inside = len(keys) > len(field) and keys[: len(field)] == field
    return inside and not (len(keys) == len(field) + 1 and keys[-1] in _OF_KIND)


def _words(live: JsonObject) -> str:
    return describe(live) if "type" in live or PROPERTIES in live else _value(live)


def _value(value: Json) -> str:
    if value is None:
        return "default"
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else canonical(value).decode()
