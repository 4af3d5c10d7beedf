"""The page in a real Chromium, as a person uses it."""

from __future__ import annotations

import shutil
import time

import pytest

from tests.report.html.subjects import between, example_document, multiplied
from ucaudit.report.html.page import render_page

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
SIZES = ((1280, 900), (400, 860))

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
if CHROMIUM is None:
    pytest.skip("there is no chromium on the PATH (apt-get install chromium)", True)

# Every text that is seen, with what is behind it: WCAG's ratio of luminances.
CONTRAST = """() => {
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => {
    const linear = (c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const [x, y, z] = [r, g, b].map((c) => linear(c / 255));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (node) => {
    for (let e = node; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] === 1) return c;
      if (c[3] > 0) throw new Error("half transparent: " + e.className);
    }
    return [255, 255, 255];
  };
  const bad = [];
  let seen = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    const text = walker.currentNode.data.trim();
    if (!text || !e.checkVisibility({contentVisibilityAuto: true})) continue;
    if (e.closest("script, style, option, .hidden-text, .skip, dialog:not([open])")) continue;
    const pair = [light(parse(getComputedStyle(e).color)), light(behind(e))];
    const [a, b] = pair.sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    seen += 1;
    if (ratio < 4.5) bad.push(`${e.className || e.tagName} ${text} ${ratio.toFixed(2)}`);
  }
  return {bad, seen};
}"""


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return example_document(tmp_path_factory.mktemp("example"), live=True)


@pytest.fixture(scope="module")
def file(document, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render_page(document))
    return path


@pytest.fixture
def visit(browser, file):
    """Opens the report; at the end, nothing was asked of a network and nothing went wrong."""
    contexts, wrong = [], []

    def open_(hash_="", *, path=file, size=SIZES[0], scheme="light"):
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme=scheme
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.on("console", lambda message: wrong.append(message.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("request", lambda r: r.url.startswith("file:") or r.url.startswith("data:") or
                wrong.append(r.url))  # fmt: skip
        page.goto(f"{path.as_uri()}{hash_}")
        page.wait_for_selector("body.ready")
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def until(page, holds):
    """The page's own policy forbids code in strings, so that waiting is done here."""
    end = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(20)


def rows(page):
    return page.locator(".finding").count()


def focused(page):
    return page.evaluate("document.activeElement.closest('.item')?.id ?? document.activeElement.id")


def test_a_finding_opens_has_an_address_and_is_found_by_it(visit, document):
    page = visit()
    assert page.locator("h1").inner_text() == "8 of 20 calls changed"
    finding = next(f for f in document["findings"] if f["witnesses"])
    row = page.locator(f"#f-{finding['id']}")
    row.locator("button.row").click()
    assert page.url.endswith(f"#f-{finding['id']}")
    assert row.get_by_text("Safe way").is_visible()
    row.locator("summary").first.click()
    assert row.locator("details[open] pre").first.is_visible()
    row.locator("button.row").click()
    assert not row.get_by_text("Safe way").is_visible()
    again = visit(f"#f-{finding['id']}")
    assert again.locator(f"#f-{finding['id']} .more").is_visible()
    assert focused(again) == f"f-{finding['id']}"


def test_filters_and_search(visit, document):
    findings = document["findings"]
    page = visit()
    assert rows(page) == len(findings)
    page.click("[data-level=error]")
    errors = sum(f["level"] == "error" and f["accepted"] is None for f in findings)
    assert 0 < rows(page) == errors < len(findings)
    page.click("[data-level=error]")
    page.select_option("#choose-effect", "reindex")
    assert 0 < rows(page) == sum(f["effects"]["index"] == "reindex" for f in findings)
    page.select_option("#choose-effect", "")
    page.select_option("#choose-rule", findings[0]["rule"])
    assert rows(page) == sum(f["rule"] == findings[0]["rule"] for f in findings)
    page.select_option("#choose-rule", "")
    page.fill("#glob", "wallets.*")
    until(page, lambda: rows(page) < 5)
    assert "wallets.push" in page.locator(".finding .meta").first.inner_text()
    page.fill("#glob", "")
    page.fill("#search", "no such thing at all")
    page.click("#reset")
    assert rows(page) == len(findings)
    assert focused(page) == "search"


def test_keys(visit):
    page = visit()
    page.keyboard.press("/")
    assert focused(page) == "search"
    page.keyboard.type("grant")
    until(page, lambda: rows(page) < 23)
    page.keyboard.press("Escape")
    until(page, lambda: rows(page) == 23)
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    first = focused(page)
    page.keyboard.press("j")
    second = focused(page)
    assert first.startswith("f-")
    assert second.startswith("f-")
    assert first != second
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("Enter")
    assert page.locator(f"#{second} .more").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator(f"#{second} .more").is_visible()
    page.keyboard.press("k")
    assert focused(page) == first
    page.keyboard.press("?")
    assert page.locator("#help").is_visible()
    page.keyboard.press("Escape")
    assert not page.locator("#help").is_visible()
    page.keyboard.press("2")
    page.wait_for_selector(".item.call")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_selector(".call-head")
    page.keyboard.press("Escape")
    page.wait_for_selector(".item.call")


def test_a_call_old_beside_new(visit):
    page = visit("#call-wallets.push")
    assert page.locator(".call-head h1").inner_text() == "wallets.push"
    changed = page.locator(".tree-item.changed > .tree-line", has_text="owner")
    assert "string" in changed.locator(".before").inner_text()
    assert "UserOwner or ProjectOwner" in changed.locator(".after").inner_text()
    assert page.locator(".tree-mark").first.get_attribute("href").startswith("#f-")
    assert page.locator(".map-row.changed .map-path").inner_text() == "requestJson.items.owner"
    page.locator(".map-card + .check input").check()
    assert page.locator(".map-row.same").count() > 3
    assert page.locator(".phase.busy").count() == 3
    assert page.locator(".generation > h3").all_inner_texts() == [
        "Generation 3",
        "Generation 2",
        "Generation 1",
    ]
    page.locator(".tree-mark").first.click()
    page.wait_for_selector(".finding.open")


def test_the_cluster(visit):
    page = visit("#cluster")
    text = page.locator("#view").inner_text()
    for said in ("2 dead letters", "pinned to generation 1", "70 kept in hidden sources",
                 "5 documents that no reader sees yet", "g1 1,200 · g2 300",
                 "1 backfill pending", "1,540"):  # fmt: skip
        assert said in text
    assert visit().locator("#tabs a").all_inner_texts()[-1] == "Cluster"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES, ids=["wide", "narrow"])
def test_all_text_can_be_read_and_nothing_sticks_out(visit, document, size, scheme):
    page = visit(size=size, scheme=scheme)
    finding = next(f for f in document["findings"] if len(f["witnesses"]) > 1)
    hashes = ("", f"#f-{finding['id']}", "#calls", "#call-wallets.push", "#migration", "#cluster")
    for hash_ in hashes:
        page.evaluate("(hash) => { location.hash = hash; }", hash_ or "#")
        page.wait_for_timeout(80)
        contrast = page.evaluate(CONTRAST)
        assert contrast["bad"] == [], hash_
        assert contrast["seen"] > 15
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), hash_


