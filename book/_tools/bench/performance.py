"""Pages as Lighthouse sees them on a slow phone, and how often a browser lays them out."""

import statistics

from _tools import lighthouse, weight
from _tools.bench.pages import PHONE
from _tools.paths import CHAPTERS, HTML
from _tools.serve import served

RUNS = 5
CATEGORY = "performance"


def heaviest():
    """The chapter of most bytes, by its limit."""
    limits = weight.read_limits(weight.built_pages())
    return max((f"notebooks/{name}" for name in CHAPTERS), key=lambda page: limits[page]["bytes"])


PAGES = {
    "start page": lambda: "book/index",
    "first chapter": lambda: f"notebooks/{CHAPTERS[0]}",
    "heaviest chapter": heaviest,
}
# name, unit, target, whether that is the least, and the figure in Lighthouse's report
SCORES = (
    ("score for performance", "", 100, True, lambda report: lighthouse.score(report, CATEGORY)),
    ("time it cannot answer", "ms", 100, False, lambda report: measured(report, "total-blocking-time")),
    ("first paint", "s", 1.5, False, lambda report: measured(report, "first-contentful-paint") / 1e3),
    ("largest paint", "s", 2, False, lambda report: measured(report, "largest-contentful-paint") / 1e3),
)
# name, target, and the figure among the browser's own
COUNTED = (("layouts", 30, "LayoutCount"), ("style recalculations", 40, "RecalcStyleCount"))
ROWS = tuple(f"{page}: {name}" for page in PAGES for name, *_ in (*SCORES, *COUNTED))
READY = "() => !document.querySelector('.folded, .rowlight[data-lens]:not(.rl-live)')"


def measured(report, audit):
    """A figure of Lighthouse's report."""
    return report["audits"][audit]["numericValue"]


def browser_counts(browser, url):
    """What a phone's browser has done when a page is ready."""
    with browser.new_context(**PHONE) as context:
        page = context.new_page()
        devtools = context.new_cdp_session(page)
        devtools.send("Performance.enable")
        page.goto(url)
        page.wait_for_load_state("networkidle")
        page.wait_for_function(READY)
        return {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}


def report(browser, line):
    """The medians of each page."""
    with served(HTML) as address:
        for name, page in PAGES.items():
            url = f"{address}/{page()}.html"
            reports = list(lighthouse.reports([url] * RUNS, [CATEGORY]))
            for what, unit, target, least, figure in SCORES:
                line(f"{name}: {what}", unit, statistics.median(map(figure, reports)), targets=(target,), least=least)
            visits = [browser_counts(browser, url) for _ in range(RUNS)]
            for what, target, key in COUNTED:
                line(f"{name}: {what}", "", statistics.median(visit[key] for visit in visits), targets=(target,))
