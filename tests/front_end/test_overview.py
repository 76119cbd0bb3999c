"""The overview on a page, held against Python on random cases."""

import random

from helpers import node

from rowlight.lenses.overview import Grid, lit_marks, lit_words, readings, summary

MODULE = "lenses/overview.js"
SIZES = [65, 100, 999, 30_522, 65_536, 65_537, 1_000_000, 10_000_000]


def some_overview(rng):
    V = rng.choice(SIZES)
    reach = rng.choice([10, 64, V])
    uses = {}
    for _ in range(rng.choice([0, 1, 5, 60, 600])):
        row = rng.randrange(reach)
        uses[row] = uses.get(row, 0) + 1
    rows = sorted({*uses, *(rng.randrange(V) for _ in range(3))})
    equal = [sorted(rng.sample(rows, min(len(rows), rng.choice([2, 3, 9])))) for _ in range(rng.choice([0, 1, 9]))]
    near = [row for row in rows if row // 200 == rows[0] // 200][:3]
    lit = rng.choice([[], [rng.choice(rows)], rng.sample(rows, min(3, len(rows))), near, rows])
    names = {row: rng.choice(["the", "<b>", "“"]) for row in rows if rng.random() < 0.3}
    grid = Grid.of(V)
    return {
        "grid": grid._asdict(), "uses": sorted(uses.items()), "equal": equal, "lit": lit,
        "names": sorted(names.items()), "padding": rng.choice([None, 0, *lit]),
    }  # fmt: skip


def test_a_page_draws_and_says_what_python_does():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    cases = [some_overview(rng) for _ in range(1000)]
    # In any order: a page meets the rows in the order of the ids.
    shuffled = "new Map(c.uses.toReversed())"
    said = node.evaluate(
        MODULE,
        f"""[m.summary(c.grid.V, {shuffled}, c.equal),
            m.litWords(c.grid, {shuffled}, c.lit, new Map(c.names), c.padding),
            m.readings({shuffled}, c.grid), m.litMarks(c.lit, c.grid)]""",
        cases,
    )
    seen = set()
    for case, (words, place, read, lit) in zip(cases, said, strict=True):
        grid, uses = Grid(**case["grid"]), dict(case["uses"])
        assert words == summary(grid.V, uses, case["equal"])
        assert place == lit_words(grid, uses, case["lit"], dict(case["names"]), case["padding"])
        once, more, is_dense = readings(uses, grid)
        assert read == {"once": once, "more": more, "isDense": is_dense}
        assert lit == lit_marks(case["lit"], grid)._asdict()
        seen |= {("read", is_dense), ("lit", bool(lit["halo"]), bool(lit["ring"])), place.split(" mark")[0].split()[-1]}
    wanted = {("read", True), ("read", False), ("lit", True, True), ("lit", False, True), ("lit", False, False)}
    assert wanted | {"Its", "Their"} <= seen, "every kind of picture is among the cases"


def test_a_click_on_the_middle_of_a_mark_means_its_row():
    rng = random.Random(1)  # noqa: S311
    cases = []
    for V in SIZES:
        grid = Grid.of(V)
        read = sorted({rng.randrange(V) for _ in range(20)})
        cases += [{"grid": grid._asdict(), "read": read, "row": row, "size": [784, grid.height]} for row in read]
    found = node.evaluate(
        MODULE, "[m.rowAt(m.spot(c.row, c.size, c.grid), c.size, c.read, c.grid), m.spot(c.row, c.size, c.grid)]", cases
    )
    for case, (row, spot) in zip(cases, found, strict=True):
        grid = Grid(**case["grid"])
        assert row // grid.per == case["row"] // grid.per
        assert all(0 <= at <= length for at, length in zip(spot, case["size"], strict=True))