def test_nobody_is_shut_out(browser, file):
    """The rules of axe, on every page; it brings a script, which the page's policy forbids."""
    context = browser.new_context(bypass_csp=True)
    page = context.new_page()
    page.goto(file.as_uri())
    page.wait_for_selector("body.ready")
    for hash_ in ("#", "#calls", "#call-wallets.push", "#migration", "#cluster"):
        page.evaluate("(hash) => { location.hash = hash; }", hash_)
        page.wait_for_timeout(80)
        if hash_ == "#":
            page.locator(".finding button.row").first.click()
        found = axe.Axe().run(page)
        assert found.response["passes"]
        assert [v["id"] + ": " + v["nodes"][0]["html"] for v in found.response["violations"]] == []
    context.close()


def test_light_and_dark_by_hand(visit):
    page = visit(scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(colour)
    page.click("#theme")
    dark = page.evaluate(colour)
    page.keyboard.press("t")
    assert light == page.evaluate(colour) != dark
    assert visit(scheme="dark").evaluate(colour) == dark


def test_paper_shows_all_rows_and_no_tools(visit, document, tmp_path):
    path = tmp_path / "large.html"
    path.write_text(render_page(multiplied(document, 60)))
    page = visit(path=path)
    assert rows(page) < 100
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert rows(page) > 100
    assert not page.locator(".filters").is_visible()


def test_nothing_changed_is_said(visit, tmp_path):
    same = {"a__b": {"type": "object", "properties": {"x": {"type": "string"}}}}
    path = tmp_path / "same.html"
    path.write_text(render_page(between(tmp_path, same, same)))
    page = visit(path=path)
    assert page.locator("h1").inner_text() == "Nothing changed"
    assert "Both sides say the same" in page.locator("#view").inner_text()
    page.click("#view a.button")
    assert page.locator(".item.call").count() == 1
    page.keyboard.press("3")
    page.wait_for_selector("text=Nothing to migrate")
    assert "No such call" in visit("#call-none", path=path).locator("#view").inner_text()


def test_names_are_text_whatever_is_in_them(visit, tmp_path):
    nasty = "<img src=x onerror=console.log(1)>"
    sides = [{nasty: {"type": kind}} for kind in ("string", "integer")]
    old, new = ({"a__b": {"type": "object", "properties": side}} for side in sides)
    path = tmp_path / "nasty.html"
    path.write_text(render_page(between(tmp_path, old, new)))
    page = visit("#call-a.b", path=path)
    assert page.locator("img").count() == 0
    assert nasty in page.locator(".tree").inner_text()


def test_a_thousand_calls_do_not_lag(visit, document, tmp_path):
    path = tmp_path / "large.html"
    path.write_text(render_page(multiplied(document, 1000)))
    page = visit(path=path)
    # Rows are made as somebody scrolls.
    assert rows(page) < 200 < 2000 < len(multiplied(document, 1000)["findings"])
    start = time.perf_counter()
    page.fill("#search", "area7.wallets")
    found = page.locator(".finding .meta")
    until(page, lambda: all("area7.wallets" in text for text in found.all_text_contents()))
    assert time.perf_counter() - start < 2
    page.fill("#search", "")
    until(page, lambda: rows(page) > 50)
    before = rows(page)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    until(page, lambda: rows(page) > before)
