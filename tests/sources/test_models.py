"""Pydantic as a source: what callers may send and what is written, type by type."""

from __future__ import annotations

import dataclasses
import enum
import sys
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import pytest
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    ConfigDict,
    Field,
    Json,
    RootModel,
    SecretStr,
    computed_field,
    create_model,
    field_serializer,
)
from typing_extensions import TypedDict

from ucaudit import Call, Registry
from ucaudit.diff.api import diff_schemas
from ucaudit.errors import InputError
from ucaudit.history.sources import load_source
from ucaudit.mapping.api import compile_mapping
from ucaudit.schema.parsing import parse
from ucaudit.sources.models import describe
from ucaudit.sources.record import referenced_name

T = TypeVar("T")
STRING, INTEGER = {"type": "string"}, {"type": "integer"}


class Color(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Point:
    """A type of another library that says itself what it looks like."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source, handler):
        from pydantic_core import core_schema

        return core_schema.no_info_plain_validator_function(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema, handler):
        return {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}


class Inner(BaseModel):
    id: int


class Pair(TypedDict, total=False):
    left: int
    right: str


@dataclasses.dataclass
class Size:
    width: int
    unit: str = "px"


class Names(RootModel[list[str]]):
    pass


def described(**parts):
    registry = Registry("t")
    registry.add(Call("t.call", **parts))
    (call,) = describe(registry)
    return call


def fields(model):
    """The fields of both contracts, definitions put in place of references to them."""

    def inline(value, definitions):
        if isinstance(value, list):
            return [inline(item, definitions) for item in value]
        if not isinstance(value, dict):
            return value
        name = referenced_name(value.get("$ref"))
        rest = {k: inline(v, definitions) for k, v in value.items() if k not in ("$ref", "title")}
        return rest if name is None else {**inline(definitions[name], definitions), **rest}

    contracts = described(request=model).parts["request"]
    return [
        inline(contracts[c], contracts[c]["$defs"])["properties"] for c in ("in", "out")
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("annotation", "sent", "written"),
    [
        (int, INTEGER, ...),
        (Color, {"type": "string", "enum": ["red", "blue"]}, ...),
        (Literal["a", 1], {"enum": ["a", 1]}, ...),
        (Annotated[int, Field(ge=1, lt=9)],
         {"type": "integer", "minimum": 1, "exclusiveMaximum": 9}, ...),
        (Annotated[list[str], Field(max_length=3)],
         {"type": "array", "items": STRING, "maxItems": 3}, ...),
        (Decimal, {"anyOf": [{"type": "number"}, {"type": "string", "pattern": ...}]},
         {"type": "string", "pattern": ...}),
        (UUID, {"type": "string", "format": "uuid"}, ...),
        (datetime, {"type": "string", "format": "date-time"}, ...),
        (date, {"type": "string", "format": "date"}, ...),
        (time, {"type": "string", "format": "time"}, ...),
        (timedelta, {"type": "string", "format": "duration"}, ...),
        (bytes, {"type": "string", "format": "binary"}, ...),
        (SecretStr, {"type": "string", "format": "password", "writeOnly": True}, ...),
        (Json[list[int]], {"type": "string", "contentMediaType": "application/json",
                           "contentSchema": {"type": "array", "items": INTEGER}},
         {"type": "array", "items": INTEGER}),
        (Point, {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}, ...),
        (dict[str, int], {"type": "object", "additionalProperties": INTEGER}, ...),
        (set[int], {"type": "array", "items": INTEGER, "uniqueItems": True}, ...),
        (tuple[int, str], {"type": "array", "prefixItems": [INTEGER, STRING],
                           "minItems": 2, "maxItems": 2}, ...),
        (Inner | None, {"anyOf": [
            {"type": "object", "properties": {"id": INTEGER}, "required": ["id"]},
            {"type": "null"}]}, ...),
        (Names, {"type": "array", "items": STRING}, ...),
        (Pair, {"type": "object", "properties": {"left": INTEGER, "right": STRING}}, ...),
        (Size, {"type": "object", "required": ["width"], "properties":
                {"width": INTEGER, "unit": {"type": "string", "default": "px"}}}, ...),
        (Any, {}, ...),
    ],
)  # fmt: skip
def test_a_type_as_sent_and_as_written(annotation, sent, written):
    found = fields(create_model("Request", x=(annotation, ...)))
    for seen, expected in zip(found, (sent, sent if written is ... else written), strict=True):
        assert matches(seen["x"], expected), seen["x"]
    parse(described(request=create_model("Request", x=(annotation, ...))).parts["request"]["out"])


def matches(found, expected):
    """Whether two schemas are equal; ``...`` stands for what depends on the release of pydantic."""
    if isinstance(expected, dict):
        optional = {key for key, value in expected.items() if value is ...}
        return (
            isinstance(found, dict)
            and found.keys() - optional == expected.keys() - optional
            and (all(matches(found[key], expected[key]) for key in expected.keys() - optional))
        )
    if isinstance(expected, list):
        return len(found) == len(expected) and all(map(matches, found, expected))
    return found == expected


@pytest.mark.parametrize(
    "default", ["a", 1, True, None, 1.5, [], {}, [1], {"a": None}, Color.RED, Decimal("1.0"), ()]
)
def test_a_default_is_written_as_pydantic_writes_it(default):
    model = create_model("Request", x=(Any, default))
    (sent, _) = fields(model)
    assert sent["x"]["default"] == model.model_json_schema()["properties"]["x"]["default"]
    assert type(sent["x"]["default"]) is type(
        model.model_json_schema()["properties"]["x"]["default"]
    )


def test_a_default_that_is_no_json_is_left_out_without_a_word(recwarn):
    sent, _ = fields(create_model("Request", x=(Any, object())))
    assert "default" not in sent["x"]
    assert not recwarn.list


def test_fields_with_a_default_are_sent_or_not_and_always_written():
    contracts = described(request=create_model("Request", x=(int, 1))).parts["request"]
    for contract in ("in", "out"):
        (definition,) = contracts[contract]["$defs"].values()
        assert "required" not in definition


def test_what_is_computed_is_written_and_not_sent():
    class Box(BaseModel):
        side: int

        @computed_field
        @property
        def area(self) -> int:
            return self.side**2

        @field_serializer("side")
        def unit(self, side: int) -> str:
            return f"{side} cm"

    sent, written = fields(Box)
    assert sent == {"side": INTEGER}
    assert written == {"side": STRING, "area": {"type": "integer", "readOnly": True}}


@pytest.mark.parametrize(
    ("field", "sent", "written"),
    [
        (Field(alias="a"), "a", "a"),
        (Field(validation_alias="a"), "a", "x"),
        (Field(serialization_alias="a"), "x", "a"),
        (Field(validation_alias="a", serialization_alias="b"), "a", "b"),
        (Field(validation_alias=AliasChoices("a", "b")), "a", "x"),
        (Field(validation_alias=AliasPath("a", "b")), "x", "x"),
    ],
)
def test_names_of_a_field(field, sent, written):
    found = fields(create_model("Request", x=(int, field)))
    assert [[*properties] for properties in found] == [[sent], [written]]


@pytest.mark.parametrize(
    ("extra", "additional"), [("forbid", False), ("allow", True), ("ignore", None)]
)
def test_other_fields(extra, additional):
    model = create_model("Request", __config__=ConfigDict(extra=extra), x=(int, ...))
    for schema in described(request=model).parts["request"].values():
        (definition,) = schema["$defs"].values()
        assert definition.get("additionalProperties") is additional


def test_hints_beside_a_reference_stay():
    hint = {"x-audit": {"redact": True}}
    model = create_model("Request", x=(Inner, Field(json_schema_extra=hint)))
    schema = described(request=model).parts["request"]["out"]
    assert parse(schema).of("object")[0].properties["x"].redacted
    assert compile_mapping(schema, bare=True)["mappings"].get("properties", {}) == {}
    whole = create_model("Whole", __config__=ConfigDict(json_schema_extra=hint), x=(int, ...))
    assert parse(described(request=whole).parts["request"]["out"]).redacted


class Page(BaseModel, Generic[T]):
    items: list[T]


class Leaf(BaseModel):
    kind: Literal["leaf"] = "leaf"


class Branch(BaseModel):
    kind: Literal["branch"] = "branch"
    children: list[Annotated[Leaf | Branch, Field(discriminator="kind")]] = []


def test_a_recursive_tagged_union_in_a_generic():
    schema = described(response=Page[Branch]).parts["response"]["out"]
    (shape,) = parse(schema).of("object")
    assert shape.properties["items"].of("array")
    assert diff_schemas(schema, schema).findings == []


@pytest.mark.parametrize(
    "root", [list[Inner], Inner | None, dict[str, Inner], Pair, Size, Names, int]
)
def test_a_call_may_take_what_is_no_model(root):
    for schema in described(request=root).parts["request"].values():
        assert parse(schema).shapes


def test_two_models_of_one_name():
    one = create_model("File", __module__="one", path=(str, ...))
    two = create_model("File", __module__="two", size=(int, ...))
    call = described(request=Page[one], response=Page[two])
    alone = described(request=Page[one]), described(response=Page[two])
    for part, other in zip(("request", "response"), alone, strict=True):
        schema, single = call.parts[part]["out"], other.parts[part]["out"]
        assert parse(schema).hash == parse(single).hash
        assert diff_schemas(single, schema).findings == []
    names = {
        name for contracts in call.parts.values() for s in contracts.values() for name in s["$defs"]
    }
    assert {"one.File", "two.File"} <= names


class Opaque:
    pass


@pytest.mark.parametrize(
    ("part", "model"),
    [
        ("request", Opaque),
        ("response", list[Opaque]),
        ("audit", create_model("Holder", __config__=ConfigDict(arbitrary_types_allowed=True),
                               x=(Opaque, ...))),
        ("request", "nowhere.Model"),
        ("request", 3),
    ],
)  # fmt: skip
def test_a_model_that_cannot_be_described_is_named_with_its_call_and_part(part, model):
    with pytest.raises(InputError) as caught:
        described(**{"request": Inner, part: model})
    assert caught.value.name == "model-undescribable"
    assert caught.value.where == f"call t.call, {part}"
    assert caught.value.why
    assert caught.value.fix


@pytest.mark.parametrize(
    ("source", "name", "why"),
    [
        ("raise RuntimeError('no database')", "source-import-failed", "no database"),
        ("import sys; sys.exit(3)", "source-import-failed", "SystemExit"),
        ("calls = [", "source-import-failed", "SyntaxError"),
        ("other = 1", "source-import-failed", "has no attribute 'calls'"),
        ("calls = {'a': 1}", "source-not-a-registry", "it is a dict"),
        ("from ucaudit import Registry as calls", "source-not-a-registry", "it is a type"),
    ],
)
def test_a_module_without_a_registry(write, tmp_path, source, name, why):
    module = f"no_registry_{abs(hash(source))}"
    write(f"{module}.py", source)
    with pytest.raises(InputError) as caught:
        load_source(f"{module}:calls", tmp_path)
    assert caught.value.name == name
    assert why in str(caught.value.why)


@pytest.mark.parametrize(
    ("inner", "line"), [("\nraise ValueError('no')\n", 2), ("\n\nx =\n", 3), ("import gone\n", 1)]
)
def test_the_line_that_fails_is_named(write, tmp_path, inner, line):
    module = f"failing_{line}"
    path = write(f"{module}_inner.py", inner)
    write(f"{module}.py", f"import {module}_inner\n")
    with pytest.raises(InputError) as caught:
        load_source(f"{module}:calls", tmp_path)
    assert caught.value.where == f"{path}:{line}"


def test_alternatives_that_no_schema_can_tell_are_said():
    class Box(BaseModel):
        model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)
        side: int = Field(validation_alias=AliasChoices("a", AliasPath("b", 0)))
        deep: int = Field(validation_alias=AliasPath("c", "d"))
        long: int = Field(alias="length")
        plain: int

    registry = Registry("t")
    registry.add(Call("t.boxes", request=Page[Box], response=Box))
    registry.add(Call("t.other", request=Inner))
    boxes, other = describe(registry)
    name = f"{__name__}.{Box.__qualname__}"
    assert boxes.notices == (
        f"{name}: side is read from a or b[0] or side; what callers may send tells of a only",
        f"{name}: deep is read from c.d or deep; what callers may send tells of deep only",
        f"{name}: long is read from length or long; what callers may send tells of length only",
    )
    assert other.notices == ()


def test_a_revision_with_relative_imports_is_read_apart(write, git, tmp_path):
    package = "relative_service"
    write(f"{package}/__init__.py", "")
    write(
        f"{package}/models.py", "from pydantic import BaseModel\nclass R(BaseModel):\n    a: int\n"
    )
    write(
        f"{package}/calls/__init__.py",
        "from ucaudit import Call, Registry\nfrom ..models import R\n"
        "calls = Registry('s')\ncalls.add(Call('s.get', request=R))\n",
    )
    git("add", ".")
    git("commit", "-qm", "one")
    models = write(f"{package}/models.py", "raise RuntimeError('the work tree is not asked')\n")
    modules, path = {*sys.modules}, [*sys.path]
    (call,) = load_source(f"git:HEAD:{package}.calls:calls", tmp_path).calls
    assert not any(name.startswith(package) for name in {*sys.modules} - modules)
    assert sys.path == path
    assert "not asked" in models.read_text()
    assert call.parts["request"]["in"]["$defs"].keys() == {f"{package}.models.R"}
