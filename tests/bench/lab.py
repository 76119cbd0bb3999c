"""Measure what the book promises about speed and size, and print it as a Markdown table: `make bench`.

Every figure is measured in this run. A target that is missed is reported, not raised.
"""

import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import browser as chromium
import nbformat
import torch
from conftest import HTML, ROOT, free_lab, stop
from playwright.sync_api import sync_playwright
from serve import served
from test_lab import LIVE_LENS, open_and_run

TRIES = 240
SLIDER_TRIES = 60
IMPORT_TRIES = 5

# The common way to show the same thing: a slider whose callback draws a picture in the kernel.
SLIDER_CELL = """
%matplotlib inline
from ipywidgets import IntSlider, interact
from matplotlib import pyplot as plt

@interact(row=IntSlider(min=0, max=9))
def draw(row):
    axes = plt.subplots(figsize=(3, 4))[1]
    axes.imshow(table, cmap="PuOr", vmin=-3, vmax=3)
    axes.axhspan(row - 0.5, row + 0.5, fill=False)
    axes.set_title(f"row {row}")
    plt.show()
"""
LENS_CELL = """
import torch
from rowlight import RowLens
from rowlight.walkthrough import BATCH, TABLE
table = torch.tensor(TABLE)
RowLens(table, BATCH)
"""

# From the event to the second animation frame after it: by then its picture has been painted. The same wait with
# nothing done is the floor. Both start at times spread evenly over a frame, in turn, so that they share the weather.
MEASURE_LENS = """async (root, [how, tries]) => {
    const frame = () => new Promise(requestAnimationFrame);
    const ids = [...root.querySelectorAll("button[data-position]")];
    const round = ["ArrowRight", "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowLeft", "ArrowUp"];
    const lit = () => root.querySelector("tr[data-position][aria-selected=true]").dataset.position;
    const act = {
        click: (i) => ids[(4 * i + 1) % ids.length].click(),
        key: (i) => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown", { key: round[i % 6], bubbles: true, cancelable: true })),
    }[how];
    const measured = { floor: [], painted: [], handler: [], average: 0 };
    async function timed(i, name, work) {
        await frame();
        await new Promise((done) => setTimeout(done, 2 + 17 * ((i * 0.618) % 1)));
        const start = performance.now();
        work();
        const handled = performance.now();
        await frame();
        await frame();
        measured[name].push(performance.now() - start);
        return handled - start;
    }
    ids[0].click();
    ids[0].focus();
    for (let i = 0; i < tries; i += 1) {
        const before = lit();
        await timed(i, "floor", () => {});
        measured.handler.push(await timed(i, "painted", () => act(i)));
        if (lit() === before) throw new Error(`the ${how} lit nothing`);
    }
    const start = performance.now(); // the clock is coarse, so many at once as well
    for (let i = 0; i < tries; i += 1) act(i);
    measured.average = (performance.now() - start) / tries;
    return measured;
}"""

MEASURE_SLIDER = """async (output, tries) => {
    const frame = () => new Promise(requestAnimationFrame);
    const handle = output.querySelector(".noUi-handle");
    const painted = [];
    for (let i = 0; i < tries; i += 1) {
        const before = output.querySelector("img").src;
        const isNew = (image) => image?.complete && image.src !== before;
        await new Promise((done) => setTimeout(done, 200)); // the kernel has come to rest
        const start = performance.now();
        const key = i % 2 ? "ArrowLeft" : "ArrowRight";
        handle.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        do {
            await frame();
            if (performance.now() - start > 10000) throw new Error("the slider drew nothing");
        } while (!isNew(output.querySelector("img")));
        await frame(); // it was there before the last frame; now it has been painted
        painted.push(performance.now() - start);
    }
    return painted.slice(10); // the first ones warm up Matplotlib
}"""

MEASURE_IMPORT = """
import sys, time
import psutil, torch
size = lambda: psutil.Process().memory_info().rss
before, start = size(), time.perf_counter()
exec(sys.argv[1])
print(time.perf_counter() - start, (size() - before) / 1e6)
"""


def middle_and_tail(values):
    return statistics.median(values), statistics.quantiles(values, n=20)[-1]


def line(what, unit, *figures, targets=()):
    """Print one row: a figure or a median and a 95th percentile, their targets, and whether they are met."""
    digits = 2 if unit == "s" else 1
    cells = [f"{figure:.{digits}f} {unit}" for figure in figures] + [""] * (2 - len(figures))
    target = " and ".join(f"≤ {limit} {unit}" for limit in targets)
    met = all(figure <= limit for figure, limit in zip(figures, targets, strict=False))
    print("|", " | ".join([what, *cells, target, ("met" if met else "missed") if targets else ""]), "|", flush=True)


