"""Comments on a pull request, rendered as the sites render them."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ucaudit.diff.calls import call_of, diff_calls
from ucaudit.history.check import Checked
from ucaudit.history.migration import Migration
from ucaudit.report.comments import check_comment, diff_comment
from ucaudit.report.markdown import LONGEST, block, code, fitting, plain, table
from ucaudit.report.problems import of_findings

MARKDOWN = MarkdownIt("gfm-like", {"linkify": False})


def diff_of(number, enum=1):
    """Calls of which each has a break of its own, with a proof."""

    def call(index, kind):
        values = [f"{kind}{'x' * 40}{n}" for n in range(enum)]
        port = {"type": kind} if enum == 1 else {"type": "string", "enum": values}
        schema = {"type": "object", "properties": {"port": port}, "required": ["port"]}
        return call_of(f"area.call{index}", "request", {"title": f"T{index}", **schema})

    kinds = ("string", "integer")
    return diff_calls(*[[call(n, kind) for n in range(number)] for kind in kinds])


def comment_of(diff, migrations=()):
    problems = [*of_findings(diff.findings, None, None)]
    return check_comment(Checked("git:main", None, diff, [], list(migrations)), problems)


def rendered(text):
    return MARKDOWN.render(text)


def test_verdict_first_then_the_calls_then_what_is_folded():
    html = rendered(comment_of(diff_of(2)))
    parts = (
        "<!-- ucaudit check -->",
        "<h3>❌ ucaudit check: 2 errors",
        "2 of 2 calls changed since <code>git:main</code>",
        "<table>",
        "area.call0",
        "<h4>Findings</h4>",
        "<strong>port changes from string to integer</strong>",
        "<details><summary>Proof</summary>",
        '<code class="language-json">',
    )
    order = [html.index(part) for part in parts]
    assert order == sorted(order)
    assert html.count("<details>") == html.count("</details>") == 2
    assert len(re.findall("<tr>", html)) == 3


def test_nothing_changed_is_two_lines():
    assert comment_of(diff_calls([], [])).splitlines()[1:] == [
        "### ✅ ucaudit check: nothing is wrong",
        "",
        "Nothing changed since `git:main` in 0 calls.",
    ]


def test_the_migration_is_a_table():
    migration = Migration(
        "a|b", (1, 1), (2, 2), "reindex", (), ({"cast": "requestJson.port", "to": "integer"},)
    )
    html = rendered(comment_of(diff_of(1), [migration]))
    assert "<code>a|b</code>" in html
    assert "generation 1 -&gt; 2, documents are copied" in html
    assert "cast requestJson.port to integer" in html


@pytest.mark.parametrize(("number", "enum"), [(300, 1), (600, 1), (40, 600)])
def test_a_comment_is_never_longer_than_the_sites_allow_and_says_what_it_leaves_out(number, enum):
    diff = diff_of(number, enum)
    migrations = [
        Migration(f"area.call{n}", (1, 1), (2, 1), "put_mapping", tuple(map(str, range(50))))
        for n in range(number)
    ]
    text = comment_of(diff, migrations)
    assert len(text) <= LONGEST
    html = rendered(text)
    assert html.count("<details>") == html.count("</details>")
    shown = html.count("<strong>port ")
    (left,) = re.findall(r"… and ([\d,]+) more findings: a comment has no room", html)
    assert shown + int(left.replace(",", "")) == len(diff.findings) >= number
    tables = html.split("<table>")[1:]
    cut = re.findall(r"… and ([\d,]+) more calls", html)
    for part, more in zip(tables, cut or ["0", "0"], strict=True):
        rows = part.partition("</table>")[0].count("<tr>") - 1
        assert rows + int(more.replace(",", "")) == number


def test_a_diff_has_a_comment_too():
    diff = diff_of(1)
    text = diff_comment(diff, [*of_findings(diff.findings, None, None)])
    assert text.startswith("<!-- ucaudit diff -->\n### ❌ ucaudit diff: 1 error\n")
    assert "1 of 1 call changed:" in text


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=80) |
       st.text("`|*_<>[]()#@!~\\- \nab:/&;", max_size=60))  # fmt: skip
def test_any_text_is_shown_as_it_is(text):
    line = " ".join(text.split())
    cells = f"x{plain(text)}x", code(text) or "x"
    html = rendered("\n".join(table(("a", "b"), [cells])))
    first, second = re.findall("<td>(.*?)</td>", html, re.DOTALL)
    assert as_text(first) == f"x{line}x"
    assert as_text(second) == (line or "x")
    if line:
        assert second.startswith("<code>")
    # No mention, and no markup, whatever the text.
    assert "@" not in plain(text)
    assert re.findall("<[a-z]+", first) == []


def as_text(html):
    plain_text = re.sub("</?code>", "", html)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        plain_text = plain_text.replace(entity, character)
    return plain_text


@given(st.text(max_size=60) | st.text("`~a\n", max_size=40))
def test_a_block_of_code_is_one_block(text):
    tokens = [token for token in MARKDOWN.parse(block(text)) if token.type != "text"]
    assert [token.type for token in tokens] == ["fence"]


def test_fitting_counts_what_it_leaves_out():
    pieces = [f"{n:04}" for n in range(1_000)]
    text = fitting(pieces, 200, "things")
    shown = text.partition("\n\n")[0].split("\n")
    assert len(text) <= 200
    assert shown == pieces[: len(shown)]
    assert f"… and {1_000 - len(shown)} more things" in text
    assert fitting(pieces[:3], 200, "things") == "0000\n0001\n0002"
