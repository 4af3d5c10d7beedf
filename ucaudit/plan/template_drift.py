"""What somebody changed by hand in a template that still says that it is as we wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import orjson

from ucaudit.cluster.state import LiveState, LiveTemplate
from ucaudit.cluster.templates import flat_settings
from ucaudit.jsontypes import JsonObject
from ucaudit.plan.drift import Drift, DriftPlace, differences, field_path
from ucaudit.plan.meta import mark_of
from ucaudit.plan.normal import MappingUnreadable, normal_mapping, normal_settings, plain
from ucaudit.plan.operations import (
    AddTemplate,
    MendTemplate,
    Operation,
    PinTemplate,
    PutTemplate,
)

# What the engine notes down itself, and what has no effect on indices.
_IGNORED: Final = frozenset(
    {
        "_meta",
        "created_date",
        "created_date_millis",
        "deprecated",
        "modified_date",
        "modified_date_millis",
        "template",
        "version",
    }
)
_OURS: Final = frozenset({"aliases", "mappings", "settings"})


@dataclass(frozen=True, slots=True)
class TemplateWork:
    """What is to be done about templates, and what somebody changed in them.

    Attributes:
        operations: Those that add, update or mend.
        drift: What is mended.
    """

    operations: tuple[Operation, ...] = ()
    drift: tuple[Drift, ...] = ()

    def __add__(self, other: TemplateWork) -> TemplateWork:
        return TemplateWork(self.operations + other.operations, self.drift + other.drift)


def put_template(live: LiveState, name: str, body: JsonObject, call: str | None) -> TemplateWork:
    """What brings an index template up to date, if it is not."""
    there = live.templates.get(name)
    mark = mark_of(there.meta) if there else None
    if there is None:
        return TemplateWork((AddTemplate(call, name, body),))
    wanted = body["_meta"]["ucaudit"]
    if mark is None or mark.template != wanted["template"]:
        return TemplateWork((PutTemplate(call, name, body),))
    if mark.pinned != wanted.get("pinned"):
        return TemplateWork((PinTemplate(call, name, body),))
    if drift := template_drift(there, body, call=call):
        return TemplateWork((MendTemplate(call, name, body),), tuple(drift))
    return TemplateWork()


def put_component(live: LiveState, name: str, body: JsonObject) -> TemplateWork:
    """The same for a component template; its name is the digest of what it holds."""
    there = live.components.get(name)
    if there is None:
        return TemplateWork((AddTemplate(None, name, body, component=True),))
    if drift := template_drift(there, body, call=None, place="component"):
        return TemplateWork((MendTemplate(None, name, body, component=True),), tuple(drift))
    return TemplateWork()


def template_drift(
    live: LiveTemplate, wanted: JsonObject, *, call: str | None, place: DriftPlace = "template"
) -> list[Drift]:
    """What is not as wanted in a template; the next migrate writes it anew.

    Args:
        live: The template, with its body.
        wanted: The body that we write.
        call: Full name of the call it serves.
        place: Whether it is an index template or a component template.
    """
    if live.body is None:
        return []
    ours = _normal(wanted)
    try:
        theirs = _normal(orjson.loads(live.body))
    except MappingUnreadable as error:
        unreadable = str(error)
        return [Drift(call, place, live.name, "mappings", "changed", live=unreadable, mended=True)]
    drifts = []
    for difference in sorted(differences(ours, theirs), key=lambda d: d.keys):
        path, parameter = _path(difference.keys)
        drifts.append(
            Drift(
                call,
                place,
                live.name,
                path,
                difference.kind,
                parameter,
                difference.wanted,
                difference.live,
                mended=True,
            )
        )
    return drifts


def _path(keys: tuple[str, ...]) -> tuple[str, str]:
    if keys[0] != "mappings":
        return ".".join(keys), ""
    field, parameter = field_path(keys[1:])
    return f"mappings.{field}" if field else "mappings", parameter


def _normal(body: JsonObject) -> JsonObject:
    template = body.get("template") or {}
    aliases = template.get("aliases") or {}
    return {
        **{key: plain(value) for key, value in body.items() if key not in _IGNORED and value},
        **{key: plain(value) for key, value in template.items() if key not in _OURS and value},
        "aliases": {name: plain(alias) for name, alias in aliases.items()},
        "mappings": normal_mapping(template.get("mappings") or {}),
        "settings": normal_settings(flat_settings(template.get("settings") or {})),
    }
