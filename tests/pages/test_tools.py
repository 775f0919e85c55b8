"""What a reader works with: the search, the tables, and the way to a first result."""

import pytest

from visit import Visit

TABLE = """
<table class="filterable"><caption>Claims</caption>
<thead><tr><th scope="col">id</th><th scope="col">printed</th>
<th scope="col" data-choose>verdict</th></tr></thead>
<tbody>
<tr><td>P1.b</td><td data-sort="100">1e2</td><td>differs</td></tr>
<tr><td>P1.a</td><td data-sort="20">20</td><td>reproduced</td></tr>
<tr><td>P2.c</td><td data-sort="3">3</td><td>reproduced</td></tr>
</tbody></table>"""


@pytest.fixture(params=["served", "file"])
def root(request, site, address):
    """The book's address, on a server and in a folder."""
    return address if request.param == "served" else site.as_uri()


def open_page(browser, root, name):
    """Open a page of the book under either address."""
    return Visit(browser, f"{root}/{name}", settled="load")


def test_a_table_is_filtered_and_sorted(site, browser):
    context = browser.new_context()
    page = context.new_page()
    page.set_content(f"<html><body>{TABLE}</body></html>")
    page.add_script_tag(path=site / "_static" / "tables.js")

    def shown():
        cells = "cells => cells.filter(c => c.checkVisibility()).map(c => c.textContent)"
        return page.eval_on_selector_all("tbody td:first-child", cells)

    assert shown() == ["P1.b", "P1.a", "P2.c"]
    page.get_by_label("Filter").fill("p1 REPRODUCED")
    assert shown() == ["P1.a"]
    assert page.locator("output").text_content() == "1 of 3 rows"
    page.get_by_label("Filter").fill("")
    page.get_by_label("verdict").select_option("reproduced")
    assert shown() == ["P1.a", "P2.c"]
    page.get_by_label("verdict").select_option("")
    page.get_by_role("button", name="printed").click()
    assert shown() == ["P2.c", "P1.a", "P1.b"], "numbers sort as numbers"
    page.get_by_role("button", name="printed").click()
    assert shown() == ["P1.b", "P1.a", "P2.c"]
    assert page.locator("th[aria-sort=descending]").count() == 1
    context.close()


def test_a_table_that_is_too_wide_says_so(site, browser):
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    cells = "".join(f"<td>a long cell number {i}</td>" for i in range(20))
    wide = TABLE.replace("</tbody>", f"<tr>{cells}</tr></tbody>").replace("<td", "<td nowrap")
    style = "<style>.table-scroll { overflow-x: auto }</style>"
    page.set_content(f"<html><body>{style}{TABLE}{wide}</body></html>")
    page.add_script_tag(path=site / "_static" / "tables.js")
    cues = page.locator(".scroll-cue")
    cues.nth(1).wait_for(state="visible")
    assert [cues.nth(i).is_visible() for i in range(2)] == [False, True]
    context.close()


def test_the_scorecard_is_filtered(browser, root):
    visit = open_page(browser, root, "book/scorecard.html")
    table = visit.page.locator("table.filterable")
    rows = table.locator("tbody tr")
    every = rows.count()
    assert every > 200
    visit.page.get_by_label("verdict").select_option("differs")
    shown = rows.locator("visible=true").count()
    assert 0 < shown < every
    assert f"{shown} of {every} rows" in visit.page.locator("output").inner_text()
    assert visit.complaints == []
    visit.context.close()


@pytest.mark.parametrize("query", ["isoflop parabola", "0.5", "C9.74M", "0.50 isoflop"])
def test_the_search_finds_words_numbers_and_claims(browser, root, query):
    visit = open_page(browser, root, "book/index.html")
    visit.page.keyboard.press("Control+k")
    visit.page.keyboard.type(query)
    visit.page.keyboard.press("Enter")
    results = visit.page.locator("#search-results li a")
    results.first.wait_for()
    # One after the other is listed: a common number stands on many pages.
    visit.page.get_by_text("Search finished").wait_for()
    targets = results.evaluate_all("links => links.map(l => l.href)")
    assert any("notebooks/hoffmann2022.html" in target for target in targets)
    visit.page.wait_for_load_state("networkidle")
    assert visit.complaints == []
    assert visit.abroad == []
    visit.context.close()


def test_a_first_result_is_two_clicks_away(browser, root):
    visit = open_page(browser, root, "index.html")
    visit.page.wait_for_url("**/book/index.html")
    visit.page.locator("article a[href*='notebooks/']").first.click()
    visit.page.locator(".bd-toc-nav a, .page-toc a").filter(has_text="Verdicts").first.click()
    verdicts = visit.page.locator("table.filterable .verdict")
    assert verdicts.first.is_visible()
    assert visit.complaints == []
    visit.context.close()
