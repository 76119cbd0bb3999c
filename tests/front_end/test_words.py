"""What a page says in words, held against Python on random cases."""

import random

from helpers import node

from rowlight.widgets.words import describe, listed, lit, times

MODULE = "widgets/words.js"


def some_lookup(rng):
    shape = rng.choice([(), (1,), (5,), (1, 1), (2, 3), (5, 3), (0, 3), (2, 0)])
    count = 1
    for size in shape:
        count *= size
    ids = [rng.randrange(rng.choice([2, 10])) for _ in range(count)]
    selections = [{}, {"row": rng.randrange(10)}]
    if count:
        selections.append({"position": [rng.randrange(size) for size in shape]})
    if len(shape) == 2 and shape[0]:
        selections.append({"sentence": rng.randrange(shape[0])})
    tokens = (
        {row: rng.choice(["cat", "<b>", "“"]) for row in range(10) if rng.random() < 0.5}
        if rng.random() < 0.3
        else None
    )
    return {"shape": list(shape), "ids": ids, "selection": rng.choice(selections), "tokens": tokens}


def test_a_page_says_what_python_says():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    cases = [some_lookup(rng) for _ in range(3000)]
    said = node.evaluate(
        MODULE,
        "m.describe(c.shape, c.ids, c.selection, new Map(Object.entries(c.tokens ?? {}).map(([k, v]) => [+k, v])))",
        cases,
    )
    assert said == [describe(tuple(c["shape"]), c["ids"], c["selection"], c["tokens"]) for c in cases]
    turned = node.evaluate(MODULE, 'm.describe(c.shape, c.ids, c.selection, undefined, "column")', cases)
    expected = [describe(tuple(c["shape"]), c["ids"], c["selection"]) for c in cases]
    assert turned == [words.replace("row", "column") for words in expected]


def test_a_page_lights_what_python_lights():
    rng = random.Random(1)  # noqa: S311  cases, not secrets
    cases = [some_lookup(rng) for _ in range(3000)]
    lit_there = node.evaluate(MODULE, "m.lit(c.shape, c.ids, c.selection)", cases)
    assert lit_there == [lit(c["shape"], c["ids"], c["selection"]) for c in cases]
    assert {len(flat) for flat in lit_there} >= {0, 1, 2, 3}


def test_counts_in_words():
    cases = list(range(20))
    assert node.evaluate(MODULE, "m.times(c)", cases) == [times(count) for count in cases]
    assert [times(n) for n in (1, 2, 3, 12, 13)] == ["once", "twice", "three times", "twelve times", "13 times"]


def test_lists_in_words():
    cases = [[], [3], [3, 2], [3, 2, 2]]
    assert node.evaluate(MODULE, "m.listed(c)", cases) == [listed(items) for items in cases]
