"""The tutorial and the how-tos that need a cluster, followed word by word on a genuine engine."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from tests.cleaning import remove_all
from tests.docs.walk import ROOT, Walk, programs
from ucaudit.cluster.adapter import needs_plain
from ucaudit.cluster.client import Cluster
from ucaudit.cluster.options import ConnectionOptions


@pytest.fixture
def prefix(es: Elasticsearch) -> Iterator[str]:
    """Stands for the tutorial's ``shop_audit_``, as long as that."""
    token = f"t{secrets.token_hex(5)[:9]}_"
    yield token
    remove_all(es, token)


def _needs_another_client(url: str) -> bool:
    with closing(Cluster(ConnectionOptions((url,)))) as cluster:
        return needs_plain(cluster.server())


@pytest.mark.parametrize("page", ["tutorial", "howto/adopt", "howto/roll-back"])
def test_a_page(tmp_path: Path, prefix: str, ucaudit_engine_url: str, page: str) -> None:
    if page == "tutorial" and _needs_another_client(ucaudit_engine_url):
        pytest.skip("the tutorial writes with elasticsearch-py, which this server refuses")
    environment = programs(tmp_path / "bin") | {"UCAUDIT_URL": ucaudit_engine_url}
    folder = tmp_path / "shop"
    folder.mkdir()
    if page != "tutorial":
        config = f'source = "app:calls"\nprefix = "{prefix}"\nreplicas = 0\n'
        (folder / "ucaudit.toml").write_text(config, encoding="utf-8")
    names = {"shop_audit_": prefix}
    Walk(folder, ROOT / f"docs/{page}.md", environment, names).follow()
