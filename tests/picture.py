"""Draw the picture in the README from the built book: `python tests/picture.py`."""

import browser as chromium
from conftest import HTML, ROOT
from playwright.sync_api import sync_playwright

with sync_playwright() as playwright:
    running = playwright.chromium.launch(**chromium.options())
    page = running.new_page(viewport={"width": 1280, "height": 900}, device_scale_factor=1.25)
    page.goto((HTML / "book" / "index.html").as_uri())
    page.locator(".rl-ids button[data-position='1,0']").click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(300)  # the path is drawn
    page.locator(".rowlight").screenshot(path=ROOT / "book" / "lens.png")
    running.close()