def report_lens(root, where, *, targets):
    """The way from an input event to the painted frame, for clicks and for keys."""
    for how in ("click", "key"):
        measured = root.evaluate(MEASURE_LENS, [how, TRIES])
        floor, painted = middle_and_tail(measured["floor"]), middle_and_tail(measured["painted"])
        over = [figure - nothing for figure, nothing in zip(painted, floor, strict=True)]
        line(f"{where}: two frames with nothing done (the floor)", "ms", *floor)
        line(f"{where}: {how} to painted", "ms", *painted)
        line(f"{where}: {how}, over the floor", "ms", *over, targets=(3, 8) if targets else ())
        handler = middle_and_tail(measured["handler"])
        line(f"{where}: {how}, its handler", "ms", *handler, targets=(2, 2) if targets else ())
        line(f"{where}: {how}, its handler, mean of {TRIES} in a row", "ms", measured["average"])


def report_book(browser):
    with served(HTML) as address:
        page = browser.new_page()
        page.goto(f"{address}/notebooks/01_ten_rows.html")
        report_lens(page.locator(LIVE_LENS).last, "lens on a page of the book", targets=True)
        page.close()
        for chapter in sorted((HTML / "notebooks").glob("*.html")):
            page = browser.new_page()
            page.goto(f"{address}/notebooks/{chapter.name}")
            page.locator(".rowlight.rl-live").first.wait_for()
            line(f"JavaScript heap of {chapter.stem}", "MB", heap(page), targets=(15,))
            page.close()


def heap(page):
    """MB of JavaScript objects that the page holds after its garbage has been collected."""
    devtools = page.context.new_cdp_session(page)
    devtools.send("Performance.enable")
    devtools.send("HeapProfiler.collectGarbage")
    metrics = {metric["name"]: metric["value"] for metric in devtools.send("Performance.getMetrics")["metrics"]}
    return metrics["JSHeapUsedSize"] / 1e6


def report_lab(browser, folder):
    """Our lens and a slider that draws, side by side in one notebook of a live JupyterLab."""
    (folder / "notebooks").mkdir()
    cells = [nbformat.v4.new_code_cell(code.strip()) for code in (LENS_CELL, SLIDER_CELL)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "notebooks" / "bench.ipynb")
    process, address, token = free_lab(folder)
    try:
        page = browser.new_page(viewport={"width": 1400, "height": 1400})
        open_and_run(page, (address, token, folder), "bench.ipynb", widgets=1)
        report_lens(page.locator(LIVE_LENS), "lens in JupyterLab", targets=False)
        output = page.locator(".jp-Cell").nth(1).locator(".jp-Cell-outputArea")
        output.locator("img").wait_for()
        painted = output.evaluate(MEASURE_SLIDER, SLIDER_TRIES)
        line("slider in JupyterLab that draws with Matplotlib: key to painted", "ms", *middle_and_tail(painted))
        page.close()
    finally:
        stop(process)


def report_imports():
    for statement in ("import rowlight", "from rowlight import RowLens"):
        command = [sys.executable, "-c", MEASURE_IMPORT, statement]
        runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(IMPORT_TRIES)]
        seconds, megabytes = zip(*(map(float, run.stdout.split()) for run in runs), strict=True)
        ours = statement == "import rowlight"
        line(f"`{statement}` after torch", "s", statistics.median(seconds), targets=(0.3,) if ours else ())
        line(f"`{statement}` after torch", "MB", statistics.median(megabytes), targets=(40,) if ours else ())


def report_make():
    if subprocess.run(["make", "--question", "_build/html/.built"], cwd=ROOT, check=False).returncode:
        print("| `make book` with nothing to do | not measured: the book is out of date | | | |")
        return
    start = time.perf_counter()
    subprocess.run(["make", "book"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    line("`make book` with nothing to do", "s", time.perf_counter() - start, targets=(5,))


def main():
    options = chromium.options()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(**options)
        print(f"Measured on {time.strftime('%Y-%m-%d')}: {platform.system()} {platform.machine()},")
        print(f"{os.cpu_count()} processors; Python {platform.python_version()}, torch {torch.__version__},")
        print(f"Chromium {browser.version}. {TRIES} tries of each event, {SLIDER_TRIES - 10} of the slider.")
        print(f"Load before the start: {os.getloadavg()[0]:.1f}. Other work on the machine makes every figure worse.\n")
        print("| what | median | 95th percentile | target | |")
        print("|---|---|---|---|---|")
        report_book(browser)
        report_lab(browser, Path(folder))
        browser.close()
    report_imports()
    report_make()


if __name__ == "__main__":
    main()
