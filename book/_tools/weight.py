"""What a page costs its reader, counted: nothing here depends on a clock or on this machine.

The limits lie in limits.toml, one line a page. `make limits` writes what it counts and a tenth more; `make audit` holds
every page to its line.
"""

import tomllib
from html.parser import HTMLParser
from pathlib import Path

from _tools.paths import HTML

LIMITS = Path(__file__).parents[1] / "limits.toml"
COUNTS = ("bytes", "requests", "elements", "styles", "scripts")
NEVER_ABOVE = {"bytes": 64_000, "requests": 12}
ICON, PATIENCE = "favicon.svg", 2_400  # 50 ms each
HEAD = """\
# What each page may cost at most: bytes as sent (gzip) and requests on first view, elements of the html on disk, style
# sheets, scripts. `make limits` writes this file: what the pages cost, and a tenth more. See CONTRIBUTING.md.
"""


def built_pages():
    """The names of the pages in the built book. The one at its root leads on to another at once."""
    pages = [path.relative_to(HTML).with_suffix("").as_posix() for path in HTML.rglob("*.html")]
    return sorted(page for page in pages if page != "index")


class Parts(HTMLParser):
    """How many elements, style sheets and scripts stand in a page."""

    def __init__(self, page):
        super().__init__()
        self.counts = {"elements": 0, "styles": 0, "scripts": 0}
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        """Count an element."""
        self.counts["elements"] += 1
        self.counts["styles"] += tag == "style" or (tag, dict(attrs).get("rel")) == ("link", "stylesheet")
        self.counts["scripts"] += tag == "script"


def weigh(browser, address, page):
    """Open a page with nothing cached; return its counts, and the errors that it logged.

    Raises:
        RuntimeError: the browser did not ask for the page's icon.
    """
    asked, sizes, errors = {}, {}, []
    with browser.new_context() as context:
        opened = context.new_page()
        opened.on("console", lambda message: message.type == "error" and errors.append(message.text))
        opened.on("pageerror", lambda error: errors.append(str(error)))
        devtools = context.new_cdp_session(opened)
        devtools.on("Network.requestWillBeSent", lambda at: asked.update({at["requestId"]: at["request"]["url"]}))
        devtools.on("Network.loadingFinished", lambda at: sizes.update({at["requestId"]: at["encodedDataLength"]}))
        devtools.send("Network.enable")
        opened.goto(f"{address}/{page}.html")
        # A browser asks for the icon last, in its own time.
        for _ in range(PATIENCE):
            opened.wait_for_timeout(50)
            if any(url.endswith(ICON) and request in sizes for request, url in asked.items()):
                break
        else:
            raise RuntimeError(f"{page}: the browser has not asked for {ICON}")
    counts = Parts((HTML / f"{page}.html").read_text("utf-8")).counts
    requests = sum(not url.startswith(("data:", "blob:")) for url in asked.values())
    return {"bytes": round(sum(sizes.values())), "requests": requests, **counts}, errors


def write_limits(counted):
    """Set the limits anew: what {page: counts} says and a tenth more, and never above what no page may cost."""
    lines = []
    for page, counts in counted.items():
        limits = {name: min(count + count // 10, NEVER_ABOVE.get(name, 10**9)) for name, count in counts.items()}
        lines.append(f'"{page}" = {{ {", ".join(f"{name} = {limits[name]}" for name in COUNTS)} }}\n')
    LIMITS.write_text(HEAD + "".join(lines), "utf-8")


def read_limits(pages):
    """Return {page: limits} for these pages.

    Raises:
        ValueError: the file names another page, lacks one of these or one of its counts, or allows too much.
    """
    limits = tomllib.loads(LIMITS.read_text("utf-8")) if LIMITS.exists() else {}
    for page in sorted({*limits, *pages}):
        if page not in pages:
            raise ValueError(f"{LIMITS.name} names {page}, which is no page of the book: run `make limits`")
        if set(limits.get(page, ())) != set(COUNTS):
            raise ValueError(f"{LIMITS.name} has no line for {page} with {', '.join(COUNTS)}: run `make limits`")
        for name, most in NEVER_ABOVE.items():
            if limits[page][name] > most:
                raise ValueError(f"{LIMITS.name} allows {page} {limits[page][name]} {name}: {most} at most")
    return limits


def excesses(page, counts, limits):
    """Say in a sentence each what is above its limit."""
    above = [name for name in COUNTS if counts[name] > limits[name]]
    return [f"{page}: {counts[name]} {name}, and its limit is {limits[name]}" for name in above]
