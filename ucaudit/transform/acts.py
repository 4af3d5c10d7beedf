"""What each verb does at one place of a document."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from functools import singledispatch
from typing import Any

from ucaudit.jsontypes import Json
from ucaudit.transform.python import resolve
from ucaudit.transform.raw import (
    NULL,
    ExactFloat,
    Kind,
    Node,
    ValueRefused,
    as_list,
    dump,
    encode,
    excerpt,
    kind,
    load,
    string,
    string_of,
)
from ucaudit.transform.scalars import Scalar, cast, is_integer
from ucaudit.transform.steps import (
    Cast,
    First,
    Join,
    Python,
    Remove,
    Rename,
    Set,
    Step,
    ToList,
    When,
    Wrap,
)
from ucaudit.transform.visit import Act, Container, Key, along, opened_object

_SCALARS = (Kind.STRING, Kind.NUMBER, Kind.BOOLEAN)


def compile_step(step: Step) -> Act:
    """A visitor of the document's place that does the step and says whether it changed anything.

    Raises:
        InputError: If the step names a Python function that cannot be used.
    """
    act = _compiled(step)
    return act if step.when is None else _conditional(compile_when(step.when), act)


def compile_when(when: When) -> Act:
    """A visitor of the document's place that answers whether the condition holds."""
    if when.test == "exists":
        found = along(when.path, lambda _container, _key: True)
        wanted: bool = when.expected
        return lambda container, key: found(container, key) is wanted
    if when.test == "type":
        return along(when.path, lambda container, key: _has_type(container[key], when.expected))
    expected = _comparable(dump(when.expected))
    return along(when.path, lambda container, key: _comparable(container[key]) == expected)


def _conditional(holds: Act, act: Act) -> Act:
    return lambda container, key: holds(container, key) and act(container, key)


@singledispatch
def _compiled(step: Step) -> Act:
    raise NotImplementedError(step)


@_compiled.register
def _(step: Rename) -> Act:
    old = str(step.path[-1])

    def act(fields: Container, key: Key) -> bool:
        if step.to in fields:
            if step.occupied == "keep":
                return False
            if step.occupied == "fail":
                raise ValueRefused(reason=f"{key!r} and {step.to!r} are both there")
            del fields[step.to]
        # Built anew, because the order of the keys is part of the document.
        entries = [(step.to if name == old else name, node) for name, node in fields.items()]
        fields.clear()
        fields.update(entries)
        return True

    return along(step.path, act)


@_compiled.register
def _(step: Cast) -> Act:
    def act(container: Container, key: Key) -> bool:
        node = container[key]
        result = _cast(node, step.to, to_null=step.on_failure == "null")
        container[key] = result
        return result is not node

    return along(step.path, act)


def _cast(node: Node, to: Scalar, *, to_null: bool) -> Node:
    found = kind(node)
    if found is Kind.NULL:
        return node
    if found is Kind.ARRAY:
        items = as_list(node) or []
        results = [_cast(item, to, to_null=to_null) for item in items]
        changed = any(new is not old for new, old in zip(results, items, strict=True))
        return results if changed else node
    try:
        return cast(node, to)
    except ValueRefused:
        if to_null:
            return NULL
        raise


@_compiled.register
def _(step: ToList) -> Act:
    def act(container: Container, key: Key) -> bool:
        if kind(container[key]) in (Kind.ARRAY, Kind.NULL):
            return False
        container[key] = [container[key]]
        return True

    return along(step.path, act)


@_compiled.register
def _(step: First) -> Act:
    def act(container: Container, key: Key) -> bool:
        items = as_list(container[key])
        if items is None:
            return False
        if len(items) > 1 and step.on_many == "dead_letter":
            raise ValueRefused(reason=f"{len(items)} elements where one was expected")
        first = items[0] if items else NULL
        if kind(first) is Kind.ARRAY:
            raise ValueRefused(
                reason="its first element is a list: old and new shape look the same"
            )
        container[key] = first
        return True

    return along(step.path, act)


@_compiled.register
def _(step: Join) -> Act:
    def act(container: Container, key: Key) -> bool:
        items = as_list(container[key])
        if items is None:
            return False
        container[key] = string(step.separator.join(_text(item) for item in items))
        return True

    return along(step.path, act)


def _text(item: Node) -> str:
    found = kind(item)
    if found not in _SCALARS:
        raise ValueRefused(reason=f"{excerpt(item)} cannot be part of a joined string")
    return string_of(item) if found is Kind.STRING else encode(item).decode()  # type: ignore[arg-type]


@_compiled.register
def _(step: Remove) -> Act:
    def act(fields: Container, key: Key) -> bool:
        del fields[key]
        return True

    return along(step.path, act)


@_compiled.register
def _(step: Wrap) -> Act:
    siblings = {name: dump(value) for name, value in step.siblings.items()}
    wrapped = (*_SCALARS, Kind.ARRAY) if step.lists else _SCALARS

    def act(container: Container, key: Key) -> bool:
        if kind(container[key]) not in wrapped:
            return False
        container[key] = {step.key: container[key], **siblings}
        return True

    return along(step.path, act)


@_compiled.register
def _(step: Set) -> Act:
    name = step.path[-1]
    value = dump(step.value)

    def act(container: Container, key: Key) -> bool:
        fields = opened_object(container, key)
        if fields is None or name in fields:
            return False
        fields[str(name)] = value
        return True

    return along(step.path[:-1], act)


@_compiled.register
def _(step: Python) -> Act:
    function = resolve(step.function)

    def act(container: Container, key: Key) -> bool:
        value = load(container[key])
        before = encode(dump(value))  # now, because a function may change what it is given
        try:
            result = function(value)
        except Exception as error:  # whatever it raises concerns this document only
            raise ValueRefused(reason=f"{type(error).__name__}: {error}") from error
        if not step.path and not isinstance(result, dict):
            raise ValueRefused(reason=f"it returned a {type(result).__name__}, not a document")
        after = dump(result)
        if encode(after) == before:
            return False
        container[key] = after
        return True

    return along(step.path, act)


def _has_type(node: Node, name: str) -> bool:
    found = kind(node)
    if name == "integer":
        return found is Kind.NUMBER and is_integer(node)  # type: ignore[arg-type]
    return found.value == name


def _comparable(node: Node) -> Json:
    """A form in which equal JSON values are equal, and ``1`` is neither ``true`` nor ``"1"``."""
    return _typed(load(node))


def _typed(value: Any) -> Json:
    if isinstance(value, list):
        return [_typed(item) for item in value]
    if isinstance(value, dict):
        return {key: _typed(item) for key, item in value.items()}
    if isinstance(value, int | float) and not isinstance(value, bool):
        text = value.text if isinstance(value, ExactFloat) else str(value)
        try:
            return ("number", Decimal(text))
        except InvalidOperation:  # an exponent beyond all reason
            return ("number", text)
    return (type(value).__name__, value)
