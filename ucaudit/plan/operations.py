"""What a plan consists of: typed, immutable, able to say what they do and to become JSON.

An operation says *what*; how it is carried out is in ``ucaudit.migrate``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject

Sign = Literal["+", "~", "-"]


@dataclass(frozen=True, slots=True)
class Operation:
    """Something to do to the cluster.

    Attributes:
        call: The call it is for; ``None`` where it serves several.
    """

    kind: ClassVar[str] = ""
    sign: ClassVar[Sign] = "~"
    noun: ClassVar[str] = ""
    expand: ClassVar[bool] = False
    destructive: ClassVar[bool] = False
    mends: ClassVar[bool] = False

    call: str | None

    def subject(self) -> str:
        """Name of what it changes."""
        raise NotImplementedError

    def detail(self) -> str:
        """What else to know, in a few words; may be empty."""
        return ""

    def describe(self) -> str:
        """The operation in one line."""
        detail = self.detail()
        return f"{self.sign} {self.noun} {self.subject()}" + (f"  {detail}" if detail else "")

    def to_dict(self) -> JsonObject:
        """The operation as JSON; ``from_dict`` reads it back."""
        return {
            "kind": self.kind,
            "sign": self.sign,
            "destructive": self.destructive,
            **_plain(self),
        }


@dataclass(frozen=True, slots=True)
class PutTemplate(Operation):
    """Creates or replaces an index template or a component template."""

    kind: ClassVar[str] = "put_template"
    noun: ClassVar[str] = "template"
    expand: ClassVar[bool] = True

    name: str
    body: JsonObject
    component: bool = False

    def subject(self) -> str:
        """Its name."""
        return self.name


@dataclass(frozen=True, slots=True)
class AddTemplate(PutTemplate):
    """A template that is not there yet."""

    kind: ClassVar[str] = "add_template"
    sign: ClassVar[Sign] = "+"


@dataclass(frozen=True, slots=True)
class PutMapping(Operation):
    """Adds to the mapping of a live index, and raises the limits that the mapping needs.

    Attributes:
        meta: The new ``_meta.ucaudit``.
        other_meta: What else is in ``_meta``: it is replaced whole, so it is sent along.
    """

    kind: ClassVar[str] = "put_mapping"
    noun: ClassVar[str] = "mapping"
    expand: ClassVar[bool] = True

    index: str
    uuid: str
    properties: JsonObject
    meta: JsonObject
    settings: JsonObject
    from_version: int
    to_version: int
    other_meta: JsonObject

    def subject(self) -> str:
        """Name of the index."""
        return self.index

    def detail(self) -> str:
        """The versions."""
        if not self.from_version:
            return f"version {self.to_version}"
        return f"version {self.from_version} -> {self.to_version}"


@dataclass(frozen=True, slots=True)
class AddAliases(Operation):
    """Puts a live index into the read aliases that it lacks."""

    kind: ClassVar[str] = "add_aliases"
    sign: ClassVar[Sign] = "+"
    noun: ClassVar[str] = "aliases"
    expand: ClassVar[bool] = True

    index: str
    uuid: str
    aliases: tuple[str, ...]

    def subject(self) -> str:
        """Name of the index."""
        return self.index

    def detail(self) -> str:
        """The aliases."""
        return ", ".join(self.aliases)


@dataclass(frozen=True, slots=True)
class PinTemplate(PutTemplate):
    """Notes in a template that its call is kept at a generation, or is not any more."""

    kind: ClassVar[str] = "pin_template"
    noun: ClassVar[str] = "pin"

    def detail(self) -> str:
        """The generation."""
        pin = self.body["_meta"]["ucaudit"].get("pinned")
        return "no more" if pin is None else f"to generation {pin}"


@dataclass(frozen=True, slots=True)
class MendTemplate(PutTemplate):
    """Writes a template anew that somebody changed by hand."""

    kind: ClassVar[str] = "mend_template"
    noun: ClassVar[str] = "mend"
    mends: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class MendMapping(PutMapping):
    """Brings the mapping of a live index back to what is recorded for the version it has."""

    kind: ClassVar[str] = "mend_mapping"
    noun: ClassVar[str] = "mend"
    mends: ClassVar[bool] = True

    def detail(self) -> str:
        """What of it."""
        return f"mapping of version {self.to_version}"


@dataclass(frozen=True, slots=True)
class MendSettings(Operation):
    """Raises limits of a live index that somebody lowered below what its mapping needs."""

    kind: ClassVar[str] = "mend_settings"
    noun: ClassVar[str] = "mend"
    expand: ClassVar[bool] = True
    mends: ClassVar[bool] = True

    index: str
    uuid: str
    settings: JsonObject

    def subject(self) -> str:
        """Name of the index."""
        return self.index

    def detail(self) -> str:
        """The limits."""
        return ", ".join(name.removeprefix("index.mapping.") for name in self.settings)


@dataclass(frozen=True, slots=True)
class MendAliases(AddAliases):
    """Puts a live index back into read aliases that somebody took it out of."""

    kind: ClassVar[str] = "mend_aliases"
    sign: ClassVar[Sign] = "~"
    noun: ClassVar[str] = "mend"
    mends: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class Backfill(Operation):
    """Copies an index of a superseded generation into the current one, and swaps it in when due.

    Attributes:
        due: Whether the index is over, so that it is swapped in after copying.
        due_at: When it will be over; ISO 8601.
        copied: Documents that an interrupted run copied.
        dead_letters: Documents that could not be copied so far.
    """

    kind: ClassVar[str] = "backfill"
    noun: ClassVar[str] = "backfill"

    source: str
    source_uuid: str
    source_generation: int
    target: str
    target_uuid: str | None
    generation: int
    h8: str
    steps: tuple[JsonObject, ...]
    steps_digest: str
    documents: int
    bytes: int
    due: bool
    due_at: str
    copied: int = 0
    dead_letters: int = 0

    @property
    def left(self) -> int:
        """Documents that are neither copied nor dead letters yet."""
        return max(0, self.documents - self.copied - self.dead_letters)

    def subject(self) -> str:
        """Name of the source."""
        return self.source

    def detail(self) -> str:
        """Where to."""
        return f"-> {self.target}"


@dataclass(frozen=True, slots=True)
class SyncLate(Operation):
    """Copies documents that arrived in a superseded index after it was swapped out.

    Attributes:
        operations: Operations in it that were not looked at yet; not all need be documents.
        via: UUIDs of the copies through which its earlier documents came to where readers see them.
    """

    kind: ClassVar[str] = "sync_late"
    noun: ClassVar[str] = "late"

    source: str
    source_uuid: str
    source_generation: int
    target: str
    target_uuid: str
    generation: int
    h8: str
    steps: tuple[JsonObject, ...]
    operations: int
    via: tuple[str, ...] = ()

    def subject(self) -> str:
        """Name of the superseded index."""
        return self.source

    def detail(self) -> str:
        """How much, and where to."""
        return f"up to {self.operations:,} late documents -> {self.target}"


@dataclass(frozen=True, slots=True)
class FinishSwap(Operation):
    """Ends a cut-over that was interrupted after its swap."""

    kind: ClassVar[str] = "finish_swap"
    noun: ClassVar[str] = "swap"

    source: str
    source_uuid: str
    source_generation: int
    target: str
    target_uuid: str

    def subject(self) -> str:
        """Name of the copy."""
        return self.target

    def detail(self) -> str:
        """What is done."""
        return f"swapped in by an interrupted run; unhide it, let {self.source} be written again"


@dataclass(frozen=True, slots=True)
class SwapBack(Operation):
    """Gives readers the source of a copy again: the call is kept at an earlier generation.

    Attributes:
        target: The copy, or the one that was about to take the source's place.
        seen: Whether readers see the copy now; if not, an unfinished cut-over is undone.
        source_blocked: Whether somebody had blocked writes to the source before us.
        documents: In the source.
    """

    kind: ClassVar[str] = "swap_back"
    noun: ClassVar[str] = "swap back"

    source: str
    source_uuid: str
    source_generation: int
    target: str
    target_uuid: str
    generation: int
    seen: bool
    source_blocked: bool
    documents: int

    def subject(self) -> str:
        """Name of the source."""
        return self.source

    def detail(self) -> str:
        """What it takes the place of."""
        return f"for {self.target}" if self.seen else "undo an unfinished cut-over"


@dataclass(frozen=True, slots=True)
class DeleteCopy(Operation):
    """Deletes an unfinished copy that other steps made; no reader sees it."""

    kind: ClassVar[str] = "delete_copy"
    sign: ClassVar[Sign] = "-"
    noun: ClassVar[str] = "delete"
    destructive: ClassVar[bool] = True

    index: str
    uuid: str
    h8: str
    reason: str

    def subject(self) -> str:
        """Name of the copy."""
        return self.index

    def detail(self) -> str:
        """Why."""
        return self.reason


_KINDS: dict[str, type[Operation]] = {
    cls.kind: cls
    for cls in (
        AddTemplate,
        PutTemplate,
        PutMapping,
        AddAliases,
        Backfill,
        SyncLate,
        FinishSwap,
        SwapBack,
        DeleteCopy,
        PinTemplate,
        MendTemplate,
        MendMapping,
        MendSettings,
        MendAliases,
    )
}


def operation_kinds() -> dict[str, type[Operation]]:
    """Every kind of operation, by the word that its JSON says it with."""
    return dict(_KINDS)


def from_dict(document: JsonObject) -> Operation:
    """The operation that ``to_dict`` described.

    Raises:
        InputError: If it is none of ours.
    """
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in document.items()
        if key not in {"kind", "sign", "destructive"}
    }
    try:
        return _KINDS[document["kind"]](**values)
    except (KeyError, TypeError) as error:
        raise InputError(
            "plan-unreadable",
            "The plan holds an operation that this version does not know.",
            why=str(error),
            fix="Make the plan anew with this version of ucaudit.",
        ) from error


def _plain(operation: Operation) -> JsonObject:
    return {field.name: _listed(getattr(operation, field.name)) for field in fields(operation)}


def _listed(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value
