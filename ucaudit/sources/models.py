"""Calls declared with pydantic: both contracts of every model, types named by where they live."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from pydantic import PydanticUserError, TypeAdapter
from pydantic.errors import PydanticInvalidForJsonSchema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaWarningKind
from pydantic_core.core_schema import DataclassSchema, ModelSchema

from ucaudit.calls import Call, Registry
from ucaudit.errors import InputError
from ucaudit.jsontypes import JsonObject
from ucaudit.sources.alternatives import alternatives
from ucaudit.sources.reach import Reach
from ucaudit.sources.record import CallSchemas, local_ref

Contract = Literal["in", "out"]
_MODES: dict[Contract, Literal["validation", "serialization"]] = {
    "in": "validation",
    "out": "serialization",
}
# Of a traceback, what stands for the call of ``import_module``.
_OWN_FRAMES: Final = 1
# How many of pydantic's choices of a name are without its module.
_SHORT_NAMES: Final = 2
_JSON_SCALARS: Final = frozenset({str, int, bool, type(None)})


class _Spelled(str):
    """The template of references: with the name of a definition as a valid URI."""

    __slots__ = ()

    def format(self, *_: object, **values: object) -> str:
        """The reference to the definition whose name is given as ``model``."""
        return local_ref(str(values["model"]))


class _Qualified(GenerateJsonSchema):
    """Names definitions by module and qualified name, whatever stands beside them."""

    # A default without a JSON form is no mistake of its model: the schema tells of none then.
    ignored_warning_kinds: ClassVar[set[JsonSchemaWarningKind]] = {  # type: ignore[misc]
        "skipped-choice",
        "non-serializable-default",
    }

    def normalize_name(self, name: str) -> str:
        """Keeps dots and brackets, which pydantic would replace."""
        return name.replace("~", "_").replace("/", "_")

    def get_defs_ref(self, core_mode_ref: Any) -> Any:
        """Drops the short names, so that the module-qualified one is preferred."""
        ref = super().get_defs_ref(core_mode_ref)
        choices = self._prioritized_defsref_choices.get(ref)
        if choices:
            # A later call for the same model makes the list anew.
            self._prioritized_defsref_choices[ref] = choices[_SHORT_NAMES:]
        return ref

    def encode_default(self, dft: Any) -> Any:
        """Leaves what is JSON as it is; pydantic would make a serializer for each default."""
        if type(dft) in _JSON_SCALARS:
            return dft
        if not dft and type(dft) in (list, dict):
            return type(dft)()
        return super().encode_default(dft)


def _noting(found: dict[str, list[str]]) -> type[_Qualified]:
    """A generator that notes in ``found``, by definition, what its schema cannot tell."""

    class Noting(_Qualified):
        def model_schema(self, schema: ModelSchema) -> JsonObject:
            self._note(schema["cls"])
            return super().model_schema(schema)

        def dataclass_schema(self, schema: DataclassSchema) -> JsonObject:
            self._note(schema["cls"])
            return super().dataclass_schema(schema)

        def _note(self, cls: type) -> None:
            lines = list(alternatives(cls))
            if lines:
                found[self.normalize_name(f"{cls.__module__}.{cls.__qualname__}")] = lines

    return Noting


def load_registry(target: str, root: Path) -> Registry:
    """The registry at ``package.module:attribute``, imported with ``root`` on the path.

    Raises:
        InputError: If it cannot be imported, or is no registry.
    """
    module_name, _, attribute = target.partition(":")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    try:
        module = importlib.import_module(module_name)
        found = getattr(module, attribute)
    except InputError:
        raise
    except (Exception, SystemExit) as error:
        raise InputError(
            "source-import-failed",
            f"The calls cannot be imported from {target!r}.",
            where=_raised_at(error) or target,
            why=f"{type(error).__name__}: {error}",
            fix="Name a module that imports, and an attribute that is a ucaudit.Registry.",
        ) from error
    if not isinstance(found, Registry):
        raise InputError(
            "source-not-a-registry",
            f"{target!r} is not a registry of calls.",
            where=target,
            why=f"it is a {type(found).__name__}",
            fix="Collect the calls in a ucaudit.Registry and name that.",
        )
    return found


def _raised_at(error: BaseException) -> str | None:
    """File and line of the innermost code that is no part of the import system or of ours."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    others = [f for f in frames if not f.filename.startswith("<frozen ")][_OWN_FRAMES:]
    others = [f for f in others if f.filename != importlib.__file__]
    return f"{others[-1].filename}:{others[-1].lineno}" if others else None


def describe(registry: Iterable[Call]) -> list[CallSchemas]:
    """The calls of a registry as schemas, emitted in one go for each contract.

    Raises:
        InputError: If pydantic cannot describe a model.
    """
    calls = list(registry)
    parts: dict[str, dict[str, dict[str, JsonObject]]] = {call.name: {} for call in calls}
    shared: dict[str, set[str]] = {call.name: set() for call in calls}
    noted: dict[str, list[str]] = {}
    for contract in ("in", "out"):
        generator = _noting(noted) if contract == "in" else _Qualified
        schemas, definitions = _emit(calls, contract, generator)
        reach = Reach()
        for (name, part), schema in schemas.items():
            whole = reach.cut({**schema, "$defs": definitions})
            parts[name].setdefault(part, {})[contract] = whole
            shared[name].update(whole.get("$defs", ()))
    return [
        CallSchemas(
            name=call.name,
            parts=parts[call.name],
            retention_days=call.retention_days,
            record_response=call.record_response,
            renamed_from=call.renamed_from,
            shared=frozenset(shared[call.name]),
            origin=f"call {call.name}",
            notices=tuple(
                f"{name}: {line}"
                for name in noted
                if name in shared[call.name]
                for line in noted[name]
            ),
        )
        for call in calls
    ]


def _emit(
    calls: list[Call], contract: Contract, generator: type[_Qualified]
) -> tuple[dict[tuple[str, str], JsonObject], JsonObject]:
    wanted = ("request",) if contract == "in" else ("request", "response", "audit")
    inputs: list[tuple[tuple[str, str], Any, TypeAdapter[Any]]] = []
    for call in calls:
        for part in wanted:
            declared = getattr(call, part)
            if declared is not None:
                inputs.append(((call.name, part), _MODES[contract], _adapter(call, part, declared)))
    if not inputs:
        return {}, {}
    try:
        schemas, rest = TypeAdapter.json_schemas(
            inputs, by_alias=True, ref_template=_Spelled(), schema_generator=generator
        )
    except (PydanticInvalidForJsonSchema, PydanticUserError) as error:
        raise _undescribable(_guilty(inputs), error) from error
    return {key: schema for (key, _), schema in schemas.items()}, rest.get("$defs", {})


def _adapter(call: Call, part: str, declared: Any) -> TypeAdapter[Any]:
    try:
        return TypeAdapter(declared)
    except PydanticUserError as error:
        raise _undescribable(f"call {call.name}, {part}", error) from error


def _guilty(inputs: list[tuple[tuple[str, str], Any, TypeAdapter[Any]]]) -> str:
    for (name, part), mode, adapter in inputs:
        try:
            adapter.json_schema(mode=mode)
        except (PydanticInvalidForJsonSchema, PydanticUserError):
            return f"call {name}, {part}"
    return "the registry"


def _undescribable(where: str, error: Exception) -> InputError:
    return InputError(
        "model-undescribable",
        "pydantic cannot describe this model as JSON Schema.",
        where=where,
        why=str(error).split("\n")[0],
        fix="Use types that have a JSON form, or give the field a json_schema_extra of its own.",
    )
