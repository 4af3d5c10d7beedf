"""The file that a report is: self-contained, and no data of it is markup."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from hashlib import sha256

import pytest

from tests.report.html.subjects import between, multiplied, packed
from ucaudit.report.html.page import headline, render_page

NASTY = '</script><script>alert("x")</script><!--'


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    def schema(kind):
        return {"type": "object", "properties": {NASTY: {"type": kind}, "ö": {"type": kind}}}

    root = tmp_path_factory.mktemp("page")
    return between(root, {"a__b": schema("string")}, {"a__b": schema("integer")})


def test_the_data_come_back_as_they_were(document):
    page = render_page(document)
    data = {**packed(page, "overview"), "details": packed(page, "details")}
    assert data == json.loads(json.dumps(document))


def test_no_data_is_markup(document):
    title = {**document, "title": NASTY, "old": NASTY}
    page = render_page(title)
    assert "alert(" not in page.replace("alert(&#34;x", "")
    assert page.count("</script>") == page.count("<script") == 3


def test_the_page_refers_to_nothing_outside_and_allows_only_itself(document):
    page = render_page(document)
    assert not re.findall(r"""(?:src|href)=["'](?!#|data:,)""", page)
    assert "url(" not in page
    assert "@import" not in page
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)[1]
    assert policy.startswith("default-src 'none'")
    for tag in ("style", "script"):
        text = re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)[1]
        allowed = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{allowed}'" in policy


def test_two_renderings_are_the_same_bytes(document):
    assert render_page(document) == render_page(document)


def test_the_headline():
    assert headline({"changed": 0, "calls": 3}) == "Nothing changed"
    assert headline({"changed": 1, "calls": 1}) == "1 of 1 call changed"


def test_a_thousand_changed_calls_stay_small(document):
    page = render_page(multiplied(document, 1000))
    assert len(page.encode()) < 3_000_000
