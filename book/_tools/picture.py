"""Draw the picture in the README from the built book: `python book/picture.py`."""

from _tools import browser as chromium
from _tools.paths import ROOT
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    running = playwright.chromium.launch(**chromium.options())
    page = running.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=1.25)
    page.goto((ROOT / "_build" / "html" / "book" / "index.html").as_uri())
    page.locator(".rl-ids button[data-position='1,0']").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)  # the path is drawn
    page.locator(".rowlight").screenshot(path=ROOT / "book" / "lens.png")
    running.close()
