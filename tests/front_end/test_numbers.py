"""How a page prints and colours numbers, held against Python on random cases and near every edge."""

import itertools
import math
import random
import re

from helpers import node

from rowlight.widgets.bundle import style_sheet
from rowlight.widgets.numbers import LEVELS, Scale, level, printed

MODULE = "widgets/numbers.js"


def neighbours(value):
    """A number and the ones beside it, of both signs."""
    near = [value, math.nextafter(value, math.inf), math.nextafter(value, -math.inf)]
    return [sign * x for x in near for sign in (1, -1)]


def test_a_page_prints_numbers_as_python_does():
    rng = random.Random(0)  # noqa: S311  cases, not secrets
    values = [rng.choice([-1, 1]) * rng.random() * 10.0 ** rng.randrange(-8, 9) for _ in range(5000)]
    values += [n / 2**16 for n in range(-3000, 3000)]  # many lie half way between two texts
    edges = [0.00005, 0.00015, 0.99995, 1e-3, 1e5, 99999.99995, 9.99995, 1.00005, 1e-300, 1e300, 1e21, 5e-324]
    values += [x for edge in edges for x in neighbours(edge)] + [0.0, 1.0, 3.0]
    for style in (".4f", ".4e"):
        small = [x for x in values if style == ".4e" or abs(x) < 1e21]  # a larger scale is printed with exponents
        assert node.evaluate(MODULE, f'm.printed(c, "{style}")', small) == [printed(x, style) for x in small]
    assert node.evaluate(MODULE, 'm.printed(-0, ".4f")', [0]) == [printed(-0.0, ".4f")]
    words = ['m.printed(NaN, ".4f")', 'm.printed(Infinity, ".4e")', 'm.printed(-Infinity, ".4f")', 'm.printed(7, "d")']
    assert node.evaluate(MODULE, f"[{', '.join(words)}]", [0]) == [["nan", "inf", "-inf", "7"]]


def test_a_page_colours_numbers_as_python_does():
    """On every scale that two significant digits can give, at each place where one step turns into the next."""
    scales = [digits / 10 for digits in range(10, 100)] + [1e-6, 3.4e38, 0.0]
    edges = [most * (2 * step + 1) / (2 * LEVELS) for most in scales for step in range(LEVELS + 1)]
    mosts = [most for most in scales for _ in range(LEVELS + 1)]
    cases = [[x, most] for edge, most in zip(edges, mosts, strict=True) for x in neighbours(edge)]
    cases += [[float(printed(x, ".4f")), most] for x, most in cases if most < 10]
    assert node.evaluate(MODULE, "m.level(...c)", cases) == [level(x, most) for x, most in cases]
    assert {level(x, most) for x, most in cases} == set(range(-LEVELS, LEVELS + 1))


def test_the_text_alone_decides_the_colour():
    """So a page that has only the text finds the same colour, also of what is no number."""
    values = [*itertools.chain.from_iterable(neighbours(n / 80) for n in range(90)), math.nan, math.inf, -math.inf]
    scale = Scale(".4f", 1.1)
    texts = [scale.cell(x)[0] for x in values]
    assert {"nan", "inf", "-inf"} <= set(texts)
    assert node.evaluate(MODULE, "m.level(Number(c), 1.1)", texts) == [scale.cell(x)[1] for x in values]


def test_both_sides_and_the_style_sheet_know_the_same_steps():
    assert node.evaluate(MODULE, "m.LEVELS", [0]) == [LEVELS]
    styled = {int(step) for step in re.findall(r'\[data-level="(-?\d+)"\]', style_sheet())}
    assert styled == set(range(-LEVELS, LEVELS + 1)) - {0}
