"""The cards of terms, as a pointer, a keyboard and a finger open them."""

import pytest

from visit import NARROW, WIDE, Visit

PAGE = "notebooks/half-hour.html"
INSIDE = """card => {
  const box = card.getBoundingClientRect();
  const top = (x, y) => card.contains(document.elementFromPoint(x, y));
  const whole = top(box.left + 4, box.top + 4) && top(box.right - 4, box.bottom - 4);
  return whole && document.documentElement.scrollWidth <= innerWidth;
}"""
MIDDLE = "link => link.scrollIntoView({block: 'center'})"


@pytest.fixture
def visit(browser, address):
    """A page with many terms."""
    visit = Visit(browser, f"{address}/{PAGE}")
    yield visit
    visit.context.close()


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_card_opens_whole_under_the_pointer(visit, size):
    page = visit.page
    page.set_viewport_size(size)
    terms = page.locator("article .term:visible")
    assert terms.count() > 10
    for term in terms.all():
        assert not term.locator(".term-card").is_visible()
        term.locator("a").evaluate(MIDDLE)
        term.locator("a").hover()
        assert term.locator(".term-card").evaluate(INSIDE), term.inner_text()
        page.mouse.move(1, 1)


def test_the_keyboard_opens_a_card_and_closes_it(visit):
    page = visit.page
    term = page.locator("article .term").first
    term.locator("a").focus()
    card = term.locator(".term-card")
    assert card.is_visible()
    assert page.get_by_role("tooltip").all_text_contents() == [card.inner_text()]
    page.keyboard.press("Escape")
    assert not card.is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    assert card.is_visible(), "it opens again"
    page.keyboard.press("Enter")
    page.wait_for_url("**/glossary.html#term-*")


def test_on_a_phone_the_first_tap_opens_and_the_second_leads_on(browser, address):
    context = browser.new_context(viewport=NARROW, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}/{PAGE}")
    term = page.locator("article .term").first
    term.locator("a").tap()
    assert term.locator(".term-card").is_visible()
    assert page.url.endswith(PAGE)
    term.locator("a").tap()
    page.wait_for_url("**/glossary.html#term-*")
    context.close()
