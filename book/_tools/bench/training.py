"""The training replay on a long training, and how long all chapters take to run."""

import torch
from _ext.lenses import page_script
from _tools.bench.builds import execution
from _tools.bench.report import middle_and_tail
from _tools.paths import CHAPTERS, ROOT

from rowlight import Recording, TrainingReplay

STEPS, POINTS = 500, 200
ROWS = (
    f"training replay, {STEPS} steps of {POINTS} rows: two frames with nothing done (the floor)",
    f"training replay, {STEPS} steps of {POINTS} rows: a step to its painted frame",
    f"training replay, {STEPS} steps of {POINTS} rows: a step, over the floor",
    "chapters 1 to 7, executed one after the other",
    "chapters 8 to 10, on a real model, executed one after the other",
)

MEASURE = """async (root) => {
    const frame = () => new Promise(requestAnimationFrame);
    const slider = root.querySelector("[role=slider]");
    const press = (key) => slider.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    const marks = [...root.querySelectorAll(".rl-point")];
    const shown = () => marks.map((mark) => mark.getAttribute("style")).join();
    const measured = { floor: [], painted: [] };
    async function timed(name, i, work) {
        await frame();
        await new Promise((done) => setTimeout(done, 2 + 17 * ((i * 0.618) % 1)));
        const start = performance.now();
        work();
        await frame();
        await frame();
        measured[name].push(performance.now() - start);
    }
    press("Home");
    for (let i = 0; i < slider.ariaValueMax; i += 1) {
        await timed("floor", i, () => {});
        const before = shown();
        await timed("painted", i, () => press("ArrowRight"));
        if (shown() === before) throw new Error(`step ${i} moved nothing`);
    }
    return measured;
}"""


def long_training(folder):
    """A page that holds a training replay alone, on a random walk of many rows."""
    torch.manual_seed(0)
    reads = [[(step + i) % POINTS for i in range(16)] for step in range(STEPS)]
    run = Recording(torch.randn(STEPS, POINTS, 2).cumsum(dim=0), torch.linspace(2, 1, STEPS), reads=reads)
    widget = TrainingReplay({"long": run}, [f"row {i}" for i in range(POINTS)])
    script = page_script({"training-replay"})
    page = folder / "replay.html"
    style = f"<style>{widget._css}</style>"
    body = f'{widget._html}<script type="module">{script}</script>'
    page.write_text(f'<!doctype html><meta charset="utf-8">{style}{body}', "utf-8")
    return page


def report(browser, folder, line):
    """Move the slider through every step; then run the chapters."""
    page = browser.new_page()
    page.goto(long_training(folder).as_uri())
    page.locator(".rowlight.rl-live").wait_for()
    measured = page.locator(".rowlight").evaluate(MEASURE)
    page.close()
    floor, painted = middle_and_tail(measured["floor"]), middle_and_tail(measured["painted"])
    names = iter(ROWS)
    line(next(names), "ms", *floor)
    line(next(names), "ms", *painted)
    pairs = zip(measured["painted"], measured["floor"], strict=True)
    line(next(names), "ms", *middle_and_tail([one - nothing for one, nothing in pairs]), targets=(8, 8))
    line(next(names), "s", sum(execution(ROOT, name) for name in CHAPTERS[:7]), targets=(40,))
    line(next(names), "s", sum(execution(ROOT, name) for name in CHAPTERS[7:10]), targets=(60,))
