"""Our lens and the common way to show the same, side by side in one notebook of a live JupyterLab."""

import tempfile
from pathlib import Path

import nbformat
from _tools.bench import clicks
from _tools.bench.report import middle_and_tail
from _tools.jupyterlab import LIVE_LENS, free_lab, open_and_run, stop

SLIDER_TRIES = 60

# The common way: a slider whose callback draws a picture in the kernel.
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
from rowlight.teaching.walkthrough import BATCH, TABLE
table = torch.tensor(TABLE)
RowLens(table, BATCH)
"""

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

WHERE = "lens in JupyterLab"
SLIDER = "ipywidgets slider and Matplotlib in JupyterLab: key to painted frame"
ROWS = (*clicks.rows(WHERE), SLIDER)


def report(browser, line):
    """Run the notebook, then act on the lens and on the slider."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "notebooks").mkdir()
        cells = [nbformat.v4.new_code_cell(code.strip()) for code in (LENS_CELL, SLIDER_CELL)]
        kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "notebooks" / "bench.ipynb")
        process, address, token = free_lab(folder)
        try:
            page = browser.new_page(viewport={"width": 1400, "height": 1400})
            open_and_run(page, (address, token, folder), "bench.ipynb", widgets=1)
            clicks.report(line, page.locator(LIVE_LENS), WHERE)
            output = page.locator(".jp-Cell").nth(1).locator(".jp-Cell-outputArea")
            output.locator("img").wait_for()
            painted = output.evaluate(MEASURE_SLIDER, SLIDER_TRIES)
            line(SLIDER, "ms", *middle_and_tail(painted))
            page.close()
        finally:
            stop(process)
