"""Comparisons as a project judges them: its policies, released versions, accepted findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from ucaudit.config import Config, Reading
from ucaudit.diff.calls import diff_calls
from ucaudit.diff.model import Diff, Part
from ucaudit.diff.policy import Policies, apply_policy
from ucaudit.diff.transitive import add_released, transitive_calls
from ucaudit.history.accepted import Accepted, load_accepted, mark_accepted, today
from ucaudit.history.layout import Layout
from ucaudit.history.released import released_history, released_versions, with_former_names
from ucaudit.history.sources import Source, load_pair
from ucaudit.history.store import load_history, load_open
from ucaudit.history.version import History, released_schemas
from ucaudit.jsontypes import JsonObject, canonical
from ucaudit.sources.record import CallSchemas


class Compared(NamedTuple):
    """A comparison, and what was compared; calls that are the same may be without schemas."""

    diff: Diff
    before: Source
    after: Source


def compare_sources(
    old: str,
    new: str,
    config: Config,
    *,
    part: Part = "request",
    only: str | None = None,
    unknown_fields: Reading = "ignored",
) -> Compared:
    """Compares two sources and judges what differs.

    Args:
        old: The source before, as the command line names it.
        new: The source after.
        config: The project.
        part: Which side of a call a bare schema file is.
        only: Glob on the names of the calls that are compared.
        unknown_fields: How readers treat fields they do not know.

    Raises:
        InputError: If a source, the history or the configuration cannot be read.
    """
    policies = Policies.of(config)
    before, after = load_pair(old, new, config.root, part=part, only=only)

    def history(calls: Collection[str]) -> History:
        return released_history(old, config.schemas_path, config.root, calls)

    diff = weigh_sources(before, after, policies, history, unknown_fields)
    accepted = load_accepted(Layout(config.schemas_path))
    mark_accepted(diff.findings, accepted, today())
    unseen = accepted.keys() - {finding.id for finding in diff.findings}
    if unseen and any(_is_project(source, config) for source in (old, new)):
        diff.unmatched = _unmatched({k: accepted[k] for k in unseen}, config, policies)
    apply_policy(diff, policies)
    return Compared(diff, before, after)


def weigh_sources(
    before: Source,
    after: Source,
    policies: Policies,
    history: Callable[[Collection[str]], History],
    unknown_fields: Reading = "ignored",
) -> Diff:
    """All that differs between two sources, before anyone says how loud it is.

    Args:
        before: The source before.
        after: The source after.
        policies: What each call has to keep.
        history: Gives the released versions of calls, for policies that hold with all of them.
        unknown_fields: How readers treat fields they do not know.
    """
    diff = diff_calls(before.calls, after.calls, before.accumulated, unknown_fields=unknown_fields)
    kept = {call.call for call in transitive_calls(diff, policies)}
    if kept:
        calls = {call.name: call for call in after.calls if call.name in kept}
        released = released_versions(history(with_former_names(calls)), calls)
        olds = {call.name: call for call in before.calls}
        add_released(diff, olds, calls, released, policies, unknown_fields)
    return diff


def _is_project(source: str, config: Config) -> bool:
    """Whether a source is the project's recorded history, now or at a revision."""
    inner = source.partition(":")[2].partition(":")[2] if source.startswith("git:") else source
    return (config.root / inner).resolve() == config.schemas_path.resolve()


def _unmatched(accepted: Accepted, config: Config, policies: Policies) -> list[JsonObject]:
    layout = Layout(config.schemas_path)
    opened = [entry.schemas for entry in load_open(layout).values()]
    history = load_history(layout.root)
    return unmatched(accepted, history, opened, policies, config.unknown_fields)


def compare_release(
    history: History,
    opened: Iterable[CallSchemas],
    policies: Policies,
    unknown_fields: Reading = "ignored",
) -> Diff:
    """What a release would ship: the newest released versions against the open ones.

    Args:
        history: The released versions.
        opened: The open versions.
        policies: What each call has to keep.
        unknown_fields: How readers treat fields they do not know.
    """
    diff = weigh_release(history, opened, policies, unknown_fields)
    apply_policy(diff, policies)
    return diff


def weigh_release(
    history: History,
    opened: Iterable[CallSchemas],
    policies: Policies,
    unknown_fields: Reading = "ignored",
    *,
    everything: bool = False,
) -> Diff:
    """The same before anyone says how loud it is.

    Args:
        history: The released versions.
        opened: The open versions.
        policies: What each call has to keep.
        unknown_fields: How readers treat fields they do not know.
        everything: Whether calls that did not change are held against older versions, too.
    """
    after = {call.name: call for call in opened}
    before = [
        _same_or(after.get(name), released_schemas(known.newest))
        for name, known in history.calls.items()
    ]
    accumulated = {name: known.newest.mapping for name, known in history.calls.items()}
    diff = diff_calls(before, after.values(), accumulated, unknown_fields=unknown_fields)
    kept = {call.call for call in transitive_calls(diff, policies, everything=everything)}
    calls = {name: call for name, call in after.items() if name in kept}
    olds = {call.name: call for call in before}
    add_released(diff, olds, calls, released_versions(history, calls), policies, unknown_fields)
    return diff


def newest_released(history: History) -> Source:
    """The newest released versions as a source."""
    newest = {name: known.newest for name, known in history.calls.items()}
    return Source(
        [released_schemas(version) for version in newest.values()],
        {name: version.mapping for name, version in newest.items()},
    )


def _same_or(new: CallSchemas | None, old: CallSchemas) -> CallSchemas:
    """The new side where both are the same: nobody needs to compare it."""
    if new is None or canonical(new.parts) != canonical(old.parts):
        return old
    options = [(call.retention_days, call.record_response) for call in (old, new)]
    return new if options[0] == options[1] else old


def unmatched(
    accepted: Accepted,
    history: History,
    opened: Iterable[CallSchemas],
    policies: Policies,
    unknown_fields: Reading = "ignored",
) -> list[JsonObject]:
    """Acceptances that match nothing any more, whether its rule is off or not.

    A break with a version of long ago stays accepted as long as that version is guarded, also while
    the call does not change.
    """
    if not accepted:
        return []
    diff = weigh_release(history, opened, policies, unknown_fields, everything=True)
    seen = {finding.id for finding in diff.findings}
    return [entry.to_dict() for key, entry in sorted(accepted.items()) if key not in seen]
