"""The built book, served and opened."""

import shutil
import subprocess

import pytest
from _ext.lenses import page_script
from _tools.paths import HTML, ROOT
from _tools.serve import served

from rowlight.widgets.bundle import style_sheet
from rowlight.widgets.front_ends import kinds_in


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
def watched_page(browser):
    """Make a page that may ask for addresses that begin so; the test fails if it logs an error or asks elsewhere."""
    opened = []

    def make(own, **context):
        opened.append(Watched(browser.new_context(**context).new_page(), (own, "data:")))
        return opened[-1].page

    yield make
    faults = [fault for watched in opened for fault in watched.faults]
    for watched in opened:
        watched.page.context.close()
    assert not faults, faults


@pytest.fixture
def open_page(watched_page, site):
    """Open a page of the book, over http or from disk."""

    def open_(name="notebooks/01_ten_rows", *, disk=False, **context):
        own = HTML.as_uri() if disk else site
        page = watched_page(own, **context)
        page.goto(f"{own}/{name}.html")
        page.keyboard.press("Shift")  # a reader's first act: no section waits for its frame any longer
        return page

    return open_


@pytest.fixture
def open_widgets(watched_page, tmp_path):
    """Open a page of a test's own that holds these widgets, with the book's style and script but no kernel."""

    def open_(*widgets, body="", script=None, **context):
        html = "".join(widget._html for widget in widgets)
        script = page_script(kinds_in(html)) if script is None else script
        head = f'<!doctype html><html><head><meta charset="utf-8"><title>-</title><style>{style_sheet()}</style></head>'
        file = tmp_path / "page.html"
        file.write_text(f'{head}<body {body}>{html}<script type="module">{script}</script></body></html>', "utf-8")
        page = watched_page(tmp_path.as_uri(), **context)
        page.goto(file.as_uri())
        return page

    return open_
