"""What a page says in words, held against Python on random cases."""

import random
import re

from helpers import node

from rowlight.widgets.words import describe, listed, lit, times

MODULE = "widgets/words.js"


def some_lookup(rng):
    shape = rng.choice([(), (1,), (5,), (1, 1), (2, 3), (5, 3), (0, 3), (2, 0), (64,), (65,), (3, 70)])
    count = 1
    for size in shape:
        count *= size
    ids = [rng.randrange(rng.choice([1, 2, 10])) for _ in range(count)]
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
    axes = rng.choice([("sentence", "position"), ("record", "column"), ("<i>", "“"), ("שורה", "עמודה")])
    return {"shape": list(shape), "ids": ids, "selection": rng.choice(selections), "tokens": tokens, "axes": axes}


def describe_case(c, tokens=None):
    return describe(tuple(c["shape"]), c["ids"], c["selection"], tokens, c["axes"])


def test_a_page_says_what_python_says():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    cases = [some_lookup(rng) for _ in range(3000)]
    said = node.evaluate(
        MODULE,
        """m.describe(c.shape, c.ids, c.selection, {
            tokens: new Map(Object.entries(c.tokens ?? {}).map(([k, v]) => [+k, v])),
            axes: c.axes,
        })""",
        cases,
    )
    assert said == [describe_case(c, c["tokens"]) for c in cases]
    turned = node.evaluate(MODULE, 'm.describe(c.shape, c.ids, c.selection, { axes: c.axes, line: "column" })', cases)
    assert turned == [re.sub(r"\brow", "column", describe_case(c)) for c in cases]


def test_a_lens_of_text_needs_no_names():
    cases = [some_lookup(random.Random(seed)) for seed in range(100)]  # noqa: S311
    said = node.evaluate(MODULE, "m.describe(c.shape, c.ids, c.selection)", cases)
    assert said == [describe(tuple(c["shape"]), c["ids"], c["selection"]) for c in cases]
    assert any("sentence 1, position 1" in words for words in said)


def test_one_name_is_that_of_the_only_dimension():
    cases = [{"shape": [3], "ids": [4, 5, 5], "selection": {"row": 5}, "axes": ["column"], "tokens": None}]
    said = node.evaluate(MODULE, "m.describe(c.shape, c.ids, c.selection, { axes: c.axes })", cases)
    assert said == [describe_case(c) for c in cases] == ["the sequence reads row 5 twice: column 2; column 3"]


def test_a_page_lights_what_python_lights():
    rng = random.Random(1)  # noqa: S311  cases, not secrets
    cases = [some_lookup(rng) for _ in range(3000)]
    lit_there = node.evaluate(MODULE, "m.lit(c.shape, c.ids, c.selection)", cases)
    assert lit_there == [lit(c["shape"], c["ids"], c["selection"]) for c in cases]
    assert {len(flat) for flat in lit_there} >= {0, 1, 2, 3}


def test_of_very_many_places_or_rows_the_first_are_named():
    ids = [5] * 1077
    said = describe((1077,), ids, {"row": 5})
    assert said.startswith("the sequence reads row 5 1077 times: position 1; position 2;")
    assert said.endswith("; position 12; 1,065 more")
    assert describe((1, 1077), ids, {"sentence": 0}).endswith(", 5 and 1,065 more")
    assert describe((64,), ids[:64], {"row": 5}).endswith("; position 64")


def test_counts_in_words():
    cases = list(range(20))
    assert node.evaluate(MODULE, "m.times(c)", cases) == [times(count) for count in cases]
    assert [times(n) for n in (1, 2, 3, 12, 13)] == ["once", "twice", "three times", "twelve times", "13 times"]


def test_lists_in_words():
    cases = [[], [3], [3, 2], [3, 2, 2]]
    assert node.evaluate(MODULE, "m.listed(c)", cases) == [listed(items) for items in cases]
