"""The built book, served and opened."""

import shutil
import subprocess

import pytest
from _tools.paths import HTML, ROOT
from _tools.serve import served


@pytest.fixture(scope="session")
def site():
    """The address of the built book, served on a free loopback port."""
    if not (HTML / "index.html").exists():
        pytest.fail("The book is not built: run `make book`")
    question = ["make", "--question", "_build/html/.built"]
    if shutil.which("make") and subprocess.run(question, cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.fail("The book is older than its sources: run `make book`")
    with served(HTML) as address:
        yield address


class Watched:
    """A page, and everything on it that a reader should never meet."""

    def __init__(self, page, own):
        self.page, self.faults = page, []
        page.on("console", lambda m: m.type in ("error", "warning") and self.faults.append(f"console: {m.text}"))
        page.on("pageerror", lambda e: self.faults.append(f"error: {e}"))
        page.on("requestfailed", lambda r: self.faults.append(f"failed: {r.url}"))
        page.on("request", lambda r: r.url.startswith(own) or self.faults.append(f"asks: {r.url}"))


@pytest.fixture
def open_page(browser, site):
    """Open a page of the book, over http or from disk; the test fails if the page logs an error or asks elsewhere."""
    opened = []

    def open_(name="notebooks/01_ten_rows", *, disk=False, **context):
        own = HTML.as_uri() if disk else site
        watched = Watched(browser.new_context(**context).new_page(), (own, "data:"))
        opened.append(watched)
        watched.page.goto(f"{own}/{name}.html")
        watched.page.keyboard.press("Shift")  # a reader's first act: no section waits for its frame any longer
        return watched.page

    yield open_
    faults = [fault for watched in opened for fault in watched.faults]
    for watched in opened:
        watched.page.context.close()
    assert not faults, faults
