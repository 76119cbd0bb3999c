"""What must hold on every page, and does not vary from run to run: `make audit`.

Lighthouse's accessibility, best practices and SEO at 100, no error in the console, and counts below their limits
(weight.py). What a clock measures is in `make bench`. `make limits` sets the limits anew.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from _tools import browser as chromium
from _tools import lighthouse, weight
from _tools.paths import HTML
from _tools.serve import served
from playwright.sync_api import sync_playwright

CATEGORIES = ["accessibility", "best-practices", "seo"]
AT_ONCE = 3  # Lighthouse waits a second here and there
COLUMNS = ["page", *CATEGORIES, "errors", *(f"{name} (limit)" for name in weight.COUNTS)]


def weigh_all(address, pages):
    """Return {page: (counts, errors)}."""
    options = chromium.options() or sys.exit("No browser: run `make browser`")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        found = {page: weight.weigh(browser, address, page) for page in pages}
        browser.close()
    return found


def score_all(address, pages):
    """Return {page: Lighthouse's report}."""

    def some(part):
        urls = [f"{address}/{page}.html" for page in part]
        # Its picture of the page and its slow line would not change these scores.
        options = {"disableFullPageScreenshot": True, "throttlingMethod": "provided"}
        return zip(part, lighthouse.reports(urls, CATEGORIES, **options), strict=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        parts = pool.map(lambda first: dict(some(pages[first::AT_ONCE])), range(AT_ONCE))
        return {page: report for part in parts for page, report in part.items()}


def audit(address, pages, limits):
    """Print a line a page; return what is wrong, a sentence each."""
    print(f"| {' | '.join(COLUMNS)} |\n|{'---|' * len(COLUMNS)}")
    weights, reports, wrong = weigh_all(address, pages), score_all(address, pages), []
    for page in pages:
        (counts, errors), report = weights[page], reports[page]
        scores = [lighthouse.score(report, name) for name in CATEGORIES]
        cells = [page, *scores, len(errors), *(f"{counts[name]} ({limits[page][name]})" for name in weight.COUNTS)]
        print(f"| {' | '.join(map(str, cells))} |")
        if scores != [100] * len(CATEGORIES):
            wrong += [f"{page}: {fault}" for fault in lighthouse.faults(report)]
        wrong += [f"{page}: the console says {error!r}" for error in errors]
        wrong += weight.excesses(page, counts, limits[page])
    return wrong


def main():
    """Audit the built book, or set its limits."""
    pages = weight.built_pages() or sys.exit("No pages: run `make book`")
    with served(HTML) as address:
        if sys.argv[1:] == ["--write-limits"]:
            weight.write_limits({page: counts for page, (counts, _) in weigh_all(address, pages).items()})
            print(f"Written: {weight.LIMITS.name}. A limit that rises without new content is a loosening; say why.")
            return
        try:
            limits = weight.read_limits(pages)
        except ValueError as error:
            sys.exit(str(error))
        try:
            wrong = audit(address, pages, limits)
        except lighthouse.NoReportError as error:
            sys.exit(str(error))
    if wrong:
        sys.exit("\n".join(wrong))


if __name__ == "__main__":
    main()
