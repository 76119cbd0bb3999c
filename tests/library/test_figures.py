"""Figures: what every machine draws alike, and what a page and its reader get."""

import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib import pyplot as plt

from rowlight.teaching import curves_figure, figure, house_style
from rowlight.teaching.costs import cost_figure
from rowlight.teaching.svg import own_ids, two_decimals

COORDINATE = re.compile(r'\s(?:d|x|y|x1|y2|cx|r|points|transform|viewBox|width|height)="([^"]*)"')


def html(drawn):
    return drawn._repr_mimebundle_()["text/html"]


def a_line(numbers, says="A line that falls"):
    return html(curves_figure({"loss": (range(len(numbers)), numbers)}, says, xlabel="step", title="loss"))


FALLING = [3 / (1 + i) for i in range(61)]
COSTS = [
    {"V": V, "id bytes": 120, "one-hot bytes": 60 * V, "copies": 60, "products": 60 * V} for V in (10, 1000, 50_000)
]


@given(st.floats(-1e6, 1e6))
def test_a_coordinate_keeps_two_decimals_and_no_zeros(number):
    svg = two_decimals(f'<path d="M {number:.6f}\nL 0.5"/>')
    kept = re.fullmatch(r'<path d="M (.*)\nL 0\.5"/>', svg)[1]
    assert re.fullmatch(r"-?[0-9]+(\.[0-9]?[1-9])?", kept)
    assert kept != "-0"
    assert abs(float(kept) - number) < 0.00501


@pytest.mark.parametrize(
    "svg",
    [
        '<text x="1.5" style="stroke-width: 0.125">0.12345</text>',
        '<g id="m1.23456"/>',
        "<!-- 0.12345 -->",
        '<path d="M 100 0.25L-3.5 12"/>',
    ],
)
def test_words_styles_and_short_numbers_stay_as_they_are(svg):
    assert two_decimals(svg) == svg


@pytest.mark.parametrize("drawn", [a_line(FALLING), html(cost_figure(COSTS))])
def test_no_figure_has_more_than_two_decimals_in_a_coordinate(drawn):
    values = " ".join(COORDINATE.findall(drawn))
    assert len(re.findall(r"[0-9]\.[0-9]", values)) > 100
    assert not re.findall(r"\.[0-9]{3}", values)


def test_every_reference_has_its_id_and_every_id_a_reference():
    drawn = a_line(FALLING)
    references = set(re.findall(r'(?:href="|url\()#([^")]+)', drawn))
    ids = re.findall(r' id="([^"]+)"', drawn)
    assert len(references) >= 2
    assert sorted(ids) == sorted(references)


def test_ids_do_not_hang_on_a_digit_and_differ_between_figures():
    ids = [
        set(re.findall(r' id="([^"]+)"', drawn))
        for drawn in (a_line(FALLING), a_line([number * 1.0001 for number in FALLING]), a_line(FALLING, "Another line"))
    ]
    assert ids[0] == ids[1]
    assert not ids[0] & ids[2]


def test_ids_of_the_same_words_differ_where_the_drawing_does():
    one, other = (own_ids(f'<g id="a"/><use href="#a"/>{rest}', "words") for rest in ("", "<path/>"))
    assert one.replace("<path/>", "") != other.replace("<path/>", "")


def test_a_line_keeps_all_its_points():
    """Matplotlib leaves out points that hardly show. Which ones would hang on their last bits."""
    drawn = a_line([1 - i / 1000 for i in range(1000)])
    assert max(path.count("L ") for path in re.findall(r' d="([^"]*)"', drawn)) == 999


def test_the_same_figure_twice_is_the_same_text():
    assert a_line(FALLING) == a_line(FALLING)


def test_a_figure_says_what_it_shows_and_follows_the_page_s_colours():
    drawn = a_line(FALLING, 'A line & its "fall"')
    svg = re.search("<svg.*?</svg>", drawn, re.DOTALL)[0]
    assert ET.fromstring(svg).attrib["aria-label"] == 'A line & its "fall"'  # noqa: S314  our own text
    assert "var(--rl-ink, #" in svg
    assert "height=" not in svg.split(">")[0]


def test_a_figure_without_words_is_refused():
    with plt.rc_context(house_style()), pytest.raises(ValueError, match="says: expected words"):
        figure(plt.figure(), " ")
    plt.close("all")
