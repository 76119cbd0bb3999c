"""One browser for the whole run: the tests of the book and of JupyterLab share it."""

import os

import pytest
from hypothesis import settings

settings.register_profile("no clock", deadline=None)  # a busy machine is no fault
settings.load_profile("no clock")

# As in the Makefile, for tests that are run without it: threads of PyTorch wait for each other on a busy machine.
os.environ.setdefault("OMP_NUM_THREADS", "1")
PATIENCE = 60_000  # ms; the machine may be busy, and what never comes fails all the same


@pytest.fixture(scope="session")
def browser():
    # Imported here: the library's own tests must not need a browser.
    from _tools import browser as chromium  # noqa: PLC0415
    from playwright.sync_api import expect, sync_playwright  # noqa: PLC0415

    options = chromium.options(windowless=True)
    if not options:
        pytest.fail("No browser: install Chromium, or run `make browser`")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**options)
        yield running
        running.close()
