"""The tutorial and the how-tos that need a cluster, followed word by word on a genuine engine."""

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


@pytest.mark.parametrize("page", ["tutorial", "howto/adopt", "howto/roll-back"])
def test_a_page(tmp_path: Path, prefix: str, ucaudit_engine_url: str, page: str) -> None:
    environment = programs(tmp_path / "bin") | {"UCAUDIT_URL": ucaudit_engine_url}
    folder = tmp_path / "shop"
    folder.mkdir()
    if page != "tutorial":
        config = f'source = "app:calls"\nprefix = "{prefix}"\nreplicas = 0\n'
        (folder / "ucaudit.toml").write_text(config, encoding="utf-8")
    names = {"shop_audit_": prefix}
    Walk(folder, ROOT / f"docs/{page}.md", environment, names).follow()
