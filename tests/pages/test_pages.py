"""Every page of the built book as a reader's browser meets it."""

from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from built import pages

# Rules of good practice that the theme (the logo lies outside its landmarks) and pandas
# (the corner cell over an index is empty) break on every page; WCAG's own rules are all on.
AXE = {"rules": {rule: {"enabled": False} for rule in ("region", "empty-table-header")}}
CHAPTERS = [page for page in pages() if page.startswith("notebooks/")]
DRAWN = """() => {
  const formulas = document.querySelectorAll("span.math, div.math").length;
  const drawn = document.querySelectorAll("mjx-container").length;
  return drawn >= formulas && window.MathJax?.startup?.promise !== undefined || formulas === 0;
}"""


class Visit:
    """A page opened in a browser, with all that it complained of and asked for."""

    def __init__(self, browser, url, host, settled="networkidle"):
        self.complaints = []
        self.abroad = []
        self.context = browser.new_context(viewport={"width": 1280, "height": 900})
        self.page = self.context.new_page()
        self.page.on("console", self.note)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda r: self.complaints.append(f"failed: {r.url}"))
        self.page.on("response", self.answered)
        self.page.on("request", lambda request: self.asked(request, host))
        self.page.goto(url, wait_until=settled)
        self.page.wait_for_function(DRAWN, timeout=20_000)

    def note(self, message):
        """Keep errors and warnings of the console."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def answered(self, response):
        """Keep answers that are errors."""
        if response.status >= 400:
            self.complaints.append(f"{response.status}: {response.url}")

    def asked(self, request, host):
        """Keep requests to any other host."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.netloc != host:
            self.abroad.append(request.url)


@pytest.fixture(scope="module", params=pages() or ["index.html"])
def visit(request, browser, address):
    """Each page, opened once for all checks."""
    visit = Visit(browser, f"{address}/{request.param}", urlsplit(address).netloc)
    yield visit
    visit.context.close()


def test_it_loads_without_complaint(visit):
    assert visit.complaints == []


def test_it_asks_no_other_host(visit):
    assert visit.abroad == []


def test_formulas_are_drawn(visit):
    empty = "[...document.querySelectorAll('mjx-container')].filter(m => !m.children.length).length"
    assert visit.page.evaluate(empty) == 0
    assert visit.page.locator("mjx-merror").count() == 0


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_it_is_accessible(visit, mode):
    visit.page.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
    # Folded parts are read too; and colours that still fade would be judged half way.
    still = "* { animation: none !important; transition: none !important; }"
    visit.page.add_style_tag(content=still)
    visit.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    options = AXE if mode == "light" else {"runOnly": ["color-contrast"]}  # all that differs
    violations = Axe().run(visit.page, options=options).response["violations"]
    assert [
        f"{v['id']}: {node['html'][:200]} {node['failureSummary'][:200]}"
        for v in violations
        for node in v["nodes"]
    ] == []


def test_every_image_has_alt_text(visit):
    assert visit.page.locator("img:not([alt]), img[alt='']").count() == 0
    alts = visit.page.eval_on_selector_all("main img", "images => images.map(i => i.alt)")
    assert [alt for alt in alts if alt.endswith((".png", ".svg"))] == []


def test_a_narrow_screen_scrolls_only_down(visit):
    visit.page.set_viewport_size({"width": 360, "height": 740})
    wide = visit.page.evaluate("document.documentElement.scrollWidth")
    visit.page.set_viewport_size({"width": 1280, "height": 900})
    assert wide <= 360


@pytest.mark.parametrize("name", CHAPTERS or ["index.html"])
def test_a_chapter_can_be_opened_as_a_file(site, browser, name):
    visit = Visit(browser, (site / name).as_uri(), "", settled="load")
    try:
        assert visit.abroad == []
        assert visit.complaints == []
        assert visit.page.locator("mjx-merror").count() == 0
        tables = visit.page.locator("table.filterable").count()
        assert visit.page.locator(".table-tools").count() == tables
    finally:
        visit.context.close()


TABLE = """
<table class="filterable"><caption>Claims</caption>
<thead><tr><th scope="col">id</th><th scope="col">printed</th>
<th scope="col" data-choose>verdict</th></tr></thead>
<tbody>
<tr><td>P1.b</td><td data-sort="100">1e2</td><td>differs</td></tr>
<tr><td>P1.a</td><td data-sort="20">20</td><td>reproduced</td></tr>
<tr><td>P2.c</td><td data-sort="3">3</td><td>reproduced</td></tr>
</tbody></table>"""


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
