"""The tutorial, followed word by word in an empty folder on a genuine engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from tests.cleaning import remove_all
from tests.docs.walk import ROOT, Walk, programs


@pytest.fixture
def prefix(es: Elasticsearch) -> Iterator[str]:
    """Stands for the tutorial's ``shop_audit_``, as long as that."""
    token = f"t{secrets.token_hex(5)[:9]}_"
    yield token
    remove_all(es, token)


def test_the_tutorial(tmp_path: Path, prefix: str, ucaudit_engine_url: str) -> None:
    environment = programs(tmp_path / "bin") | {"UCAUDIT_URL": ucaudit_engine_url}
    folder = tmp_path / "shop"
    folder.mkdir()
    names = {"shop_audit_": prefix}
    Walk(folder, ROOT / "docs/tutorial.md", environment, names).follow()
