"""One browser for the whole run: the tests of the book and of JupyterLab share it."""

import pytest
from hypothesis import settings

settings.register_profile("no clock", deadline=None)  # a busy machine is no fault
settings.load_profile("no clock")


@pytest.fixture(scope="session")
def browser():
    # Imported here: the library's own tests must not need a browser.
    from _tools import browser as chromium  # noqa: PLC0415
    from playwright.sync_api import sync_playwright  # noqa: PLC0415

    options = chromium.options()
    if not options:
        pytest.fail("No browser: install Chromium, or run `make browser`")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**options)
        yield running
        running.close()
