"""Bodies of the templates: one for a generation, one for its copies, the guard, the envelopes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from ucaudit.cluster.state import LiveState, LiveTemplate
from ucaudit.jsontypes import JsonObject, sha256
from ucaudit.names import Naming
from ucaudit.plan.meta import pinned_meta
from ucaudit.plan.shapes import Envelope, Shape

GUARD_PRIORITY: Final = 400
PRIORITY: Final = 500
COPY_PRIORITY: Final = 600
_EXAMPLE_DAY: Final = "2026.01.01"
# What an index that is made from a template must not take over from somebody else's template.
_NOT_INHERITED: Final = frozenset({"index.hidden"})


@dataclass(frozen=True, slots=True)
class Defaults:
    """Settings of new indices that no template in the cluster decides."""

    shards: int = 1
    replicas: int = 1


def read_aliases(naming: Naming, call: str, generation: int) -> tuple[str, ...]:
    """Names under which readers find an index of a generation."""
    return (naming.base(call), naming.all_alias(call), naming.generation_alias(call, generation))


def component_template(envelope: Envelope) -> JsonObject:
    """Body of an envelope's component template."""
    return {
        "template": {"mappings": dict(envelope.mapping)},
        "_meta": {"ucaudit": {"envelope": envelope.name.rpartition("-")[2]}},
    }


def index_settings(shape: Shape, naming: Naming, defaults: Defaults, live: LiveState) -> JsonObject:
    """Flat settings of a generation's indices.

    A template of ours silently disables all others that match the same index; what those set
    (shards, codec, lifecycle …) is inherited, so that only the mapping changes.
    """
    return {
        "index.number_of_shards": defaults.shards,
        "index.number_of_replicas": defaults.replicas,
        **inherited(naming.stem(shape.call, shape.generation), live),
        **shape.settings,
    }


def inherited(stem: str, live: LiveState) -> dict[str, object]:
    """Settings that templates of others would give to a daily index, had it no template of ours.

    Of composable templates only the one of highest priority applies; legacy ones apply, all that
    match, only where there is no composable one.
    """
    example = f"{stem}-{_EXAMPLE_DAY}"
    foreign = (t for t in live.templates.values() if t.meta is None)
    composable = [t for t in foreign if matches(t.patterns, example)]
    legacy = [t for t in live.legacy.values() if matches(t.patterns, example)]
    settings: dict[str, object] = {}
    for template in sorted(composable or legacy, key=lambda t: t.priority)[
        -1 if composable else 0 :
    ]:
        settings.update(template.settings)
    return {key: value for key, value in settings.items() if key not in _NOT_INHERITED}


def competitors(stem: str, live: LiveState) -> list[LiveTemplate]:
    """Templates of others that would win over ours for a daily index."""
    example = f"{stem}-{_EXAMPLE_DAY}"
    return [
        template
        for template in live.templates.values()
        if template.meta is None
        and template.priority >= GUARD_PRIORITY
        and matches(template.patterns, example)
    ]


def matches(patterns: Iterable[str], index: str) -> bool:
    """Whether any pattern matches the name (``*`` is the only wildcard there is)."""
    return any(fnmatchcase(index, pattern.replace("[", "[[]")) for pattern in patterns)


def index_template(
    shape: Shape, naming: Naming, settings: Mapping[str, object], pin: int | None = None
) -> JsonObject:
    """Body of the template of a generation's daily indices.

    Args:
        shape: What the indices look like.
        naming: How they are named.
        settings: Flat settings.
        pin: The generation that a rollback keeps the call at.
    """
    body = _template(shape, naming.pattern(shape.call, shape.generation), PRIORITY, settings)
    aliases = read_aliases(naming, shape.call, shape.generation)
    body["template"]["aliases"] = {alias: {} for alias in aliases}
    return _signed(body, pinned_meta(shape.meta, pin))


def copy_template(shape: Shape, naming: Naming, settings: Mapping[str, object]) -> JsonObject:
    """Body of the template of a generation's copies: hidden, and seen by no reader."""
    pattern = naming.copy_pattern(shape.call, shape.generation)
    hidden = {**settings, "index.hidden": True}
    return _signed(_template(shape, pattern, COPY_PRIORITY, hidden), shape.meta)


def guard_template(patterns: Iterable[str], settings: Mapping[str, object]) -> JsonObject:
    """Body of the template that catches generations deployed without their migration."""
    body: JsonObject = {
        "index_patterns": sorted(patterns),
        "priority": GUARD_PRIORITY,
        "template": {
            "settings": dict(settings),
            "mappings": {"dynamic": False, "_meta": {"ucaudit": {"guard": True}}},
        },
    }
    return _signed(body, {"guard": True})


def create_body(
    shape: Shape, *, settings: Mapping[str, object], meta: JsonObject, aliases: JsonObject
) -> JsonObject:
    """Body of the request that creates a copy; it does not rely on any template."""
    return {
        "settings": dict(settings),
        "mappings": {"dynamic": False, "_meta": {"ucaudit": meta}, **shape.mapping()},
        "aliases": aliases,
    }


def _template(
    shape: Shape, pattern: str, priority: int, settings: Mapping[str, object]
) -> JsonObject:
    return {
        "index_patterns": [pattern],
        "priority": priority,
        "composed_of": [envelope.name for envelope in shape.envelopes],
        "template": {
            "settings": dict(settings),
            "mappings": {
                "dynamic": False,
                "_meta": {"ucaudit": shape.meta},
                "properties": shape.properties,
            },
        },
    }


def _signed(body: JsonObject, meta: JsonObject) -> JsonObject:
    return {**body, "_meta": {"ucaudit": {**meta, "template": sha256(body)[:16]}}}
