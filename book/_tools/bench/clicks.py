"""From a click or a key to the painted frame."""

from _tools.bench.report import middle_and_tail

TRIES = 240

# From the event to the second animation frame after it: by then its picture has been painted. The same wait with
# nothing done is the floor. Both start at times spread evenly over a frame, in turn, so that other work slows both.
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


def rows(where):
    """The names of the rows that `report` prints."""
    return tuple(
        f"{where}: {name}"
        for how in ("click", "key")
        for name in (
            f"two frames with nothing done (the floor of the {how})",
            f"{how} to painted frame",
            f"{how}, over the floor",
            f"{how}, its handler",
            f"{how}, its handler, mean of {TRIES} in a row",
        )
    )


def report(line, root, where, *, targets=False):
    """Time both kinds of event on the lens at `root`."""
    names = iter(rows(where))
    for how in ("click", "key"):
        measured = root.evaluate(MEASURE_LENS, [how, TRIES])
        floor, painted = middle_and_tail(measured["floor"]), middle_and_tail(measured["painted"])
        pairs = zip(measured["painted"], measured["floor"], strict=True)
        over = middle_and_tail([one - nothing for one, nothing in pairs])
        line(next(names), "ms", *floor)
        line(next(names), "ms", *painted)
        line(next(names), "ms", *over, targets=(3, 8) if targets else ())
        line(next(names), "ms", *middle_and_tail(measured["handler"]), targets=(2, 2) if targets else ())
        line(next(names), "ms", measured["average"])
