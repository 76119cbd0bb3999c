"""Every page for everyone: what axe finds, in light and in dark, and what a strict policy stops."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import HTML

# The root's index.html leads on to book/index.html at once.
PAGES = sorted(str(path.relative_to(HTML))[:-5] for path in HTML.glob("**/*.html") if path != HTML / "index.html")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(open_page, name, scheme):
    page = open_page(name, color_scheme=scheme, bypass_csp=True)
    page.wait_for_load_state()
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], [node["target"] for node in one["nodes"][:3]]) for one in found]


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_a_strict_policy(name):
    text = (HTML / f"{name}.html").read_text("utf-8")
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]+)"', text)
    assert policy
    scripts = next(part for part in policy[1].split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in policy[1]
    assert not re.search(r"<[^>]+\son\w+=", text), "an inline handler"


@pytest.mark.parametrize("disk", [False, True], ids=["http", "file"])
def test_a_script_that_is_not_the_page_s_own_does_not_run(browser, site, disk):
    page = browser.new_page()
    page.goto(f"{HTML.as_uri() if disk else site}/notebooks/01_ten_rows.html")
    ran = page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "window.intruder = true";
          document.body.append(script);
          return window.intruder === true;
        }""",
    )
    page.close()
    assert not ran


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("notebooks/")])
def test_a_chapter_is_light(browser, site, name):
    """Bytes as a static host with gzip sends them, and requests, on first view."""
    import gzip  # noqa: PLC0415  only here
    import urllib.parse  # noqa: PLC0415

    asked = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/{name}.html")
    page.mouse.wheel(0, 100_000)
    files = [HTML / urllib.parse.urlsplit(url).path.lstrip("/") for url in asked if url.startswith(site)]
    page.close()
    assert len(asked) == len(files) <= 12
    assert sum(len(gzip.compress(file.read_bytes(), 9)) for file in files) <= 64 * 1024
