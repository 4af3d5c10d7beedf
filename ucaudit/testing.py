"""Four ready-made tests of a service's audited calls, in the manner of pytest-alembic.

One line in a test file switches them on::

    from ucaudit.testing import *  # tests/test_ucaudit.py

That is the way in which pytest-alembic's tests are taken into a file; its other way, an option that
adds tests to the run, needs no code of ours: ``pytest --pyargs ucaudit.testing``. So they are tests
like any other: selected, marked, skipped and given fixtures by pytest's own means. The fixtures to
override, in the ``conftest.py`` beside the file:

``ucaudit_config``
    The project's :class:`ucaudit.config.Config`; by default that of ``UCAUDIT_CONFIG``, else the
    nearest at or above pytest's root folder.
``ucaudit_samples``
    Call to audit documents as the generation before wrote them, such as real ones without names;
    each has to come through the newest migration. By default none: samples are made of the schemas.
``ucaudit_tests_url``
    An engine that takes the mappings and the transformed samples, too. By default none; return
    ``ucaudit_engine_url`` to have one started.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

from ucaudit.pytest_plugin import fail_with, failing_plainly

if TYPE_CHECKING:
    from pathlib import Path

    from ucaudit.cluster.client import Cluster
    from ucaudit.config import Config
    from ucaudit.history.check import Checked
    from ucaudit.history.places import Places
    from ucaudit.history.version import History
    from ucaudit.jsontypes import JsonObject
    from ucaudit.report.problems import Problem

__all__ = [
    "test_mappings_keep_to_limits",
    "test_migrations_run_on_samples",
    "test_no_unaccepted_break",
    "test_schemas_are_locked",
]


def test_schemas_are_locked(ucaudit_checked: Checked, ucaudit_config: Config) -> None:
    """``schemas/`` is what ``ucaudit lock`` would write now, and nobody edited what is released."""
    from ucaudit.report.problems import of_remarks

    _fail_on(
        "The recorded history is not what it has to be",
        of_remarks(ucaudit_checked.remarks, *_places(ucaudit_checked, ucaudit_config)),
    )


def test_no_unaccepted_break(ucaudit_checked: Checked, ucaudit_config: Config) -> None:
    """Nothing that a release would ship is an error by the project's policy, unless accepted."""
    from ucaudit.report.problems import of_findings

    _fail_on(
        "A release would break what the policy guards",
        of_findings(ucaudit_checked.diff.findings, *_places(ucaudit_checked, ucaudit_config)),
        "Take it back, or accept it: ucaudit lock --accept ID --reason TEXT",
    )


def test_mappings_keep_to_limits(ucaudit_history: History, ucaudit_tests_url: str | None) -> None:
    """Every call's mapping compiles, and no limit keeps a field of it out of the index."""
    from ucaudit.history.compiled import Envelopes, compile_call
    from ucaudit.history.version import released_schemas

    envelopes = Envelopes()
    bad = []
    with failing_plainly(), _engine(ucaudit_tests_url) as engine:
        for name, call in ucaudit_history.calls.items():
            bad += [f"{name}: {why}" for why in compile_call(released_schemas(call.newest)).beyond]
            refused = engine.refusals(envelopes.accumulated(call), call.newest.settings)
            bad += [f"{name}: the engine: {why}" for why in refused]
    if bad:
        fail_with(
            "Fields are kept, but cannot be found",
            bad,
            fix="Split the call, or keep parts out of the index with x-audit "
            '{"index": "none"} or {"index": "flattened"}.',
        )


def test_migrations_run_on_samples(
    ucaudit_history: History,
    ucaudit_samples: Mapping[str, Sequence[JsonObject]],
    ucaudit_tests_url: str | None,
) -> None:
    """The newest migration of each call transforms samples to what the new mapping takes.

    That a step refuses single values, which become dead letters, is no fault; that a Python
    function raises something else than ``ValueError`` is, and so is a call without any survivor.
    """
    from ucaudit.history.rehearsal import rehearse

    bad = []
    unknown = sorted(set(ucaudit_samples) - set(ucaudit_history.calls))
    if unknown:
        fail_with("ucaudit_samples names calls that are not recorded", unknown)
    with failing_plainly(), _engine(ucaudit_tests_url) as engine:
        for name, call in ucaudit_history.calls.items():
            rehearsal = rehearse(call, ucaudit_samples.get(name, ()))
            if rehearsal is None:
                continue
            print(rehearsal)  # noqa: T201  (pytest shows it with -rP)
            bad += [f"{name}: {problem}" for problem in rehearsal.problems()]
            refused = engine.refusals(rehearsal.mapping, rehearsal.settings, rehearsal.transformed)
            bad += [f"{name}: the engine: {why}" for why in refused]
    if bad:
        fail_with(
            "Stored documents do not come through the newest migration",
            bad,
            fix="Mend the steps in schemas/ or the functions that they name; samples of your own "
            "are given by the fixture ucaudit_samples.",
        )


class _Engine(NamedTuple):
    """An engine that is asked, too; or none, which refuses nothing."""

    cluster: Cluster | None

    def refusals(
        self, mapping: JsonObject, settings: JsonObject, documents: Sequence[bytes] = ()
    ) -> list[str]:
        """Why it does not take the mapping, or documents."""
        if self.cluster is None:
            return []
        from ucaudit.cluster.failures import ClusterError, refusal
        from ucaudit.cluster.trial import refusals

        try:
            return refusals(self.cluster, mapping, settings, documents)
        except ClusterError as error:
            raise refusal(error, self.cluster.shown) from error


@contextmanager
def _engine(url: str | None) -> Iterator[_Engine]:
    if url is None:
        yield _Engine(None)
        return
    from ucaudit.cluster.client import Cluster
    from ucaudit.cluster.options import connection_options

    cluster = Cluster(connection_options(url=url))
    try:
        yield _Engine(cluster)
    finally:
        cluster.close()


def _places(checked: Checked, config: Config) -> tuple[Places, Path]:
    from ucaudit.cli.outputs import top_of
    from ucaudit.history.layout import Layout
    from ucaudit.history.places import Places

    layout = Layout(config.schemas_path)
    places = Places(checked.after, config.root.resolve(), checked.declared, layout)
    return places, top_of(config.root)


def _fail_on(what: str, problems: Iterable[Problem], fix: str = "") -> None:
    """Fails if one of the problems is an error that nobody accepted."""
    found = [one for one in problems if one.level == "error" and one.accepted is None]
    if found:
        shown = [f"{one.text} [{one.rule} {one.fingerprint}]" for one in found]
        lines = [f"{one.place}: {text}" for one, text in zip(found, shown, strict=True)]
        fail_with(what, lines, fix=fix or found[0].fix)
