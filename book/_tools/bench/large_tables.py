"""A lens on a large table: what it costs to make, what it sends, and how it follows the keys."""

import base64
import statistics
import time
from functools import partial

import numpy as np
import torch
from _ext.lenses import page_script
from _tools.bench import clicks
from _tools.bench.report import middle_and_tail

from rowlight import RowLens

B, T = 8, 1024
TRIES = 15
IN_MEMORY = {(50_257, 768): "50,257 x 768", (1_000_000, 64): "1,000,000 x 64"}
IN_A_FILE = (10_000_000, 64)
NAMES = [*IN_MEMORY.values(), "10,000,000 x 64 in a file"]
FIRST = NAMES[0]
COSTS = tuple(
    row
    for name in NAMES
    for row in (
        f"{name}: making it",
        f"{name}: what it sends",
        *([f"{name}: what it sends, of the whole table"] if name == FIRST else [f"{name}: making it, over {FIRST}"]),
    )
)
MOVES = tuple(
    row
    for name in NAMES
    for row in (*clicks.rows(name), f"{name}: arrow in the overview to painted frame", f"{name}: arrow, over the floor")
)

MEASURE_OVERVIEW = """async (root, tries) => {
    const frame = () => new Promise(requestAnimationFrame);
    const field = root.querySelector(".rl-field");
    const press = (key) => field.dispatchEvent(
        new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    const measured = { floor: [], painted: [] };
    async function timed(i, name, work) {
        await frame();
        await new Promise((done) => setTimeout(done, 2 + 17 * ((i * 0.618) % 1)));
        const start = performance.now();
        work();
        await frame();
        await frame();
        measured[name].push(performance.now() - start);
    }
    press("Home");
    for (let i = 0; i < tries; i += 1) {
        const before = field.ariaValueNow;
        await timed(i, "floor", () => {});
        await timed(i, "painted", () => press(i < tries / 2 ? "ArrowRight" : "ArrowLeft"));
        if (field.ariaValueNow === before) throw new Error(`arrow ${i} went nowhere`);
    }
    return measured;
}"""


def milliseconds(*ways):
    """The median time of each way to do something. The ways take turns."""
    times = [[] for _ in ways]
    for _ in range(TRIES):
        for own, way in zip(times, ways, strict=True):
            start = time.perf_counter()
            way()
            own.append(1e3 * (time.perf_counter() - start))
    return [statistics.median(own) for own in times]


def sent_whole(table):
    """The table as text in a page, which could then look up any row by itself."""
    return base64.b64encode(np.asarray(table).tobytes())


def lookups(folder):
    """For each name, a function that opens the table, ids, and how its whole is sent."""
    torch.manual_seed(0)
    for (V, D), name in IN_MEMORY.items():
        table = torch.randn(V, D)
        yield name, lambda table=table: table, torch.randint(0, V, (B, T)), partial(sent_whole, table)
    file = folder / "table.npy"
    np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=IN_A_FILE).flush()  # it takes no place on disk
    yield NAMES[-1], partial(np.load, file, mmap_mode="r"), torch.randint(0, IN_A_FILE[0], (B, T)), None


def report(folder, line):
    """Make a lens on each table, and send each table whole that fits into a page at all."""
    names = iter(COSTS)
    first = None
    for name, table, ids, whole in lookups(folder):
        lens = RowLens(table(), ids)
        ways = [lambda table=table, ids=ids: RowLens(table(), ids), *([whole] if whole else [])]
        made = milliseconds(*ways)
        sent = [len(lens._html.encode()) / 1e3, *([len(whole()) / 1e3] if whole else [])]
        line(next(names), "ms", *made, targets=(50,) if name == FIRST else ())
        line(next(names), "KB", *sent)
        if first is None:
            first = made[0]
            line(next(names), "%", 100 * sent[0] / (lens.table.nbytes / 1e3), targets=(1,))
        else:
            line(next(names), "times", made[0] / first, targets=(1.2,))


def report_moves(browser, folder, line):
    """Move through each lens on a page of its own."""
    names = iter(MOVES)
    script = page_script({"row"})
    for name, table, ids, _ in lookups(folder):
        lens = RowLens(table(), ids)
        file = folder / "large.html"
        body = f'<style>{lens._css}</style>{lens._html}<script type="module">{script}</script>'
        file.write_text(f'<!doctype html><meta charset="utf-8">{body}', "utf-8")
        page = browser.new_page()
        page.goto(file.as_uri())
        page.locator(".rowlight.rl-live").wait_for()
        clicks.report(line, page.locator(".rowlight"), name, targets=True)
        for _ in clicks.rows(name):
            next(names)
        measured = page.locator(".rowlight").evaluate(MEASURE_OVERVIEW, clicks.TRIES)
        line(next(names), "ms", *middle_and_tail(measured["painted"]))
        over = [one - nothing for one, nothing in zip(measured["painted"], measured["floor"], strict=True)]
        line(next(names), "ms", *middle_and_tail(over), targets=(3, 8))
        page.close()
