"""The curves of chapters 4 and 5: every name stands beside the end of its curve, and none covers another."""

import re
from itertools import pairwise

import pytest

from rowlight.teaching.curves import DASHES, GAP, curves_figure

SAYS = "what it shows"


def heights(figure, names):
    """Where each name stands, in points from the top of the picture."""
    svg = figure._repr_mimebundle_()["text/html"]
    found = {name: re.search(rf'y="([\d.]+)"[^>]*>{name}</text>', svg) for name in names}
    return {name: float(place[1]) for name, place in found.items()}


def draw(curves, **options):
    return curves_figure(curves, SAYS, title="height", xlabel="step", **options)


def test_names_stand_in_the_order_of_the_ends():
    curves = {"low": ([1, 100], [5, 1]), "high": ([1, 100], [1, 90]), "middle": ([1, 100], [1, 40])}
    for log in ("", "x", "xy"):
        places = heights(draw(curves, log=log), curves)
        assert places["high"] < places["middle"] < places["low"], log


def test_names_of_curves_that_end_together_are_moved_apart():
    curves = {name: ([0, 1], [0, 10]) for name in ("one", "two", "three")}
    places = sorted(heights(draw(curves), curves).values())
    plot = 3.6 * 72 * 0.77  # Matplotlib's default share of a figure of 3.6 inches, in points
    assert min(b - a for a, b in pairwise(places)) == pytest.approx(GAP * plot, rel=0.01)


def test_the_names_fit_beside_the_plot():
    """A scale that is chosen after the names are set would put them far away."""
    curves = {"flat": (range(1, 61), [1.0] * 60), "steep": (range(1, 61), range(60))}
    places = heights(draw(curves), curves)
    assert all(0 < place < 3.6 * 72 for place in places.values()), places


def test_dots_are_drawn_over_the_curves():
    def count(figure):
        return figure._repr_mimebundle_()["text/html"].count("<use")

    line = {"line": ([1, 2, 3], [1, 2, 3])}
    assert count(draw(line, dots=([1, 2, 3], [1, 2, 3]))) == count(draw(line)) + 3


def test_what_cannot_be_told_apart_is_refused():
    for number in (0, len(DASHES) + 1):
        with pytest.raises(ValueError, match=f"curves: expected 1 to 5, got {number}"):
            draw({str(k): ([0, 1], [0, 1]) for k in range(number)})
