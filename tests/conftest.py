"""One browser, one server of the built book and one JupyterLab for the whole run."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import browser as chromium
import pytest
from playwright.sync_api import sync_playwright
from serve import served

ROOT = Path(__file__).parents[1]
HTML = ROOT / "_build" / "html"
CHAPTERS = sorted(path.stem for path in (ROOT / "notebooks").glob("*.py"))
LISTED = re.findall(r"^(?:root| +- file): *(\S+)", (ROOT / "_toc.yml").read_text("utf-8"), re.MULTILINE)
PAGES = [*LISTED, "search", "404"]  # index.html leads on to the first at once


@pytest.fixture(scope="session")
def browser():
    options = chromium.options()
    if not options:
        pytest.fail("No browser: install Chromium, or run `python book/browser.py`")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(**options)
        yield running
        running.close()


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


def free_lab(folder):
    """Start JupyterLab on `folder`; return (process, address, token) once it answers."""
    settings = folder / "settings" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    # Keep every cell in the document, so that a test can find it.
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')
    token, runtime = "a-token-for-the-tests", folder / "runtime"
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--ip=127.0.0.1", "--port=0"]
    command += [f"--IdentityProvider.token={token}", f"--ServerApp.root_dir={folder / 'notebooks'}"]
    command += ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    environment = os.environ | {
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_RUNTIME_DIR": str(runtime),
    }
    with (folder / "lab.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    for _ in range(240):
        servers = list(runtime.glob("jpserver-*.json"))
        if process.poll() is not None:
            break
        if servers:
            address = json.loads(servers[0].read_text())["url"].rstrip("/")
            try:
                urllib.request.urlopen(f"{address}/api/status?token={token}", timeout=2).close()  # noqa: S310  loopback
            except OSError:
                pass
            else:
                return process, address, token
        time.sleep(0.25)
    process.kill()
    raise RuntimeError(f"JupyterLab did not start:\n{(folder / 'lab.log').read_text()[-3000:]}")


def stop(process):
    """End JupyterLab and the kernels it started."""
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """A live JupyterLab on a copy of the notebooks: (address, token, folder)."""
    folder = tmp_path_factory.mktemp("lab")
    shutil.copytree(ROOT / "notebooks", folder / "notebooks", ignore=shutil.ignore_patterns(".*", "*.py"))
    process, address, token = free_lab(folder)
    try:
        yield address, token, folder
    finally:
        stop(process)
