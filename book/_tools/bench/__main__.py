"""Measure what the book promises about speed and size: `make bench`.

Prints Markdown tables and writes them to book/measured.md. A target that is missed is reported, not raised.
"""

import platform
import shutil
import sys
import tempfile
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

from _tools import browser as chromium
from _tools.bench import (
    builds,
    clicks,
    defaults,
    imports,
    lab,
    large_tables,
    lookups,
    pages,
    performance,
    training,
    watching,
)
from _tools.bench.report import Section, run
from _tools.paths import ROOT
from playwright.sync_api import sync_playwright

PAGE = ROOT / "book" / "measured.md"
WHOLE = ("a lens", "the whole table in the page")
BOTH, SPREAD, ONE = ("this book", "default settings"), ("median", "95th percentile"), ("median",)


def sections(browser=None, folder=None):
    """Every table of the page, in order. Another one is another line here."""
    site = cache(partial(defaults.site, folder and folder / "defaults"))
    return [
        Section("The first chapter", BOTH, pages.ROWS, partial(pages.report, browser, site), FIRST_CHAPTER),
        Section("Pages on a slow phone", ONE, performance.ROWS, partial(performance.report, browser), PERFORMANCE),
        Section("Builds", BOTH, builds.ROWS, partial(builds.report, folder), BUILDS),
        Section("A click on a page", SPREAD, pages.CLICKS, partial(pages.report_clicks, browser, site), A_CLICK),
        Section("Large tables", WHOLE, large_tables.COSTS, partial(large_tables.report, folder), LARGE_TABLES),
        Section(
            "Moving through a large table",
            SPREAD,
            large_tables.MOVES,
            partial(large_tables.report_moves, browser, folder),
            MOVING,
        ),
        Section("A click in JupyterLab", SPREAD, lab.ROWS, partial(lab.report, browser), IN_LAB),
        Section("Training", SPREAD, training.ROWS, partial(training.report, browser, folder), TRAINING),
        Section("A lookup and a product", SPREAD, lookups.ROWS, lookups.report, LOOKUPS),
        Section("Watching", ONE, watching.ROWS, watching.report, WATCHING),
        Section("The library", ONE, imports.ROWS, imports.report, IMPORTS),
    ]


FIRST_CHAPTER = f"""\
Both pages come compressed (gzip) from one local host, with nothing cached. The default page's widget manager, its
loader and the front end of its widgets lie on that host too, so that they count without a network; they are the
third-party requests, and each would also need a connection of its own. MathJax is left out: the chapter has no formula.
A lens answers when a click first lights another vector; the page is clicked in every frame from its start. The slow
phone has a line of {pages.MBIT} Mbit/s with {pages.LATENCY} ms latency and a processor {pages.SLOWER} times slower.
Times are medians of {pages.TRIES} visits."""
PERFORMANCE = f"""\
Lighthouse, with its own slow phone and slow line, {performance.RUNS} times a page; the medians. Its score for
performance sums up how soon a page is painted and how long it cannot answer. The heaviest chapter is the one of most
bytes. Layouts and style recalculations are those of a phone's browser until every section and every lens is there."""
BUILDS = f"""\
This book is built by `make book`, which also derives notebooks from their texts and treats warnings as errors. The book
with default settings has the same notebooks, none of the other pages, and is built by `jupyter-book build`. The
environment is in place before the start. One notebook has changed when a comment is added to the first code cell of
`{builds.CHANGED}`. Cold builds and the notebooks alone take turns, {builds.TRIES} times, and the quickest of each
counts. Memory is the largest sum over all processes; what they share counts more than once."""
A_CLICK = f"""\
From the event to the end of the second animation frame after it, when its picture has been painted. The floor is the
same wait with nothing done. Each event is tried {clicks.TRIES} times."""
LARGE_TABLES = f"""\
`RowLens` with {large_tables.B} times {large_tables.T:,} random ids, in float32: the time until its html is there, and
the size of it. Beside it, what a page would get that holds the whole table, as base64, and so can look up every row by
itself. The two take turns, {large_tables.TRIES} times; the figures are medians. The table in a file is mapped into
memory, and is too large for a page."""
MOVING = f"""\
The same lenses on a page without Python: a click and an arrow key in the ids, as above, and an arrow key in the
overview, which leads to the next of about {large_tables.B * large_tables.T:,} rows that are read. Each event is tried
{clicks.TRIES} times."""
IN_LAB = f"""\
The lens and the usual way to show the same, a slider whose callback draws with Matplotlib, in one notebook of a live
JupyterLab. The slider is moved {lab.SLIDER_TRIES} times, and the first ten do not count."""
TRAINING = """\
The slider of a training replay is moved to each step in turn."""
LOOKUPS = f"""\
Chapter 3 reads rows in two ways that give the same numbers: by their ids, and as a product of one-hot vectors with the
table. Here {lookups.IDS} ids read rows of {lookups.D} columns, in float32 and on one thread. The ways take turns, so
after a product with the large table a lookup finds little of it in the processor's cache. The last rows are the way
back of chapter 4: few ids, a table of {lookups.LARGE:,} rows of {lookups.D} columns, and a gradient as large as the
table, or a sparse one."""
WATCHING = f"""\
`rowlight.watch` around dense Adam on a table of {watching.V:,} rows and {watching.D} columns, with batches of
{watching.B} times {watching.T:,} ids. Steps with and without it take turns, {watching.ROUNDS} times, and
four times as often with 1,000 rows; the time added is the ratio of their medians. Memory is the most that a process of
its own has held, without the trace, the median of three runs. The allocator gives freed blocks back at once there; by
default it keeps some, which moves the most memory of a run without a watch by half a table, too."""
IMPORTS = f"What an import adds to a process that has imported torch. Medians of {imports.TRIES} processes."


def main():
    """Run every section in one browser and write the page."""
    if not (shutil.which("npm") and shutil.which("node")):
        sys.exit("Install Node.js 20 or newer with npm (nodejs.org): the default page's widget manager comes from npm")
    options = chromium.options() or sys.exit("No browser: run `make browser`")
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(**options)
        versions = {"Python": platform.python_version(), "Chromium": browser.version}
        versions |= {name: version(name) for name in ("torch", "jupyter-book", "myst-nb", "jupyterlab", "ipywidgets")}
        text = run(sections(browser, Path(folder)), versions)
        browser.close()
    PAGE.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
