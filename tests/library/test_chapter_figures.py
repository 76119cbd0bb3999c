"""The figures of chapters 2 and 3 draw every mark, and say what they show with the numbers that they drew."""

import re

import torch

from rowlight.teaching.chance import pairs_figure
from rowlight.teaching.costs import cost_figure
from rowlight.teaching.fits import fit_figure


def shown(figure):
    html = figure._repr_mimebundle_()["text/html"]
    return html, re.search(r"<figcaption>(.*?)</figcaption>", html, re.DOTALL)[1]


def marks(html):
    """How many marks each path draws: a mark without its end is not seen, and Matplotlib may drop ends."""
    return [len(re.findall(r"M \S+ \S+(?:h0| \nL )", path)) for path in re.findall(r'<path d="([^"]*)"', html)]


def test_every_house_is_a_dot_and_every_row_a_stroke():
    ids = torch.arange(200)
    models = {"area": (ids, ids / 20 + torch.sin(ids.float()), ids / 20, ids / 20.2)}
    html, says = shown(fit_figure(models, slice(0, 150)))
    assert {150, 200} <= set(marks(html))
    assert "of the rows 0 to 199, 150 that houses have taught lie between 0.0 and 7.4" in says
    assert "and 50 that none has taught" in says


def test_rows_that_no_house_has_taught_are_told_apart():
    ids, price = torch.tensor([0, 0, 3]), torch.tensor([1.0, 2.0, 5.0])
    line, rows = torch.tensor([1.0, 2.0, 3.0, 5.0]), torch.tensor([1.5, -0.5, 0.25, 5.0])
    html, says = shown(fit_figure({"shop": (ids, price, line, rows)}, slice(None)))
    assert {3, 4} <= set(marks(html))
    assert "shop: the line goes from 1.0 to 5.0" in says
    assert "of the rows 0 to 3, 2 that houses have taught lie between 1.5 and 5.0" in says
    assert "2 that none has taught between -0.5 and 0.2" in says


def test_every_pair_is_a_dot_on_the_line_of_its_group():
    groups = {"same": torch.linspace(-1, 1, 45), "across": torch.tensor([0.5, 0.25])}
    html, says = shown(pairs_figure(groups))
    assert {45, 2} <= set(marks(html))
    assert "same: from -1.00 to 1.00, mean 0.00; across: from 0.25 to 0.50, mean 0.38" in says.replace("-0.00", "0.00")


def test_costs_are_said_as_they_are_drawn():
    costs = [{"V": V, "id bytes": 120, "one-hot bytes": 60 * V, "copies": 960, "products": 960 * V} for V in (10, 1000)]
    html, says = shown(cost_figure(costs))
    for words in ("from 600 to 60,000 bytes", "from 9,600 to 960,000", "stay at 120 bytes", "copies 960 numbers"):
        assert words in says
    assert "multiplications by one-hot" in html
