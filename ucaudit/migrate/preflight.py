"""Asks the engine, before anything is written, whether it takes the settings of our templates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from ucaudit.cluster.client import Cluster
from ucaudit.cluster.failures import ClusterError
from ucaudit.jsontypes import canonical
from ucaudit.plan.operations import PutTemplate
from ucaudit.plan.plan import Notice, Plan

# The engine refuses a simulated template that competes with a real one of the same priority.
_PROBE: Final = {"index_patterns": ["ucaudit-probe-nothing-has-this-name"], "priority": 0}


def with_refused_settings(cluster: Cluster, plan: Plan) -> Plan:
    """The plan, with a problem for each template whose settings the engine refuses.

    Templates with the same settings are asked of once; nothing is written. Who may only look cannot
    ask, and is warned.

    Raises:
        ClusterError: If the engine does not answer.
    """
    try:
        return replace(plan, problems=(*plan.problems, *_refused(cluster, plan)))
    except ClusterError as error:
        if error.status != 403:
            raise
        return replace(plan, warnings=(*plan.warnings, _untried(error)))


def _untried(error: ClusterError) -> Notice:
    return Notice(
        "settings-untried",
        "The engine was not asked whether it takes the settings of new templates.",
        where=error.request,
        why="the credentials may look, but not manage index templates",
        fix="Before the release, look at the plan with the credentials that migrate.",
    )


def _refused(cluster: Cluster, plan: Plan) -> Iterator[Notice]:
    answers: dict[bytes, str] = {}
    for operation in plan.operations():
        if not isinstance(operation, PutTemplate) or operation.component:
            continue
        settings = operation.body["template"].get("settings", {})
        key = canonical(settings)
        if key not in answers:
            answers[key] = _answer(cluster, settings)
        if answers[key]:
            yield Notice(
                "settings-refused",
                "The engine refuses the settings of a template.",
                where=operation.name,
                why=answers[key],
                fix="Settings come from the configuration (shards, replicas), from other templates "
                "that match the call's indices, and from what the mapping needs: mend them there.",
                call=operation.call,
            )


def _answer(cluster: Cluster, settings: object) -> str:
    """The engine's reason to refuse, or nothing."""
    body = {**_PROBE, "template": {"settings": settings}}
    try:
        cluster.query("/_index_template/_simulate", body)
    except ClusterError as error:
        if error.status != 400:
            raise
        return error.reason
    return ""
