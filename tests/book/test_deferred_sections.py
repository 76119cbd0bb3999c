"""A chapter shows its first screen at once and the rest frame by frame: never less than the whole for long."""

import pytest
from _tools.paths import CHAPTERS

LAST = "document.querySelector('#sources li, #sources p')"
SHOWN = f"{LAST}.checkVisibility()"
LONG = CHAPTERS[4]
# A browser that is too slow to come to its next frame.
NO_FRAME = "window.requestAnimationFrame = () => 0"


def wait(page, condition):
    """Ask again by the clock: Playwright's own way is by frames, and under a strict policy it takes only functions."""
    page.wait_for_function(f"() => {condition}", polling=50)


@pytest.fixture
def slow_page(browser):
    """A page whose next frame never comes."""
    page = browser.new_page()
    page.add_init_script(NO_FRAME)
    yield page
    page.close()


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_becomes_whole_by_itself(browser, site, name):
    page = browser.new_page()
    page.goto(f"{site}/notebooks/{name}.html")
    wait(page, "!document.documentElement.matches('.folded')")
    hidden = "[...document.querySelectorAll('article p, article pre, article td')].filter((e) => !e.checkVisibility())"
    shut = "details, .rl-hint, .rl-narrow, .rl-wide, .rl-scores, :empty"  # by a lens
    assert page.evaluate(f"{hidden}.filter((e) => !e.closest({shut!r})).length") == 0
    page.close()


@pytest.mark.parametrize("act", ["mouse down", "wheel", "key"])
def test_a_reader_who_is_faster_gets_the_whole(slow_page, site, act):
    slow_page.goto(f"{site}/notebooks/{LONG}.html")
    assert not slow_page.evaluate(SHOWN)
    assert slow_page.evaluate("document.querySelector('#predict p').checkVisibility()")  # the second section
    if act == "mouse down":
        slow_page.mouse.down()
    elif act == "wheel":
        slow_page.mouse.wheel(0, 10)
    else:
        slow_page.keyboard.press("Shift")
    wait(slow_page, SHOWN)


def test_on_paper_nothing_waits(slow_page, site):
    slow_page.goto(f"{site}/notebooks/{LONG}.html")
    slow_page.emulate_media(media="print")
    assert slow_page.evaluate(SHOWN)


def test_a_link_into_a_chapter_lands_on_its_section(slow_page, site):
    slow_page.goto(f"{site}/notebooks/{LONG}.html#sources")
    assert slow_page.evaluate(SHOWN)
    wait(slow_page, f"{LAST}.getBoundingClientRect().bottom <= innerHeight")


def test_a_chapter_that_is_read_again_is_whole_and_stands_where_it_was(slow_page, site):
    slow_page.goto(f"{site}/notebooks/{LONG}.html")
    slow_page.keyboard.press("Shift")
    wait(slow_page, SHOWN)  # nothing scrolls to a section that is not there yet
    slow_page.evaluate("document.querySelector('#why-it-works').scrollIntoView({ behavior: 'instant' })")
    place = "document.querySelector('#why-it-works').getBoundingClientRect().top"
    stands = f"Math.abs({place}) < 100"
    wait(slow_page, stands)
    slow_page.reload()
    wait(slow_page, stands)
    assert slow_page.evaluate(SHOWN)
    slow_page.goto(f"{site}/book/notation.html")
    slow_page.go_back()
    wait(slow_page, stands)
    assert slow_page.evaluate(SHOWN)


def test_the_contents_of_the_page_lead_to_each_section(browser, site):
    page = browser.new_page(viewport={"width": 1400, "height": 800})
    page.goto(f"{site}/notebooks/{LONG}.html")
    links = page.locator(".toc-tree a[href^='#']:not([href='#'])")
    assert links.count() > 5
    for link in links.all():
        link.click()
        heading = f"document.querySelector('{link.get_attribute('href')} > :is(h2, h3)').getBoundingClientRect()"
        wait(page, f"{heading}.top >= 0 && {heading}.bottom <= innerHeight")
    page.close()


@pytest.mark.parametrize("scripts", [True, False], ids=["broken", "off"])
def test_without_its_scripts_a_chapter_is_whole(browser, site, scripts):
    context = browser.new_context(java_script_enabled=scripts)
    page = context.new_page()
    page.route("**/page.js*", lambda route: route.abort())
    page.goto(f"{site}/notebooks/{LONG}.html")
    if scripts:
        wait(page, SHOWN)
    assert page.locator("#sources p, #sources li").first.evaluate("element => element.checkVisibility()")
    context.close()
