"""Every page of the built book as a reader's browser meets it."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from built import sampled
from visit import NARROW, WIDE, Visit

# Rules of good practice that the theme (the logo lies outside its landmarks) and pandas
# (the corner cell over an index is empty) break on every page; WCAG's own rules are all on.
# Every rule is run to its end, and only what it finds is told in full: the rest is megabytes.
AXE = {
    "rules": {rule: {"enabled": False} for rule in ("region", "empty-table-header")},
    "resultTypes": ["violations"],
}
CONTRAST = {"runOnly": ["color-contrast"], "resultTypes": ["violations"]}
BYTES_AT_REST = 2_000_000
# What a reader may act upon and sees, each once, whether or not the script put it there.
REACHABLE = """() => {
  const acts = "a[href], button, input, select, textarea, summary, [tabindex], [onclick]";
  const missed = new Set([...document.querySelectorAll(acts)].filter(e =>
    e.tabIndex >= 0 && !e.disabled && e.checkVisibility({visibilityProperty: true})));
  window.missed = missed;
  document.addEventListener("focusin", event => missed.delete(event.target));
  document.activeElement.blur();
  window.scrollTo(0, 0);
  return missed.size;
}"""
MISSED = "() => [...window.missed].map(e => e.outerHTML.slice(0, 160))"
AT_ONCE = 25  # presses between two questions to the page
ROLES = "{numref}", "{eq}", "{cite", "{glue:", "{doc}", "{ref}", "[?]", "Fig. ?"


# The first page only leads on; a browser leaves it sooner or later, so it has a test of its own.
READ = [page for page in sampled() if page != "index.html"]


@pytest.fixture(scope="module", params=READ or ["book/index.html"])
def visit(request, browser, address):
    """Each page, opened once for all checks."""
    visit = Visit(browser, f"{address}/{request.param}")
    visit.at_rest = visit.bytes
    yield visit
    visit.context.close()


def test_it_loads_without_complaint(visit):
    assert visit.complaints == []


def test_it_asks_no_other_host(visit):
    assert visit.abroad == []


def test_it_is_light(visit):
    assert 0 < visit.at_rest <= BYTES_AT_REST


def test_formulas_are_drawn(visit):
    empty = "[...document.querySelectorAll('mjx-container')].filter(m => !m.children.length).length"
    assert visit.page.evaluate(empty) == 0
    assert visit.page.locator("mjx-merror").count() == 0


def test_no_reference_is_left_open(visit):
    shown = "() => { const a = document.querySelector('main').cloneNode(true);"
    shown += "a.querySelectorAll('pre, code').forEach(c => c.remove()); return a.textContent; }"
    text = visit.page.evaluate(shown)
    assert [role for role in ROLES if role in text] == []


def test_the_keyboard_reaches_everything(visit):
    count = visit.page.evaluate(REACHABLE)
    assert count > 5
    missed = ["all"]
    for _ in range(0, 2 * count, AT_ONCE):  # the contents unfold: there is more than was counted
        for _ in range(AT_ONCE):
            visit.page.keyboard.press("Tab")
        if not (missed := visit.page.evaluate(MISSED)):
            break
    assert missed == []


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_it_is_accessible(visit, mode):
    visit.page.evaluate(f"document.documentElement.dataset.theme = '{mode}'")
    # Folded parts are read too; and colours that still fade would be judged half way.
    still = "* { animation: none !important; transition: none !important; }"
    visit.page.add_style_tag(content=still)
    visit.page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    options = AXE if mode == "light" else CONTRAST  # all that differs
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


def test_every_image_arrives(visit):
    visit.page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager'; })")
    arrived = "() => [...document.images].every(i => i.complete)"
    visit.page.wait_for_function(arrived)
    assert visit.page.locator("img").evaluate_all("i => i.filter(x => !x.naturalWidth).length") == 0


def test_a_narrow_screen_scrolls_only_down(visit):
    visit.page.set_viewport_size(NARROW)
    wide = visit.page.evaluate("document.documentElement.scrollWidth")
    visit.page.set_viewport_size(WIDE)
    assert wide <= NARROW["width"]


# Links on the page of a missing address are absolute: it is shown under any.
FILES = [page for page in READ if page != "404.html"]


@pytest.mark.parametrize("place", ["served", "file"])
def test_the_first_page_leads_to_the_front_page(site, browser, address, place):
    root = address if place == "served" else site.as_uri()
    visit = Visit(browser, f"{root}/index.html", settled="commit")
    try:
        visit.page.wait_for_url("**/book/index.html", wait_until="load")
        assert visit.complaints == []
        assert visit.abroad == []
    finally:
        visit.context.close()


@pytest.mark.parametrize("name", FILES or ["book/index.html"])
def test_it_can_be_opened_as_a_file(site, browser, name):
    visit = Visit(browser, (site / name).as_uri(), settled="load")
    try:
        assert visit.abroad == []
        assert visit.complaints == []
        assert visit.page.locator("mjx-merror").count() == 0
        tables = visit.page.locator("table.filterable").count()
        assert visit.page.locator(".table-tools").count() == tables
    finally:
        visit.context.close()
