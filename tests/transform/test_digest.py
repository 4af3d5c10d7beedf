"""The digest of steps: what changes it and what does not."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from ucaudit.errors import InputError
from ucaudit.transform.digest import steps_digest

CAST = {"cast": "a", "to": "integer"}


def test_notes_and_key_order_do_not_count() -> None:
    noted = {"to": "integer", "why": "ports are numbers", "for": "2020.1", "cast": "a"}
    assert steps_digest([CAST]) == steps_digest([noted])
    assert len(steps_digest([])) == 64


def test_what_a_step_does_counts() -> None:
    steps = [
        [],
        [CAST],
        [CAST, CAST],
        [{**CAST, "to": "string"}],
        [{**CAST, "when": {"path": "b", "exists": True}}],
    ]
    assert len({steps_digest(each) for each in steps}) == len(steps)


def test_the_source_of_functions_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "digested.py"
    monkeypatch.syspath_prepend(tmp_path)
    digests = []
    for body in ("return value", "return [value]"):
        source.write_text(f"def mend(value):\n    {body}  # {len(body)}\n")
        sys.modules.pop("digested", None)
        importlib.invalidate_caches()
        digests.append(steps_digest([{"python": "digested:mend"}]))
    sys.modules.pop("digested", None)
    assert digests[0] != digests[1]


@pytest.mark.parametrize("reference", ["no.such:function", "tests.transform.functions:no_such"])
def test_a_function_that_cannot_be_imported(reference: str) -> None:
    with pytest.raises(InputError) as error:
        steps_digest([{"python": reference}])
    assert error.value.where == reference


def test_a_function_without_source() -> None:
    with pytest.raises(InputError, match="source"):
        steps_digest([{"python": "math:floor"}])
