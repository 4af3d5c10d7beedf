"""What is done about drift of an index, in operations of its own, apart from the release's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ucaudit.history.version import CallHistory
from ucaudit.jsontypes import JsonObject
from ucaudit.mapping.reach import accumulate, put_mapping_body
from ucaudit.names import Naming
from ucaudit.plan.drift import Drift, mapping_differences, mapping_drift, mendable
from ucaudit.plan.members import Member
from ucaudit.plan.meta import other_meta
from ucaudit.plan.normal import MappingUnreadable, normal_mapping
from ucaudit.plan.operations import MendAliases, MendMapping, MendSettings, Operation
from ucaudit.plan.shapes import Shape, shape_of
from ucaudit.plan.templates import read_aliases

TOTAL_FIELDS: Final = "index.mapping.total_fields.limit"
# Limits that a mapping may need raised, with the engine's defaults.
LIMITS: Final = {
    TOTAL_FIELDS: 1_000,
    "index.mapping.depth.limit": 20,
    "index.mapping.nested_fields.limit": 50,
    "index.mapping.nested_objects.limit": 10_000,
}


@dataclass(frozen=True, slots=True)
class Look:
    """What was found out about an index.

    Attributes:
        drift: What is not as recorded.
        operations: What brings it back.
        mapping: The mapping as it is after that; empty where it was not read.
    """

    drift: tuple[Drift, ...]
    operations: tuple[Operation, ...]
    mapping: JsonObject


def limits_to_raise(live: Mapping[str, int], wanted: Mapping[str, int]) -> dict[str, int]:
    """The limits that are lower than wanted, with what they shall be."""
    return {name: limit for name, limit in wanted.items() if live.get(name, LIMITS[name]) < limit}


def wanted_limits(settings: Mapping[str, object]) -> dict[str, int]:
    """The limits among a shape's settings."""
    return {name: int(str(settings[name])) for name in LIMITS if name in settings}


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What an index of one version has when nobody touched it."""

    shape: Shape
    mapping: JsonObject
    fields: int


class Mender:
    """Looks at the indices of one call."""

    def __init__(self, history: CallHistory, naming: Naming) -> None:
        self._history = history
        self._naming = naming
        self._recorded: dict[tuple[int, int], _Recorded | None] = {}
        self._known: dict[tuple[int, int, int], list[Drift]] = {}

    def look(self, member: Member) -> Look:
        """What drifted in an index, and what to do about it.

        Raises:
            MappingUnreadable: If its mapping is none.
        """
        index, live = member.index, member.index.mapping or {}
        recorded = self._recorded_for(member)
        if recorded is None:
            normal_mapping(live)
            return Look((), (), live)
        mapping = self._mapping(member, recorded)
        limits = list(self._limits(member, recorded))
        aliases = [] if member.mark.guard else list(self._aliases(member))
        operations: list[Operation] = []
        if limits:
            settings = {drift.path: drift.wanted for drift in limits}
            operations.append(MendSettings(self._history.call, index.name, index.uuid, settings))
        if any(drift.mended for drift in mapping):
            wanted = mendable(recorded.mapping, live)
            operations.append(_mend_mapping(member, put_mapping_body(live, wanted).body))
            live = accumulate(live, wanted)
        if aliases:
            missing = tuple(drift.path.partition(".")[2] for drift in aliases)
            operations.append(MendAliases(self._history.call, index.name, index.uuid, missing))
        return Look((*mapping, *limits, *aliases), tuple(operations), live)

    def drifted(self, member: Member, mapping: JsonObject) -> bool:
        """Whether the mapping of an index is not as recorded, or none at all."""
        recorded = self._recorded_for(member)
        try:
            return recorded is not None and bool(mapping_differences(recorded.mapping, mapping))
        except MappingUnreadable:
            return True

    def _recorded_for(self, member: Member) -> _Recorded | None:
        """``None`` for an index that the guard made, and for one of a time before ucaudit."""
        if member.mark.adopted:
            return None
        key = member.name.generation, member.mark.version
        if member.mark.version and key not in self._recorded:
            shape = shape_of(self._history, key[0], upto=key[1])
            mapping = {"dynamic": False, **shape.mapping()} if shape else {}
            self._recorded[key] = (
                _Recorded(shape, mapping, _count(mapping["properties"])) if shape else None
            )
        return self._recorded.get(key)

    def _mapping(self, member: Member, recorded: _Recorded) -> list[Drift]:
        live, shape = member.index.mapping, recorded.shape
        if live is None:
            return []
        # Indices with equal mappings share one object.
        key = id(live), shape.generation, shape.version.number
        if key not in self._known:
            self._known[key] = mapping_drift(
                recorded.mapping,
                live,
                call=shape.call,
                index=member.index.name,
                anew=self._anew(shape),
            )
        return [replace(drift, name=member.index.name) for drift in self._known[key]]

    def _anew(self, shape: Shape) -> str:
        if shape.generation < self._history.generation:
            return f"gone once copied into generation {self._history.generation}"
        return f"needs a new generation: ucaudit lock --new-generation {shape.call}"

    def _limits(self, member: Member, recorded: _Recorded) -> Iterator[Drift]:
        shape, wanted = recorded.shape, wanted_limits(recorded.shape.settings)
        if recorded.fields > member.index.limits.get(TOTAL_FIELDS, LIMITS[TOTAL_FIELDS]):
            # Below what is there already, the engine refuses every PUT mapping.
            wanted.setdefault(TOTAL_FIELDS, LIMITS[TOTAL_FIELDS])
        for name, limit in limits_to_raise(member.index.limits, wanted).items():
            live = member.index.limits.get(name, LIMITS[name])
            yield Drift(
                shape.call,
                "index",
                member.index.name,
                name,
                "changed",
                wanted=limit,
                live=live,
                mended=True,
            )

    def _aliases(self, member: Member) -> Iterator[Drift]:
        for alias in read_aliases(self._naming, self._history.call, member.name.generation):
            if alias not in member.index.aliases:
                yield Drift(
                    self._history.call,
                    "index",
                    member.index.name,
                    f"aliases.{alias}",
                    "missing",
                    wanted={},
                    mended=True,
                )


def _mend_mapping(member: Member, properties: JsonObject) -> MendMapping:
    return MendMapping(
        member.mark.call,
        index=member.index.name,
        uuid=member.uuid,
        properties=properties,
        meta=member.index.meta or {},
        settings={},
        from_version=member.mark.version,
        to_version=member.mark.version,
        other_meta=other_meta(member.index.mapping),
    )


def _count(properties: JsonObject) -> int:
    return sum(
        1 + _count(field.get("properties", {})) + _count(field.get("fields", {}))
        for field in properties.values()
    )
