"""Edits of one node of real schemas: decided, proven, and never against the algebra.

``UCAUDIT_EDIT_STEP=1`` makes all of them.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any, get_args

import pytest

from tests.diff.properties import DIRECTIONS, containment
from tests.schema.documents import validator
from tests.schema.one_edit import one_node_edits
from ucaudit import diff_schemas
from ucaudit.config import Reading

CASES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(path.read_text())
    for path in sorted((Path(__file__).parents[1] / "data" / "ucloud").glob("*.json"))
}
# One edit in so many of each schema: all of them take minutes.
STEP = int(os.environ.get("UCAUDIT_EDIT_STEP", "16"))


@pytest.mark.parametrize("reading", get_args(Reading))
def test_few_edits_of_real_schemas_are_undecided(
    reading: Reading, capsys: pytest.CaptureFixture[str]
) -> None:
    effects: Counter[str] = Counter()
    wrong, undecided, edits = [], [], 0
    for case, content in CASES.items():
        for name, edited in islice(one_node_edits(content["after"]), 0, None, STEP):
            edits += 1
            pair = content["after"], edited
            diff = diff_schemas(*pair, unknown_fields=reading)
            for direction, (sender, reader) in DIRECTIONS.items():
                effect = getattr(diff.effects, direction)
                effects[effect] += 1
                if effect == "unknown":
                    undecided.append(f"{case} {name}: {direction}")
                opinion = containment(pair[sender], pair[reader], reading)
                if (opinion, effect) in (("yes", "breaks"), ("no", "ok")):
                    wrong.append(f"{case} {name}: {direction} {effect}, but {opinion}")
                for finding in diff.findings:
                    witness = finding.witnesses.get(direction)
                    lenient = reading == "ignored"
                    if witness is None:
                        continue
                    if validator(pair[reader], lenient=lenient).is_valid(witness.document):
                        wrong.append(f"{case} {name}: {direction} {witness.document} is taken")
    share = effects["unknown"] / effects.total()
    with capsys.disabled():
        print(f"\n{reading}: {edits:,} edits, {dict(effects)}, unknown {share:.2%}")
    assert edits > 400
    assert effects["breaks"] > 0.3 * edits
    assert wrong == [], "\n".join(wrong)
    assert share < 0.03, "\n".join(undecided)
